//! The guard: the last signed size and root of each log, kept outside the database.
//!
//! A database restored from an older copy looks whole; only something that was not restored with it can tell that
//! checkpoints beyond its head were already given out.

mod file;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use sigbox_tlog::{Hash, TreeSize};

use crate::name::LogName;

pub use file::FileGuard;

/// Last signed size and root of each log.
pub type GuardState = BTreeMap<LogName, (TreeSize, Hash)>;

/// Where the guard is kept. Trusted, small, and best on another disk than the database.
///
/// Both calls may block on files; the engine calls them outside of its async tasks, one at a time.
pub trait Guard: Send + Sync {
    /// The state last stored; `None` if none ever was.
    ///
    /// # Errors
    /// [`GuardError`] if there is something that cannot be read: never taken for an absent guard.
    fn load(&self) -> Result<Option<GuardState>, GuardError>;

    /// Replaces the state. Atomic, and durable on return; storing the same state again changes nothing.
    ///
    /// # Errors
    /// [`GuardError`] if it is not known to be stored; the old or the new state is there then.
    fn store(&self, state: &GuardState) -> Result<(), GuardError>;
}

/// Why the guard could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The file cannot be read.
    #[error("cannot read the guard `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file holds something else than a guard.
    #[error("`{}` is not a guard file", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The file is of a layout this program does not know.
    #[error("the guard `{}` has version {found}, this program knows {known}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version it names.
        found: u64,
        /// The version known here.
        known: u64,
    },
    /// The file cannot be written.
    #[error("cannot write the guard `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The call that writes it was broken off.
    #[error("the write of the guard was broken off")]
    BrokenOff,
}
