//! What the full check finds.

use sigbox_tlog::{
    CheckpointError, Hash, LeafIndex, NoteError, NoteVerifyError, TreeSize, UnixMillis,
};

use crate::name::LogName;
use crate::store::StoreError;

/// Why a log did not pass the full check.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The store has no such log.
    #[error("the store has no log `{log}`")]
    UnknownLog {
        /// The log.
        log: LogName,
    },
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Store(#[from] StoreError),
    /// The database is older than what was signed.
    #[error("rollback: expected at least {guard} entries, which were signed, found {database}")]
    Rollback {
        /// Size of the stored head.
        database: TreeSize,
        /// Size in the guard.
        guard: TreeSize,
    },
    /// The tree at the guard's size is not the tree that was signed.
    #[error("root at the guard's size {size}: expected {expected}, found {found}")]
    GuardRoot {
        /// Size in the guard.
        size: TreeSize,
        /// Root in the guard.
        expected: Hash,
        /// Root over the stored entries.
        found: Hash,
    },
    /// An entry below the head is not there.
    #[error("entry {index}: expected in the store, found none")]
    EntryMissing {
        /// Its index.
        index: LeafIndex,
    },
    /// An entry is stored that no head covers.
    #[error("entry {index}: expected none past the head of size {size}, found one")]
    EntryBeyondHead {
        /// Its index.
        index: LeafIndex,
        /// Size of the head.
        size: TreeSize,
    },
    /// A signed note is stored of a size that the log does not have.
    #[error("checkpoint of size {found}: expected none past the head of size {size}, found one")]
    CheckpointBeyondHead {
        /// Its size.
        found: TreeSize,
        /// Size of the head.
        size: TreeSize,
    },
    /// The bytes of an entry do not have the leaf hash that is stored beside them.
    #[error("leaf hash of entry {index}: expected {expected}, found {found}")]
    LeafHash {
        /// Its index.
        index: LeafIndex,
        /// The stored hash.
        expected: Hash,
        /// The hash of the stored bytes.
        found: Hash,
    },
    /// An entry is older than the one before it.
    #[error("time of entry {index}: expected at least {} ms, found {} ms", before.0, found.0)]
    TimeRunsBack {
        /// Its index.
        index: LeafIndex,
        /// Time of the entry before it.
        before: UnixMillis,
        /// Its time.
        found: UnixMillis,
    },
    /// A full tile is not there.
    #[error("tile {level}/{index}: expected in the store, found none")]
    TileMissing {
        /// Tile level.
        level: u8,
        /// Tile number in its level.
        index: u64,
    },
    /// A full tile does not hold the hashes below it.
    #[error("hash of tile {level}/{index}: expected {expected}, found {found}")]
    TileHash {
        /// Tile level.
        level: u8,
        /// Tile number in its level.
        index: u64,
        /// Over the hashes as derived.
        expected: Hash,
        /// Over the hashes as stored.
        found: Hash,
    },
    /// The entries do not lead to the head's root.
    #[error("root at size {size}: expected {expected}, which was signed, found {found}")]
    Root {
        /// Size of the head.
        size: TreeSize,
        /// Root in the head.
        expected: Hash,
        /// Root over the stored entries.
        found: Hash,
    },
    /// The stored frontier is not that of the tree.
    #[error("frontier at size {size}: expected that of the stored entries, found another")]
    Frontier {
        /// Size of the head.
        size: TreeSize,
    },
    /// The head's time is not that of the newest entry.
    #[error("time of the head: expected {} ms, as the newest entry has, found {} ms", expected.0, found.0)]
    LastTime {
        /// Time of the newest entry.
        expected: UnixMillis,
        /// Time in the head.
        found: UnixMillis,
    },
    /// A stored checkpoint is not one of this log at this size.
    #[error("checkpoint of size {size}")]
    Checkpoint {
        /// The size that it is stored for.
        size: TreeSize,
        /// What is wrong with it.
        #[source]
        source: CheckpointFault,
    },
}

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointFault {
    /// It is not a signed note.
    #[error("it is not a signed note")]
    Note(#[from] NoteError),
    /// Its text is not a checkpoint.
    #[error("its text is not a checkpoint")]
    Text(#[from] CheckpointError),
    /// It is of another log.
    #[error("origin: expected `{expected}`, found `{found}`")]
    Origin {
        /// The log's origin.
        expected: String,
        /// Its origin.
        found: String,
    },
    /// It is of another size.
    #[error("size: expected {expected}, found {found}")]
    Size {
        /// The size of the tree.
        expected: TreeSize,
        /// Its size.
        found: TreeSize,
    },
    /// It is of another tree.
    #[error("root: expected {expected}, found {found}")]
    Root {
        /// Root over the entries.
        expected: Hash,
        /// Its root.
        found: Hash,
    },
    /// The log's key has not signed it.
    #[error("signature: expected one of the log's key")]
    Signature(#[from] NoteVerifyError),
}
