//! Errors of opening, appending and reading.

use std::sync::Arc;
use std::time::Duration;

use sigbox_tlog::{LeafIndex, NoteSignError, OriginError, TreeSize};

use crate::entry::LeafError;
use crate::guard::GuardError;
use crate::name::LogName;
use crate::status::{Damage, ReadOnlyReason};
use crate::store::StoreError;

/// Why an engine could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A log was never created in this store.
    #[error("the store has no log `{log}`; create it first")]
    UnknownLog {
        /// The log.
        log: LogName,
    },
    /// The guard knows a log that the store does not hold: an older copy of the database was restored.
    #[error("rollback detected: the guard knows log `{log}`, the database does not hold it")]
    LostLog {
        /// The log.
        log: LogName,
    },
    /// Two setups name the same log.
    #[error("log `{log}` is set up twice")]
    DuplicateSetup {
        /// The log.
        log: LogName,
    },
    /// The origin of a setup cannot stand in a checkpoint.
    #[error("the origin of log `{log}` cannot stand in a checkpoint")]
    Origin {
        /// The log.
        log: LogName,
        /// The broken rule.
        #[source]
        source: OriginError,
    },
    /// The heads cannot be read.
    #[error("the heads of the logs cannot be read")]
    Store {
        /// What the store said.
        #[source]
        source: StoreError,
    },
}

/// Why an entry was not appended, or is not answered.
///
/// After every variant a retry is safe: an entry that was stored after all is found and answered as a duplicate.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Too many entries wait already.
    #[error("{limit} entries wait for the sequencer already")]
    QueueFull {
        /// Entries that may wait.
        limit: usize,
    },
    /// The log takes no entries.
    #[error("the log is read-only")]
    ReadOnly(#[source] ReadOnlyReason),
    /// The store did not take the batch, or its outcome is unknown.
    #[error("the store is unavailable")]
    Unavailable {
        /// What the store said.
        #[source]
        source: Arc<StoreError>,
    },
    /// Another writer was faster; the log was loaded anew.
    #[error("another writer has extended the log")]
    Fenced,
    /// The entry cannot become a leaf.
    #[error("the entry cannot become a leaf")]
    Leaf(#[source] LeafError),
    /// The de-duplication key belongs to an entry of other bytes.
    #[error("entry {index} has the same de-duplication key and other bytes")]
    KeyCollision {
        /// Index of that entry.
        index: LeafIndex,
    },
    /// The checkpoint could not be signed.
    #[error("the checkpoint could not be signed")]
    Signer {
        /// What the signer said.
        #[source]
        source: Arc<NoteSignError>,
    },
    /// The signer returned a signature that its public key does not verify.
    #[error("the signer returned a signature that its public key does not verify")]
    WrongSignature,
    /// The guard cannot follow: answering would go beyond what survives a restored database.
    #[error("the guard is {} ms behind", lag.as_millis())]
    GuardBehind {
        /// Age of the oldest signed head that the guard does not cover.
        lag: Duration,
        /// What the guard said last.
        #[source]
        source: Arc<GuardError>,
    },
    /// The entry is committed and its proof cannot be built at the moment.
    #[error("the entry is stored, its proof cannot be built")]
    Unproven {
        /// What failed.
        #[source]
        source: Arc<ReadError>,
    },
    /// The engine drains its queues and takes nothing more.
    #[error("the log engine shuts down")]
    ShuttingDown,
}

/// Why something cannot be read from a log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The index is not below the tree size.
    #[error("leaf index {index} is outside a tree of {size} leaves")]
    IndexBeyondSize {
        /// Index asked for.
        index: LeafIndex,
        /// Tree size asked for.
        size: TreeSize,
    },
    /// The tree size is beyond the published head.
    #[error("tree size {size} is beyond the published size {head}")]
    SizeBeyondHead {
        /// Size asked for.
        size: TreeSize,
        /// Size of the published head.
        head: TreeSize,
    },
    /// The first size of a consistency proof is 0 or beyond the second.
    #[error("no consistency proof leads from size {first} to size {second}")]
    SizeOrder {
        /// First size asked for.
        first: TreeSize,
        /// Second size asked for.
        second: TreeSize,
    },
    /// The store failed.
    #[error("the store cannot be read")]
    Store {
        /// What it said.
        #[source]
        source: StoreError,
    },
    /// What the store returned is not what the signed tree holds, or is not there.
    #[error("the store does not hold what was signed")]
    Damaged(#[source] Damage),
}
