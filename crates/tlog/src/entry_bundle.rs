//! The bytes of an entry bundle: up to 256 entries, each after its two-byte length.
//!
//! Source: C2SP tlog-tiles, "Log entries".

use crate::tile::TILE_WIDTH;

/// Longest entry a bundle can hold, in bytes: its length is a u16.
pub const MAX_ENTRY_SIZE: usize = 65_535;

/// Why entries cannot be put in a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// An entry is longer than its length field can say.
    #[error("entry {position} has {found} bytes, at most {MAX_ENTRY_SIZE} fit")]
    EntryTooLong {
        /// Position in the bundle, from 0.
        position: usize,
        /// Length found, in bytes.
        found: usize,
    },
    /// More than 256 entries.
    #[error("a bundle holds at most {TILE_WIDTH} entries, found {found}")]
    TooManyEntries {
        /// Entries given.
        found: usize,
    },
}

/// Why bytes are not an entry bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end inside an entry or its length.
    #[error("the bundle ends inside entry {position}")]
    Truncated {
        /// Position in the bundle, from 0.
        position: usize,
    },
    /// More than 256 entries.
    #[error("a bundle holds at most {TILE_WIDTH} entries")]
    TooManyEntries,
}

/// Puts entries in a bundle, in order.
///
/// # Errors
/// [`EncodeError`], by the first rule that is broken.
pub fn encode(entries: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, EncodeError> {
    if entries.len() > usize::from(TILE_WIDTH) {
        return Err(EncodeError::TooManyEntries {
            found: entries.len(),
        });
    }
    let mut bytes = Vec::with_capacity(entries.iter().map(|entry| entry.as_ref().len() + 2).sum());
    for (position, entry) in entries.iter().enumerate() {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| EncodeError::EntryTooLong {
            position,
            found: entry.len(),
        })?;
        bytes.extend(length.to_be_bytes());
        bytes.extend(entry);
    }
    Ok(bytes)
}

/// Takes a bundle apart.
///
/// # Errors
/// [`DecodeError::Truncated`] if the bytes end early; [`DecodeError::TooManyEntries`] past 256 entries.
pub fn decode(bytes: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let position = entries.len();
        if position == usize::from(TILE_WIDTH) {
            return Err(DecodeError::TooManyEntries);
        }
        let truncated = DecodeError::Truncated { position };
        let (length, tail) = rest.split_first_chunk::<2>().ok_or(truncated)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, tail) = tail.split_at_checked(length).ok_or(truncated)?;
        entries.push(entry.to_vec());
        rest = tail;
    }
    Ok(entries)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let entries: [&[u8]; 3] = [b"ab", b"", b"c"];
        let bytes = encode(&entries).unwrap();
        assert_eq!(bytes, [0, 2, b'a', b'b', 0, 0, 0, 1, b'c']);
        assert_eq!(decode(&bytes).unwrap(), entries);
        assert_eq!(
            encode(&[vec![0; MAX_ENTRY_SIZE]]).unwrap().len(),
            MAX_ENTRY_SIZE + 2
        );
    }

    #[test]
    fn encode_refusals() {
        assert_eq!(
            encode(&[vec![], vec![0; 65_536]]),
            Err(EncodeError::EntryTooLong {
                position: 1,
                found: 65_536
            })
        );
        assert_eq!(
            encode(&vec![b""; 257]),
            Err(EncodeError::TooManyEntries { found: 257 })
        );
    }

    #[test]
    fn decode_refusals() {
        assert_eq!(decode(&[0]), Err(DecodeError::Truncated { position: 0 }));
        assert_eq!(
            decode(&[0, 0, 0, 2, 1]),
            Err(DecodeError::Truncated { position: 1 })
        );
        assert_eq!(decode(&[0; 2 * 257]), Err(DecodeError::TooManyEntries));
    }
}
