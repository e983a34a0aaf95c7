//! The handle of one log: append and read.

use std::ops::Range;
use std::sync::Arc;

use sigbox_tlog::{Hash, LeafIndex, TILE_WIDTH, TileRef, TreeSize, entry_bundle, leaf_hash};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{oneshot, watch};

use crate::entry::{Pending, StoredEntry};
use crate::error::{AppendError, ReadError};
use crate::name::LogName;
use crate::proof::Prover;
use crate::shared::{Item, Shared};
use crate::snapshot::Snapshot;
use crate::status::{Damage, LogStatus, ReadOnlyReason};

/// Whether an append made a new entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    New,
    /// The same submission was in the log already; its first entry is answered.
    Duplicate,
}

/// A verified proof that a leaf is in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// 0-based index of the leaf.
    pub index: LeafIndex,
    /// Number of leaves of the tree.
    pub size: TreeSize,
    /// Root of that tree.
    pub root: Hash,
    /// From the leaf's sibling to the root.
    pub hashes: Vec<Hash>,
}

/// An entry that is durable, and everything an answer about it says.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The entry, the first one for a duplicate.
    pub entry: StoredEntry,
    /// New or found.
    pub outcome: Outcome,
    /// Proof of the entry in the tree of `checkpoint`, verified.
    pub proof: InclusionProof,
    /// The signed note whose size and root are those of `proof`.
    pub checkpoint: Arc<str>,
}

/// A handle of one log; cheap to clone.
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
}

impl Log {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The internal name.
    pub fn name(&self) -> &LogName {
        &self.shared.setup.name
    }

    /// The origin line of the checkpoints.
    pub fn origin(&self) -> &str {
        &self.shared.setup.origin
    }

    /// Appends an entry and waits until a durable, signed checkpoint covers it.
    ///
    /// Dropping the future takes nothing back: the entry may be in the log all the same.
    ///
    /// # Errors
    /// [`AppendError`]; a retry is safe after each.
    pub async fn append(&self, pending: Pending) -> Result<Appended, AppendError> {
        if let Some(reason) = self.shared.read_only() {
            return Err(AppendError::ReadOnly(reason));
        }
        let (reply, answer) = oneshot::channel();
        match self.shared.queue.try_send(Item { pending, reply }) {
            Ok(()) => self.shared.wake.notify_one(),
            Err(TrySendError::Full(_)) => {
                return Err(AppendError::QueueFull {
                    limit: self.shared.queue.max_capacity(),
                });
            }
            Err(TrySendError::Closed(_)) => return Err(self.stopped()),
        }
        // The sequencer drops the way back only if it broke off.
        answer
            .await
            .unwrap_or_else(|_| Err(AppendError::ReadOnly(ReadOnlyReason::SequencerBroken)))
    }

    fn stopped(&self) -> AppendError {
        self.shared
            .read_only()
            .map_or(AppendError::ShuttingDown, AppendError::ReadOnly)
    }

    /// What is published: take one, and answer from it alone.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.published()
    }

    /// Follows what is published.
    pub fn watch_snapshot(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.shared.snapshot.subscribe()
    }

    /// Whether the log takes entries.
    pub fn status(&self) -> LogStatus {
        self.shared.status.borrow().clone()
    }

    /// Follows whether the log takes entries, so that a process can end itself after [`ReadOnlyReason::SyncFailed`].
    pub fn watch_status(&self) -> watch::Receiver<LogStatus> {
        self.shared.status.subscribe()
    }

    /// Entries that wait for the sequencer.
    pub fn queue_depth(&self) -> usize {
        self.shared.queue.max_capacity() - self.shared.queue.capacity()
    }

    /// The proof that leaf `index` is in the tree of `size` leaves.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::IndexBeyondSize`] and [`ReadError::SizeBeyondHead`] are the caller's fault.
    pub async fn inclusion_proof(
        &self,
        index: LeafIndex,
        size: TreeSize,
    ) -> Result<InclusionProof, ReadError> {
        let snapshot = self.snapshot();
        if size > snapshot.size {
            return Err(ReadError::SizeBeyondHead {
                size,
                head: snapshot.size,
            });
        }
        if index.0 >= size.0 {
            return Err(ReadError::IndexBeyondSize { index, size });
        }
        let mut prover = Prover::new(&self.shared.tiles, &snapshot);
        let leaf_hash = prover.leaf_hash(index).await?;
        prover.inclusion(leaf_hash, index, size).await
    }

    /// The proof that the tree of `second` leaves extends that of `first` leaves; empty if `first` is 0 or `second`.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::SizeOrder`] and [`ReadError::SizeBeyondHead`] are the caller's fault.
    pub async fn consistency_proof(
        &self,
        first: TreeSize,
        second: TreeSize,
    ) -> Result<Vec<Hash>, ReadError> {
        let snapshot = self.snapshot();
        Prover::new(&self.shared.tiles, &snapshot)
            .consistency(first, second)
            .await
    }

    /// The root of the tree of `size` leaves.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::SizeBeyondHead`] is the caller's fault.
    pub async fn root(&self, size: TreeSize) -> Result<Hash, ReadError> {
        let snapshot = self.snapshot();
        Prover::new(&self.shared.tiles, &snapshot).root(size).await
    }

    /// The bytes of a tile: `width` hashes of 32 bytes; `None` if the published tree does not hold that many.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    ///
    /// Source: C2SP tlog-tiles, "Merkle Tree".
    pub async fn tile(&self, tile: TileRef) -> Result<Option<Vec<u8>>, ReadError> {
        let snapshot = self.snapshot();
        let widest = TileRef::at_size(tile.level, tile.index, snapshot.size);
        if tile.width == 0 || widest.is_none_or(|widest| tile.width > widest.width) {
            return Ok(None);
        }
        let Some(hashes) = self
            .shared
            .tiles
            .tile(&snapshot, tile.level, tile.index)
            .await?
        else {
            return Ok(None);
        };
        Ok(Some(
            hashes
                .iter()
                .take(usize::from(tile.width))
                .flat_map(|hash| *hash.as_bytes())
                .collect(),
        ))
    }

    /// The bytes of an entry bundle: `width` leaves from leaf `index * 256` on; `None` as for [`Log::tile`].
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    ///
    /// Source: C2SP tlog-tiles, "Log Entries".
    pub async fn entry_bundle(&self, index: u64, width: u16) -> Result<Option<Vec<u8>>, ReadError> {
        let widest = TileRef::at_size(0, index, self.snapshot().size);
        if width == 0 || widest.is_none_or(|widest| width > widest.width) {
            return Ok(None);
        }
        let first = index * u64::from(TILE_WIDTH);
        let entries = self.entries(first..first + u64::from(width)).await?;
        let leaves: Vec<_> = entries.into_iter().map(|entry| entry.leaf).collect();
        let damaged = |_| {
            ReadError::Damaged(Damage::EntryMismatch {
                index: LeafIndex(first),
            })
        };
        entry_bundle::encode(&leaves).map(Some).map_err(damaged)
    }

    /// The entry at `index`, its leaf verified; `None` if the published tree does not hold it.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    pub async fn entry(&self, index: LeafIndex) -> Result<Option<StoredEntry>, ReadError> {
        let end = index.0.saturating_add(1);
        Ok(self.entries(index.0..end).await?.pop())
    }

    /// The entries of `range` that the published tree holds, in order, their leaves verified.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    pub async fn entries(&self, range: Range<u64>) -> Result<Vec<StoredEntry>, ReadError> {
        let snapshot = self.snapshot();
        let range = range.start..range.end.min(snapshot.size.0);
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let entries = self.shared.store.entries(self.name(), range.clone()).await;
        let entries = entries.map_err(|source| ReadError::Store { source })?;
        let mut prover = Prover::new(&self.shared.tiles, &snapshot);
        let mut expected = range.clone();
        for entry in &entries {
            let index = LeafIndex(expected.next().unwrap_or(range.end));
            if entry.index != index {
                return Err(ReadError::Damaged(Damage::EntryMissing { index }));
            }
            verify_leaf(&mut prover, entry).await?;
        }
        match expected.next() {
            Some(index) => Err(ReadError::Damaged(Damage::EntryMissing {
                index: LeafIndex(index),
            })),
            None => Ok(entries),
        }
    }

    /// The entry with this leaf hash, verified; `None` if the published tree does not hold it.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    pub async fn entry_by_leaf_hash(&self, hash: Hash) -> Result<Option<StoredEntry>, ReadError> {
        let found = self
            .shared
            .store
            .find_by_leaf_hash(self.name(), &hash)
            .await;
        self.published_only(found.map_err(|source| ReadError::Store { source })?)
            .await
    }

    /// The entry of a de-duplication key, verified; `None` if the published tree does not hold it.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    pub async fn entry_by_dedup_key(
        &self,
        key: [u8; 32],
    ) -> Result<Option<StoredEntry>, ReadError> {
        let found = self.shared.store.find_by_dedup(self.name(), &[key]).await;
        self.published_only(found.map_err(|source| ReadError::Store { source })?.pop())
            .await
    }

    async fn published_only(
        &self,
        found: Option<StoredEntry>,
    ) -> Result<Option<StoredEntry>, ReadError> {
        let snapshot = self.snapshot();
        match found {
            Some(entry) if entry.index.0 < snapshot.size.0 => {
                verify_leaf(&mut Prover::new(&self.shared.tiles, &snapshot), &entry).await?;
                Ok(Some(entry))
            }
            _ => Ok(None),
        }
    }
}

/// Refuses an entry whose bytes are not those the signed tree commits to.
async fn verify_leaf(prover: &mut Prover<'_>, entry: &StoredEntry) -> Result<(), ReadError> {
    let signed = prover.leaf_hash(entry.index).await?;
    if leaf_hash(&entry.leaf) == signed && entry.leaf_hash == signed {
        Ok(())
    } else {
        Err(ReadError::Damaged(Damage::EntryMismatch {
            index: entry.index,
        }))
    }
}
