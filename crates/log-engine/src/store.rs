//! The storage port: one write, [`LogStore::commit`], and the reads beside it.

mod error;

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use sigbox_tlog::{Hash, LeafIndex, TileRef, TreeSize, UnixMillis};
use tokio::sync::watch;

use crate::entry::StoredEntry;
use crate::name::LogName;

pub use error::{BoxError, CommitError, CreateLogError, RetireError, StoreError};

/// The state of a log after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Number of leaves.
    pub size: TreeSize,
    /// Root over those leaves.
    pub root: Hash,
    /// Roots of the complete subtrees, largest first, one per set bit of `size`.
    pub frontier: Vec<Hash>,
    /// The signed note over `size` and `root`.
    pub checkpoint: String,
    /// Time of the newest entry, or of creation.
    pub last_time: UnixMillis,
    /// When the log was frozen: this head is its last one. Set by [`LogStore::retire`] alone, never taken back.
    pub frozen: Option<UnixMillis>,
}

/// The heads of several logs, by name.
pub type Heads = BTreeMap<LogName, Head>;

/// A log to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLog {
    /// Its internal name.
    pub name: LogName,
    /// The origin line of its checkpoints; pinned for ever.
    pub origin: String,
    /// DER `SubjectPublicKeyInfo` of its key; pinned for ever.
    pub public_key_spki: Vec<u8>,
    /// The first head; its size equals the number of `entries`.
    pub head: Head,
    /// The entries the log is born with: none or one.
    pub entries: Vec<StoredEntry>,
}

/// The end of a log, and what takes over from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retirement {
    /// The log.
    pub log: LogName,
    /// Its last head: size and root of the stored one, the final checkpoint, and [`Head::frozen`].
    pub last_head: Head,
    /// Created in the same transaction.
    pub successor: Option<NewLog>,
}

/// What the store pinned when a log was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// Its internal name.
    pub name: LogName,
    /// The origin line of its checkpoints.
    pub origin: String,
    /// DER `SubjectPublicKeyInfo` of its key.
    pub public_key_spki: Vec<u8>,
}

/// The batches of all logs that were ready, for one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitBatch {
    /// One commit a log, each log at most once.
    pub logs: Vec<LogCommit>,
}

/// What one log gains in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogCommit {
    /// The log.
    pub log: LogName,
    /// The size the batch was built on.
    pub expected_size: TreeSize,
    /// The root the batch was built on.
    pub expected_root: Hash,
    /// New entries, in index order, from `expected_size` on without a gap.
    pub entries: Vec<StoredEntry>,
    /// Tiles the entries completed: 256 hashes each.
    pub tiles: Vec<(TileRef, Vec<Hash>)>,
    /// The head over the new entries.
    pub new_head: Head,
}

impl LogCommit {
    /// Whether the entries start at `expected_size`, have no gap, and end at the new head's size.
    pub fn is_contiguous(&self) -> bool {
        let indexes = self.entries.iter().map(|entry| entry.index.0);
        indexes.eq(self.expected_size.0..self.new_head.size.0)
    }
}

/// Where a log's entries, tiles and heads are kept.
///
/// Trusted: who can write here can fork the log, but not below the guard's notice. Reads may run beside each other
/// and beside a commit, and see committed state only.
#[async_trait]
pub trait LogStore: Send + Sync {
    /// Creates a log with its first head and entries, in one durable transaction.
    ///
    /// # Errors
    /// [`CreateLogError::Exists`] if a log of that name, origin or key is there; nothing changes then.
    async fn create_log(&self, log: &NewLog) -> Result<(), CreateLogError>;

    /// Freezes a log with its final checkpoint and creates its successor, in one durable transaction. From then on every
    /// commit to the frozen log is a conflict, whoever tries.
    ///
    /// # Errors
    /// [`RetireError`]; nothing changes then, unless it comes from the store.
    async fn retire(&self, retirement: &Retirement) -> Result<(), RetireError>;

    /// All logs, by name.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn logs(&self) -> Result<Vec<LogRecord>, StoreError>;

    /// The newest committed head of a log; `None` if there is no such log.
    ///
    /// Called after [`CommitError::Failed`], it tells the final outcome of that commit: an implementation must not
    /// answer while the commit could still become visible later.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn head(&self, log: &LogName) -> Result<Option<Head>, StoreError>;

    /// Waits for its turn on `logs` and answers their heads: nobody else commits to them before [`LogStore::commit`] or
    /// [`LogStore::end_turn`]. `None` from a store that has one writer, whose state in memory is the newest.
    ///
    /// A turn saves work, it is not what prevents a fork: it can be lost (a paused process, a broken connection), and the
    /// compare-and-swap of the commit tells then. The heads are final as those of [`LogStore::head`] are. A log that is not
    /// there is left out. At most one turn at a time per process.
    ///
    /// # Errors
    /// [`StoreError`] if there is no turn to be had; nothing is held then.
    async fn begin_turn(&self, logs: &[LogName]) -> Result<Option<Heads>, StoreError> {
        let _ = logs;
        Ok(None)
    }

    /// Gives the turn back, if one is held.
    async fn end_turn(&self) {}

    /// Follows the heads that other writers commit, without a turn; `None` from a store that has one writer.
    ///
    /// A head may arrive late, never before it is as durable as one that this process committed. Ends when the store is
    /// closed.
    fn heads(&self) -> Option<watch::Receiver<Heads>> {
        None
    }

    /// Commits the batches of several logs: all of them or none.
    ///
    /// Durable on return: it survives power loss. A compare-and-swap on (size, root) of each log decides whether it
    /// applies; to a frozen log it never does. Not idempotent: a repeated batch is a conflict. At most one caller at a time per process. Ends the turn.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] if a log is not at the expected head, nothing changes then;
    /// [`CommitError::Failed`] if the outcome is unknown and the caller has to read the head again.
    async fn commit(&self, batch: &CommitBatch) -> Result<(), CommitError>;

    /// The entries that have one of `keys`; keys without an entry are left out, the order is free.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn find_by_dedup(
        &self,
        log: &LogName,
        keys: &[[u8; 32]],
    ) -> Result<Vec<StoredEntry>, StoreError>;

    /// The entry with this leaf hash.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn find_by_leaf_hash(
        &self,
        log: &LogName,
        leaf_hash: &Hash,
    ) -> Result<Option<StoredEntry>, StoreError>;

    /// The entry at `index`.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn entry(
        &self,
        log: &LogName,
        index: LeafIndex,
    ) -> Result<Option<StoredEntry>, StoreError>;

    /// The entries of `range` that are there, in index order.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn entries(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<StoredEntry>, StoreError>;

    /// The leaf hashes of `range` that are there, in index order.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn leaf_hashes(&self, log: &LogName, range: Range<u64>) -> Result<Vec<Hash>, StoreError>;

    /// The 256 hashes of a full tile; `None` if it is not there (yet).
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn tile(
        &self,
        log: &LogName,
        level: u8,
        index: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError>;

    /// The signed note of exactly `size` leaves, if that size was ever a head.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn checkpoint(&self, log: &LogName, size: TreeSize)
    -> Result<Option<String>, StoreError>;

    /// The signed notes of the sizes in `range` that were ever a head, by size; at most those of 4096 heads, smallest first.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    async fn checkpoints(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<(TreeSize, String)>, StoreError>;

    /// Releases what the store holds (connections, locks); later calls may fail with [`StoreError::Closed`].
    async fn close(&self);
}
