//! The writing transactions. Each begins IMMEDIATE: a read that turns into a write would fail at once when the file
//! is busy, whatever the timeout. Nothing else is awaited while one is open.

use sigbox_log_engine::{
    CommitError, CreateLogError, Head, LogCommit, NewLog, RetireError, Retirement, StoreError,
    StoredEntry,
};
use sqlx::sqlite::SqliteQueryResult;
use sqlx::{Connection as _, SqliteConnection};

use super::fault::store_error;
use super::rows::{self, LogId, joined, to_integer};
use super::statement::{INSERT_ENTRIES, exact_chunks};

/// Writes the batches of several logs; an error leaves nothing, unless it comes from COMMIT itself.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    targets: &[(LogId, &LogCommit)],
) -> Result<(), CommitError> {
    let failed = |error| CommitError::Failed {
        source: store_error(error),
    };
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(failed)?;
    for (log, commit) in targets {
        if !swap_head(&mut transaction, *log, commit)
            .await
            .map_err(|source| CommitError::Failed { source })?
        {
            let conflict = conflict(&mut transaction, *log, commit).await;
            transaction.rollback().await.map_err(failed)?;
            return Err(conflict);
        }
        let written = insert(&mut transaction, *log, commit).await;
        written.map_err(|source| CommitError::Failed { source })?;
    }
    transaction.commit().await.map_err(failed)
}

/// Moves the head if it is the expected one.
async fn swap_head(
    connection: &mut SqliteConnection,
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
    let swapped = sqlx::query(
        "UPDATE log SET size = ?, root = ?, frontier = ?, checkpoint = ?, last_time = ? \
         WHERE id = ? AND size = ? AND root = ? AND frozen IS NULL",
    )
    .bind(to_integer("tree size", size.0)?)
    .bind(root.as_bytes().to_vec())
    .bind(joined(frontier))
    .bind(checkpoint.clone())
    .bind(to_integer("time", last_time.0)?)
    .bind(log.0)
    .bind(to_integer("tree size", commit.expected_size.0)?)
    .bind(commit.expected_root.as_bytes().to_vec())
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(swapped.rows_affected() == 1)
}

async fn conflict(
    connection: &mut SqliteConnection,
    log: LogId,
    commit: &LogCommit,
) -> CommitError {
    let row = sqlx::query("SELECT size FROM log WHERE id = ?")
        .bind(log.0)
        .fetch_one(connection)
        .await;
    match row.map_err(store_error).and_then(|row| rows::size(&row)) {
        Ok(found_size) => CommitError::Conflict {
            log: commit.log.clone(),
            expected_size: commit.expected_size,
            found_size,
        },
        Err(source) => CommitError::Failed { source },
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    log: LogId,
    commit: &LogCommit,
) -> Result<(), StoreError> {
    insert_entries(connection, log, &commit.entries).await?;
    for (tile, hashes) in &commit.tiles {
        let query =
            sqlx::query("INSERT INTO tile (log_id, level, tile_index, hashes) VALUES (?, ?, ?, ?)");
        let query = query
            .bind(log.0)
            .bind(tile.level)
            .bind(to_integer("tile index", tile.index)?)
            .bind(joined(hashes));
        query.execute(&mut *connection).await.map_err(store_error)?;
    }
    insert_checkpoint(connection, log, &commit.new_head).await
}

async fn insert_entries(
    connection: &mut SqliteConnection,
    log: LogId,
    entries: &[StoredEntry],
) -> Result<(), StoreError> {
    for (width, entries) in exact_chunks(entries) {
        let mut query = sqlx::query(INSERT_ENTRIES.of(width));
        for entry in entries {
            query = query
                .bind(log.entry(entry.index.0)?)
                .bind(to_integer("time", entry.time.0)?)
                .bind(entry.leaf_hash.as_bytes().to_vec())
                .bind(entry.dedup_key.to_vec())
                .bind(entry.leaf.to_vec())
                .bind(entry.extra.to_vec());
        }
        let inserted = query.execute(&mut *connection).await.map_err(store_error)?;
        if inserted.rows_affected() != width as u64 {
            return Err(StoreError::Malformed {
                field: "number of inserted rows",
            });
        }
    }
    Ok(())
}

async fn insert_checkpoint(
    connection: &mut SqliteConnection,
    log: LogId,
    head: &Head,
) -> Result<(), StoreError> {
    let query = sqlx::query("INSERT INTO checkpoint (log_id, size, note) VALUES (?, ?, ?)");
    let query = query
        .bind(log.0)
        .bind(to_integer("tree size", head.size.0)?)
        .bind(head.checkpoint.clone());
    query
        .execute(connection)
        .await
        .map_err(store_error)
        .map(drop)
}

/// Creates a log with its first head and entries.
pub(super) async fn create_log(
    connection: &mut SqliteConnection,
    log: &NewLog,
) -> Result<(), CreateLogError> {
    let failed = |source| CreateLogError::Store { source };
    let begun = connection.begin_with("BEGIN IMMEDIATE").await;
    let mut transaction = begun.map_err(|error| failed(store_error(error)))?;
    if let Err(error) = create_within(&mut transaction, log).await {
        let ended = transaction.rollback().await;
        ended.map_err(|error| failed(store_error(error)))?;
        return Err(error);
    }
    transaction
        .commit()
        .await
        .map_err(|error| failed(store_error(error)))
}

async fn create_within(
    connection: &mut SqliteConnection,
    log: &NewLog,
) -> Result<(), CreateLogError> {
    let failed = |source| CreateLogError::Store { source };
    let created = match insert_log(connection, log).await.map_err(failed)? {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            return Err(CreateLogError::Exists {
                log: log.name.clone(),
            });
        }
        other => other.map_err(|error| failed(store_error(error)))?,
    };
    let id = LogId(created.last_insert_rowid());
    insert_entries(connection, id, &log.entries)
        .await
        .map_err(failed)?;
    insert_checkpoint(connection, id, &log.head)
        .await
        .map_err(failed)
}

/// Freezes a log and creates its successor; an error leaves nothing, unless it comes from COMMIT itself.
pub(super) async fn retire(
    connection: &mut SqliteConnection,
    id: LogId,
    retirement: &Retirement,
) -> Result<(), RetireError> {
    let failed = |source| RetireError::Store { source };
    let begun = connection.begin_with("BEGIN IMMEDIATE").await;
    let mut transaction = begun.map_err(|error| failed(store_error(error)))?;
    if let Err(error) = retire_within(&mut transaction, id, retirement).await {
        let ended = transaction.rollback().await;
        ended.map_err(|error| failed(store_error(error)))?;
        return Err(error);
    }
    transaction
        .commit()
        .await
        .map_err(|error| failed(store_error(error)))
}

async fn retire_within(
    connection: &mut SqliteConnection,
    id: LogId,
    retirement: &Retirement,
) -> Result<(), RetireError> {
    let failed = |source| RetireError::Store { source };
    let last = &retirement.last_head;
    let size = to_integer("tree size", last.size.0).map_err(failed)?;
    let at = last.frozen.ok_or(StoreError::Malformed { field: "frozen" });
    let at = to_integer("time", at.map_err(failed)?.0).map_err(failed)?;
    let ended = sqlx::query(
        "UPDATE log SET checkpoint = ?, frozen = ? WHERE id = ? AND size = ? AND root = ? AND frozen IS NULL",
    )
    .bind(last.checkpoint.clone())
    .bind(at)
    .bind(id.0)
    .bind(size)
    .bind(last.root.as_bytes().to_vec())
    .execute(&mut *connection)
    .await
    .map_err(|error| failed(store_error(error)))?;
    if ended.rows_affected() != 1 {
        return Err(RetireError::Moved {
            log: retirement.log.clone(),
            expected_size: last.size,
        });
    }
    sqlx::query("UPDATE checkpoint SET note = ? WHERE log_id = ? AND size = ?")
        .bind(last.checkpoint.clone())
        .bind(id.0)
        .bind(size)
        .execute(&mut *connection)
        .await
        .map_err(|error| failed(store_error(error)))?;
    match &retirement.successor {
        None => Ok(()),
        Some(successor) => create_within(connection, successor)
            .await
            .map_err(RetireError::Successor),
    }
}

async fn insert_log(
    connection: &mut SqliteConnection,
    log: &NewLog,
) -> Result<Result<SqliteQueryResult, sqlx::Error>, StoreError> {
    let Head {
        size,
        root,
        frontier,
        checkpoint,
        last_time,
        frozen: _,
    } = &log.head;
    let inserted = sqlx::query(
        "INSERT INTO log (name, origin, public_key, size, root, frontier, checkpoint, last_time) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(log.name.as_str().to_owned())
    .bind(log.origin.clone())
    .bind(log.public_key_spki.clone())
    .bind(to_integer("tree size", size.0)?)
    .bind(root.as_bytes().to_vec())
    .bind(joined(frontier))
    .bind(checkpoint.clone())
    .bind(to_integer("time", last_time.0)?)
    .execute(connection)
    .await;
    Ok(inserted)
}
