//! The sequencer's own state of one log.

use std::sync::Arc;

use sigbox_tlog::{Hash, TileEdge, TileRef, UnixMillis};
use tokio::sync::mpsc;

use super::batch::{self, BuildError, Ready, Signed, Sorted};
use super::guard_keeper::GuardKeeper;
use super::standing::Standing;
use crate::entry::StoredEntry;
use crate::error::AppendError;
use crate::shared::{Item, Shared};
use crate::snapshot::Snapshot;
use crate::status::ReadOnlyReason;
use crate::store::{Head, LogCommit};

/// The state a commit makes, if it succeeds.
pub(super) struct Candidate {
    pub(super) edge: Arc<TileEdge>,
    pub(super) head: Head,
    pub(super) tiles: Vec<(TileRef, Vec<Hash>)>,
}

/// A batch ready to be committed; `commit` is absent if it only holds duplicates.
pub(super) struct Prepared {
    pub(super) commit: Option<(LogCommit, Arc<TileEdge>)>,
    pub(super) ready: Vec<Ready>,
}

/// Head and right edge of one log, and the receiving end of its queue.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    queue: mpsc::Receiver<Item>,
    pub(super) edge: Arc<TileEdge>,
    pub(super) head: Arc<Head>,
    pub(super) standing: Standing,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        queue: mpsc::Receiver<Item>,
        edge: Arc<TileEdge>,
        head: Head,
    ) -> Self {
        Self {
            shared,
            queue,
            edge,
            head: Arc::new(head),
            standing: Standing::Sure,
        }
    }

    /// Takes no more items; those in the queue stay.
    pub(super) fn close(&mut self) {
        self.queue.close();
    }

    /// Takes up to `limit` waiting items; a frozen log answers all of them instead.
    pub(super) fn drain(&mut self, limit: usize) -> Vec<Item> {
        let frozen = self.shared.read_only();
        let mut items = Vec::new();
        while items.len() < limit {
            match (self.queue.try_recv(), &frozen) {
                (Ok(item), None) => items.push(item),
                (Ok(item), Some(reason)) => item.answer(Err(AppendError::ReadOnly(reason.clone()))),
                (Err(_), _) => break,
            }
        }
        items
    }

    /// Drops duplicates, builds and signs; `None` if every item has its answer already.
    pub(super) async fn prepare(&mut self, items: Vec<Item>, now: UnixMillis) -> Option<Prepared> {
        let known = match self.find_known(&items).await {
            Ok(known) => known,
            Err(error) => {
                refuse(items, &error);
                return None;
            }
        };
        // Never back: a clock that was set back must not make times decrease along the log.
        let time = now.max(self.head.last_time);
        self.build(items, known, time).await
    }

    /// Looks the items' keys up in the store.
    async fn find_known(&mut self, items: &[Item]) -> Result<Vec<StoredEntry>, AppendError> {
        let keys: Vec<[u8; 32]> = items.iter().map(|item| item.pending.dedup_key).collect();
        let found = self
            .shared
            .store
            .find_by_dedup(&self.shared.setup.name, &keys)
            .await;
        let known = found.map_err(|source| AppendError::Unavailable {
            source: Arc::new(source),
        })?;
        if known.iter().any(|entry| entry.index.0 >= self.head.size.0) {
            self.standing = Standing::Stale;
            return Err(AppendError::Fenced);
        }
        Ok(known)
    }

    /// Hashing and signing leave the async threads: a batch may be megabytes, a signer may be remote.
    async fn build(
        &self,
        items: Vec<Item>,
        known: Vec<StoredEntry>,
        time: UnixMillis,
    ) -> Option<Prepared> {
        let (shared, edge, head) = (
            Arc::clone(&self.shared),
            Arc::clone(&self.edge),
            Arc::clone(&self.head),
        );
        let work = move || {
            let Sorted {
                ready,
                refused,
                entries,
            } = batch::sort(items, shared.setup.format.as_ref(), known, head.size, time);
            for refused in refused {
                refused.item.answer(Err(refused.error));
            }
            let signed = (!entries.is_empty())
                .then(|| batch::grow(&shared.setup, &shared.origin, &edge, &head, entries, time));
            (ready, signed.transpose())
        };
        let Ok((ready, signed)) = tokio::task::spawn_blocking(work).await else {
            // The items went down with the task; their waiters learn it from the dropped way back.
            self.shared.freeze(ReadOnlyReason::SequencerBroken);
            return None;
        };
        // A proof of the batch before may have failed meanwhile.
        if let Some(reason) = self.shared.read_only() {
            refuse(
                ready.into_iter().map(|ready| ready.item),
                &AppendError::ReadOnly(reason),
            );
            return None;
        }
        match signed {
            Ok(signed) => {
                let commit = signed.map(|Signed { commit, edge }| (commit, edge));
                (!ready.is_empty()).then_some(Prepared { commit, ready })
            }
            Err(error) => {
                let error = self.fail(error);
                refuse(ready.into_iter().map(|ready| ready.item), &error);
                None
            }
        }
    }

    fn fail(&self, error: BuildError) -> AppendError {
        match error {
            BuildError::Batch(error) => error,
            BuildError::Freeze(reason) => self.freeze(reason),
        }
    }

    /// Takes over what a commit made; nothing is published yet.
    pub(super) fn adopt(&mut self, candidate: Candidate, guard: &mut GuardKeeper) {
        guard.record(
            &self.shared.setup.name,
            candidate.head.size,
            candidate.head.root,
        );
        self.shared.tiles.remember(candidate.tiles);
        self.edge = candidate.edge;
        self.head = Arc::new(candidate.head);
        self.standing = Standing::Sure;
        if self.head.frozen.is_some() {
            self.shared.freeze(ReadOnlyReason::Frozen);
        }
    }

    /// Publishes the head, unless it is published or in doubt.
    pub(super) fn publish(&mut self) {
        let published = self.shared.published();
        // The final checkpoint of a frozen log is another note for the same size.
        if published.size == self.head.size && *published.checkpoint == *self.head.checkpoint {
            return;
        }
        self.shared.snapshot.send_replace(Arc::new(self.snapshot()));
    }

    /// The state in memory, published or not.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.head, Some(Arc::clone(&self.edge)))
    }

    pub(super) fn freeze(&self, reason: ReadOnlyReason) -> AppendError {
        self.shared.freeze(reason.clone());
        AppendError::ReadOnly(reason)
    }
}

/// Gives every item the same refusal.
pub(super) fn refuse(items: impl IntoIterator<Item = Item>, error: &AppendError) {
    for item in items {
        item.answer(Err(error.clone()));
    }
}
