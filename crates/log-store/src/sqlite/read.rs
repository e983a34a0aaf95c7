//! The reading statements; each is one statement, so each sees one committed state.

use std::ops::Range;

use sigbox_log_engine::{Head, LogName, LogRecord, StoreError, StoredEntry};
use sigbox_tlog::{Hash, TreeSize};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::fault::store_error;
use super::rows::{self, LogId, to_integer};
use super::statement::{FIND_BY_DEDUP, chunks};

pub(super) async fn log_id(pool: &SqlitePool, log: &LogName) -> Result<LogId, StoreError> {
    let id = sqlx::query_scalar("SELECT id FROM log WHERE name = ?").bind(log.as_str());
    let id = id.fetch_optional(pool).await.map_err(store_error)?;
    id.map(LogId)
        .ok_or_else(|| StoreError::UnknownLog { log: log.clone() })
}

pub(super) async fn logs(pool: &SqlitePool) -> Result<Vec<LogRecord>, StoreError> {
    let rows = sqlx::query("SELECT name, origin, public_key FROM log ORDER BY name");
    let rows = rows.fetch_all(pool).await.map_err(store_error)?;
    rows.iter().map(rows::record).collect()
}

/// The first schema in which logs can be frozen.
const FREEZING: i64 = 2;

/// The head of a log in a file of this schema.
pub(super) async fn head(
    pool: &SqlitePool,
    schema: i64,
    log: &LogName,
) -> Result<Option<Head>, StoreError> {
    let row = sqlx::query(if schema < FREEZING {
        "SELECT size, root, frontier, checkpoint, last_time, NULL AS frozen FROM log WHERE name = ?"
    } else {
        "SELECT size, root, frontier, checkpoint, last_time, frozen FROM log WHERE name = ?"
    });
    let row = row
        .bind(log.as_str())
        .fetch_optional(pool)
        .await
        .map_err(store_error)?;
    row.as_ref().map(rows::head).transpose()
}

pub(super) async fn find_by_dedup(
    pool: &SqlitePool,
    log: LogId,
    keys: &[[u8; 32]],
) -> Result<Vec<StoredEntry>, StoreError> {
    let mut found = Vec::new();
    for (width, keys) in chunks(keys) {
        let mut query = sqlx::query(FIND_BY_DEDUP.of(width)).bind(log.0);
        // A shorter rest repeats its last key: a key that stands twice in a list finds its row once.
        let padding = std::iter::repeat_n(keys.last(), width - keys.len()).flatten();
        for key in keys.iter().chain(padding) {
            query = query.bind(key.to_vec());
        }
        let rows = query.fetch_all(pool).await.map_err(store_error)?;
        for row in &rows {
            found.push(rows::entry(row)?);
        }
    }
    // A key that stands in two chunks finds its row twice.
    found.sort_unstable_by_key(|entry: &StoredEntry| entry.index);
    found.dedup_by_key(|entry| entry.index);
    Ok(found)
}

pub(super) async fn find_by_leaf_hash(
    pool: &SqlitePool,
    log: LogId,
    leaf_hash: &Hash,
) -> Result<Option<StoredEntry>, StoreError> {
    let row = sqlx::query(
        "SELECT leaf_index, time, leaf_hash, dedup_key, leaf, extra FROM entry WHERE log_id = ? AND leaf_hash = ?",
    );
    let row = row.bind(log.0).bind(leaf_hash.as_bytes().to_vec());
    optional(row.fetch_optional(pool).await, rows::entry)
}

pub(super) async fn entries(
    pool: &SqlitePool,
    log: LogId,
    range: Range<u64>,
) -> Result<Vec<StoredEntry>, StoreError> {
    let (first, end) = log.entries(range);
    let rows = sqlx::query(
        "SELECT leaf_index, time, leaf_hash, dedup_key, leaf, extra FROM entry WHERE id >= ? AND id < ? ORDER BY id",
    );
    let rows = rows
        .bind(first)
        .bind(end)
        .fetch_all(pool)
        .await
        .map_err(store_error)?;
    rows.iter().map(rows::entry).collect()
}

pub(super) async fn leaf_hashes(
    pool: &SqlitePool,
    log: LogId,
    range: Range<u64>,
) -> Result<Vec<Hash>, StoreError> {
    let (first, end) = log.entries(range);
    let rows = sqlx::query("SELECT leaf_hash FROM entry WHERE id >= ? AND id < ? ORDER BY id");
    let rows = rows
        .bind(first)
        .bind(end)
        .fetch_all(pool)
        .await
        .map_err(store_error)?;
    rows.iter()
        .map(|row| rows::hash(row, "leaf_hash"))
        .collect()
}

pub(super) async fn tile(
    pool: &SqlitePool,
    log: LogId,
    level: u8,
    index: u64,
) -> Result<Option<Vec<Hash>>, StoreError> {
    let Ok(index) = i64::try_from(index) else {
        return Ok(None);
    };
    let row =
        sqlx::query("SELECT hashes FROM tile WHERE log_id = ? AND level = ? AND tile_index = ?");
    let row = row
        .bind(log.0)
        .bind(level)
        .bind(index)
        .fetch_optional(pool)
        .await;
    optional(row, |row| rows::hashes(row, "hashes"))
}

pub(super) async fn checkpoint(
    pool: &SqlitePool,
    log: LogId,
    size: TreeSize,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT note FROM checkpoint WHERE log_id = ? AND size = ?");
    let row = row
        .bind(log.0)
        .bind(to_integer("tree size", size.0)?)
        .fetch_optional(pool)
        .await;
    optional(row, |row| rows::text(row, "note"))
}

/// At most as many notes as the port allows at a time.
pub(super) async fn checkpoints(
    pool: &SqlitePool,
    log: LogId,
    range: Range<u64>,
) -> Result<Vec<(TreeSize, String)>, StoreError> {
    let rows = sqlx::query(
        "SELECT size, note FROM checkpoint WHERE log_id = ? AND size >= ? AND size < ? ORDER BY size LIMIT 4096",
    );
    let bound = |value| i64::try_from(value).unwrap_or(i64::MAX);
    let rows = rows
        .bind(log.0)
        .bind(bound(range.start))
        .bind(bound(range.end))
        .fetch_all(pool)
        .await
        .map_err(store_error)?;
    rows.iter()
        .map(|row| Ok((rows::size(row)?, rows::text(row, "note")?)))
        .collect()
}

fn optional<T>(
    row: Result<Option<SqliteRow>, sqlx::Error>,
    read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    row.map_err(store_error)?.as_ref().map(read).transpose()
}
