//! Why a database file cannot be opened.

use std::io;
use std::path::PathBuf;

use sigbox_log_engine::StoreError;
use sqlx::migrate::MigrateError;

/// Why a database file cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreOpenError {
    /// Another process, or another part of this one, has it open.
    #[error("`{}` is in use by process {} on {}", path.display(), or_unknown(pid.as_ref()), or_unknown(host.as_ref()))]
    Locked {
        /// The database file.
        path: PathBuf,
        /// Process id of the holder, as the holder wrote it.
        pid: Option<u32>,
        /// Host name of the holder, as the holder wrote it.
        host: Option<String>,
    },
    /// The lock file beside the database cannot be used.
    #[error("cannot use the lock file `{}`", path.display())]
    LockFile {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is no file to read.
    #[error("cannot read `{}`", path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The database file cannot be created.
    #[error("cannot create `{}`", path.display())]
    Create {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// SQLite does not open the file.
    #[error("cannot open `{}`", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: StoreError,
    },
    /// The database was made by a newer program.
    #[error("the database has schema version {found}, this program knows up to {known}")]
    NewerSchema {
        /// Newest version applied to the file.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// The schema cannot be brought up to date; nothing was changed by the step that failed.
    #[error("cannot bring the schema up to date")]
    Migrate {
        /// What failed.
        #[source]
        source: MigrateError,
    },
}

fn or_unknown(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "unknown".to_owned(), ToString::to_string)
}
