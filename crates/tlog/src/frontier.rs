//! The smallest state from which a tree can grow.

use crate::hash::{Hash, empty_root, fold_right_edge, node_hash};
use crate::units::TreeSize;

/// The complete subtrees of a tree, left to right (largest first): one for each set bit of the size.
///
/// Source: RFC 6962 §2.1 (the split at the largest power of two, applied again and again).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: TreeSize,
    hashes: Vec<Hash>,
}

/// The parts offered to [`Frontier::from_parts`] do not fit each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrontierError {
    /// A tree of `size` leaves has `expected` complete subtrees.
    #[error("a tree of {size} leaves has {expected} complete subtrees, found {found}")]
    SubtreeCount {
        /// Size of the tree.
        size: TreeSize,
        /// Number of set bits of the size.
        expected: u32,
        /// Number of hashes given.
        found: usize,
    },
}

impl Frontier {
    /// The frontier of the empty tree.
    pub const fn new() -> Self {
        Self {
            size: TreeSize(0),
            hashes: Vec::new(),
        }
    }

    /// Puts a stored frontier together again; the hashes themselves are not judged.
    ///
    /// # Errors
    /// [`FrontierError::SubtreeCount`] if the number of hashes is not the number of set bits of `size`.
    pub fn from_parts(size: TreeSize, hashes: Vec<Hash>) -> Result<Self, FrontierError> {
        let expected = size.0.count_ones();
        if u32::try_from(hashes.len()) != Ok(expected) {
            return Err(FrontierError::SubtreeCount {
                size,
                expected,
                found: hashes.len(),
            });
        }
        Ok(Self { size, hashes })
    }

    /// Adds one leaf at the right.
    pub fn append(&mut self, leaf_hash: Hash) {
        let mut subtree = leaf_hash;
        // Each trailing one bit of the size is a subtree as large as the one just made: they join.
        for _ in 0..self.size.0.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                subtree = node_hash(&left, &subtree);
            }
        }
        self.hashes.push(subtree);
        self.size.0 += 1;
    }

    /// Root hash of the tree.
    pub fn root(&self) -> Hash {
        fold_right_edge(self.hashes.iter().copied()).unwrap_or_else(empty_root)
    }

    /// Number of leaves.
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// The subtree roots, largest subtree first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    #[test]
    fn new_has_the_empty_root() {
        assert_eq!(Frontier::new().root(), empty_root());
    }

    #[test]
    fn one_leaf_is_its_own_root() {
        let mut frontier = Frontier::new();
        frontier.append(leaf_hash(b"a"));
        assert_eq!(frontier.root(), leaf_hash(b"a"));
        assert_eq!(frontier.size(), TreeSize(1));
    }

    #[test]
    fn parts_round_trip_and_grow_alike() {
        let mut frontier = Frontier::new();
        for byte in 0..13_u8 {
            frontier.append(leaf_hash(&[byte]));
        }
        let mut copy = Frontier::from_parts(frontier.size(), frontier.hashes().to_vec()).unwrap();
        copy.append(leaf_hash(b"z"));
        frontier.append(leaf_hash(b"z"));
        assert_eq!(copy, frontier);
    }

    #[test]
    fn rejects_a_wrong_number_of_subtrees() {
        assert_eq!(
            Frontier::from_parts(TreeSize(3), vec![empty_root()]),
            Err(FrontierError::SubtreeCount {
                size: TreeSize(3),
                expected: 2,
                found: 1
            })
        );
    }
}
