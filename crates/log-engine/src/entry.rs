//! What is appended, what is stored, and how the one becomes the other.

use bytes::Bytes;
use sigbox_tlog::{Hash, LeafIndex, UnixMillis};

/// Longest leaf, in bytes: an entry bundle writes each length in two bytes.
///
/// Source: C2SP tlog-tiles, "Log Entries".
pub const MAX_LEAF_BYTES: usize = 65_535;

/// An entry that waits for its place in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// What makes two submissions the same one; equal leaves must have equal keys.
    pub dedup_key: [u8; 32],
    /// What the [`LeafFormat`] makes the leaf from.
    pub body: Bytes,
    /// Stored beside the leaf, not hashed (a certificate chain, for instance).
    pub extra: Bytes,
}

/// An entry that has its place in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// 0-based position in the log.
    pub index: LeafIndex,
    /// When it was sequenced; never decreases along a log.
    pub time: UnixMillis,
    /// RFC 6962 hash of `leaf`.
    pub leaf_hash: Hash,
    /// [`Pending::dedup_key`] of the submission.
    pub dedup_key: [u8; 32],
    /// The exact bytes that were hashed.
    pub leaf: Bytes,
    /// [`Pending::extra`] of the submission.
    pub extra: Bytes,
}

/// How a personality turns pending entries into leaf bytes.
///
/// Both functions are pure: the engine calls `leaf` again when a batch has to be built anew.
pub trait LeafFormat: Send + Sync {
    /// The leaf bytes of `pending` at `index`, sequenced at `time`; at most [`MAX_LEAF_BYTES`].
    ///
    /// # Errors
    /// [`LeafError`] refuses this entry alone; its batch goes on without it.
    fn leaf(
        &self,
        pending: &Pending,
        index: LeafIndex,
        time: UnixMillis,
    ) -> Result<Vec<u8>, LeafError>;

    /// Whether `stored`, found by the key of `pending`, holds the same submission byte for byte.
    fn same(&self, pending: &Pending, stored: &StoredEntry) -> bool;
}

/// The leaf format of a log whose leaf is the body as it stands (Rekor).
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainLeaf;

impl LeafFormat for PlainLeaf {
    fn leaf(
        &self,
        pending: &Pending,
        _index: LeafIndex,
        _time: UnixMillis,
    ) -> Result<Vec<u8>, LeafError> {
        Ok(pending.body.to_vec())
    }

    fn same(&self, pending: &Pending, stored: &StoredEntry) -> bool {
        pending.body == stored.leaf
    }
}

/// Why an entry cannot become a leaf.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeafError {
    /// The leaf is longer than an entry bundle can hold.
    #[error("the leaf has {found} bytes, at most {limit} are allowed")]
    TooLong {
        /// Bytes of the leaf.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The format refuses the body of this entry.
    #[error("the body cannot be a leaf: {rule}")]
    Body {
        /// The broken rule, in the words of the format.
        rule: &'static str,
    },
    /// The index does not fit the format's encoding.
    #[error("leaf index {index} does not fit the leaf format")]
    Index {
        /// The index the engine offered.
        index: LeafIndex,
    },
}
