//! The exact bytes that are logged.

use bytes::Bytes;
use sigbox_log_engine::{MAX_LEAF_BYTES, Pending};
use sigbox_tlog::{Hash, leaf_hash};
use sigbox_wire::rekor_v1::LogEntry;

use super::error::EntryError;

/// An entry whose signatures hold; only [`super::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEntry {
    entry: LogEntry,
    subjects: Vec<String>,
}

impl VerifiedEntry {
    pub(super) fn new(entry: LogEntry, subjects: Vec<String>) -> Self {
        Self { entry, subjects }
    }

    /// Writes the entry as RFC 8785 JSON.
    ///
    /// # Errors
    /// [`EntryError::TooLong`] past 65,535 bytes; [`EntryError::Encode`].
    pub fn canonicalize(self) -> Result<CanonicalEntry, EntryError> {
        let body = self.entry.canonical_body()?;
        if body.len() > MAX_LEAF_BYTES {
            return Err(EntryError::TooLong {
                limit: MAX_LEAF_BYTES,
                found: body.len(),
            });
        }
        Ok(CanonicalEntry {
            leaf_hash: leaf_hash(&body),
            body: body.into(),
            subjects: self.subjects,
        })
    }
}

/// A leaf that may be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalEntry {
    body: Bytes,
    leaf_hash: Hash,
    subjects: Vec<String>,
}

impl CanonicalEntry {
    /// The leaf's bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The leaf's hash, which also tells duplicates.
    pub fn leaf_hash(&self) -> Hash {
        self.leaf_hash
    }

    /// The digests that the payload is about go beside the leaf: the payload itself is not kept, and a search index
    /// that is built anew needs them.
    pub(in super::super) fn into_pending(self) -> Pending {
        Pending {
            dedup_key: *self.leaf_hash.as_bytes(),
            body: self.body,
            extra: self.subjects.join("\n").into(),
        }
    }
}
