//! The 32-byte hash of a tree and the two ways to make one.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Length of a [`struct@Hash`] in bytes.
pub const HASH_SIZE: usize = 32;

/// Keeps a leaf from being read as an inner node (second preimage).
///
/// Source: RFC 6962 §2.1.
const LEAF_PREFIX: [u8; 1] = [0x00];
const NODE_PREFIX: [u8; 1] = [0x01];

/// A SHA-256 value: a leaf hash, a node of the tree, or a root.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; HASH_SIZE]);

/// A byte string that is not 32 bytes long was offered as a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash is {HASH_SIZE} bytes, found {found}")]
pub struct HashLengthError {
    /// Length found, in bytes.
    pub found: usize,
}

/// Why a text is not a base64 hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashDecodeError {
    /// The text is not padded standard base64.
    #[error("not standard base64")]
    Base64(#[source] base64::DecodeError),
    /// The decoded bytes are not 32 bytes.
    #[error(transparent)]
    Length(#[from] HashLengthError),
}

impl Hash {
    /// Takes 32 bytes as they are.
    pub const fn from_bytes(bytes: [u8; HASH_SIZE]) -> Self {
        Self(bytes)
    }

    /// Takes a slice that must be 32 bytes long.
    ///
    /// # Errors
    /// [`HashLengthError`] for any other length.
    pub fn try_from_slice(bytes: &[u8]) -> Result<Self, HashLengthError> {
        match <[u8; HASH_SIZE]>::try_from(bytes) {
            Ok(bytes) => Ok(Self(bytes)),
            Err(_) => Err(HashLengthError { found: bytes.len() }),
        }
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; HASH_SIZE] {
        &self.0
    }

    /// The standard, padded base64 spelling (44 characters).
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads the standard, padded base64 spelling.
    ///
    /// # Errors
    /// [`HashDecodeError::Base64`] for another alphabet, missing padding or stray bits; [`HashDecodeError::Length`] if
    /// the bytes are not 32.
    pub fn from_base64(text: &str) -> Result<Self, HashDecodeError> {
        let bytes = STANDARD.decode(text).map_err(HashDecodeError::Base64)?;
        Ok(Self::try_from_slice(&bytes)?)
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Hash of a leaf: SHA-256 of `0x00` and the leaf's bytes.
///
/// Source: RFC 6962 §2.1.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(
        Sha256::new()
            .chain_update(LEAF_PREFIX)
            .chain_update(leaf)
            .finalize()
            .into(),
    )
}

/// Hash of an inner node: SHA-256 of `0x01`, the left and the right child.
///
/// Source: RFC 6962 §2.1.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(
        Sha256::new()
            .chain_update(NODE_PREFIX)
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// Root of the tree without leaves: SHA-256 of nothing.
///
/// Source: RFC 6962 §2.1.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// Folds complete subtrees, largest (leftmost) first, into the root they make; `None` if there are none.
pub(crate) fn fold_right_edge(subtrees: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    subtrees
        .rev()
        .reduce(|right, left| node_hash(&left, &right))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn empty_root_is_sha256_of_nothing() {
        assert_eq!(
            empty_root().to_base64(),
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
        assert_eq!(
            empty_root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn base64_round_trip() {
        let hash = leaf_hash(b"x");
        assert_eq!(Hash::from_base64(&hash.to_base64()).unwrap(), hash);
    }

    #[test]
    fn rejects_another_length() {
        assert_eq!(
            Hash::try_from_slice(&[0; 31]),
            Err(HashLengthError { found: 31 })
        );
        assert_eq!(
            Hash::from_base64("AAAA"),
            Err(HashDecodeError::Length(HashLengthError { found: 3 }))
        );
    }

    #[test]
    fn rejects_the_url_alphabet_and_missing_padding() {
        let hash = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert!(matches!(
            Hash::from_base64(hash),
            Err(HashDecodeError::Base64(_))
        ));
        let hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
        assert!(matches!(
            Hash::from_base64(hash),
            Err(HashDecodeError::Base64(_))
        ));
    }
}
