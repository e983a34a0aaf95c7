//! Merkle trees, tiles and their paths: what the definitions of RFC 6962 say, and proofs that prove one thing only.

use std::str::FromStr as _;
use std::sync::{LazyLock, OnceLock};

use sigbox_tlog::{
    Frontier, Hash, LeafIndex, MAX_TREE_SIZE, ProofPlan, TileEdge, TilePath, TileRef, TreeSize,
    entry_bundle, leaf_hash, plan_consistency, plan_inclusion, plan_root, root_from_inclusion,
    verify_consistency, verify_inclusion,
};

use super::choose;
use crate::bounds::{bounded, twice};
use crate::second;

/// The largest tree that is built leaf by leaf: one full tile and a part of the next.
const LARGEST: usize = 300;

static LEAVES: LazyLock<Vec<Hash>> =
    LazyLock::new(|| (0..LARGEST).map(|n| leaf_hash(&n.to_be_bytes())).collect());

/// Root of the first `count` leaves by the definition; each is worked out once.
fn root(count: usize) -> Hash {
    static ROOTS: [OnceLock<Hash>; LARGEST + 1] = [const { OnceLock::new() }; LARGEST + 1];
    *ROOTS[count].get_or_init(|| second::root(&LEAVES[..count]))
}

pub(super) fn target(data: &[u8]) {
    match choose(data, 5) {
        Some((0, rest)) => inclusion(&mut Numbers(rest)),
        Some((1, rest)) => consistency(&mut Numbers(rest)),
        Some((2, rest)) => growth(&mut Numbers(rest)),
        Some((3, rest)) => plans(&mut Numbers(rest)),
        Some((_, rest)) => tiles(rest),
        None => {}
    }
}

/// Numbers drawn from the input; zeros when it is used up.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self) -> u64 {
        let (head, rest) = self.0.split_at(self.0.len().min(8));
        self.0 = rest;
        let mut bytes = [0; 8];
        bytes[..head.len()].copy_from_slice(head);
        u64::from_le_bytes(bytes)
    }

    /// A small number, of two bytes, below `limit`.
    fn small(&mut self, limit: usize) -> usize {
        let (head, rest) = self.0.split_at(self.0.len().min(2));
        self.0 = rest;
        head.iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
            % limit
    }

    /// Perhaps damages one bit of a proof, or its length.
    fn damage(&mut self, proof: &mut Vec<Hash>) {
        match self.small(4) {
            0 if !proof.is_empty() => {
                let place = self.small(proof.len());
                let bit = self.small(256);
                let mut bytes = *proof[place].as_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                proof[place] = Hash::from_bytes(bytes);
            }
            1 => drop(proof.pop()),
            2 => proof.push(LEAVES[self.small(LARGEST)]),
            _ => {}
        }
    }
}

fn size(leaves: usize) -> TreeSize {
    TreeSize(u64::try_from(leaves).unwrap())
}

fn place(leaf: usize) -> LeafIndex {
    LeafIndex(u64::try_from(leaf).unwrap())
}

/// Builds a proof from the tiles of the largest tree.
fn build(plan: &ProofPlan) -> Vec<Hash> {
    let first: &[Hash] = &LEAVES[..256];
    let second: &[Hash] = &LEAVES[256..];
    let above = [root(256)];
    plan.build(|tile| match (tile.level, tile.index) {
        (0, 0) => Some(first),
        (0, 1) => Some(second),
        (1, 0) => Some(&above[..]),
        _ => None,
    })
    .unwrap()
}

/// A proof of (i, n) holds for (x, j, m) only if it is the path of leaf j in the tree of m leaves, and x that leaf.
fn inclusion(numbers: &mut Numbers<'_>) {
    let n = numbers.small(LARGEST) + 1;
    let i = numbers.small(n);
    let path = second::inclusion(i, &LEAVES[..n]);
    let mut proof = build(&plan_inclusion(place(i), size(n)).unwrap());
    assert_eq!(proof, path);

    numbers.damage(&mut proof);
    let (m, leaf) = match numbers.small(3) {
        0 => (n, i),
        _ => (numbers.small(LARGEST) + 1, numbers.small(LARGEST)),
    };
    let j = if numbers.small(2) == 0 {
        i
    } else {
        numbers.small(LARGEST)
    };
    let result = verify_inclusion(LEAVES[leaf], place(j), size(m), &proof, root(m));
    let path = |index| second::inclusion(index, &LEAVES[..m]);
    let holds = j < m && leaf == j && proof == path(j);
    assert_eq!(
        result.is_ok(),
        holds,
        "({i}, {n}) for ({leaf}, {j}, {m}): {result:?}"
    );
}

fn consistency(numbers: &mut Numbers<'_>) {
    let n = numbers.small(LARGEST) + 1;
    let i = numbers.small(n) + 1;
    let mut proof = build(&plan_consistency(size(i), size(n)).unwrap());
    assert_eq!(proof, second::consistency(i, &LEAVES[..n]));

    numbers.damage(&mut proof);
    let (j, m) = match numbers.small(2) {
        0 => (i, n),
        _ => (numbers.small(LARGEST + 1), numbers.small(LARGEST + 1)),
    };
    let roots = [j, m].map(root);
    let result = verify_consistency(size(j), size(m), &proof, roots[0], roots[1]);
    let holds = j <= m && proof == second::consistency(j, &LEAVES[..m]);
    assert_eq!(
        result.is_ok(),
        holds,
        "({i}, {n}) for ({j}, {m}): {result:?}"
    );
    if m > 0 {
        // A second tree with another last leaf is not an extension, unless the first tree is empty.
        let mut forged = LEAVES[..m].to_vec();
        forged[j.min(m).saturating_sub(1)] = leaf_hash(b"forged");
        let forged = second::root(&forged);
        let result = verify_consistency(size(j), size(m), &proof, roots[0], forged);
        assert_eq!(
            result.is_ok(),
            j == 0 && proof.is_empty(),
            "({j}, {m}): {result:?}"
        );
    }
}

/// Frontier and tile edge, put together from parts and grown leaf by leaf.
fn growth(numbers: &mut Numbers<'_>) {
    let n = numbers.small(LARGEST + 1);
    let more = numbers.small(LARGEST - n + 1).min(20);
    let parts = build(&plan_root(size(n)).unwrap());
    let mut frontier = Frontier::from_parts(size(n), parts.clone()).unwrap();
    let mut edge = TileEdge::new();
    for leaf in &LEAVES[..n] {
        edge.append(*leaf);
    }
    assert_eq!(edge.frontier(), frontier);
    for leaf in &LEAVES[n..n + more] {
        frontier.append(*leaf);
        edge.append(*leaf);
    }
    let expected = root(n + more);
    assert_eq!((frontier.root(), edge.root()), (expected, expected));

    let claimed = TreeSize(numbers.next());
    let count = usize::try_from(claimed.0.count_ones()).unwrap();
    let fits = Frontier::from_parts(claimed, parts.clone()).is_ok();
    assert_eq!(fits, parts.len() == count);
}

/// Trees of any size: plans name tiles of that size only, and proofs have the length that the verifier demands.
fn plans(numbers: &mut Numbers<'_>) {
    let tree = TreeSize(numbers.next());
    let tile = vec![LEAVES[0]; 256];
    let check = |plan: &ProofPlan| {
        for tile in plan.tiles() {
            assert_eq!(TileRef::at_size(tile.level, tile.index, tree), Some(*tile));
            let path = TilePath::Tile(*tile);
            assert_eq!(TilePath::from_str(&path.to_string()), Ok(path));
        }
        plan.build(|_| Some(&tile[..])).unwrap()
    };
    let index = LeafIndex(numbers.next());
    match plan_inclusion(index, tree) {
        Ok(plan) => {
            let proof = check(&plan);
            let root = root_from_inclusion(LEAVES[1], index, tree, &proof).unwrap();
            let other = root_from_inclusion(LEAVES[2], index, tree, &proof).unwrap();
            assert_ne!(root, other);
        }
        Err(_) => assert!(index.0 >= tree.0 || tree > MAX_TREE_SIZE),
    }
    let first = TreeSize(numbers.next());
    match plan_consistency(first, tree) {
        Ok(plan) => {
            let proof = check(&plan);
            let result = verify_consistency(first, tree, &proof, LEAVES[1], LEAVES[2]);
            let text = result.unwrap_err().to_string();
            assert!(!text.starts_with("the consistency proof has"), "{text}");
        }
        Err(_) => assert!(first > tree || tree > MAX_TREE_SIZE),
    }
    match plan_root(tree) {
        Ok(plan) => assert_eq!(check(&plan).len() as u64, u64::from(tree.0.count_ones())),
        Err(_) => assert!(tree > MAX_TREE_SIZE),
    }
}

fn tiles(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Some(path) = twice(data.len(), || TilePath::from_str(text))
    {
        assert_eq!(path.to_string(), text);
        let width = match path {
            TilePath::Tile(tile) => tile.width,
            TilePath::Entries { width, .. } => width,
        };
        assert!((1..=256).contains(&width));
    }
    if let Ok(entries) = bounded(data.len(), || entry_bundle::decode(data)) {
        assert_eq!(entry_bundle::encode(&entries).unwrap(), data);
    }
}
