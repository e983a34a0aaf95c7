//! The database beside whoever writes to it: for checks.

use std::ops::Range;

use async_trait::async_trait;
use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, Head, LogName, LogRecord, LogStore, NewLog,
    RetireError, Retirement, StoreError, StoredEntry,
};
use sigbox_tlog::{Hash, LeafIndex, TreeSize};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::time::Instant;

use super::fault::store_error;
use super::rows::LogId;
use super::servers::Servers;
use super::writer::PATIENCE;
use super::{PostgresOpenError, known_schema, read};
use crate::read_only::read_only_store;

/// The database of a [`PostgresStore`](super::PostgresStore), opened for reading only: every session is read-only by its own
/// setting, takes no lock, and brings no schema up to date.
pub struct PostgresReader {
    pool: PgPool,
    schema: i64,
}

impl PostgresReader {
    /// Connects to the primary of `url`, as [`PostgresStore::open`](super::PostgresStore::open) does.
    ///
    /// # Errors
    /// [`PostgresOpenError`].
    pub async fn open(url: &str) -> Result<Self, PostgresOpenError> {
        let servers = Servers::parse(url)?;
        let found = servers.primary(0, Instant::now() + PATIENCE).await;
        let (server, _) = found.map_err(|source| PostgresOpenError::Connect { source })?;
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(server.options([("default_transaction_read_only", "on")]));
        let found: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&pool)
            .await
            .map_err(|error| PostgresOpenError::Connect {
                source: store_error(error),
            })?;
        let (schema, known) = (found.unwrap_or(0), known_schema());
        if schema > known {
            let found = schema;
            return Err(PostgresOpenError::NewerSchema { found, known });
        }
        Ok(Self { pool, schema })
    }

    async fn id(&self, log: &LogName) -> Result<LogId, StoreError> {
        read::log_id(&self.pool, log).await
    }
}

read_only_store!(PostgresReader, read);
