//! Building a batch: from waiting items to what is committed. Pure but for the signer; changes nothing outside.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use sigbox_tlog::{
    Checkpoint, Frontier, Hash, LeafIndex, Origin, TileEdge, TileRef, TreeSize, UnixMillis,
    leaf_hash, sign_note,
};

use crate::config::LogSetup;
use crate::entry::{LeafError, LeafFormat, MAX_LEAF_BYTES, Pending, StoredEntry};
use crate::error::AppendError;
use crate::log::Outcome;
use crate::shared::Item;
use crate::status::{Damage, ReadOnlyReason};
use crate::store::{Head, LogCommit};

/// An item whose entry is known; it is answered once that entry is published.
pub(crate) struct Ready {
    pub(crate) item: Item,
    pub(crate) entry: StoredEntry,
    pub(crate) outcome: Outcome,
}

/// A refused item and why.
pub(crate) struct Refused {
    pub(crate) item: Item,
    pub(crate) error: AppendError,
}

/// The items of one batch, each sorted into what becomes of it.
#[derive(Default)]
pub(crate) struct Sorted {
    pub(crate) ready: Vec<Ready>,
    pub(crate) refused: Vec<Refused>,
    pub(crate) entries: Vec<StoredEntry>,
}

/// Drops duplicates (in the store, then within the batch), assigns indexes and makes leaves.
///
/// `known` holds what the store has of the items' keys. A key whose bytes differ is refused, never merged.
pub(crate) fn sort(
    items: Vec<Item>,
    format: &dyn LeafFormat,
    known: Vec<StoredEntry>,
    first: TreeSize,
    time: UnixMillis,
) -> Sorted {
    let mut known: HashMap<[u8; 32], StoredEntry> = known
        .into_iter()
        .map(|entry| (entry.dedup_key, entry))
        .collect();
    let mut sorted = Sorted::default();
    let mut next = first.0;
    for item in items {
        if let Some(entry) = known.get(&item.pending.dedup_key) {
            if format.same(&item.pending, entry) {
                let entry = entry.clone();
                sorted.ready.push(Ready {
                    item,
                    entry,
                    outcome: Outcome::Duplicate,
                });
            } else {
                let error = AppendError::KeyCollision { index: entry.index };
                sorted.refused.push(Refused { item, error });
            }
            continue;
        }
        match make_entry(format, &item.pending, LeafIndex(next), time) {
            Ok(entry) => {
                next += 1;
                known.insert(entry.dedup_key, entry.clone());
                sorted.entries.push(entry.clone());
                sorted.ready.push(Ready {
                    item,
                    entry,
                    outcome: Outcome::New,
                });
            }
            Err(error) => sorted.refused.push(Refused {
                item,
                error: AppendError::Leaf(error),
            }),
        }
    }
    sorted
}

/// Makes the entry of `pending` at `index`; its hash is that of the very bytes that are stored.
pub(crate) fn make_entry(
    format: &dyn LeafFormat,
    pending: &Pending,
    index: LeafIndex,
    time: UnixMillis,
) -> Result<StoredEntry, LeafError> {
    let leaf = Bytes::from(format.leaf(pending, index, time)?);
    if leaf.len() > MAX_LEAF_BYTES {
        return Err(LeafError::TooLong {
            found: leaf.len(),
            limit: MAX_LEAF_BYTES,
        });
    }
    let leaf_hash = leaf_hash(&leaf);
    Ok(StoredEntry {
        index,
        time,
        leaf_hash,
        dedup_key: pending.dedup_key,
        leaf,
        extra: pending.extra.clone(),
    })
}

/// A signed batch, ready to be committed.
pub(crate) struct Signed {
    pub(crate) commit: LogCommit,
    pub(crate) edge: Arc<TileEdge>,
}

/// Why a batch was not signed.
pub(crate) enum BuildError {
    /// This batch fails; the log goes on.
    Batch(AppendError),
    /// The log must stop.
    Freeze(ReadOnlyReason),
}

/// Grows the tree by `entries`, derives the root a second time from their bytes, and signs it.
pub(crate) fn grow(
    setup: &LogSetup,
    origin: &Origin,
    edge: &TileEdge,
    old: &Head,
    entries: Vec<StoredEntry>,
    time: UnixMillis,
) -> Result<Signed, BuildError> {
    let mut edge = edge.clone();
    let tiles: Vec<(TileRef, Vec<Hash>)> = entries
        .iter()
        .flat_map(|entry| edge.append(entry.leaf_hash))
        .collect();
    let (size, root) = (edge.size(), edge.root());
    let frontier = rederive(old, &entries)
        .map_err(|damage| BuildError::Freeze(ReadOnlyReason::Damaged(damage)))?;
    let derived = frontier.root();
    // A bit that flipped in a leaf, its hash or the tree in memory would otherwise be signed for ever.
    if derived != root || frontier.size() != size {
        return Err(BuildError::Freeze(ReadOnlyReason::NotRederived {
            derived,
            built: root,
        }));
    }
    let signed = sign(setup, origin, size, root, Vec::new(), time);
    let checkpoint = signed.map_err(BuildError::Batch)?;
    let new_head = Head {
        size,
        root,
        frontier: frontier.hashes().to_vec(),
        checkpoint,
        last_time: time,
        frozen: None,
    };
    let commit = LogCommit {
        log: setup.name.clone(),
        expected_size: old.size,
        expected_root: old.root,
        entries,
        tiles,
        new_head,
    };
    Ok(Signed {
        commit,
        edge: Arc::new(edge),
    })
}

/// Grows the stored frontier, which is kept apart from the tile edge, by the bytes that will be stored.
fn rederive(old: &Head, entries: &[StoredEntry]) -> Result<Frontier, Damage> {
    let frontier = Frontier::from_parts(old.size, old.frontier.clone());
    let mut frontier = frontier.map_err(|_| Damage::FrontierMismatch)?;
    for entry in entries {
        frontier.append(leaf_hash(&entry.leaf));
    }
    Ok(frontier)
}

/// Signs the checkpoint of `size` and `root`, and verifies the signature before anyone sees it.
pub(crate) fn sign(
    setup: &LogSetup,
    origin: &Origin,
    size: TreeSize,
    root: Hash,
    extensions: Vec<String>,
    time: UnixMillis,
) -> Result<String, AppendError> {
    let checkpoint = Checkpoint {
        origin: origin.clone(),
        size,
        root,
        extensions,
    };
    let note = sign_note(checkpoint.to_text(), setup.signer.as_ref(), time).map_err(|source| {
        AppendError::Signer {
            source: Arc::new(source),
        }
    })?;
    note.verify(setup.verifier.as_ref())
        .map_err(|_| AppendError::WrongSignature)?;
    Ok(note.to_string())
}

#[cfg(test)]
#[path = "batch/tests.rs"]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;
