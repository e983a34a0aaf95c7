//! Whether a log takes entries, and if not, why.

use std::sync::Arc;

use sigbox_tlog::{CheckpointError, Hash, LeafIndex, NoteError, TreeSize};

use crate::guard::GuardError;
use crate::store::StoreError;

/// Whether a log takes entries.
#[derive(Debug, Clone)]
pub enum LogStatus {
    /// It does.
    Writable,
    /// It does not, until the process is started anew on a sound store; reads go on.
    ReadOnly(ReadOnlyReason),
}

/// Why a log stopped taking entries.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ReadOnlyReason {
    /// The database is older than what was signed: a copy was restored, or its tail was lost.
    #[error("rollback detected: database size {database} < last signed {guard}")]
    Rollback {
        /// Size of the stored head.
        database: TreeSize,
        /// Size in the guard.
        guard: TreeSize,
    },
    /// The tree of the database at the guard's size is not the tree that was signed.
    #[error("at size {size} the database has root {database}, the guard has {guard}")]
    GuardMismatch {
        /// Size in the guard.
        size: TreeSize,
        /// Root of the database's tree at that size.
        database: Hash,
        /// Root in the guard.
        guard: Hash,
    },
    /// The log has entries and the guard knows nothing of it.
    #[error("the guard does not hold this log of size {size}")]
    GuardMissing {
        /// Size of the stored head.
        size: TreeSize,
    },
    /// The guard is there and cannot be read.
    #[error("the guard cannot be read")]
    GuardUnreadable {
        /// What it said.
        #[source]
        source: Arc<GuardError>,
    },
    /// An operator ended the log; a successor may take its entries.
    #[error("the log is frozen")]
    Frozen,
    /// The configured origin is not the one pinned at creation.
    #[error("the log was created as `{pinned}`, configured is `{configured}`")]
    OriginChanged {
        /// Origin in the database.
        pinned: String,
        /// Origin handed in.
        configured: String,
    },
    /// The configured public key is not the one pinned at creation.
    #[error("the configured key is not the key the log was created with")]
    KeyChanged,
    /// The stored checkpoint is not a signed note.
    #[error("the stored checkpoint is not a signed note")]
    CheckpointNote {
        /// The broken rule.
        #[source]
        source: NoteError,
    },
    /// The text of the stored checkpoint is not a checkpoint.
    #[error("the stored checkpoint is malformed")]
    CheckpointText {
        /// The broken rule.
        #[source]
        source: CheckpointError,
    },
    /// The stored checkpoint does not speak of the stored head.
    #[error(
        "the stored checkpoint speaks of `{origin}` at size {size}, the head is at size {head}"
    )]
    CheckpointOther {
        /// Its origin.
        origin: String,
        /// Its size.
        size: TreeSize,
        /// Size of the stored head.
        head: TreeSize,
    },
    /// The stored checkpoint bears no valid signature of the log's key.
    #[error("the stored checkpoint bears no valid signature of the log's key")]
    CheckpointSignature,
    /// What is stored is not what was signed.
    #[error("the store does not hold what was signed")]
    Damaged(#[source] Damage),
    /// Part of the store cannot be read.
    #[error("the store cannot be read")]
    StoreUnreadable {
        /// What it said.
        #[source]
        source: Arc<StoreError>,
    },
    /// After a commit of unknown outcome the head was neither the old nor the new one.
    #[error("after a doubtful commit the head has size {found}, expected {old} or {new}")]
    UnexpectedHead {
        /// Size before the commit.
        old: TreeSize,
        /// Size the commit would have made.
        new: TreeSize,
        /// Size found.
        found: TreeSize,
    },
    /// Another writer's head does not extend what this process signed.
    #[error("the head of size {found} does not extend the signed head of size {signed}")]
    Forked {
        /// Size found.
        found: TreeSize,
        /// Size signed here.
        signed: TreeSize,
    },
    /// The log vanished from the store.
    #[error("the log vanished from the store")]
    Vanished,
    /// The root derived anew from the bytes to be stored is not the one about to be signed.
    #[error("the root derived anew is {derived}, about to be signed was {built}")]
    NotRederived {
        /// Root from the bytes to be stored.
        derived: Hash,
        /// Root of the tree in memory.
        built: Hash,
    },
    /// The inclusion proof of a committed entry does not hold.
    #[error("the inclusion proof of entry {index} does not hold")]
    ProofFailed {
        /// Its index.
        index: LeafIndex,
    },
    /// A sync to stable storage failed: nothing written since is known to be durable.
    #[error("a sync to stable storage failed")]
    SyncFailed {
        /// What the store said.
        #[source]
        source: Arc<StoreError>,
    },
    /// The sequencer broke off.
    #[error("the sequencer broke off")]
    SequencerBroken,
}

/// How the store differs from what the log signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The entries and tiles do not lead to the root that was signed.
    #[error("the stored tree has root {computed}, the signed root is {signed}")]
    RootMismatch {
        /// Root of the tree as stored.
        computed: Hash,
        /// Root in the head.
        signed: Hash,
    },
    /// The stored frontier is not that of the stored tree.
    #[error("the stored frontier is not that of the stored tree")]
    FrontierMismatch,
    /// The bytes of an entry do not have the hash in the tree.
    #[error("entry {index} does not have the hash the tree holds for it")]
    EntryMismatch {
        /// Its index.
        index: LeafIndex,
    },
    /// An entry below the head is not there.
    #[error("entry {index} is missing")]
    EntryMissing {
        /// Its index.
        index: LeafIndex,
    },
    /// An entry is stored that no head covers.
    #[error("entry {index} is stored beyond the head")]
    EntryBeyondHead {
        /// Its index.
        index: LeafIndex,
    },
    /// An entry is older than the one before it.
    #[error("entry {index} is older than the one before it")]
    TimeRunsBack {
        /// Its index.
        index: LeafIndex,
    },
    /// A full tile does not have the hash in the tile above it.
    #[error("tile {index} of level {level} does not have the hash the tree holds for it")]
    TileMismatch {
        /// Tile level.
        level: u8,
        /// Tile number in its level.
        index: u64,
    },
    /// A tile below the head is not there.
    #[error("tile {index} of level {level} is missing")]
    TileMissing {
        /// Tile level.
        level: u8,
        /// Tile number in its level.
        index: u64,
    },
    /// The incomplete tiles could not be rebuilt at the start, so nothing can be verified against them.
    #[error("the right edge of the tree could not be rebuilt")]
    EdgeLost,
    /// A proof built from verified tiles does not hold.
    #[error("a proof built for size {size} does not hold")]
    ProofFailed {
        /// The tree size of the proof.
        size: TreeSize,
    },
    /// Entries at one level do not fit a tree of the stored size.
    #[error("the stored size does not fit the stored hashes")]
    SizeMismatch,
}
