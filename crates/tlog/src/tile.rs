//! Tiles: 256 neighbouring hashes of every eighth level of the tree.

use crate::hash::{Hash, empty_root, node_hash};
use crate::units::TreeSize;

/// Levels of the tree that one tile covers.
///
/// Source: C2SP tlog-tiles, "the tile height is 8".
pub const TILE_HEIGHT: u8 = 8;

/// Hashes in a full tile.
pub const TILE_WIDTH: u16 = 1 << TILE_HEIGHT;

/// Names a tile: `width` hashes, the first of them node `index * 256` of tree level `level * 8`.
///
/// Source: C2SP tlog-tiles, "Merkle Tree".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileRef {
    /// Tile level; level 0 holds leaf hashes.
    pub level: u8,
    /// Position in the level, counted from 0.
    pub index: u64,
    /// Hashes in the tile: 1 to 255 in a partial tile, 256 in a full one.
    pub width: u16,
}

impl TileRef {
    /// A full tile.
    pub const fn full(level: u8, index: u64) -> Self {
        Self {
            level,
            index,
            width: TILE_WIDTH,
        }
    }

    /// The widest form that tile (`level`, `index`) has in a tree of `size` leaves; `None` if it is empty there.
    pub fn at_size(level: u8, index: u64, size: TreeSize) -> Option<Self> {
        let hashes = nodes_at_level(level, size);
        let first = index.checked_mul(u64::from(TILE_WIDTH))?;
        let width = hashes.checked_sub(first)?.min(u64::from(TILE_WIDTH));
        match u16::try_from(width) {
            Ok(width) if width > 0 => Some(Self {
                level,
                index,
                width,
            }),
            _ => None,
        }
    }

    /// True if the tile holds 256 hashes and will not change any more.
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }
}

/// Number of complete nodes that tile level `level` has in a tree of `size` leaves.
pub(crate) fn nodes_at_level(level: u8, size: TreeSize) -> u64 {
    let shift = u32::from(level) * u32::from(TILE_HEIGHT);
    size.0.checked_shr(shift).unwrap_or(0)
}

/// Root of a full tile, which is the hash that stands for it one tile level up.
///
/// The caller passes 256 hashes; any other power of two gives the root of that complete subtree.
pub fn tile_hash(hashes: &[Hash]) -> Hash {
    complete_root(hashes).unwrap_or_else(empty_root)
}

/// Root of a complete subtree (a power of two of hashes); `None` without hashes.
pub(crate) fn complete_root(hashes: &[Hash]) -> Option<Hash> {
    let mut layer: Vec<Hash> = pair_up(hashes);
    if hashes.len() == 1 {
        return hashes.first().copied();
    }
    while layer.len() > 1 {
        layer = pair_up(&layer);
    }
    layer.first().copied()
}

fn pair_up(hashes: &[Hash]) -> Vec<Hash> {
    let (pairs, _rest) = hashes.as_chunks::<2>();
    pairs
        .iter()
        .map(|[left, right]| node_hash(left, right))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontier::Frontier;
    use crate::hash::leaf_hash;

    #[test]
    fn tile_hash_is_the_root_of_its_leaves() {
        let hashes: Vec<Hash> = (0..=255_u8).map(|byte| leaf_hash(&[byte])).collect();
        let mut frontier = Frontier::new();
        for hash in &hashes {
            frontier.append(*hash);
        }
        assert_eq!(tile_hash(&hashes), frontier.root());
    }

    #[test]
    fn width_at_a_size() {
        let size = TreeSize(70_000);
        assert_eq!(TileRef::at_size(0, 0, size), Some(TileRef::full(0, 0)));
        assert_eq!(
            TileRef::at_size(0, 273, size),
            Some(TileRef {
                level: 0,
                index: 273,
                width: 112
            })
        );
        assert_eq!(TileRef::at_size(0, 274, size), None);
        assert_eq!(
            TileRef::at_size(1, 1, size),
            Some(TileRef {
                level: 1,
                index: 1,
                width: 17
            })
        );
        assert_eq!(
            TileRef::at_size(2, 0, size),
            Some(TileRef {
                level: 2,
                index: 0,
                width: 1
            })
        );
        assert_eq!(TileRef::at_size(3, 0, size), None);
        assert_eq!(TileRef::at_size(63, 0, size), None);
    }

    #[test]
    fn no_empty_tile_at_a_boundary() {
        assert_eq!(TileRef::at_size(0, 1, TreeSize(256)), None);
        assert_eq!(TileRef::at_size(1, 0, TreeSize(255)), None);
    }
}
