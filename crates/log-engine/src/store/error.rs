//! What a store reports, sorted by what the engine does about it.

use sigbox_tlog::TreeSize;

use crate::name::LogName;

/// An error of the layer below, whatever its type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another user of the store held it for too long; a retry may succeed.
    #[error("the store is busy")]
    Busy {
        /// What the store said.
        #[source]
        source: BoxError,
    },
    /// The store cannot be reached, or the connection to it broke; a retry may succeed.
    #[error("the store cannot be reached")]
    Unreachable {
        /// What the layer below said.
        #[source]
        source: BoxError,
    },
    /// No space is left.
    #[error("the store is full")]
    Full {
        /// What the store said.
        #[source]
        source: BoxError,
    },
    /// A sync to stable storage failed; a second one would prove nothing, so nobody may try it.
    #[error("a sync to stable storage failed")]
    Sync {
        /// What the store said.
        #[source]
        source: BoxError,
    },
    /// The store found itself damaged.
    #[error("the store is damaged")]
    Corrupt {
        /// What the store said.
        #[source]
        source: BoxError,
    },
    /// The store is set up so that a commit may be lost or undone; nothing is written to it.
    #[error("the store has {setting} = `{found}`, expected {expected}")]
    Weak {
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A stored value has a form that no commit writes.
    #[error("the store holds a malformed {field}")]
    Malformed {
        /// Which value.
        field: &'static str,
    },
    /// A number is larger than the store can hold.
    #[error("{value} is too large for the store's {field}")]
    TooLarge {
        /// Which value.
        field: &'static str,
        /// The number.
        value: u64,
    },
    /// There is no such log.
    #[error("the store has no log `{log}`")]
    UnknownLog {
        /// The name asked for.
        log: LogName,
    },
    /// The store was opened for reading only.
    #[error("the store was opened for reading only")]
    ReadOnly,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else the store reports.
    #[error("the store failed")]
    Failed {
        /// What the store said.
        #[source]
        source: BoxError,
    },
}

/// Why a commit did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The log is not at the head the batch was built on: another writer was faster. Nothing changed.
    #[error("log `{log}` is at size {found_size}, expected {expected_size}")]
    Conflict {
        /// The log.
        log: LogName,
        /// The size the batch was built on.
        expected_size: TreeSize,
        /// The size the store holds.
        found_size: TreeSize,
    },
    /// The outcome is unknown; read the head to learn it.
    #[error("the outcome of a commit is unknown")]
    Failed {
        /// What the store said.
        #[source]
        source: StoreError,
    },
}

/// Why a log was not frozen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RetireError {
    /// The log is not at the head that was to be its last: somebody extended or froze it.
    #[error("log `{log}` is not at the expected size {expected_size} any more, or is frozen")]
    Moved {
        /// The log.
        log: LogName,
        /// The size that was to be its last.
        expected_size: TreeSize,
    },
    /// The successor was not created, so nothing was.
    #[error("the successor was not created")]
    Successor(#[source] CreateLogError),
    /// The store failed.
    #[error("the log could not be frozen")]
    Store {
        /// What the store said.
        #[source]
        source: StoreError,
    },
}

/// Why a log was not created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateLogError {
    /// A log of that name, origin or key is there already.
    #[error("a log `{log}`, or one of its origin or key, is there already")]
    Exists {
        /// The name asked for.
        log: LogName,
    },
    /// The head's size is not the number of entries.
    #[error("a new log of {entries} entries has a head of size {size}")]
    HeadSize {
        /// Number of entries given.
        entries: usize,
        /// Size of the head given.
        size: TreeSize,
    },
    /// The store failed.
    #[error("the log could not be stored")]
    Store {
        /// What the store said.
        #[source]
        source: StoreError,
    },
}
