//! Proofs from tiles against the definitions of RFC 6962 and against `rs_merkle`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "tests"
)]

mod reference;

use proptest::prelude::*;
use reference::Tiles;
use sigbox_tlog::{
    ConsistencyError, Frontier, Hash, InclusionError, LeafIndex, SubtreeCache, TreeSize, node_hash,
    plan_consistency, plan_inclusion, plan_root, verify_consistency, verify_inclusion,
};

/// RFC 6962 hashing for `rs_merkle`, whose trees promote a lone node just as the RFC's do.
#[derive(Clone)]
struct Rfc6962;

impl rs_merkle::Hasher for Rfc6962 {
    type Hash = [u8; 32];

    fn hash(data: &[u8]) -> [u8; 32] {
        *sigbox_tlog::leaf_hash(data).as_bytes()
    }

    fn concat_and_hash(left: &[u8; 32], right: Option<&[u8; 32]>) -> [u8; 32] {
        let Some(right) = right else { return *left };
        *node_hash(&Hash::from_bytes(*left), &Hash::from_bytes(*right)).as_bytes()
    }
}

fn rs_tree(leaves: &[Hash]) -> rs_merkle::MerkleTree<Rfc6962> {
    let leaves: Vec<[u8; 32]> = leaves.iter().map(|leaf| *leaf.as_bytes()).collect();
    rs_merkle::MerkleTree::from_leaves(&leaves)
}

fn inclusion(tiles: &Tiles, index: u64, size: u64) -> Vec<Hash> {
    let plan = plan_inclusion(LeafIndex(index), TreeSize(size)).unwrap();
    let proof = plan.build(|tile| tiles.fetch(tile)).unwrap();
    let cached = plan
        .build_cached(&mut SubtreeCache::new(), |tile| tiles.fetch(tile))
        .unwrap();
    assert_eq!(proof, cached);
    proof
}

fn consistency(tiles: &Tiles, first: u64, second: u64) -> Vec<Hash> {
    let plan = plan_consistency(TreeSize(first), TreeSize(second)).unwrap();
    plan.build(|tile| tiles.fetch(tile)).unwrap()
}

fn frontier(tiles: &Tiles, size: u64) -> Frontier {
    let hashes = plan_root(TreeSize(size))
        .unwrap()
        .build(|tile| tiles.fetch(tile))
        .unwrap();
    Frontier::from_parts(TreeSize(size), hashes).unwrap()
}

#[test]
fn every_proof_of_every_small_tree_is_the_rfc_s() {
    let leaves = reference::leaves(40);
    // Only the largest tree is stored: proofs for older sizes read its fuller tiles.
    let tiles = Tiles::new(&leaves);
    for size in 1..=leaves.len() {
        let tree = &leaves[..size];
        let root = reference::root(tree);
        assert_eq!(frontier(&tiles, size as u64).root(), root);
        for index in 0..size {
            let proof = inclusion(&tiles, index as u64, size as u64);
            assert_eq!(
                proof,
                reference::inclusion(index, tree),
                "leaf {index} of {size}"
            );
            let (index, size) = (LeafIndex(index as u64), TreeSize(size as u64));
            assert_eq!(
                verify_inclusion(leaves[index.0 as usize], index, size, &proof, root),
                Ok(())
            );
        }
        for first in 1..=size {
            let proof = consistency(&tiles, first as u64, size as u64);
            assert_eq!(
                proof,
                reference::consistency(first, tree),
                "{first} to {size}"
            );
            let first_root = reference::root(&leaves[..first]);
            let (first, size) = (TreeSize(first as u64), TreeSize(size as u64));
            assert_eq!(
                verify_consistency(first, size, &proof, first_root, root),
                Ok(())
            );
        }
    }
}

#[test]
fn proofs_across_tile_boundaries() {
    let leaves = reference::leaves(66_000);
    let tiles = Tiles::new(&leaves);
    let rs = rs_tree(&leaves);
    assert_eq!(Some(*tiles.edge().root().as_bytes()), rs.root());
    for size in [
        255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_793, 66_000_u64,
    ] {
        let tree = &leaves[..size as usize];
        let root = frontier(&tiles, size).root();
        assert_eq!(root, reference::root(tree), "{size}");
        for index in [0, 1, 254, 255, 256, 511, 65_279, 65_535, 65_536, size - 1] {
            if index < size {
                let proof = inclusion(&tiles, index, size);
                let leaf = leaves[index as usize];
                assert_eq!(
                    verify_inclusion(leaf, LeafIndex(index), TreeSize(size), &proof, root),
                    Ok(())
                );
            }
        }
        for first in [1, 2, 255, 256, 257, 300, 512, 65_535, 65_536, 65_537, size] {
            if first <= size {
                let proof = consistency(&tiles, first, size);
                let first_root = frontier(&tiles, first).root();
                let (first, second) = (TreeSize(first), TreeSize(size));
                assert_eq!(
                    verify_consistency(first, second, &proof, first_root, root),
                    Ok(()),
                    "{first} to {second}"
                );
            }
        }
    }
    for (size, index, first) in [
        (257, 255, 256),
        (257, 256, 255),
        (513, 256, 257),
        (65_537, 65_535, 65_536),
        (65_537, 65_536, 300),
    ] {
        let tree = &leaves[..size];
        assert_eq!(
            inclusion(&tiles, index as u64, size as u64),
            reference::inclusion(index, tree),
            "{index} of {size}"
        );
        assert_eq!(
            consistency(&tiles, first as u64, size as u64),
            reference::consistency(first, tree),
            "{first} to {size}"
        );
    }
    for index in [0, 255, 256, 65_535, 65_536, 65_999_usize] {
        let expected = rs.proof(&[index]).proof_hashes().to_vec();
        let proof: Vec<[u8; 32]> = inclusion(&tiles, index as u64, 66_000)
            .iter()
            .map(|hash| *hash.as_bytes())
            .collect();
        assert_eq!(proof, expected, "{index}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn inclusion_proofs_are_rs_merkle_s((size, index) in (1_u64..1200).prop_flat_map(|size| (Just(size), 0..size))) {
        let leaves = reference::leaves(size);
        let tiles = Tiles::new(&leaves);
        let rs = rs_tree(&leaves);
        let root = tiles.edge().root();
        prop_assert_eq!(Some(*root.as_bytes()), rs.root());
        let proof = inclusion(&tiles, index, size);
        let bytes: Vec<[u8; 32]> = proof.iter().map(|hash| *hash.as_bytes()).collect();
        prop_assert_eq!(bytes, rs.proof(&[index as usize]).proof_hashes().to_vec());
        let leaf = leaves[index as usize];
        prop_assert_eq!(verify_inclusion(leaf, LeafIndex(index), TreeSize(size), &proof, root), Ok(()));
    }

    #[test]
    fn consistency_proofs_are_the_rfc_s((second, first) in (1_u64..1200).prop_flat_map(|size| (Just(size), 1..=size))) {
        let leaves = reference::leaves(second);
        let tiles = Tiles::new(&leaves);
        let proof = consistency(&tiles, first, second);
        prop_assert_eq!(&proof, &reference::consistency(first as usize, &leaves));
        let (first_root, second_root) = (reference::root(&leaves[..first as usize]), reference::root(&leaves));
        prop_assert_eq!(frontier(&tiles, first).root(), first_root);
        let (first, second) = (TreeSize(first), TreeSize(second));
        prop_assert_eq!(verify_consistency(first, second, &proof, first_root, second_root), Ok(()));
    }

    #[test]
    fn a_damaged_proof_is_refused(size in 2_u64..600, pick in any::<prop::sample::Index>(), bit in 0_usize..256) {
        let leaves = reference::leaves(size);
        let tiles = Tiles::new(&leaves);
        let root = tiles.edge().root();
        let index = pick.index(size as usize);
        let mut proof = inclusion(&tiles, index as u64, size);
        let damaged = pick.index(proof.len());
        let mut bytes = *proof[damaged].as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        proof[damaged] = Hash::from_bytes(bytes);
        let result = verify_inclusion(leaves[index], LeafIndex(index as u64), TreeSize(size), &proof, root);
        let mismatch = matches!(result, Err(InclusionError::RootMismatch { expected, .. }) if expected == root);
        prop_assert!(mismatch, "{result:?}");
    }

    #[test]
    fn a_rewritten_history_is_refused((second, first) in (2_u64..600).prop_flat_map(|size| (Just(size), 1..size))) {
        let mut leaves = reference::leaves(second);
        let first_root = reference::root(&leaves[..first as usize]);
        // The log swaps one old leaf and then proves its new tree to itself.
        leaves[first as usize / 2] = sigbox_tlog::leaf_hash(b"forged");
        let tiles = Tiles::new(&leaves);
        let proof = consistency(&tiles, first, second);
        let second_root = tiles.edge().root();
        let result = verify_consistency(TreeSize(first), TreeSize(second), &proof, first_root, second_root);
        let refused = match result {
            Err(ConsistencyError::FirstRootMismatch { expected, .. }) => expected == first_root,
            // A first tree that is one complete subtree is taken from the caller, so the second root is what differs.
            Err(ConsistencyError::SecondRootMismatch { expected, .. }) => {
                first.is_power_of_two() && expected == second_root
            }
            _ => false,
        };
        prop_assert!(refused, "{result:?}");
    }

    #[test]
    fn the_frontier_of_tiles_grows_like_any_other(size in 0_u64..700, more in 1_u64..20) {
        let leaves = reference::leaves(size + more);
        let (old, new) = leaves.split_at(size as usize);
        let tiles = Tiles::new(old);
        let mut grown = tiles.edge().frontier();
        prop_assert_eq!(&grown, &frontier(&tiles, size));
        for leaf in new {
            grown.append(*leaf);
        }
        prop_assert_eq!(grown.root(), reference::root(&leaves));
    }
}
