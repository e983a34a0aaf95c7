//! One transaction for the batches of all logs, and what its outcome means.

use std::sync::Arc;

use sigbox_tlog::TileEdge;

use super::batch::Ready;
use super::standing::Settled;
use super::writer::{Candidate, Prepared, refuse};
use super::{Batch, Sequencer};
use crate::error::AppendError;
use crate::name::LogName;
use crate::status::ReadOnlyReason;
use crate::store::{CommitBatch, CommitError, LogCommit, StoreError};

/// The part of a batch that stays here while its commit is with the store.
struct Waiting {
    writer: usize,
    edge: Arc<TileEdge>,
    ready: Vec<Ready>,
}

impl Sequencer {
    /// Commits the new entries of all batches together and answers; batches of duplicates alone need no commit.
    pub(super) async fn commit(&mut self, prepared: Vec<(usize, Prepared)>) {
        let mut batches = Vec::with_capacity(prepared.len());
        let mut waiting = Vec::with_capacity(prepared.len());
        let mut commits = CommitBatch {
            logs: Vec::with_capacity(prepared.len()),
        };
        for (writer, Prepared { commit, ready }) in prepared {
            match commit {
                None => batches.push(Batch { writer, ready }),
                Some((commit, edge)) => {
                    waiting.push(Waiting {
                        writer,
                        edge,
                        ready,
                    });
                    commits.logs.push(commit);
                }
            }
        }
        while !commits.logs.is_empty() {
            match self.store_batch(&commits).await {
                Ok(()) => {
                    for (waiting, commit) in waiting.drain(..).zip(commits.logs.drain(..)) {
                        batches.push(self.adopt(waiting, commit));
                    }
                }
                Err(CommitError::Conflict { log, .. }) => {
                    let fenced = commits.logs.iter().position(|commit| commit.log == log);
                    self.fence(fenced, &log, &mut commits, &mut waiting).await;
                }
                Err(CommitError::Failed { source }) => {
                    let source = Arc::new(source);
                    for (waiting, commit) in waiting.drain(..).zip(commits.logs.drain(..)) {
                        batches.extend(self.settle(waiting, commit, &source).await);
                    }
                    self.freeze_after_failed_sync(&source);
                }
            }
        }
        // Others may go on while this batch is proven and answered.
        self.store.end_turn().await;
        self.release(batches).await;
    }

    async fn store_batch(&mut self, commits: &CommitBatch) -> Result<(), CommitError> {
        let store = Arc::clone(&self.store);
        self.beside_guard(store.commit(commits)).await
    }

    fn adopt(&mut self, waiting: Waiting, commit: LogCommit) -> Batch {
        tracing::debug!(log = %commit.log, size = commit.new_head.size.0, entries = commit.entries.len(), "committed");
        if let Some(writer) = self.writers.get_mut(waiting.writer) {
            writer.adopt(candidate(waiting.edge, commit), &mut self.guard);
        }
        Batch {
            writer: waiting.writer,
            ready: waiting.ready,
        }
    }

    /// Takes the log that another writer extended out of the commit; the others are tried again without it.
    async fn fence(
        &mut self,
        position: Option<usize>,
        log: &LogName,
        commits: &mut CommitBatch,
        waiting: &mut Vec<Waiting>,
    ) {
        // A store that blames a log outside of the batch is not worth another try.
        let inside = position.filter(|position| *position < waiting.len());
        let fenced: Vec<Waiting> = if let Some(position) = inside {
            commits.logs.remove(position);
            vec![waiting.remove(position)]
        } else {
            commits.logs.clear();
            std::mem::take(waiting)
        };
        tracing::warn!(%log, "another writer has extended the log");
        for Waiting { writer, ready, .. } in fenced {
            let mut error = AppendError::Fenced;
            if let Some(writer) = self.writers.get_mut(writer)
                && let Err(failed) = writer.reload(&mut self.guard).await
            {
                error = failed;
            }
            refuse(ready.into_iter().map(|ready| ready.item), &error);
        }
    }

    /// Learns the outcome of a failed commit from the store; a batch that is there after all goes on as committed.
    async fn settle(
        &mut self,
        waiting: Waiting,
        commit: LogCommit,
        source: &Arc<StoreError>,
    ) -> Option<Batch> {
        let Waiting {
            writer: position,
            edge,
            ready,
        } = waiting;
        let writer = self.writers.get_mut(position)?;
        let unavailable = AppendError::Unavailable {
            source: Arc::clone(source),
        };
        let settled = match source.as_ref() {
            // What a failed sync left is not known to survive: it is neither answered nor built upon.
            StoreError::Sync { .. } => Settled::Unknown,
            _ => writer.settle(&commit.new_head, &mut self.guard).await,
        };
        let error = match settled {
            Settled::New => {
                // Others may have built on the batch already; then the writer holds their head.
                if writer.head.size < commit.new_head.size {
                    writer.adopt(candidate(edge, commit), &mut self.guard);
                }
                return Some(Batch {
                    writer: position,
                    ready,
                });
            }
            Settled::Old => unavailable,
            Settled::Unknown => {
                writer.doubt(candidate(edge, commit));
                unavailable
            }
            Settled::Failed(error) => error,
        };
        tracing::error!(log = %writer.shared.setup.name, error = &error as &dyn std::error::Error, "commit failed");
        refuse(ready.into_iter().map(|ready| ready.item), &error);
        None
    }

    /// A second sync would prove nothing: the system may have dropped the page that the first one could not write.
    fn freeze_after_failed_sync(&self, source: &Arc<StoreError>) {
        if matches!(source.as_ref(), StoreError::Sync { .. }) {
            for writer in &self.writers {
                writer.shared.freeze(ReadOnlyReason::SyncFailed {
                    source: Arc::clone(source),
                });
            }
        }
    }
}

fn candidate(edge: Arc<TileEdge>, commit: LogCommit) -> Candidate {
    Candidate {
        edge,
        head: commit.new_head,
        tiles: commit.tiles,
    }
}
