//! Proofs and answers of one batch, outside of the sequencing task.

use std::sync::Arc;

use sigbox_tlog::leaf_hash;

use super::batch::Ready;
use crate::error::{AppendError, ReadError};
use crate::log::Appended;
use crate::proof::Prover;
use crate::shared::Shared;
use crate::snapshot::Snapshot;
use crate::status::{Damage, ReadOnlyReason};

/// Answers between two chances for other tasks to run.
const ANSWERS_AT_A_TIME: usize = 64;

/// Proves every entry of a published batch in one snapshot and answers its waiters with the same checkpoint.
pub(super) async fn answer(shared: Arc<Shared>, snapshot: Arc<Snapshot>, batch: Vec<Ready>) {
    let mut prover = Prover::new(&shared.tiles, &snapshot);
    for (position, ready) in batch.into_iter().enumerate() {
        if position % ANSWERS_AT_A_TIME == ANSWERS_AT_A_TIME - 1 {
            tokio::task::yield_now().await;
        }
        let Ready {
            item,
            entry,
            outcome,
        } = ready;
        // The hash is taken of the bytes that are answered, so wrong bytes cannot travel under a good proof.
        let proof = match prover
            .inclusion(leaf_hash(&entry.leaf), entry.index, snapshot.size)
            .await
        {
            Ok(proof) => proof,
            Err(error) => {
                item.answer(Err(unproven(&shared, &snapshot, entry.index.0, error)));
                continue;
            }
        };
        let checkpoint = Arc::clone(&snapshot.checkpoint);
        item.answer(Ok(Appended {
            entry,
            outcome,
            proof,
            checkpoint,
        }));
    }
}

/// A store that cannot be read fails this answer; a proof that does not hold stops the log.
fn unproven(shared: &Shared, snapshot: &Snapshot, index: u64, error: ReadError) -> AppendError {
    if let ReadError::Damaged(damage) = &error {
        tracing::error!(log = %shared.setup.name, index, size = snapshot.size.0, "an answer cannot be proven");
        let reason = match damage {
            Damage::ProofFailed { .. } => ReadOnlyReason::Damaged(Damage::EntryMismatch {
                index: sigbox_tlog::LeafIndex(index),
            }),
            other => ReadOnlyReason::Damaged(other.clone()),
        };
        shared.freeze(reason.clone());
        return AppendError::ReadOnly(reason);
    }
    AppendError::Unproven {
        source: Arc::new(error),
    }
}
