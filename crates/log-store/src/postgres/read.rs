//! The reading statements; each is one statement, so each sees one committed state.

use std::ops::Range;

use sigbox_log_engine::{Head, LogName, LogRecord, StoreError, StoredEntry};
use sigbox_tlog::{Hash, TreeSize};
use sqlx::PgPool;
use sqlx::postgres::PgRow;

use super::fault::store_error;
use super::rows::{self, LogId, bound};

pub(super) async fn log_id(pool: &PgPool, log: &LogName) -> Result<LogId, StoreError> {
    let id = sqlx::query_scalar("SELECT id FROM log WHERE name = $1").bind(log.as_str());
    let id = id.fetch_optional(pool).await.map_err(store_error)?;
    id.map(LogId)
        .ok_or_else(|| StoreError::UnknownLog { log: log.clone() })
}

pub(super) async fn logs(pool: &PgPool) -> Result<Vec<LogRecord>, StoreError> {
    let rows = sqlx::query("SELECT name, origin, public_key FROM log ORDER BY name COLLATE \"C\"");
    let rows = rows.fetch_all(pool).await.map_err(store_error)?;
    rows.iter().map(rows::record).collect()
}

pub(super) async fn find_by_dedup(
    pool: &PgPool,
    log: LogId,
    keys: &[[u8; 32]],
) -> Result<Vec<StoredEntry>, StoreError> {
    let keys: Vec<&[u8]> = keys.iter().map(<[u8; 32]>::as_slice).collect();
    let rows = sqlx::query(
        "SELECT leaf_index, time, leaf_hash, dedup_key, leaf, extra FROM entry WHERE log_id = $1 AND dedup_key = ANY($2)",
    );
    let rows = rows
        .bind(log.0)
        .bind(keys)
        .fetch_all(pool)
        .await
        .map_err(store_error)?;
    rows.iter().map(rows::entry).collect()
}

pub(super) async fn find_by_leaf_hash(
    pool: &PgPool,
    log: LogId,
    leaf_hash: &Hash,
) -> Result<Option<StoredEntry>, StoreError> {
    let row = sqlx::query(
        "SELECT leaf_index, time, leaf_hash, dedup_key, leaf, extra FROM entry WHERE log_id = $1 AND leaf_hash = $2",
    );
    let row = row.bind(log.0).bind(leaf_hash.as_bytes().as_slice());
    optional(row.fetch_optional(pool).await, rows::entry)
}

pub(super) async fn entries(
    pool: &PgPool,
    log: LogId,
    range: Range<u64>,
) -> Result<Vec<StoredEntry>, StoreError> {
    let rows = sqlx::query(
        "SELECT leaf_index, time, leaf_hash, dedup_key, leaf, extra FROM entry \
         WHERE log_id = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index",
    );
    let rows = rows
        .bind(log.0)
        .bind(bound(range.start))
        .bind(bound(range.end))
        .fetch_all(pool)
        .await
        .map_err(store_error)?;
    rows.iter().map(rows::entry).collect()
}

pub(super) async fn leaf_hashes(
    pool: &PgPool,
    log: LogId,
    range: Range<u64>,
) -> Result<Vec<Hash>, StoreError> {
    let rows = sqlx::query(
        "SELECT leaf_hash FROM entry WHERE log_id = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index",
    );
    let rows = rows
        .bind(log.0)
        .bind(bound(range.start))
        .bind(bound(range.end))
        .fetch_all(pool)
        .await
        .map_err(store_error)?;
    rows.iter()
        .map(|row| rows::hash(row, "leaf_hash"))
        .collect()
}

pub(super) async fn tile(
    pool: &PgPool,
    log: LogId,
    level: u8,
    index: u64,
) -> Result<Option<Vec<Hash>>, StoreError> {
    let row =
        sqlx::query("SELECT hashes FROM tile WHERE log_id = $1 AND level = $2 AND tile_index = $3");
    let row = row
        .bind(log.0)
        .bind(i16::from(level))
        .bind(bound(index))
        .fetch_optional(pool)
        .await;
    optional(row, |row| rows::hashes(row, "hashes"))
}

pub(super) async fn checkpoint(
    pool: &PgPool,
    log: LogId,
    size: TreeSize,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT note FROM checkpoint WHERE log_id = $1 AND size = $2");
    let row = row
        .bind(log.0)
        .bind(bound(size.0))
        .fetch_optional(pool)
        .await;
    optional(row, |row| rows::text(row, "note"))
}

/// At most as many notes as the port allows at a time.
pub(super) async fn checkpoints(
    pool: &PgPool,
    log: LogId,
    range: Range<u64>,
) -> Result<Vec<(TreeSize, String)>, StoreError> {
    let rows = sqlx::query(
        "SELECT size, note FROM checkpoint WHERE log_id = $1 AND size >= $2 AND size < $3 ORDER BY size LIMIT 4096",
    );
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

/// The newest head as committed, without a lock.
/// The first schema in which logs can be frozen.
const FREEZING: i64 = 2;

/// The head of a log in a database of this schema.
pub(super) async fn head(
    pool: &PgPool,
    schema: i64,
    log: &LogName,
) -> Result<Option<Head>, StoreError> {
    let row = sqlx::query(if schema < FREEZING {
        "SELECT size, root, frontier, checkpoint, last_time, NULL::bigint AS frozen FROM log WHERE name = $1"
    } else {
        "SELECT size, root, frontier, checkpoint, last_time, frozen FROM log WHERE name = $1"
    });
    let row = row.bind(log.as_str()).fetch_optional(pool).await;
    optional(row, rows::head)
}

fn optional<T>(
    row: Result<Option<PgRow>, sqlx::Error>,
    read: impl Fn(&PgRow) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    row.map_err(store_error)?.as_ref().map(read).transpose()
}
