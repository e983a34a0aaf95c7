//! The handle of one log: append, and follow its state; `read` holds its reads.

use std::sync::Arc;

use sigbox_tlog::{Hash, LeafIndex, TreeSize};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{oneshot, watch};

use crate::entry::{Pending, StoredEntry};
use crate::error::AppendError;
use crate::name::LogName;
use crate::shared::{Item, Shared};
use crate::snapshot::Snapshot;
use crate::status::{LogStatus, ReadOnlyReason};

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
    pub(crate) shared: Arc<Shared>,
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
}
