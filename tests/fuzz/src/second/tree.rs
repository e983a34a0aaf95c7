//! RFC 6962 §2.1 as it stands there.

use sigbox_tlog::{Hash, empty_root, node_hash};

/// MTH of §2.1.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH of §2.1.1.
pub(crate) fn inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut path, sibling) = if index < left.len() {
        (inclusion(index, left), root(right))
    } else {
        (inclusion(index - left.len(), right), root(left))
    };
    path.push(sibling);
    path
}

/// PROOF of §2.1.2; between the empty tree and any other there is nothing to prove.
pub(crate) fn consistency(first: usize, leaves: &[Hash]) -> Vec<Hash> {
    if first == 0 {
        return Vec::new();
    }
    subproof(first, leaves, true)
}

fn subproof(first: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if first == leaves.len() {
        return if known {
            Vec::new()
        } else {
            vec![root(leaves)]
        };
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut proof, sibling) = if first <= left.len() {
        (subproof(first, left, known), root(right))
    } else {
        (subproof(first - left.len(), right, false), root(left))
    };
    proof.push(sibling);
    proof
}
