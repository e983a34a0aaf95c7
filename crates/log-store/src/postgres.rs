//! All logs in one Postgres database, for any number of processes.
//!
//! A turn is a transaction that holds the lock on the rows of its logs (`session`); a commit moves them by
//! compare-and-swap (`write`). Nobody leads, and nothing in memory is believed over the rows.

mod fault;
mod follow;
mod open_error;
mod read;
mod reader;
mod rows;
mod servers;
mod session;
mod write;
mod writer;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, Head, Heads, LogName, LogRecord, LogStore, NewLog,
    RetireError, Retirement, StoreError, StoredEntry,
};
use sigbox_tlog::{Hash, LeafIndex, TreeSize};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, timeout_at};

pub use open_error::PostgresOpenError;
pub use reader::PostgresReader;

use crate::check_size;
use fault::store_error;
use rows::LogId;
use servers::Servers;
use session::Demands;
use writer::{PATIENCE, Writer};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");

/// Connections for reading, the one that listens among them.
const READERS: u32 = 8;

/// Reads again when a connection of the pool turns out to be broken: each breaks once, then the pool makes a new one.
macro_rules! reading {
    ($store:expr, $pool:ident => $read:expr) => {{
        let deadline = Instant::now() + PATIENCE;
        loop {
            let $pool = $store.shared.readers();
            match $read.await {
                Err(StoreError::Unreachable { .. })
                    if Instant::now() < deadline && !$store.shared.is_closed() =>
                {
                    tokio::time::sleep_until(Instant::now() + RETRY).await;
                }
                outcome => break outcome,
            }
        }
    }};
}
/// Between two attempts to read.
const RETRY: std::time::Duration = std::time::Duration::from_millis(20);

/// How long a new connection may take to prove that the server commits.
const SETTLING: std::time::Duration = std::time::Duration::from_secs(2);

/// A [`LogStore`] in a Postgres database that other processes may use at the same time.
///
/// Every commit is durable on the primary, and on its synchronous standby if the URL names several hosts, before it
/// returns; a server whose settings promise less is refused at each turn. The connection must be a direct one: a pooler in
/// transaction mode takes locks and notices apart. Must be opened inside a tokio runtime.
pub struct PostgresStore {
    shared: Arc<Shared>,
    writer: Mutex<Writer>,
    /// Row ids of the logs, which never change.
    ids: RwLock<HashMap<LogName, LogId>>,
    heads: watch::Receiver<Heads>,
}

/// What the calls and the listening task share.
struct Shared {
    servers: Servers,
    /// Connections to the primary of the moment; replaced when another server is the primary.
    readers: RwLock<PgPool>,
    /// The process at the server's end of the writing connection, 0 if there is none.
    own: AtomicU32,
    /// Which server is tried first.
    first: AtomicUsize,
    closed: AtomicBool,
}

impl PostgresStore {
    /// Connects to the primary of `url`, `postgres://USER:PASSWORD@HOST[,HOST]/DATABASE`, and brings the schema up to date.
    ///
    /// # Errors
    /// [`PostgresOpenError`]; waits a moment for a server that is just starting.
    pub async fn open(url: &str) -> Result<Self, PostgresOpenError> {
        let servers = Servers::parse(url)?;
        let found = servers.primary(0, Instant::now() + PATIENCE).await;
        let (server, _) = found.map_err(|source| PostgresOpenError::Connect { source })?;
        let readers = pool(server);
        migrate(&readers).await?;
        let shared = Arc::new(Shared {
            readers: RwLock::new(readers),
            servers,
            own: AtomicU32::new(0),
            first: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        });
        let (sender, heads) = watch::channel(Heads::new());
        tokio::spawn(follow::follow(Arc::clone(&shared), sender));
        Ok(Self {
            shared,
            writer: Mutex::default(),
            ids: RwLock::default(),
            heads,
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
        let id = reading!(self, pool => read::log_id(&pool, log))?;
        self.ids
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(log.clone(), id);
        Ok(id)
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        // The listening task ends by itself.
        self.shared.closed.store(true, Ordering::SeqCst);
    }
}

impl Shared {
    fn readers(&self) -> PgPool {
        self.readers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    fn demands(&self) -> Demands {
        Demands {
            standby: self.servers.have_standby(),
        }
    }

    /// Whether a notice comes from a commit of this store.
    fn is_own(&self, process: u32) -> bool {
        self.own.load(Ordering::SeqCst) == process
    }

    /// A writing connection to whichever server is the primary; the readers follow it there.
    ///
    /// It begins with settled heads: what a later transaction of this session sees was shown by a server that has not been
    /// restarted since, so it is as durable as a commit of our own.
    async fn connect(&self, deadline: Instant) -> Result<PgConnection, StoreError> {
        let first = self.first.load(Ordering::SeqCst);
        let (server, mut connection) = self.servers.primary(first, deadline).await?;
        let soon = deadline.min(Instant::now() + SETTLING);
        let settled = session::settled_heads(&mut connection, None, self.demands());
        let settled = timeout_at(soon, settled).await;
        if let Err(error) = settled.unwrap_or_else(|_| Err(fault::timed_out())) {
            // A primary that cannot commit may have been replaced: another server is asked first the next time.
            self.first.fetch_add(1, Ordering::SeqCst);
            return Err(error);
        }
        let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
            .fetch_one(&mut connection)
            .await
            .map_err(store_error)?;
        self.own
            .store(u32::try_from(process).unwrap_or(0), Ordering::SeqCst);
        let place = |server: &PgConnectOptions| {
            (
                server.get_socket().cloned(),
                server.get_host().to_owned(),
                server.get_port(),
            )
        };
        if place(&server) != place(&self.readers().connect_options()) {
            tracing::warn!(host = server.get_host(), "another server is the primary");
            let mut readers = self.readers.write().unwrap_or_else(PoisonError::into_inner);
            let old = std::mem::replace(&mut *readers, pool(server));
            drop(readers);
            // What is under way on it ends by itself; nothing new begins there.
            tokio::spawn(async move { old.close().await });
        }
        Ok(connection)
    }
}

fn pool(server: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .connect_lazy_with(server)
}

/// The newest schema.
fn known_schema() -> i64 {
    let versions = MIGRATIONS.iter().map(|migration| migration.version);
    versions.max().unwrap_or(0)
}

/// Applies missing migrations, each in its own transaction; refuses a schema this program does not know. Processes that
/// start together take turns by an advisory lock.
async fn migrate(readers: &PgPool) -> Result<(), PostgresOpenError> {
    let known = known_schema();
    match MIGRATIONS.run(readers).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(found)) if found > known => {
            Err(PostgresOpenError::NewerSchema { found, known })
        }
        Err(source) => Err(PostgresOpenError::Migrate { source }),
    }
}

#[async_trait]
impl LogStore for PostgresStore {
    async fn create_log(&self, log: &NewLog) -> Result<(), CreateLogError> {
        check_size(log)?;
        self.writer.lock().await.create_log(&self.shared, log).await
    }

    async fn retire(&self, retirement: &Retirement) -> Result<(), RetireError> {
        if let Some(successor) = &retirement.successor {
            check_size(successor).map_err(RetireError::Successor)?;
        }
        let mut writer = self.writer.lock().await;
        writer.retire(&self.shared, retirement).await
    }

    async fn logs(&self) -> Result<Vec<LogRecord>, StoreError> {
        reading!(self, pool => read::logs(&pool))
    }

    async fn head(&self, log: &LogName) -> Result<Option<Head>, StoreError> {
        self.writer.lock().await.head(&self.shared, log).await
    }

    async fn begin_turn(&self, logs: &[LogName]) -> Result<Option<Heads>, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.begin_turn(&self.shared, logs).await.map(Some)
    }

    async fn end_turn(&self) {
        self.writer.lock().await.end_turn().await;
    }

    fn heads(&self) -> Option<watch::Receiver<Heads>> {
        Some(self.heads.clone())
    }

    async fn commit(&self, batch: &CommitBatch) -> Result<(), CommitError> {
        let failed = |source| CommitError::Failed { source };
        let mut ids = Vec::with_capacity(batch.logs.len());
        for commit in &batch.logs {
            ids.push(self.id(&commit.log).await.map_err(failed)?);
            if !commit.is_contiguous() {
                return Err(failed(StoreError::Malformed { field: "batch" }));
            }
        }
        let mut writer = self.writer.lock().await;
        writer.commit(&self.shared, &ids, batch).await
    }

    async fn find_by_dedup(
        &self,
        log: &LogName,
        keys: &[[u8; 32]],
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let id = self.id(log).await?;
        reading!(self, pool => read::find_by_dedup(&pool, id, keys))
    }

    async fn find_by_leaf_hash(
        &self,
        log: &LogName,
        leaf_hash: &Hash,
    ) -> Result<Option<StoredEntry>, StoreError> {
        let id = self.id(log).await?;
        reading!(self, pool => read::find_by_leaf_hash(&pool, id, leaf_hash))
    }

    async fn entry(
        &self,
        log: &LogName,
        index: LeafIndex,
    ) -> Result<Option<StoredEntry>, StoreError> {
        let range = index.0..index.0.saturating_add(1);
        Ok(self.entries(log, range).await?.pop())
    }

    async fn entries(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let id = self.id(log).await?;
        reading!(self, pool => read::entries(&pool, id, range.clone()))
    }

    async fn leaf_hashes(&self, log: &LogName, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        let id = self.id(log).await?;
        reading!(self, pool => read::leaf_hashes(&pool, id, range.clone()))
    }

    async fn tile(
        &self,
        log: &LogName,
        level: u8,
        index: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        let id = self.id(log).await?;
        reading!(self, pool => read::tile(&pool, id, level, index))
    }

    async fn checkpoint(
        &self,
        log: &LogName,
        size: TreeSize,
    ) -> Result<Option<String>, StoreError> {
        let id = self.id(log).await?;
        reading!(self, pool => read::checkpoint(&pool, id, size))
    }

    async fn checkpoints(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<(TreeSize, String)>, StoreError> {
        let id = self.id(log).await?;
        reading!(self, pool => read::checkpoints(&pool, id, range.clone()))
    }

    async fn close(&self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.writer.lock().await.close().await;
        self.shared.readers().close().await;
    }
}
