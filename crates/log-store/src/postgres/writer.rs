//! The one connection that writes: turns, commits, settled heads.

use std::time::Duration;

use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, Head, Heads, LogName, NewLog, RetireError,
    Retirement, StoreError,
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::{Instant, timeout_at};

use super::fault::{store_error, timed_out};
use super::rows::LogId;
use super::session;
use super::{Shared, write};

/// How long a caller waits for the database to come back, or for its answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How often a transaction is begun anew that surely did nothing.
const TRIES: usize = 3;

/// The writing connection. It is taken out while it is used, so that a call that is broken off closes it: no transaction
/// that nobody knows of stays open.
#[derive(Default)]
pub(super) struct Writer {
    connection: Option<PgConnection>,
    /// Whether `connection` holds a turn.
    turn: bool,
}

/// Why an attempt to commit ended.
enum Attempt {
    /// Nothing was or will be written.
    Nothing(StoreError),
    /// Nobody knows.
    Unknown(StoreError),
    Conflict(CommitError),
}

impl Writer {
    pub(super) async fn begin_turn(
        &mut self,
        shared: &Shared,
        logs: &[LogName],
    ) -> Result<Heads, StoreError> {
        self.end_turn().await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut connection = match self.take(shared, deadline).await {
                Err(StoreError::Unreachable { .. }) if Instant::now() < deadline => continue,
                taken => taken?,
            };
            let locked = session::lock(&mut connection, Some(logs), shared.demands());
            match timeout_at(deadline, locked)
                .await
                .unwrap_or_else(|_| Err(timed_out()))
            {
                Ok(heads) => {
                    self.connection = Some(connection);
                    self.turn = true;
                    return Ok(heads);
                }
                // The server went away, or it is another one by now.
                Err(StoreError::Unreachable { .. }) if Instant::now() < deadline => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) async fn end_turn(&mut self) {
        if !std::mem::take(&mut self.turn) {
            return;
        }
        if let Some(mut connection) = self.connection.take() {
            let deadline = Instant::now() + PATIENCE;
            if let Ok(Ok(_)) = timeout_at(deadline, connection.execute("ROLLBACK")).await {
                self.connection = Some(connection);
            }
        }
    }

    /// The newest head, final: see [`session::settled_heads`].
    pub(super) async fn head(
        &mut self,
        shared: &Shared,
        log: &LogName,
    ) -> Result<Option<Head>, StoreError> {
        let deadline = Instant::now() + PATIENCE;
        if self.turn
            && let Some(mut connection) = self.connection.take()
        {
            let found = session::head_within(&mut connection, log);
            let found = timeout_at(deadline, found).await;
            let found = found.unwrap_or_else(|_| Err(timed_out()));
            if found.is_ok() {
                self.connection = Some(connection);
                return found;
            }
            // The turn went with its connection.
            self.turn = false;
        }
        let logs = std::slice::from_ref(log);
        loop {
            let mut connection = self.take(shared, deadline).await?;
            let settled = session::settled_heads(&mut connection, Some(logs), shared.demands());
            match timeout_at(deadline, settled)
                .await
                .unwrap_or_else(|_| Err(timed_out()))
            {
                Ok(mut heads) => {
                    self.connection = Some(connection);
                    return Ok(heads.remove(log));
                }
                Err(StoreError::Unreachable { .. }) if Instant::now() < deadline => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Commits within the turn, or in a transaction of its own if there is none.
    pub(super) async fn commit(
        &mut self,
        shared: &Shared,
        ids: &[LogId],
        batch: &CommitBatch,
    ) -> Result<(), CommitError> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.attempt(shared, ids, batch).await {
                Ok(()) => return Ok(()),
                Err(Attempt::Conflict(conflict)) => return Err(conflict),
                Err(Attempt::Nothing(StoreError::Unreachable { .. } | StoreError::Busy { .. }))
                    if tries > 0 => {}
                Err(Attempt::Nothing(source) | Attempt::Unknown(source)) => {
                    return Err(CommitError::Failed { source });
                }
            }
        }
    }

    async fn attempt(
        &mut self,
        shared: &Shared,
        ids: &[LogId],
        batch: &CommitBatch,
    ) -> Result<(), Attempt> {
        let deadline = Instant::now() + PATIENCE;
        let held = std::mem::take(&mut self.turn);
        let mut connection = match (held, self.connection.take()) {
            (true, Some(connection)) => connection,
            (_, connection) => {
                self.connection = connection;
                let logs: Vec<LogName> =
                    batch.logs.iter().map(|commit| commit.log.clone()).collect();
                let mut connection = self
                    .take(shared, deadline)
                    .await
                    .map_err(Attempt::Nothing)?;
                let locked = session::lock(&mut connection, Some(&logs), shared.demands());
                let locked = timeout_at(deadline, locked).await;
                locked
                    .unwrap_or_else(|_| Err(timed_out()))
                    .map_err(Attempt::Nothing)?;
                connection
            }
        };
        let written = timeout_at(deadline, extend_all(&mut connection, ids, batch)).await;
        match written {
            Ok(Ok(())) => {}
            Ok(Err(CommitError::Failed { source })) => return Err(Attempt::Nothing(source)),
            Ok(Err(conflict)) => {
                if let Ok(Ok(_)) = timeout_at(deadline, connection.execute("ROLLBACK")).await {
                    self.connection = Some(connection);
                }
                return Err(Attempt::Conflict(conflict));
            }
            Err(_) => return Err(Attempt::Nothing(timed_out())),
        }
        match timeout_at(deadline, connection.execute("COMMIT")).await {
            Ok(Ok(_)) => {
                self.connection = Some(connection);
                Ok(())
            }
            // The server itself says that it did not commit.
            Ok(Err(sqlx::Error::Database(error))) if !ends_session(error.as_ref()) => {
                Err(Attempt::Nothing(store_error(sqlx::Error::Database(error))))
            }
            Ok(Err(error)) => Err(Attempt::Unknown(store_error(error))),
            Err(_) => Err(Attempt::Unknown(timed_out())),
        }
    }

    pub(super) async fn create_log(
        &mut self,
        shared: &Shared,
        log: &NewLog,
    ) -> Result<(), CreateLogError> {
        self.end_turn().await;
        let deadline = Instant::now() + PATIENCE;
        let failed = |source| CreateLogError::Store { source };
        let mut connection = self.take(shared, deadline).await.map_err(failed)?;
        let created = timeout_at(deadline, write::create_log(&mut connection, log)).await;
        created.unwrap_or_else(|_| Err(failed(timed_out())))?;
        self.connection = Some(connection);
        Ok(())
    }

    pub(super) async fn retire(
        &mut self,
        shared: &Shared,
        retirement: &Retirement,
    ) -> Result<(), RetireError> {
        self.end_turn().await;
        let deadline = Instant::now() + PATIENCE;
        let failed = |source| RetireError::Store { source };
        let mut connection = self.take(shared, deadline).await.map_err(failed)?;
        let retired = timeout_at(deadline, write::retire(&mut connection, retirement)).await;
        retired.unwrap_or_else(|_| Err(failed(timed_out())))?;
        self.connection = Some(connection);
        Ok(())
    }

    /// The connection, or a new one to whichever server is the primary.
    async fn take(
        &mut self,
        shared: &Shared,
        deadline: Instant,
    ) -> Result<PgConnection, StoreError> {
        if shared.is_closed() {
            return Err(StoreError::Closed);
        }
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => shared.connect(deadline).await,
        }
    }

    pub(super) async fn close(&mut self) {
        self.turn = false;
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::debug!(%error, "the writing connection did not close in order");
        }
    }
}

async fn extend_all(
    connection: &mut PgConnection,
    ids: &[LogId],
    batch: &CommitBatch,
) -> Result<(), CommitError> {
    for (id, commit) in ids.iter().zip(&batch.logs) {
        write::extend(connection, *id, commit).await?;
    }
    Ok(())
}

/// A session that is ended while it commits (a shutdown, a crash of another session) does not say whether it had.
fn ends_session(error: &dyn sqlx::error::DatabaseError) -> bool {
    error
        .code()
        .is_none_or(|code| code.starts_with("57") || code.starts_with("08"))
}
