//! The right edge of a tiled tree: the part that still changes.

use crate::frontier::Frontier;
use crate::hash::{Hash, empty_root};
use crate::tile::{TILE_HEIGHT, TILE_WIDTH, TileRef, complete_root, nodes_at_level, tile_hash};
use crate::units::TreeSize;

/// Tile levels that a 64-bit size can reach.
const LEVELS: u8 = 64 / TILE_HEIGHT;

/// The partial tile of every level, in memory; full tiles leave it as they are finished.
///
/// Level `l` holds `(size / 256^l) % 256` hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TileEdge {
    size: TreeSize,
    levels: Vec<Vec<Hash>>,
}

/// The parts offered to [`TileEdge::from_parts`] do not fit each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EdgeError {
    /// A level holds another number of hashes than the size demands.
    #[error(
        "tile level {level} of a tree of {size} leaves has {expected} loose hashes, found {found}"
    )]
    LevelWidth {
        /// Size of the tree.
        size: TreeSize,
        /// Tile level.
        level: usize,
        /// Hashes demanded by the size.
        expected: u64,
        /// Hashes given.
        found: usize,
    },
}

impl TileEdge {
    /// The edge of the empty tree.
    pub const fn new() -> Self {
        Self {
            size: TreeSize(0),
            levels: Vec::new(),
        }
    }

    /// Puts an edge together from the partial tiles of a stored tree, level 0 first; missing levels count as empty.
    ///
    /// The hashes are not judged: compare [`TileEdge::root`] with a trusted root.
    ///
    /// # Errors
    /// [`EdgeError::LevelWidth`] if a level does not hold as many hashes as `size` demands.
    pub fn from_parts(size: TreeSize, mut levels: Vec<Vec<Hash>>) -> Result<Self, EdgeError> {
        levels.resize(levels.len().max(usize::from(LEVELS)), Vec::new());
        for (level, hashes) in levels.iter().enumerate() {
            let expected = u8::try_from(level).map_or(0, |level| {
                nodes_at_level(level, size) % u64::from(TILE_WIDTH)
            });
            if u64::try_from(hashes.len()) != Ok(expected) {
                return Err(EdgeError::LevelWidth {
                    size,
                    level,
                    expected,
                    found: hashes.len(),
                });
            }
        }
        let used = (0..LEVELS)
            .filter(|level| nodes_at_level(*level, size) > 0)
            .count();
        levels.truncate(used);
        Ok(Self { size, levels })
    }

    /// Adds one leaf at the right; returns the tiles that became full by it, lowest level first.
    pub fn append(&mut self, leaf_hash: Hash) -> Vec<(TileRef, Vec<Hash>)> {
        let mut finished = Vec::new();
        let mut hash = leaf_hash;
        self.size.0 += 1;
        for level in 0..LEVELS {
            let Some(tile) = self.level_mut(level) else {
                break;
            };
            tile.push(hash);
            if tile.len() < usize::from(TILE_WIDTH) {
                break;
            }
            let tile = std::mem::take(tile);
            hash = tile_hash(&tile);
            let index = nodes_at_level(level, self.size) / u64::from(TILE_WIDTH) - 1;
            finished.push((TileRef::full(level, index), tile));
        }
        finished
    }

    fn level_mut(&mut self, level: u8) -> Option<&mut Vec<Hash>> {
        let level = usize::from(level);
        if self.levels.len() == level {
            self.levels
                .push(Vec::with_capacity(usize::from(TILE_WIDTH)));
        }
        self.levels.get_mut(level)
    }

    /// The hashes of level `level` that are not in a full tile yet, 0 to 255 of them.
    pub fn level(&self, level: u8) -> &[Hash] {
        self.levels
            .get(usize::from(level))
            .map_or(&[], Vec::as_slice)
    }

    /// Number of tile levels in use.
    pub fn level_count(&self) -> usize {
        self.levels.len()
    }

    /// Number of leaves.
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// The frontier of the same tree.
    pub fn frontier(&self) -> Frontier {
        let mut hashes = Vec::new();
        for level in self.levels.iter().rev() {
            let mut rest = level.as_slice();
            // The loose hashes of one level make one complete subtree for each set bit of their number.
            while let Some(subtree) = largest_subtree(rest) {
                let (left, right) = rest.split_at_checked(subtree).unwrap_or((rest, &[]));
                hashes.extend(complete_root(left));
                rest = right;
            }
        }
        // Each level was checked or built to hold the bits of the size, so the number of subtrees fits.
        Frontier::from_parts(self.size, hashes).unwrap_or_default()
    }

    /// Root hash of the tree.
    pub fn root(&self) -> Hash {
        if self.size.0 == 0 {
            empty_root()
        } else {
            self.frontier().root()
        }
    }
}

/// Length of the largest complete subtree at the left of `hashes`; `None` without hashes.
fn largest_subtree(hashes: &[Hash]) -> Option<usize> {
    hashes.len().checked_ilog2().map(|bit| 1 << bit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    fn leaf(index: u64) -> Hash {
        leaf_hash(&index.to_be_bytes())
    }

    #[test]
    fn agrees_with_the_frontier_and_hands_out_full_tiles() {
        let mut edge = TileEdge::new();
        let mut frontier = Frontier::new();
        let mut tiles = Vec::new();
        for index in 0..66_000 {
            edge_step(&mut edge, &mut frontier, &mut tiles, index);
        }
        assert_eq!(edge.frontier(), frontier);
        assert_eq!(edge.root(), frontier.root());
        assert_eq!(tiles.len(), 66_000 / 256 + 1);
        assert!(tiles.contains(&TileRef::full(1, 0)));
        assert_eq!(edge.level(0).len(), 66_000 % 256);
        assert_eq!(edge.level(1).len(), 66_000 / 256 % 256);
        assert_eq!(edge.level(2).len(), 1);
        assert_eq!(edge.level(3), &[]);
    }

    fn edge_step(
        edge: &mut TileEdge,
        frontier: &mut Frontier,
        tiles: &mut Vec<TileRef>,
        index: u64,
    ) {
        for (tile, hashes) in edge.append(leaf(index)) {
            assert_eq!(hashes.len(), 256);
            tiles.push(tile);
        }
        frontier.append(leaf(index));
        // Comparing at every step would fold thousands of times; the boundaries and a few between are enough.
        if index.is_multiple_of(509) || index % 256 >= 254 {
            assert_eq!(edge.frontier(), *frontier, "size {}", frontier.size());
        }
    }

    #[test]
    fn parts_round_trip() {
        let mut edge = TileEdge::new();
        for index in 0..700 {
            edge.append(leaf(index));
        }
        let levels = (0..2).map(|level| edge.level(level).to_vec()).collect();
        assert_eq!(TileEdge::from_parts(TreeSize(700), levels).unwrap(), edge);
    }

    #[test]
    fn rejects_a_level_of_another_width() {
        assert_eq!(
            TileEdge::from_parts(TreeSize(700), vec![vec![leaf(0); 188], vec![leaf(0); 3]]),
            Err(EdgeError::LevelWidth {
                size: TreeSize(700),
                level: 1,
                expected: 2,
                found: 3
            })
        );
        assert_eq!(
            TileEdge::from_parts(TreeSize(1), vec![]),
            Err(EdgeError::LevelWidth {
                size: TreeSize(1),
                level: 0,
                expected: 1,
                found: 0
            })
        );
    }

    #[test]
    fn rejects_a_loose_hash_in_a_level_the_size_does_not_reach() {
        let mut levels = vec![vec![leaf(0)]];
        levels.resize(9, vec![]);
        levels.push(vec![leaf(0)]);
        assert_eq!(
            TileEdge::from_parts(TreeSize(1), levels),
            Err(EdgeError::LevelWidth {
                size: TreeSize(1),
                level: 9,
                expected: 0,
                found: 1
            })
        );
    }
}
