//! The writing statements; each runs within a transaction that holds the lock of the log.

use sigbox_log_engine::{
    CommitError, CreateLogError, Head, LogCommit, NewLog, RetireError, Retirement, StoreError,
    StoredEntry,
};
use sqlx::{Executor as _, PgConnection, Row as _};

use super::fault::store_error;
use super::follow::CHANNEL;
use super::rows::{LogId, joined, to_integer};

/// Moves the head if it is the expected one, and with it everything that belongs to the commit, in one call. Answers a row
/// if it did.
///
/// The comparison is what prevents a fork: the lock before it only saves work.
const COMMIT: &str = "WITH head AS ( \
       UPDATE log SET size = $2, root = $3, frontier = $4, checkpoint = $5, last_time = $6 \
       WHERE id = $1 AND size = $7 AND root = $8 AND frozen IS NULL RETURNING id, size, checkpoint \
     ), note AS ( \
       INSERT INTO checkpoint (log_id, size, note) SELECT id, size, checkpoint FROM head \
     ), leaves AS ( \
       INSERT INTO entry (log_id, leaf_index, time, leaf_hash, dedup_key, leaf, extra) \
       SELECT head.id, leaf.* FROM head, \
       unnest($9::bigint[], $10::bigint[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[]) AS leaf \
     ), tiles AS ( \
       INSERT INTO tile (log_id, level, tile_index, hashes) \
       SELECT head.id, tile.* FROM head, unnest($15::smallint[], $16::bigint[], $17::bytea[]) AS tile \
     ) \
     SELECT pg_notify($18, '') FROM head";

/// The entries of a commit, column by column.
struct Columns<'a> {
    indexes: Vec<i64>,
    times: Vec<i64>,
    leaf_hashes: Vec<&'a [u8]>,
    dedup_keys: Vec<&'a [u8]>,
    leaves: Vec<&'a [u8]>,
    extras: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(entries: &'a [StoredEntry]) -> Result<Self, StoreError> {
        let integers = |field, number: fn(&StoredEntry) -> u64| {
            entries
                .iter()
                .map(|entry| to_integer(field, number(entry)))
                .collect::<Result<Vec<i64>, _>>()
        };
        Ok(Self {
            indexes: integers("leaf index", |entry| entry.index.0)?,
            times: integers("time", |entry| entry.time.0)?,
            leaf_hashes: column(entries, |entry| entry.leaf_hash.as_bytes()),
            dedup_keys: column(entries, |entry| &entry.dedup_key),
            leaves: column(entries, |entry| &entry.leaf),
            extras: column(entries, |entry| &entry.extra),
        })
    }
}

fn column(entries: &[StoredEntry], bytes: fn(&StoredEntry) -> &[u8]) -> Vec<&[u8]> {
    entries.iter().map(bytes).collect()
}

/// Adds what one log gains; an error leaves a transaction that cannot be committed.
pub(super) async fn extend(
    connection: &mut PgConnection,
    log: LogId,
    commit: &LogCommit,
) -> Result<(), CommitError> {
    let failed = |source| CommitError::Failed { source };
    let moved = swap(connection, log, commit).await.map_err(failed)?;
    if moved {
        return Ok(());
    }
    let row = sqlx::query("SELECT size FROM log WHERE id = $1").bind(log.0);
    let row = row.fetch_one(connection).await.map_err(store_error);
    let size = row.and_then(|row| row.try_get::<i64, _>("size").map_err(store_error));
    let size = size.map_err(failed)?;
    let malformed = |_| failed(StoreError::Malformed { field: "size" });
    Err(CommitError::Conflict {
        log: commit.log.clone(),
        expected_size: commit.expected_size,
        found_size: sigbox_tlog::TreeSize(u64::try_from(size).map_err(malformed)?),
    })
}

async fn swap(
    connection: &mut PgConnection,
    log: LogId,
    commit: &LogCommit,
) -> Result<bool, StoreError> {
    let Head {
        size,
        root,
        frontier,
        checkpoint,
        last_time,
        frozen: _,
    } = &commit.new_head;
    let columns = Columns::of(&commit.entries)?;
    let mut levels = Vec::with_capacity(commit.tiles.len());
    let mut indexes = Vec::with_capacity(commit.tiles.len());
    let mut hashes = Vec::with_capacity(commit.tiles.len());
    for (tile, content) in &commit.tiles {
        levels.push(i16::from(tile.level));
        indexes.push(to_integer("tile index", tile.index)?);
        hashes.push(joined(content));
    }
    let query = sqlx::query(COMMIT)
        .bind(log.0)
        .bind(to_integer("tree size", size.0)?)
        .bind(root.as_bytes().as_slice())
        .bind(joined(frontier))
        .bind(checkpoint.as_str())
        .bind(to_integer("time", last_time.0)?)
        .bind(to_integer("tree size", commit.expected_size.0)?)
        .bind(commit.expected_root.as_bytes().as_slice())
        .bind(columns.indexes)
        .bind(columns.times)
        .bind(columns.leaf_hashes)
        .bind(columns.dedup_keys)
        .bind(columns.leaves)
        .bind(columns.extras)
        .bind(levels)
        .bind(indexes)
        .bind(hashes)
        .bind(CHANNEL);
    let row = query.fetch_optional(connection).await;
    Ok(row.map_err(store_error)?.is_some())
}

/// Creates a log with its first head and entries, in a transaction of its own; an error leaves a connection that must not be
/// used again.
pub(super) async fn create_log(
    connection: &mut PgConnection,
    log: &NewLog,
) -> Result<(), CreateLogError> {
    let failed = |source| CreateLogError::Store { source };
    let driver = |error| failed(store_error(error));
    connection.execute("BEGIN").await.map_err(driver)?;
    create_within(connection, log).await?;
    connection.execute("COMMIT").await.map_err(driver).map(drop)
}

async fn create_within(connection: &mut PgConnection, log: &NewLog) -> Result<(), CreateLogError> {
    let failed = |source| CreateLogError::Store { source };
    let driver = |error| failed(store_error(error));
    let id = match insert_log(connection, log).await.map_err(failed)? {
        Ok(id) => id,
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            return Err(CreateLogError::Exists {
                log: log.name.clone(),
            });
        }
        Err(error) => return Err(driver(error)),
    };
    // The row is born empty; the first head comes by the statement that every later one comes by.
    let first = LogCommit {
        log: log.name.clone(),
        expected_size: sigbox_tlog::TreeSize(0),
        expected_root: sigbox_tlog::empty_root(),
        entries: log.entries.clone(),
        tiles: Vec::new(),
        new_head: log.head.clone(),
    };
    let moved = swap(connection, id, &first).await.map_err(failed)?;
    if !moved {
        return Err(failed(StoreError::Malformed { field: "new log" }));
    }
    Ok(())
}

/// Freezes a log and creates its successor, in a transaction of its own; an error leaves a connection that must not be used
/// again.
pub(super) async fn retire(
    connection: &mut PgConnection,
    retirement: &Retirement,
) -> Result<(), RetireError> {
    let failed = |source| RetireError::Store { source };
    let driver = |error| failed(store_error(error));
    let last = &retirement.last_head;
    let at = last.frozen.ok_or(StoreError::Malformed { field: "frozen" });
    let at = to_integer("time", at.map_err(failed)?.0).map_err(failed)?;
    connection.execute("BEGIN").await.map_err(driver)?;
    let ended = sqlx::query(
        "WITH head AS ( \
           UPDATE log SET checkpoint = $1, frozen = $2 \
           WHERE name = $3 AND size = $4 AND root = $5 AND frozen IS NULL RETURNING id, size \
         ), note AS ( \
           UPDATE checkpoint SET note = $1 FROM head \
           WHERE checkpoint.log_id = head.id AND checkpoint.size = head.size \
         ) \
         SELECT pg_notify($6, '') FROM head",
    )
    .bind(last.checkpoint.as_str())
    .bind(at)
    .bind(retirement.log.as_str())
    .bind(to_integer("tree size", last.size.0).map_err(failed)?)
    .bind(last.root.as_bytes().as_slice())
    .bind(CHANNEL)
    .fetch_optional(&mut *connection)
    .await
    .map_err(driver)?;
    if ended.is_none() {
        return Err(RetireError::Moved {
            log: retirement.log.clone(),
            expected_size: last.size,
        });
    }
    if let Some(successor) = &retirement.successor {
        let created = create_within(connection, successor).await;
        created.map_err(RetireError::Successor)?;
    }
    connection.execute("COMMIT").await.map_err(driver).map(drop)
}

async fn insert_log(
    connection: &mut PgConnection,
    log: &NewLog,
) -> Result<Result<LogId, sqlx::Error>, StoreError> {
    let inserted = sqlx::query_scalar(
        "INSERT INTO log (name, origin, public_key, size, root, frontier, checkpoint, last_time) \
         VALUES ($1, $2, $3, 0, $4, '', '', $5) RETURNING id",
    )
    .bind(log.name.as_str())
    .bind(log.origin.as_str())
    .bind(log.public_key_spki.as_slice())
    .bind(sigbox_tlog::empty_root().as_bytes().as_slice())
    .bind(to_integer("time", log.head.last_time.0)?)
    .fetch_one(connection)
    .await;
    Ok(inserted.map(LogId))
}
