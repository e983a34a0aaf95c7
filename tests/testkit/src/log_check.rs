//! Derives a whole log anew from what is stored, by the plainest algorithm there is.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use sigbox_log_engine::{Appended, GuardState, LogName, LogStore};
use sigbox_tlog::{
    Checkpoint, Hash, NoteVerifier, SignedNote, TreeSize, empty_root, leaf_hash, node_hash,
    verify_inclusion,
};

/// A log that proved sound.
pub struct CheckedLog {
    /// Number of leaves.
    pub size: u64,
    /// Their hashes, in order.
    pub leaves: Vec<Hash>,
    /// Roots of older sizes, each computed once for all answers that speak of it.
    roots: Mutex<BTreeMap<usize, Hash>>,
}

/// Merkle tree hash by the definition.
///
/// Source: RFC 6962 §2.1.
pub fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// Derives the tree of `log` from its stored leaves and compares entries, indexes, tiles, frontier, head, checkpoint
/// and guard with it.
///
/// # Panics
/// If anything differs: the log must never be in such a state.
pub async fn check_log(
    store: &dyn LogStore,
    log: &LogName,
    key: &dyn NoteVerifier,
    guard: &GuardState,
) -> CheckedLog {
    let head = store.head(log).await.unwrap().unwrap();
    let size = head.size.0;
    let entries = store.entries(log, 0..u64::MAX).await.unwrap();
    let indexes: Vec<u64> = entries.iter().map(|entry| entry.index.0).collect();
    assert_eq!(
        indexes,
        (0..size).collect::<Vec<_>>(),
        "`{log}` has a gap, or entries beyond its head"
    );
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(&entry.leaf)).collect();
    let stored: Vec<Hash> = entries.iter().map(|entry| entry.leaf_hash).collect();
    assert_eq!(
        stored, leaves,
        "a leaf of `{log}` has another hash than stored"
    );
    assert_eq!(store.leaf_hashes(log, 0..size).await.unwrap(), leaves);
    assert_eq!(naive_root(&leaves), head.root, "the head of `{log}`");
    assert!(
        entries.is_sorted_by_key(|entry| entry.time),
        "times of `{log}` run back"
    );
    let newest = entries.last().map_or(head.last_time, |entry| entry.time);
    assert_eq!(newest, head.last_time);
    let keys: HashSet<[u8; 32]> = entries.iter().map(|entry| entry.dedup_key).collect();
    assert_eq!(
        keys.len(),
        entries.len(),
        "a submission is in `{log}` twice"
    );
    assert_eq!(
        head.frontier,
        naive_frontier(&leaves),
        "the frontier of `{log}`"
    );
    check_tiles(store, log, &leaves).await;

    let note = SignedNote::parse(&head.checkpoint).unwrap();
    assert_eq!(note.verify(key), Ok(()));
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    assert_eq!(
        (checkpoint.size, checkpoint.root),
        (head.size, head.root),
        "the checkpoint of `{log}`"
    );
    assert_eq!(
        store.checkpoint(log, head.size).await.unwrap(),
        Some(head.checkpoint)
    );

    if let Some((guarded, root)) = guard.get(log) {
        let at = usize::try_from(guarded.0).unwrap();
        assert!(
            *guarded <= TreeSize(size),
            "the guard of `{log}` is ahead of the store"
        );
        assert_eq!(naive_root(&leaves[..at]), *root, "the guard of `{log}`");
    }
    CheckedLog {
        size,
        leaves,
        roots: Mutex::default(),
    }
}

impl CheckedLog {
    /// Checks that an answer given at any time still holds (P2, P3): its entry is where it said, and its checkpoint
    /// speaks of a prefix of this log.
    ///
    /// # Panics
    /// If it does not hold.
    pub fn check_answer(&self, answer: &Appended) {
        let proof = &answer.proof;
        let index = usize::try_from(answer.entry.index.0).unwrap();
        let hash = leaf_hash(&answer.entry.leaf);
        assert_eq!(
            self.leaves.get(index),
            Some(&hash),
            "an answered entry is not in the log"
        );
        assert_eq!(proof.index, answer.entry.index);
        assert_eq!(
            verify_inclusion(hash, proof.index, proof.size, &proof.hashes, proof.root),
            Ok(())
        );
        let note = SignedNote::parse(&answer.checkpoint).unwrap();
        let checkpoint = Checkpoint::parse(note.text()).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (proof.size, proof.root));
        let size = usize::try_from(proof.size.0).unwrap();
        let mut roots = self.roots.lock().unwrap();
        let root = roots
            .entry(size)
            .or_insert_with(|| naive_root(&self.leaves[..size]));
        assert_eq!(
            *root, proof.root,
            "an answered checkpoint is not of this log"
        );
    }
}

/// One root for each set bit of the size, largest first.
fn naive_frontier(leaves: &[Hash]) -> Vec<Hash> {
    let mut roots = Vec::new();
    let mut rest = leaves;
    while !rest.is_empty() {
        let width = 1 << rest.len().ilog2();
        roots.push(naive_root(&rest[..width]));
        rest = &rest[width..];
    }
    roots
}

/// Full tiles are there, hold the right hashes, and nothing is stored beyond them.
async fn check_tiles(store: &dyn LogStore, log: &LogName, leaves: &[Hash]) {
    let mut nodes = leaves.to_vec();
    for level in 0..8 {
        let full = nodes.chunks_exact(256);
        let mut parents = Vec::new();
        for (index, tile) in (0..).zip(full) {
            assert_eq!(
                store.tile(log, level, index).await.unwrap().as_deref(),
                Some(tile),
                "{level}/{index}"
            );
            parents.push(naive_root(tile));
        }
        let beyond = parents.len() as u64;
        assert_eq!(
            store.tile(log, level, beyond).await.unwrap(),
            None,
            "{level}/{beyond} is stored too early"
        );
        nodes = parents;
    }
}
