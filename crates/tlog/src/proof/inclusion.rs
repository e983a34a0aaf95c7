//! Verifying that a leaf is in a tree.

use crate::hash::{Hash, node_hash};
use crate::units::{LeafIndex, TreeSize};

/// Why an inclusion proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InclusionError {
    /// The leaf is not in the tree.
    #[error("leaf index {index} is outside a tree of {size} leaves")]
    IndexOutOfRange {
        /// Index claimed.
        index: LeafIndex,
        /// Size claimed.
        size: TreeSize,
    },
    /// The proof has another number of hashes than index and size demand.
    #[error("the inclusion proof has {found} hashes, expected {expected}")]
    ProofLength {
        /// Hashes demanded.
        expected: usize,
        /// Hashes found.
        found: usize,
    },
    /// The path leads to another root.
    #[error("computed root {computed} differs from checkpoint root {expected}")]
    RootMismatch {
        /// Root the proof leads to.
        computed: Hash,
        /// Root of the checkpoint.
        expected: Hash,
    },
}

/// Computes the root that `proof` leads to for leaf `index` (0-based) of a tree of `size` leaves.
///
/// `proof` runs from the leaf's sibling to the root.
///
/// # Errors
/// [`InclusionError::IndexOutOfRange`] if `index >= size`; [`InclusionError::ProofLength`] if the proof is too short or
/// too long.
///
/// Source: RFC 9162 §2.1.3.2.
pub fn root_from_inclusion(
    leaf_hash: Hash,
    index: LeafIndex,
    size: TreeSize,
    proof: &[Hash],
) -> Result<Hash, InclusionError> {
    let last = match size.0.checked_sub(1) {
        Some(last) if index.0 <= last => last,
        _ => return Err(InclusionError::IndexOutOfRange { index, size }),
    };
    let expected = proof_length(index.0, last);
    if proof.len() != expected {
        return Err(InclusionError::ProofLength {
            expected,
            found: proof.len(),
        });
    }
    let (mut node, mut last) = (index.0, last);
    let mut root = leaf_hash;
    for sibling in proof {
        if node & 1 == 1 || node == last {
            root = node_hash(sibling, &root);
            // A node at the right edge has no sibling in the levels where it is a left child.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    Ok(root)
}

/// Checks that `leaf_hash` is leaf `index` (0-based) of the tree that `root` commits to.
///
/// `proof` runs from the leaf's sibling to the root, 32 bytes a hash. Only the proof is checked: the caller has already
/// verified the signature on the checkpoint that holds `root` and `size`.
///
/// # Errors
/// [`InclusionError::IndexOutOfRange`] if `index >= size`; [`InclusionError::ProofLength`] for a proof that is too short
/// or too long; [`InclusionError::RootMismatch`] if the path leads elsewhere.
///
/// Source: RFC 9162 §2.1.3.2.
pub fn verify_inclusion(
    leaf_hash: Hash,
    index: LeafIndex,
    size: TreeSize,
    proof: &[Hash],
    root: Hash,
) -> Result<(), InclusionError> {
    let computed = root_from_inclusion(leaf_hash, index, size, proof)?;
    if computed == root {
        Ok(())
    } else {
        Err(InclusionError::RootMismatch {
            computed,
            expected: root,
        })
    }
}

/// One hash for each level below the point where the paths of `index` and `last` part, and one for each left sibling
/// above it.
fn proof_length(index: u64, last: u64) -> usize {
    let inner = (index ^ last).checked_ilog2().map_or(0, |bit| bit + 1);
    let border = index.checked_shr(inner).map_or(0, u64::count_ones);
    (inner + border) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    #[test]
    fn refusals() {
        let (leaf, other) = (leaf_hash(b"a"), leaf_hash(b"b"));
        let root = node_hash(&leaf, &other);
        let (index, size) = (LeafIndex(0), TreeSize(2));
        assert_eq!(verify_inclusion(leaf, index, size, &[other], root), Ok(()));
        assert_eq!(
            verify_inclusion(leaf, LeafIndex(2), size, &[other], root),
            Err(InclusionError::IndexOutOfRange {
                index: LeafIndex(2),
                size
            })
        );
        assert_eq!(
            verify_inclusion(leaf, index, TreeSize(0), &[], root),
            Err(InclusionError::IndexOutOfRange {
                index,
                size: TreeSize(0)
            })
        );
        assert_eq!(
            verify_inclusion(leaf, index, size, &[], root),
            Err(InclusionError::ProofLength {
                expected: 1,
                found: 0
            })
        );
        assert_eq!(
            verify_inclusion(leaf, index, size, &[other, other], root),
            Err(InclusionError::ProofLength {
                expected: 1,
                found: 2
            })
        );
        assert_eq!(
            verify_inclusion(leaf, index, size, &[leaf], root),
            Err(InclusionError::RootMismatch {
                computed: node_hash(&leaf, &leaf),
                expected: root
            })
        );
        assert_eq!(
            verify_inclusion(leaf, LeafIndex(1), size, &[other], root),
            Err(InclusionError::RootMismatch {
                computed: node_hash(&other, &leaf),
                expected: root
            })
        );
    }

    #[test]
    fn the_largest_size_does_not_overflow() {
        let leaf = leaf_hash(b"a");
        let size = TreeSize(u64::MAX);
        assert_eq!(
            root_from_inclusion(leaf, LeafIndex(0), size, &[]),
            Err(InclusionError::ProofLength {
                expected: 64,
                found: 0
            })
        );
    }
}
