//! Transactions that hold the lock on the rows of some logs.

use sigbox_log_engine::{Head, Heads, LogName, StoreError};
use sqlx::postgres::PgRow;
use sqlx::{Executor as _, PgConnection, Row as _};

use super::fault::store_error;
use super::rows;

/// Begins a transaction that waits for a lock, and that a holder who was stopped does not keep for ever. A time limit on
/// statements would end the wait for a standby with a success, so there is none.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '5s'; \
     SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL statement_timeout = 0";

/// What is read under the lock: the heads, and the settings that decide whether a commit is durable.
const LOCKED_HEADS: &str = "SELECT name, size, root, frontier, checkpoint, last_time, frozen, \
     current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync, \
     current_setting('full_page_writes') AS full_page_writes, \
     current_setting('synchronous_standby_names') AS synchronous_standby_names \
     FROM log WHERE $1::text[] IS NULL OR name = ANY($1) ORDER BY id FOR UPDATE";

/// What has to be so beside the lock.
#[derive(Clone, Copy)]
pub(super) struct Demands {
    /// Another host may take over: then a commit has to be on two of them.
    pub(super) standby: bool,
}

/// Begins a transaction and locks the rows of `logs`, of all logs if that is absent; answers their heads.
///
/// Nobody commits to these logs until the transaction ends, and no commit that was under way before is undecided: it held
/// the same locks. After an error nothing is held, unless the connection is broken.
pub(super) async fn lock(
    connection: &mut PgConnection,
    logs: Option<&[LogName]>,
    demands: Demands,
) -> Result<Heads, StoreError> {
    connection.execute(BEGIN).await.map_err(store_error)?;
    let locked = locked_heads(connection, logs, demands).await;
    if locked.is_err() {
        // A connection of a pool would keep the locks for whoever gets it next. A broken one holds none.
        let _ = connection.execute("ROLLBACK").await;
    }
    locked
}

async fn locked_heads(
    connection: &mut PgConnection,
    logs: Option<&[LogName]>,
    demands: Demands,
) -> Result<Heads, StoreError> {
    let names: Option<Vec<&str>> = logs.map(|logs| logs.iter().map(LogName::as_str).collect());
    let rows = sqlx::query(LOCKED_HEADS).bind(names);
    let rows = rows
        .fetch_all(&mut *connection)
        .await
        .map_err(store_error)?;
    if let Some(row) = rows.first() {
        check_durability(row, demands)?;
    }
    rows.iter()
        .map(|row| Ok((rows::name(row)?, rows::head(row)?)))
        .collect()
}

/// The heads without a lock, as committed by whoever was last.
pub(super) async fn heads(connection: &mut PgConnection) -> Result<Heads, StoreError> {
    let rows =
        sqlx::query("SELECT name, size, root, frontier, checkpoint, last_time, frozen FROM log");
    let rows = rows.fetch_all(connection).await.map_err(store_error)?;
    rows.iter()
        .map(|row| Ok((rows::name(row)?, rows::head(row)?)))
        .collect()
}

/// Locks, reads and commits: what is answered is final, and as durable as a commit of our own.
///
/// Locking a row writes a record to the write-ahead log, so the commit waits until everything before it is flushed, and
/// is on the synchronous standby if there is one: also commits that a server showed after a restart without waiting.
pub(super) async fn settled_heads(
    connection: &mut PgConnection,
    logs: Option<&[LogName]>,
    demands: Demands,
) -> Result<Heads, StoreError> {
    let heads = lock(connection, logs, demands).await?;
    connection.execute("COMMIT").await.map_err(store_error)?;
    Ok(heads)
}

/// The head of a log within a transaction that holds its lock.
pub(super) async fn head_within(
    connection: &mut PgConnection,
    log: &LogName,
) -> Result<Option<Head>, StoreError> {
    let row = sqlx::query(
        "SELECT size, root, frontier, checkpoint, last_time, frozen FROM log WHERE name = $1",
    );
    let row = row.bind(log.as_str());
    let row = row.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(rows::head).transpose()
}

/// Refuses a server that answers a commit before it is as durable as a log promises.
fn check_durability(row: &PgRow, demands: Demands) -> Result<(), StoreError> {
    let setting = |name: &'static str| -> Result<String, StoreError> {
        row.try_get(name).map_err(store_error)
    };
    let weak = |setting, found, expected| {
        Err(StoreError::Weak {
            setting,
            found,
            expected,
        })
    };
    let commit = setting("synchronous_commit")?;
    // `local` and `remote_write` hold on one machine; a standby that takes over needs more.
    let enough = match commit.as_str() {
        "on" | "remote_apply" => true,
        "local" | "remote_write" => !demands.standby,
        _ => false,
    };
    if !enough {
        return weak("synchronous_commit", commit, "on");
    }
    for name in ["fsync", "full_page_writes"] {
        let found = setting(name)?;
        if found != "on" {
            return weak(name, found, "on");
        }
    }
    let standbys = setting("synchronous_standby_names")?;
    if demands.standby && standbys.trim().is_empty() {
        return weak(
            "synchronous_standby_names",
            standbys,
            "the other hosts of the database URL",
        );
    }
    Ok(())
}
