//! Ranges of leaves and the complete subtrees they are made of.

use crate::tile::{TILE_HEIGHT, TILE_WIDTH, TileRef};
use crate::units::TreeSize;

/// A complete subtree: `2^level` leaves, the first of them leaf `index * 2^level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subtree {
    pub(crate) level: u8,
    pub(crate) index: u64,
}

/// Where a [`Subtree`] lies: `count` neighbouring hashes, from `offset` on, of one tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TileSpan {
    pub(crate) tile_level: u8,
    pub(crate) tile_index: u64,
    pub(crate) offset: u16,
    pub(crate) count: u16,
}

impl Subtree {
    /// Source: C2SP tlog-tiles (tile height 8): level `8 * t + r` is made of `2^r` hashes of tile level `t`.
    pub(crate) fn span(self) -> TileSpan {
        let rest = self.level % TILE_HEIGHT;
        let first = self.index << rest;
        let width = u64::from(TILE_WIDTH);
        TileSpan {
            tile_level: self.level / TILE_HEIGHT,
            tile_index: first / width,
            // Below 256 by the remainder.
            offset: u16::try_from(first % width).unwrap_or(0),
            count: 1 << rest,
        }
    }

    /// The tile the subtree lies in, as wide as it is in a tree of `size` leaves.
    pub(crate) fn tile(self, size: TreeSize) -> Option<TileRef> {
        let span = self.span();
        TileRef::at_size(span.tile_level, span.tile_index, size)
    }

    /// The two halves; `None` for a leaf.
    pub(crate) fn halves(self) -> Option<(Self, Self)> {
        let level = self.level.checked_sub(1)?;
        let left = self.index << 1;
        Some((
            Self { level, index: left },
            Self {
                level,
                index: left | 1,
            },
        ))
    }
}

/// Leaves `start` (included) to `end` (excluded), a node of some tree: `start` is a multiple of the smallest power of
/// two that is not less than the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeafRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl LeafRange {
    pub(crate) const fn len(self) -> u64 {
        self.end - self.start
    }

    /// Splits after the largest power of two that is less than the length; the caller has more than one leaf.
    ///
    /// Source: RFC 6962 §2.1.
    pub(crate) fn split(self) -> (Self, Self) {
        let middle = self.start + largest_power_below(self.len());
        (
            Self {
                start: self.start,
                end: middle,
            },
            Self {
                start: middle,
                end: self.end,
            },
        )
    }

    /// The complete subtrees, largest first: one for each set bit of the length.
    pub(crate) fn subtrees(self) -> Vec<Subtree> {
        let mut subtrees = Vec::with_capacity(self.len().count_ones() as usize);
        let mut start = self.start;
        for level in (0..64_u8).rev() {
            if self.len() >> level & 1 == 1 {
                subtrees.push(Subtree {
                    level,
                    index: start >> level,
                });
                start += 1 << level;
            }
        }
        subtrees
    }
}

/// The largest power of two below `n`, for `n > 1`; 0 otherwise.
pub(crate) fn largest_power_below(n: u64) -> u64 {
    n.checked_sub(1)
        .and_then(u64::checked_ilog2)
        .map_or(0, |bit| 1 << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_below() {
        let table = [
            (0, 0),
            (1, 0),
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 4),
            (8, 4),
            (9, 8),
            (u64::MAX, 1 << 63),
        ];
        for (n, power) in table {
            assert_eq!(largest_power_below(n), power, "{n}");
        }
    }

    #[test]
    fn span_of_a_subtree() {
        let leaf = Subtree {
            level: 0,
            index: 259,
        }
        .span();
        assert_eq!(
            leaf,
            TileSpan {
                tile_level: 0,
                tile_index: 1,
                offset: 3,
                count: 1
            }
        );
        let half_tile = Subtree { level: 7, index: 3 }.span();
        assert_eq!(
            half_tile,
            TileSpan {
                tile_level: 0,
                tile_index: 1,
                offset: 128,
                count: 128
            }
        );
        let whole_tile = Subtree {
            level: 8,
            index: 300,
        }
        .span();
        assert_eq!(
            whole_tile,
            TileSpan {
                tile_level: 1,
                tile_index: 1,
                offset: 44,
                count: 1
            }
        );
    }

    #[test]
    fn subtrees_of_a_range() {
        let range = LeafRange {
            start: 16,
            end: 16 + 13,
        };
        let expected = [(3, 2), (2, 6), (0, 28)].map(|(level, index)| Subtree { level, index });
        assert_eq!(range.subtrees(), expected);
    }
}
