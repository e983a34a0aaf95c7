//! The sequencer: the one task that adds to the logs of an engine.
//!
//! A round takes what waits in every queue (`mod`), settles what an earlier commit left open and builds the batches
//! (`standing`, `writer`, `batch`), commits them in one transaction and learns the outcome (`commit`), lets the guard follow
//! (`guard_keeper`), publishes, and leaves proofs and answers to tasks of their own (`answer`). While a commit runs,
//! the queues fill; nothing waits when they are empty.
//!
//! A store that several processes write to gives turns (`turn`): a round begins with one, catches up with what others
//! added, and ends it with its commit. Between rounds the heads of others are followed.

mod answer;
pub(crate) mod batch;
mod commit;
pub(crate) mod guard_keeper;
mod standing;
mod turn;
mod writer;

use std::sync::Arc;

use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;

use crate::config::Clock;
use crate::shared::{Item, Shared};
use crate::store::{Heads, LogStore};

use batch::Ready;
use guard_keeper::GuardKeeper;
pub(crate) use writer::Writer;
use writer::{Prepared, refuse};

/// Everything the sequencing task owns.
pub(crate) struct Sequencer {
    pub(crate) store: Arc<dyn LogStore>,
    pub(crate) clock: Clock,
    pub(crate) batch_max: usize,
    pub(crate) writers: Vec<Writer>,
    /// What other writers commit; absent if the store has one writer, or is closed.
    pub(crate) heads: Option<watch::Receiver<Heads>>,
    pub(crate) guard: GuardKeeper,
    pub(crate) wake: Arc<Notify>,
    /// Answered or dropped when the engine is to stop.
    pub(crate) stop: oneshot::Receiver<()>,
    pub(crate) answers: JoinSet<()>,
}

/// The items of each log that has some, by its position in `writers`.
type Waiting = Vec<(usize, Vec<Item>)>;

/// A batch on its way through a round.
struct Batch {
    /// Position in `writers`.
    writer: usize,
    ready: Vec<Ready>,
}

impl Sequencer {
    /// Runs until told to stop, then drains the queues, answers everyone and writes the guard.
    pub(crate) async fn run(mut self) {
        let mut stopping = false;
        loop {
            while self.answers.try_join_next().is_some() {}
            if !stopping && self.stop_requested() {
                stopping = true;
                self.writers.iter_mut().for_each(Writer::close);
            }
            if self.round().await {
                continue;
            }
            if stopping {
                break;
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = self.guard.wait_due() => {
                    self.guard.write().await;
                    self.publish_held_back();
                }
                heads = turn::changed(&mut self.heads) => self.follow(&heads).await,
                _ = &mut self.stop => {
                    stopping = true;
                    self.writers.iter_mut().for_each(Writer::close);
                }
            }
        }
        while self.answers.join_next().await.is_some() {}
        self.guard.finish().await;
    }

    fn stop_requested(&mut self) -> bool {
        !matches!(
            self.stop.try_recv(),
            Err(oneshot::error::TryRecvError::Empty)
        )
    }

    /// Sequences what waits now; false if nothing did.
    async fn round(&mut self) -> bool {
        let waiting = self.collect();
        if waiting.is_empty() {
            return false;
        }
        let sure = self.take_turn(waiting).await;
        if let Err(error) = self.guard.settle().await {
            self.store.end_turn().await;
            refuse(sure.into_iter().flat_map(|(_, items)| items), &error);
            return true;
        }
        self.publish_held_back();
        let mut prepared = Vec::with_capacity(sure.len());
        for (writer, items) in sure {
            prepared.extend(self.prepare(writer, items).await);
        }
        self.commit(prepared).await;
        true
    }

    /// Drains the queues, each up to the batch limit.
    fn collect(&mut self) -> Waiting {
        let limit = self.batch_max;
        let drained = self
            .writers
            .iter_mut()
            .enumerate()
            .map(|(position, writer)| (position, writer.drain(limit)));
        drained.filter(|(_, items)| !items.is_empty()).collect()
    }

    async fn prepare(&mut self, position: usize, items: Vec<Item>) -> Option<(usize, Prepared)> {
        let now = (self.clock)();
        let writer = self.writers.get_mut(position)?;
        let prepared = writer.prepare(items, now).await?;
        Some((position, prepared))
    }

    /// Publishes heads that were held back because the guard was behind.
    fn publish_held_back(&mut self) {
        self.writers.iter_mut().for_each(Writer::publish);
    }

    /// Publishes and answers, or tells the waiters that the guard is behind; the entries stay either way.
    async fn release(&mut self, batches: Vec<Batch>) {
        if let Err(error) = self.guard.follow().await {
            refuse(
                batches
                    .into_iter()
                    .flat_map(|batch| batch.ready)
                    .map(|ready| ready.item),
                &error,
            );
            return;
        }
        self.publish_held_back();
        for batch in batches {
            if let Some(writer) = self.writers.get(batch.writer) {
                let shared: Arc<Shared> = Arc::clone(&writer.shared);
                let snapshot = shared.published();
                self.answers
                    .spawn(answer::answer(shared, snapshot, batch.ready));
            }
        }
    }
}
