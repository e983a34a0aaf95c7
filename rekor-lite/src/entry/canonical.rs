//! The exact bytes that are logged.

use bytes::Bytes;
use sigbox_log_engine::{MAX_LEAF_BYTES, Pending};
use sigbox_tlog::{Hash, leaf_hash};
use sigbox_wire::HashedRekordV002;

use super::error::{FieldError, ProposalError, RequestKind};
use super::field::Field;

/// An entry whose signature holds; only the checks of a proposal make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEntry {
    kind: RequestKind,
    entry: HashedRekordV002,
}

impl VerifiedEntry {
    pub(super) fn new(kind: RequestKind, entry: HashedRekordV002) -> Self {
        Self { kind, entry }
    }

    /// Writes the entry as RFC 8785 JSON.
    ///
    /// # Errors
    /// [`ProposalError::Field`] with [`FieldError::TooLong`] past 65,535 bytes; [`ProposalError::Encode`].
    ///
    /// Source: rekor-tiles `pkg/tessera`, C2SP tlog-tiles "Log Entries" for the length.
    pub fn canonicalize(self) -> Result<CanonicalEntry, ProposalError> {
        let body = self.entry.canonical_body()?;
        if body.len() > MAX_LEAF_BYTES {
            let rule = FieldError::TooLong {
                limit: MAX_LEAF_BYTES,
                found: body.len(),
            };
            return Err(ProposalError::field(self.kind, Field::CanonicalEntry, rule));
        }
        Ok(CanonicalEntry {
            leaf_hash: leaf_hash(&body),
            body: body.into(),
        })
    }
}

/// A leaf that may be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalEntry {
    body: Bytes,
    leaf_hash: Hash,
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

    pub(crate) fn into_pending(self) -> Pending {
        Pending {
            dedup_key: *self.leaf_hash.as_bytes(),
            body: self.body,
            extra: Bytes::new(),
        }
    }
}
