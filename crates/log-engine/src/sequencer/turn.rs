//! Several processes, one log: turns, and following what others commit.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

use super::writer::refuse;
use super::{Sequencer, Waiting};
use crate::error::AppendError;
use crate::name::LogName;
use crate::store::{Heads, StoreError};

/// Waits for heads of other writers; for ever if there are none to come.
///
/// Cancelling loses nothing.
pub(super) async fn changed(heads: &mut Option<watch::Receiver<Heads>>) -> Heads {
    if let Some(receiver) = heads {
        if receiver.changed().await.is_ok() {
            return receiver.borrow_and_update().clone();
        }
        // The store was closed.
        *heads = None;
    }
    std::future::pending().await
}

impl Sequencer {
    /// Takes the turn, if the store gives turns, and settles what earlier commits left open or others have added; a log
    /// that stays doubtful refuses its items.
    pub(super) async fn take_turn(&mut self, waiting: Waiting) -> Waiting {
        let mut heads = match self.begin_turn(&waiting).await {
            Ok(heads) => heads,
            Err(source) => {
                let source = Arc::new(source);
                let error = AppendError::Unavailable { source };
                refuse(waiting.into_iter().flat_map(|(_, items)| items), &error);
                return Vec::new();
            }
        };
        let mut sure = Vec::with_capacity(waiting.len());
        for (position, items) in waiting {
            let Some(writer) = self.writers.get_mut(position) else {
                continue;
            };
            let turn = heads
                .as_mut()
                .and_then(|heads| heads.remove(&writer.shared.setup.name));
            match writer.make_sure(turn, &mut self.guard).await {
                Ok(()) => sure.push((position, items)),
                Err(error) => refuse(items, &error),
            }
        }
        sure
    }

    async fn begin_turn(&mut self, waiting: &Waiting) -> Result<Option<Heads>, StoreError> {
        let positions = waiting.iter().map(|(position, _)| *position);
        let logs: Vec<LogName> = positions
            .filter_map(|position| self.writers.get(position))
            .map(|writer| writer.shared.setup.name.clone())
            .collect();
        let store = Arc::clone(&self.store);
        self.beside_guard(store.begin_turn(&logs)).await
    }

    /// Runs a call of the store; the guard's timer goes on meanwhile, because a slow disk must not hold it up.
    pub(super) async fn beside_guard<T>(&mut self, call: impl Future<Output = T>) -> T {
        tokio::pin!(call);
        loop {
            tokio::select! {
                outcome = &mut call => return outcome,
                () = self.guard.wait_due() => self.guard.write().await,
            }
        }
    }

    /// Takes over what other writers committed, so that readers here see it.
    pub(super) async fn follow(&mut self, heads: &Heads) {
        for writer in &mut self.writers {
            let Some(found) = heads.get(&writer.shared.setup.name) else {
                continue;
            };
            // Heads arrive late: an older one says nothing, and a frozen log keeps what it has.
            let news = found.size > writer.head.size
                || (found.frozen.is_some() && found.size == writer.head.size);
            if !news || writer.shared.read_only().is_some() {
                continue;
            }
            if let Err(error) = writer.take(found.clone(), &mut self.guard).await {
                tracing::warn!(log = %writer.shared.setup.name, error = &error as &dyn std::error::Error, "another writer's head is not taken over yet");
            }
        }
        if self.guard.follow().await.is_ok() {
            self.publish_held_back();
        }
    }
}
