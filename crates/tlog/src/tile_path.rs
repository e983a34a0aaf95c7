//! The typed path of a tile or an entry bundle: nothing but a well-formed name gets past it.

use std::fmt;
use std::str::FromStr;

use crate::tile::{TILE_WIDTH, TileRef};

/// Highest tile level a path may name.
///
/// Source: C2SP tlog-tiles, "L is the level of the tile … 0 to 63".
const MAX_LEVEL: u8 = 63;

/// What a path below `tile/` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TilePath {
    /// `<L>/<N>[.p/<W>]`: hashes.
    Tile(TileRef),
    /// `entries/<N>[.p/<W>]`: entries, at most 256 of them.
    Entries {
        /// Position of the bundle, counted from 0.
        index: u64,
        /// Entries in the bundle, 1 to 256.
        width: u16,
    },
}

/// Why a text is not a tile path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TilePathError {
    /// The first part is neither `entries` nor a level.
    #[error("the level is `entries` or a decimal number from 0 to {MAX_LEVEL}")]
    Level,
    /// There is no index after the level.
    #[error("the tile index is missing")]
    MissingIndex,
    /// The index is not groups of three digits, all but the last with `x` before them, the first not `x000`.
    #[error("the tile index is not in groups of three digits")]
    IndexGroup,
    /// The index does not fit 64 bits.
    #[error("the tile index is too large")]
    IndexTooLarge,
    /// `.p` is not followed by exactly one width.
    #[error("a partial tile ends in `.p/<width>`")]
    MissingWidth,
    /// The width is not a decimal number from 1 to 255 without leading zeros.
    #[error("a partial width is a decimal number from 1 to 255")]
    Width,
}

impl FromStr for TilePath {
    type Err = TilePathError;

    /// Reads a path below `tile/`, such as `0/x001/234.p/7` or `entries/000`.
    ///
    /// Source: C2SP tlog-tiles, "Tile paths".
    fn from_str(path: &str) -> Result<Self, TilePathError> {
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let level = match first {
            "entries" => None,
            digits => Some(parse_level(digits)?),
        };
        if rest.is_empty() {
            return Err(TilePathError::MissingIndex);
        }
        let (groups, width) = match rest.split_once(".p") {
            None => (rest, TILE_WIDTH),
            Some((groups, tail)) => (
                groups,
                parse_width(tail.strip_prefix('/').ok_or(TilePathError::MissingWidth)?)?,
            ),
        };
        let index = parse_index(groups)?;
        Ok(match level {
            None => Self::Entries { index, width },
            Some(level) => Self::Tile(TileRef {
                level,
                index,
                width,
            }),
        })
    }
}

/// Digits only, no sign, no leading zero.
fn canonical_digits(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

fn parse_level(text: &str) -> Result<u8, TilePathError> {
    if !canonical_digits(text) {
        return Err(TilePathError::Level);
    }
    text.parse()
        .ok()
        .filter(|level| *level <= MAX_LEVEL)
        .ok_or(TilePathError::Level)
}

fn parse_width(text: &str) -> Result<u16, TilePathError> {
    if text.is_empty() {
        return Err(TilePathError::MissingWidth);
    }
    if !canonical_digits(text) {
        return Err(TilePathError::Width);
    }
    text.parse()
        .ok()
        .filter(|width| (1..TILE_WIDTH).contains(width))
        .ok_or(TilePathError::Width)
}

fn parse_index(groups: &str) -> Result<u64, TilePathError> {
    let mut groups = groups.split('/').peekable();
    let mut index: u64 = 0;
    let mut first = true;
    while let Some(group) = groups.next() {
        let digits = if groups.peek().is_some() {
            group.strip_prefix('x').ok_or(TilePathError::IndexGroup)?
        } else {
            group
        };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TilePathError::IndexGroup);
        }
        // One spelling only: `x000/001` would be a second name of `001`.
        if first && digits == "000" && groups.peek().is_some() {
            return Err(TilePathError::IndexGroup);
        }
        first = false;
        let value: u64 = digits.parse().map_err(|_| TilePathError::IndexGroup)?;
        index = index
            .checked_mul(1000)
            .and_then(|n| n.checked_add(value))
            .ok_or(TilePathError::IndexTooLarge)?;
    }
    Ok(index)
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, width) = match self {
            Self::Tile(tile) => {
                write!(f, "{}/", tile.level)?;
                (tile.index, tile.width)
            }
            Self::Entries { index, width } => {
                f.write_str("entries/")?;
                (*index, *width)
            }
        };
        write_index(f, index)?;
        if width < TILE_WIDTH {
            write!(f, ".p/{width}")
        } else {
            Ok(())
        }
    }
}

fn write_index(f: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    let mut divisor = 1;
    while index / divisor >= 1000 {
        divisor *= 1000;
    }
    while divisor > 1 {
        write!(f, "x{:03}/", index / divisor % 1000)?;
        divisor /= 1000;
    }
    write!(f, "{:03}", index % 1000)
}

impl From<TileRef> for TilePath {
    fn from(tile: TileRef) -> Self {
        Self::Tile(tile)
    }
}

#[cfg(test)]
mod tests;
