//! The file beside whoever writes to it: for checks and backups.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, Head, LogName, LogRecord, LogStore, NewLog,
    RetireError, Retirement, StoreError, StoredEntry,
};
use sigbox_tlog::{Hash, LeafIndex, TreeSize};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::fault::store_error;
use super::rows::LogId;
use super::{BUSY_TIMEOUT, CACHE_KIB, StoreOpenError, known_schema, read};
use crate::read_only::read_only_store;

/// The SQLite file of a [`SqliteStore`](super::SqliteStore), opened for reading only.
///
/// It takes no lock, so it may be open beside a serving process, changes nothing and brings no schema up to date. Reads see
/// committed state, also what is still in the write-ahead log beside the file.
pub struct SqliteReader {
    path: PathBuf,
    pool: SqlitePool,
    schema: i64,
}

/// Why a copy of the file was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// Something is there already.
    #[error("`{}` is there already; nothing is ever overwritten", path.display())]
    Exists {
        /// The copy's path.
        path: PathBuf,
    },
    /// The copy cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The copy's path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// SQLite did not copy.
    #[error("`{}` cannot be copied", path.display())]
    Store {
        /// The file that was to be copied.
        path: PathBuf,
        /// What it said.
        #[source]
        source: StoreError,
    },
}

impl SqliteReader {
    /// Opens a file that is there.
    ///
    /// # Errors
    /// [`StoreOpenError::Missing`], [`StoreOpenError::Open`], or [`StoreOpenError::NewerSchema`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreOpenError> {
        let path = path.as_ref();
        if let Err(source) = fs::metadata(path) {
            return Err(StoreOpenError::Missing {
                path: path.into(),
                source,
            });
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", CACHE_KIB);
        let opened = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await;
        let failed = |error| StoreOpenError::Open {
            path: path.into(),
            source: store_error(error),
        };
        let pool = opened.map_err(failed)?;
        let found: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&pool)
            .await
            .map_err(failed)?;
        let (schema, known) = (found.unwrap_or(0), known_schema());
        if schema > known {
            let found = schema;
            return Err(StoreOpenError::NewerSchema { found, known });
        }
        Ok(Self {
            path: path.into(),
            pool,
            schema,
        })
    }

    /// Lets SQLite check every page and index of the file.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the first thing that SQLite names.
    pub async fn check_file(&self) -> Result<(), StoreError> {
        let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
            .fetch_one(&self.pool)
            .await
            .map_err(store_error)?;
        match found.as_str() {
            "ok" => Ok(()),
            _ => Err(StoreError::Corrupt {
                source: found.into(),
            }),
        }
    }

    /// Writes one committed state of the file, compact and without a write-ahead log, to `target` (mode 0600); synced on
    /// return. Whoever writes to the file goes on meanwhile.
    ///
    /// # Errors
    /// [`CopyError`]; what was begun is removed, and nothing that was there before is touched.
    pub async fn copy_to(&self, target: &Path) -> Result<(), CopyError> {
        let write = |source| CopyError::Write {
            path: target.into(),
            source,
        };
        match private_new(target) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(CopyError::Exists {
                    path: target.into(),
                });
            }
            Err(source) => return Err(write(source)),
        }
        let copied = self
            .vacuum_into(target)
            .await
            .map_err(|source| CopyError::Store {
                path: self.path.clone(),
                source,
            });
        let synced = copied.and_then(|()| sync(target).map_err(write));
        if synced.is_err() {
            // What is left of it is of no use, and in the way of another try.
            let _ = fs::remove_file(target);
        }
        synced
    }

    async fn vacuum_into(&self, target: &Path) -> Result<(), StoreError> {
        let name = target.to_str().ok_or_else(|| StoreError::Failed {
            source: "the name of the copy is not UTF-8".into(),
        })?;
        sqlx::query("VACUUM INTO ?")
            .bind(name)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(store_error)
    }

    async fn id(&self, log: &LogName) -> Result<LogId, StoreError> {
        read::log_id(&self.pool, log).await
    }
}

fn private_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the file and its name survive power loss.
fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

read_only_store!(SqliteReader, read);
