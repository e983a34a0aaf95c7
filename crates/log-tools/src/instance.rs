//! A data directory, as far as the tools need it: which database, which guard, which keys are trusted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sigbox_log_engine::{FileGuard, LogStore};
use sigbox_log_store::{PostgresOpenError, PostgresReader, SqliteReader, StoreOpenError};
use sigbox_wire::{TrustError, TrustedRoot};

/// The layout of the data directory that is known here.
const LAYOUT: u32 = 1;

/// Where the logs are.
#[derive(Clone)]
pub enum Database {
    /// A SQLite file: that of an instance, or a backup.
    Sqlite(PathBuf),
    /// The URL of a Postgres database; it may hold a password.
    Postgres(String),
}

/// A data directory.
#[derive(Clone)]
pub struct Instance {
    /// The directory.
    pub directory: PathBuf,
    /// Its logs.
    pub database: Database,
    /// Its guard file.
    pub guard: PathBuf,
}

/// A database that is open for reading.
pub enum Opened {
    /// A SQLite file.
    Sqlite(SqliteReader),
    /// A Postgres database.
    Postgres(PostgresReader),
}

/// Why a data directory cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstanceError {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// `sigbox.toml` is not one.
    #[error("`{}` is not the configuration of an instance", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: toml::de::Error,
    },
    /// A newer program made the directory.
    #[error("`{}` was made by a newer program: layout expected at most {LAYOUT}, found {found}", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: u32,
    },
    /// `trust/trusted_root.json` is not one.
    #[error("`{}` is not a trusted root", path.display())]
    Trust {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: TrustError,
    },
}

/// Why a database cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file.
    #[error(transparent)]
    Sqlite(#[from] StoreOpenError),
    /// The server.
    #[error(transparent)]
    Postgres(#[from] PostgresOpenError),
}

/// What is read of `sigbox.toml`; the server reads the rest.
#[derive(Deserialize)]
struct Config {
    layout: u32,
    guard: Option<PathBuf>,
    database: Option<DatabaseConfig>,
}

#[derive(Deserialize)]
struct DatabaseConfig {
    url: String,
}

impl Database {
    /// What a command line names: a URL of Postgres, else a file.
    pub fn named(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Postgres(text.to_owned())
        } else {
            Self::Sqlite(PathBuf::from(text))
        }
    }

    /// Opens it for reading.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(&self) -> Result<Opened, OpenError> {
        Ok(match self {
            Self::Sqlite(path) => Opened::Sqlite(SqliteReader::open(path).await?),
            Self::Postgres(url) => Opened::Postgres(PostgresReader::open(url).await?),
        })
    }

    /// Its name in reports: never a password.
    pub fn label(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(_) => "postgres".to_owned(),
        }
    }
}

impl Opened {
    /// The reads of all logs.
    pub fn store(&self) -> &dyn LogStore {
        match self {
            Self::Sqlite(reader) => reader,
            Self::Postgres(reader) => reader,
        }
    }
}

impl Instance {
    /// Reads `sigbox.toml` of a data directory.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn read(directory: &Path) -> Result<Self, InstanceError> {
        let path = directory.join("sigbox.toml");
        let text = fs::read_to_string(&path).map_err(|source| InstanceError::Read {
            path: path.clone(),
            source,
        })?;
        let config: Config = toml::from_str(&text).map_err(|source| InstanceError::Config {
            path: path.clone(),
            source,
        })?;
        if config.layout > LAYOUT {
            return Err(InstanceError::Layout {
                path,
                found: config.layout,
            });
        }
        let database = match config.database {
            None => Database::Sqlite(directory.join("sigbox.db")),
            Some(database) => Database::Postgres(database.url),
        };
        Ok(Self {
            directory: directory.to_owned(),
            database,
            guard: config.guard.unwrap_or_else(|| directory.join("guard")),
        })
    }

    /// The guard.
    pub fn guard(&self) -> FileGuard {
        FileGuard::new(&self.guard)
    }

    /// The keys (DER `SubjectPublicKeyInfo`) of all logs that the instance tells its clients to trust.
    ///
    /// # Errors
    /// [`InstanceError::Read`] or [`InstanceError::Trust`].
    pub fn trusted_keys(&self) -> Result<Vec<Vec<u8>>, InstanceError> {
        let path = self.directory.join("trust").join("trusted_root.json");
        let json = fs::read(&path).map_err(|source| InstanceError::Read {
            path: path.clone(),
            source,
        })?;
        let root =
            TrustedRoot::parse(&json).map_err(|source| InstanceError::Trust { path, source })?;
        let logs = root.tlogs.into_iter().chain(root.ctlogs);
        Ok(logs.map(|log| log.public_key.raw_bytes).collect())
    }
}
