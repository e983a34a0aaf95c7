//! Which tiles a proof needs.

use super::range::{LeafRange, Subtree};
use crate::tile::TileRef;
use crate::units::{LeafIndex, MAX_TREE_SIZE, TreeSize};

/// Why a proof cannot be planned or built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The leaf is not in the tree.
    #[error("leaf index {index} is outside a tree of {size} leaves")]
    IndexOutOfRange {
        /// Index asked for.
        index: LeafIndex,
        /// Size asked for.
        size: TreeSize,
    },
    /// The first size is the larger one.
    #[error("the first tree size {first} is larger than the second, {second}")]
    SizesReversed {
        /// First size asked for.
        first: TreeSize,
        /// Second size asked for.
        second: TreeSize,
    },
    /// The size is past what an int64 can carry.
    #[error("tree size {size} is larger than {MAX_TREE_SIZE}")]
    SizeTooLarge {
        /// Size asked for.
        size: TreeSize,
    },
    /// A tile that the plan names was not handed over.
    #[error("tile level {level}, index {index} is missing", level = tile.level, index = tile.index)]
    MissingTile {
        /// The tile as planned.
        tile: TileRef,
    },
    /// A tile that was handed over has fewer hashes than the proof reads.
    #[error("tile level {level}, index {index} has {found} hashes, {needed} are needed", level = tile.level, index = tile.index)]
    ShortTile {
        /// The tile as planned.
        tile: TileRef,
        /// Hashes that are read.
        needed: usize,
        /// Hashes handed over.
        found: usize,
    },
}

/// The tiles a proof needs and how its hashes come out of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofPlan {
    pub(super) size: TreeSize,
    /// One element a proof hash: the complete subtrees whose fold it is, largest first.
    pub(super) hashes: Vec<Vec<Subtree>>,
    tiles: Vec<TileRef>,
}

impl ProofPlan {
    /// Plans hashes that are all nodes of the tree of `size` leaves.
    fn new(size: TreeSize, ranges: impl Iterator<Item = LeafRange>) -> Self {
        let hashes: Vec<Vec<Subtree>> = ranges.map(LeafRange::subtrees).collect();
        Self::from_subtrees(size, hashes)
    }

    fn from_subtrees(size: TreeSize, hashes: Vec<Vec<Subtree>>) -> Self {
        let mut tiles: Vec<TileRef> = hashes
            .iter()
            .flatten()
            .filter_map(|subtree| subtree.tile(size))
            .collect();
        tiles.sort_unstable();
        tiles.dedup();
        Self {
            size,
            hashes,
            tiles,
        }
    }

    /// The tiles needed, each once, by level and index, as wide as the planned tree size makes them.
    pub fn tiles(&self) -> &[TileRef] {
        &self.tiles
    }
}

/// Plans the proof that leaf `index` is in the tree of `size` leaves; hashes run from the leaf's sibling to the root.
///
/// # Errors
/// [`ProofError::IndexOutOfRange`] if `index >= size`, [`ProofError::SizeTooLarge`] past an int64.
///
/// Source: RFC 6962 §2.1.1.
pub fn plan_inclusion(index: LeafIndex, size: TreeSize) -> Result<ProofPlan, ProofError> {
    check_size(size)?;
    if index.0 >= size.0 {
        return Err(ProofError::IndexOutOfRange { index, size });
    }
    let mut node = LeafRange {
        start: 0,
        end: size.0,
    };
    let mut siblings = Vec::new();
    while node.len() > 1 {
        let (left, right) = node.split();
        let sibling;
        (node, sibling) = if index.0 < right.start {
            (left, right)
        } else {
            (right, left)
        };
        siblings.push(sibling);
    }
    // Found from the root downwards, sent from the leaf upwards.
    Ok(ProofPlan::new(size, siblings.into_iter().rev()))
}

/// Plans the proof that the tree of `second` leaves extends that of `first` leaves.
///
/// The proof is empty if the sizes are equal or `first` is 0: every tree extends the empty one.
///
/// # Errors
/// [`ProofError::SizesReversed`] if `first > second`, [`ProofError::SizeTooLarge`] past an int64.
///
/// Source: RFC 6962 §2.1.2.
pub fn plan_consistency(first: TreeSize, second: TreeSize) -> Result<ProofPlan, ProofError> {
    check_size(second)?;
    if first > second {
        return Err(ProofError::SizesReversed { first, second });
    }
    let ranges = consistency_ranges(first, second);
    Ok(ProofPlan::new(second, ranges.into_iter().rev()))
}

/// Plans the frontier of the tree of `size` leaves: its complete subtrees, largest first, whose fold is the root.
///
/// # Errors
/// [`ProofError::SizeTooLarge`] past an int64.
pub fn plan_root(size: TreeSize) -> Result<ProofPlan, ProofError> {
    check_size(size)?;
    let subtrees = LeafRange {
        start: 0,
        end: size.0,
    }
    .subtrees();
    Ok(ProofPlan::from_subtrees(
        size,
        subtrees.into_iter().map(|subtree| vec![subtree]).collect(),
    ))
}

/// The nodes of a consistency proof, from the root downwards.
pub(super) fn consistency_ranges(first: TreeSize, second: TreeSize) -> Vec<LeafRange> {
    let mut ranges = Vec::new();
    if first.0 == 0 || first >= second {
        return ranges;
    }
    let mut node = LeafRange {
        start: 0,
        end: second.0,
    };
    while first.0 < node.end {
        let (left, right) = node.split();
        if first.0 <= left.end {
            ranges.push(right);
            node = left;
        } else {
            ranges.push(left);
            node = right;
        }
    }
    // The old tree is one complete subtree exactly if the walk only went left; then the verifier has its root already.
    if node.start != 0 {
        ranges.push(node);
    }
    ranges
}

const fn check_size(size: TreeSize) -> Result<(), ProofError> {
    if size.0 > MAX_TREE_SIZE.0 {
        Err(ProofError::SizeTooLarge { size })
    } else {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn refusals() {
        let (small, large) = (TreeSize(2), TreeSize(3));
        let index = LeafIndex(2);
        assert_eq!(
            plan_inclusion(index, small),
            Err(ProofError::IndexOutOfRange { index, size: small })
        );
        assert_eq!(
            plan_consistency(large, small),
            Err(ProofError::SizesReversed {
                first: large,
                second: small
            })
        );
        let size = TreeSize(1 << 63);
        let error = ProofError::SizeTooLarge { size };
        assert_eq!(plan_inclusion(index, size), Err(error));
        assert_eq!(plan_consistency(small, size), Err(error));
        assert_eq!(plan_root(size), Err(error));
    }

    #[test]
    fn empty_proofs_need_no_tiles() {
        assert_eq!(
            plan_inclusion(LeafIndex(0), TreeSize(1)).unwrap().tiles(),
            &[]
        );
        assert_eq!(
            plan_consistency(TreeSize(7), TreeSize(7)).unwrap().tiles(),
            &[]
        );
        assert_eq!(
            plan_consistency(TreeSize(0), TreeSize(7)).unwrap().tiles(),
            &[]
        );
        assert_eq!(plan_root(TreeSize(0)).unwrap().tiles(), &[]);
    }

    #[test]
    fn names_each_tile_once_and_as_wide_as_the_size_makes_it() {
        let plan = plan_inclusion(LeafIndex(257), TreeSize(70_000)).unwrap();
        let expected = [
            TileRef::full(0, 1),
            TileRef {
                level: 0,
                index: 273,
                width: 112,
            },
            TileRef::full(1, 0),
            TileRef {
                level: 1,
                index: 1,
                width: 17,
            },
        ];
        assert_eq!(plan.tiles(), expected);
    }

    #[test]
    fn the_largest_tree_can_be_planned() {
        let plan = plan_inclusion(LeafIndex(MAX_TREE_SIZE.0 - 1), MAX_TREE_SIZE).unwrap();
        assert_eq!(plan.hashes.len(), 62);
        assert_eq!(plan_root(MAX_TREE_SIZE).unwrap().hashes.len(), 63);
    }
}
