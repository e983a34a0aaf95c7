//! All logs in one SQLite file: one writer connection, a pool of readers, one process.

mod fault;
mod lock;
mod open_error;
mod read;
mod reader;
mod rows;
mod statement;
mod write;

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex as StdMutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, Head, LogName, LogRecord, LogStore, NewLog,
    RetireError, Retirement, StoreError, StoredEntry,
};
use sigbox_tlog::{Hash, LeafIndex, TreeSize};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool};
use tokio::sync::Mutex;

pub use lock::LockFile;
pub use open_error::StoreOpenError;
pub use reader::{CopyError, SqliteReader};

use crate::check_size;
use fault::store_error;
use rows::LogId;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// Readers beside the writer; more would only wait for the processor.
const READERS: u32 = 4;

/// How long anyone waits for another holder of the file (a backup, a shell) before the answer is "busy".
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Pages of WAL (4 KiB each) after which a commit also moves them into the file: rarer than SQLite's default of 1000,
/// because that commit takes several times as long as the others.
const WAL_CHECKPOINT_PAGES: &str = "8000";

/// Page cache of each connection, in KiB (negative by SQLite's convention).
const CACHE_KIB: &str = "-32768";

/// A [`LogStore`] in one SQLite file.
///
/// WAL with `synchronous=FULL`: every commit is synced before it returns. One process may have the file open, held
/// by a kernel lock on `<file>.lock`, so a dead process never blocks the next. Not for network file systems.
pub struct SqliteStore {
    readers: SqlitePool,
    writer: Mutex<Writer>,
    /// Row ids of the logs, which never change.
    ids: RwLock<HashMap<LogName, LogId>>,
    /// Held until the store is closed or dropped.
    lock: StdMutex<Option<LockFile>>,
}

/// The one connection that writes; opened anew after a failure, so that no half-done transaction stays open.
struct Writer {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    closed: bool,
}

impl SqliteStore {
    /// Opens or creates the file (mode 0600) and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreOpenError`]; [`StoreOpenError::Locked`] names the process that has the file open.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreOpenError> {
        let path = path.as_ref();
        let lock = LockFile::take(path)?;
        lock::create_private(path)?;
        let options = options(path);
        migrate(path, options.clone()).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY_TIMEOUT)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.clone().pragma("query_only", "ON"));
        Ok(Self {
            readers,
            writer: Mutex::new(Writer {
                options,
                connection: None,
                closed: false,
            }),
            ids: RwLock::new(HashMap::new()),
            lock: StdMutex::new(Some(lock)),
        })
    }

    /// The row id of a log, from memory or from the table.
    async fn id(&self, log: &LogName) -> Result<LogId, StoreError> {
        if let Some(id) = self
            .ids
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(log)
        {
            return Ok(*id);
        }
        let id = read::log_id(&self.readers, log).await?;
        self.ids
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(log.clone(), id);
        Ok(id)
    }

    async fn write_batch(&self, batch: &CommitBatch) -> Result<(), CommitError> {
        let mut targets = Vec::with_capacity(batch.logs.len());
        for commit in &batch.logs {
            let id = self
                .id(&commit.log)
                .await
                .map_err(|source| CommitError::Failed { source })?;
            if !commit.is_contiguous() {
                return Err(CommitError::Failed {
                    source: StoreError::Malformed { field: "batch" },
                });
            }
            targets.push((id, commit));
        }
        let mut writer = self.writer.lock().await;
        let connection = writer
            .connection()
            .await
            .map_err(|source| CommitError::Failed { source })?;
        let written = write::commit(connection, &targets).await;
        if let Err(CommitError::Failed { .. }) = written {
            writer.discard().await;
        }
        written
    }
}

impl Writer {
    async fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await.map_err(store_error)?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Closes the connection, and with it whatever transaction it holds: afterwards a read sees the final outcome.
    async fn discard(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the writer connection did not close in order");
        }
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("cache_size", CACHE_KIB)
        .pragma("wal_autocheckpoint", WAL_CHECKPOINT_PAGES)
        // A sync that stops at the disk's cache is none; macOS knows the difference, others ignore the pragma.
        .pragma("fullfsync", "ON")
        .disable_statement_logging()
}

/// The newest schema.
fn known_schema() -> i64 {
    let versions = MIGRATIONS.iter().map(|migration| migration.version);
    versions.max().unwrap_or(0)
}

/// Applies missing migrations, each in its own transaction; refuses a schema this program does not know.
async fn migrate(path: &Path, options: SqliteConnectOptions) -> Result<(), StoreOpenError> {
    let opened = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .map_err(store_error);
    let connection = opened.map_err(|source| StoreOpenError::Open {
        path: path.into(),
        source,
    })?;
    let known = known_schema();
    let migrated = MIGRATIONS.run(&connection).await;
    connection.close().await;
    match migrated {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(found)) if found > known => {
            Err(StoreOpenError::NewerSchema { found, known })
        }
        Err(source) => Err(StoreOpenError::Migrate { source }),
    }
}

#[async_trait]
impl LogStore for SqliteStore {
    async fn create_log(&self, log: &NewLog) -> Result<(), CreateLogError> {
        let failed = |source| CreateLogError::Store { source };
        check_size(log)?;
        let mut writer = self.writer.lock().await;
        let connection = writer.connection().await.map_err(failed)?;
        let created = write::create_log(connection, log).await;
        if let Err(CreateLogError::Store { .. }) = created {
            writer.discard().await;
        }
        created
    }

    async fn retire(&self, retirement: &Retirement) -> Result<(), RetireError> {
        let failed = |source| RetireError::Store { source };
        if let Some(successor) = &retirement.successor {
            check_size(successor).map_err(RetireError::Successor)?;
        }
        let id = self.id(&retirement.log).await.map_err(failed)?;
        let mut writer = self.writer.lock().await;
        let connection = writer.connection().await.map_err(failed)?;
        let retired = write::retire(connection, id, retirement).await;
        if let Err(RetireError::Store { .. }) = retired {
            writer.discard().await;
        }
        retired
    }

    async fn logs(&self) -> Result<Vec<LogRecord>, StoreError> {
        read::logs(&self.readers).await
    }

    async fn head(&self, log: &LogName) -> Result<Option<Head>, StoreError> {
        // Behind the writer's lock: a commit that is still running decides first.
        let _writer = self.writer.lock().await;
        read::head(&self.readers, known_schema(), log).await
    }

    async fn commit(&self, batch: &CommitBatch) -> Result<(), CommitError> {
        self.write_batch(batch).await
    }

    async fn find_by_dedup(
        &self,
        log: &LogName,
        keys: &[[u8; 32]],
    ) -> Result<Vec<StoredEntry>, StoreError> {
        read::find_by_dedup(&self.readers, self.id(log).await?, keys).await
    }

    async fn find_by_leaf_hash(
        &self,
        log: &LogName,
        leaf_hash: &Hash,
    ) -> Result<Option<StoredEntry>, StoreError> {
        read::find_by_leaf_hash(&self.readers, self.id(log).await?, leaf_hash).await
    }

    async fn entry(
        &self,
        log: &LogName,
        index: LeafIndex,
    ) -> Result<Option<StoredEntry>, StoreError> {
        let range = index.0..index.0.saturating_add(1);
        Ok(read::entries(&self.readers, self.id(log).await?, range)
            .await?
            .pop())
    }

    async fn entries(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        read::entries(&self.readers, self.id(log).await?, range).await
    }

    async fn leaf_hashes(&self, log: &LogName, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        read::leaf_hashes(&self.readers, self.id(log).await?, range).await
    }

    async fn tile(
        &self,
        log: &LogName,
        level: u8,
        index: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        read::tile(&self.readers, self.id(log).await?, level, index).await
    }

    async fn checkpoint(
        &self,
        log: &LogName,
        size: TreeSize,
    ) -> Result<Option<String>, StoreError> {
        read::checkpoint(&self.readers, self.id(log).await?, size).await
    }

    async fn checkpoints(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<(TreeSize, String)>, StoreError> {
        read::checkpoints(&self.readers, self.id(log).await?, range).await
    }

    async fn close(&self) {
        self.readers.close().await;
        let mut writer = self.writer.lock().await;
        writer.discard().await;
        writer.closed = true;
        self.lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
