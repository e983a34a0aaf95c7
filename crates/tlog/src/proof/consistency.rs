//! Verifying that one tree extends another.

use super::plan::consistency_ranges;
use crate::hash::{Hash, empty_root, node_hash};
use crate::units::TreeSize;

/// Why a consistency proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsistencyError {
    /// The first size is the larger one.
    #[error("the first tree size {first} is larger than the second, {second}")]
    SizesReversed {
        /// First size claimed.
        first: TreeSize,
        /// Second size claimed.
        second: TreeSize,
    },
    /// The proof has another number of hashes than the sizes demand.
    #[error("the consistency proof has {found} hashes, expected {expected}")]
    ProofLength {
        /// Hashes demanded.
        expected: usize,
        /// Hashes found.
        found: usize,
    },
    /// The proof leads to another root of the first tree.
    #[error("computed first root {computed} differs from {expected}")]
    FirstRootMismatch {
        /// Root the proof leads to.
        computed: Hash,
        /// Root given.
        expected: Hash,
    },
    /// The proof leads to another root of the second tree.
    #[error("computed second root {computed} differs from {expected}")]
    SecondRootMismatch {
        /// Root the proof leads to.
        computed: Hash,
        /// Root given.
        expected: Hash,
    },
}

/// Checks that the tree of `second` leaves with root `second_root` extends that of `first` leaves with `first_root`.
///
/// Between equal sizes, and from the empty tree, the proof is empty.
///
/// # Errors
/// [`ConsistencyError`], by the first rule that is broken.
///
/// Source: RFC 9162 §2.1.4.2.
pub fn verify_consistency(
    first: TreeSize,
    second: TreeSize,
    proof: &[Hash],
    first_root: Hash,
    second_root: Hash,
) -> Result<(), ConsistencyError> {
    if first > second {
        return Err(ConsistencyError::SizesReversed { first, second });
    }
    let expected = consistency_ranges(first, second).len();
    if proof.len() != expected {
        return Err(ConsistencyError::ProofLength {
            expected,
            found: proof.len(),
        });
    }
    if first.0 == 0 {
        check_first(empty_root(), first_root)?;
        return if second.0 == 0 {
            check_second(empty_root(), second_root)
        } else {
            Ok(())
        };
    }
    if first == second {
        return check_second(first_root, second_root);
    }
    // The root of a first tree that is one complete subtree is not sent: the verifier has it.
    let (start, rest) = match proof.split_first() {
        Some((start, rest)) if !first.0.is_power_of_two() => (*start, rest),
        _ => (first_root, proof),
    };
    let (computed_first, computed_second) = walk(first, second, start, rest);
    check_first(computed_first, first_root)?;
    check_second(computed_second, second_root)
}

/// Climbs from the last complete subtree of the first tree to both roots.
fn walk(first: TreeSize, second: TreeSize, start: Hash, rest: &[Hash]) -> (Hash, Hash) {
    let shift = (first.0 - 1).trailing_ones();
    let mut node = (first.0 - 1).checked_shr(shift).unwrap_or(0);
    let mut last = (second.0 - 1).checked_shr(shift).unwrap_or(0);
    let (mut first_root, mut second_root) = (start, start);
    for hash in rest {
        if node & 1 == 1 || node == last {
            first_root = node_hash(hash, &first_root);
            second_root = node_hash(hash, &second_root);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            second_root = node_hash(&second_root, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    (first_root, second_root)
}

fn check_first(computed: Hash, expected: Hash) -> Result<(), ConsistencyError> {
    if computed == expected {
        Ok(())
    } else {
        Err(ConsistencyError::FirstRootMismatch { computed, expected })
    }
}

fn check_second(computed: Hash, expected: Hash) -> Result<(), ConsistencyError> {
    if computed == expected {
        Ok(())
    } else {
        Err(ConsistencyError::SecondRootMismatch { computed, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    fn three() -> (Hash, Hash, Hash, Hash, Hash) {
        let (a, b, c) = (leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c"));
        let two = node_hash(&a, &b);
        (a, b, c, two, node_hash(&two, &c))
    }

    #[test]
    fn holds() {
        let (a, b, c, two, root) = three();
        assert_eq!(
            verify_consistency(TreeSize(1), TreeSize(3), &[b, c], a, root),
            Ok(())
        );
        assert_eq!(
            verify_consistency(TreeSize(2), TreeSize(3), &[c], two, root),
            Ok(())
        );
        assert_eq!(
            verify_consistency(TreeSize(3), TreeSize(3), &[], root, root),
            Ok(())
        );
        assert_eq!(
            verify_consistency(TreeSize(0), TreeSize(3), &[], empty_root(), root),
            Ok(())
        );
    }

    #[test]
    fn refusals() {
        use ConsistencyError as E;
        let (a, b, c, two, root) = three();
        let (one, first, second) = (TreeSize(1), TreeSize(2), TreeSize(3));
        let check = verify_consistency;
        assert_eq!(
            check(second, first, &[], root, two),
            Err(E::SizesReversed {
                first: second,
                second: first
            })
        );
        assert_eq!(
            check(first, second, &[], two, root),
            Err(E::ProofLength {
                expected: 1,
                found: 0
            })
        );
        assert_eq!(
            check(first, second, &[c, c], two, root),
            Err(E::ProofLength {
                expected: 1,
                found: 2
            })
        );
        assert_eq!(
            check(second, second, &[c], root, root),
            Err(E::ProofLength {
                expected: 0,
                found: 1
            })
        );
        assert_eq!(
            check(second, second, &[], two, root),
            Err(E::SecondRootMismatch {
                computed: two,
                expected: root
            })
        );
        assert_eq!(
            check(first, second, &[b], two, root),
            Err(E::SecondRootMismatch {
                computed: node_hash(&two, &b),
                expected: root
            })
        );
        assert_eq!(
            check(one, second, &[b, b], a, root),
            Err(E::SecondRootMismatch {
                computed: node_hash(&two, &b),
                expected: root
            })
        );
        assert_eq!(
            check(TreeSize(0), second, &[], two, root),
            Err(E::FirstRootMismatch {
                computed: empty_root(),
                expected: two
            })
        );
        let four = node_hash(&two, &node_hash(&c, &a));
        assert_eq!(
            check(second, TreeSize(4), &[c, a, two], a, four),
            Err(E::FirstRootMismatch {
                computed: root,
                expected: a
            })
        );
        assert_eq!(check(second, TreeSize(4), &[c, a, two], root, four), Ok(()));
    }
}
