//! The definitions of RFC 6962, written down as they stand there: slow, recursive, obviously right.

use std::collections::HashMap;

use sigbox_tlog::{Hash, TileEdge, TileRef, empty_root, leaf_hash, node_hash};

/// Leaf hashes that are all different.
pub(crate) fn leaves(count: u64) -> Vec<Hash> {
    (0..count)
        .map(|index| leaf_hash(&index.to_be_bytes()))
        .collect()
}

fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

/// MTH of §2.1.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH of §2.1.1.
pub(crate) fn inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return vec![];
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) = if index < k {
        (inclusion(index, left), root(right))
    } else {
        (inclusion(index - k, right), root(left))
    };
    path.push(sibling);
    path
}

/// PROOF of §2.1.2, for `0 < first <= leaves.len()`.
pub(crate) fn consistency(first: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(first, leaves, true)
}

fn subproof(first: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if first == leaves.len() {
        return if known { vec![] } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) = if first <= k {
        (subproof(first, left, known), root(right))
    } else {
        (subproof(first - k, right, false), root(left))
    };
    proof.push(sibling);
    proof
}

/// Every tile of a tree, full and partial, as a log would serve it.
pub(crate) struct Tiles {
    full: HashMap<(u8, u64), Vec<Hash>>,
    edge: TileEdge,
}

impl Tiles {
    pub(crate) fn new(leaves: &[Hash]) -> Self {
        let mut edge = TileEdge::new();
        let mut full = HashMap::new();
        for leaf in leaves {
            full.extend(
                edge.append(*leaf)
                    .into_iter()
                    .map(|(tile, hashes)| ((tile.level, tile.index), hashes)),
            );
        }
        Self { full, edge }
    }

    pub(crate) fn edge(&self) -> &TileEdge {
        &self.edge
    }

    /// The fullest form of a tile.
    pub(crate) fn fetch(&self, tile: TileRef) -> Option<&[Hash]> {
        if let Some(hashes) = self.full.get(&(tile.level, tile.index)) {
            return Some(hashes);
        }
        TileRef::at_size(tile.level, tile.index, self.edge.size())
            .map(|_| self.edge.level(tile.level))
    }
}
