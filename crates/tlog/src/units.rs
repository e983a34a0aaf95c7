//! Numbers with a meaning: sizes, indexes and times cannot be swapped for each other.

use std::fmt;

/// Largest tree the formats can carry: sizes and indexes travel as signed 64-bit integers.
///
/// Source: `TransparencyLogEntry.log_index` and `InclusionProof.tree_size` are `int64`.
pub const MAX_TREE_SIZE: TreeSize = TreeSize(i64::MAX.unsigned_abs());

/// Number of leaves in a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeSize(pub u64);

/// Position of a leaf, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIndex(pub u64);

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub u64);

macro_rules! display_as_number {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

display_as_number!(TreeSize, LeafIndex, UnixMillis);
