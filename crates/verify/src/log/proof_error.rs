//! What can be wrong with a log's evidence.

use sigbox_crypto::NoteKeyError;
use sigbox_tlog::{
    CheckpointError, Hash, InclusionError, KeyHint, NoteError, NoteVerifyError, TreeSize,
};

use crate::check::Check;
use crate::error::BrokenRule;

/// Evidence of a log that does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// No inclusion proof.
    #[error("log entry has no inclusion proof")]
    Missing,
    /// A number below zero.
    #[error("{what} is negative: {found}")]
    Negative {
        /// Which number.
        what: &'static str,
        /// Its value.
        found: i64,
    },
    /// Entry and proof name different places.
    #[error("log entry has index {entry}, its inclusion proof {proof}")]
    IndexMismatch {
        /// The entry's index.
        entry: u64,
        /// The proof's index.
        proof: u64,
    },
    /// A hash that is none.
    #[error("a hash of the {what} has {found} bytes, expected 32")]
    HashLength {
        /// Which hash.
        what: &'static str,
        /// Its length in bytes.
        found: usize,
    },
    /// The path does not lead to the root.
    #[error(transparent)]
    Inclusion(InclusionError),
    /// No checkpoint.
    #[error("inclusion proof has no checkpoint")]
    MissingCheckpoint,
    /// The checkpoint is not a signed note.
    #[error("checkpoint is not a signed note")]
    Note(#[source] NoteError),
    /// The note is not a checkpoint.
    #[error("checkpoint cannot be read")]
    Checkpoint(#[source] CheckpointError),
    /// The trusted root does not say what the log is called.
    #[error("base URL `{base_url}` of the log has no host, which would be its checkpoint origin")]
    NoOrigin {
        /// The log's URL in the trusted root.
        base_url: String,
    },
    /// The checkpoint is of a log of another name.
    #[error("expected checkpoint origin {expected:?}, got {found:?}")]
    Origin {
        /// The log's name by the trusted root.
        expected: String,
        /// The checkpoint's first line.
        found: String,
    },
    /// The log's key cannot sign checkpoints.
    #[error("the log's key cannot verify a checkpoint")]
    LogKey(#[source] NoteKeyError),
    /// No signature under the log's name.
    #[error("checkpoint has no signature of {name}")]
    NoSignature {
        /// The log's name.
        name: String,
    },
    /// A signature under the log's name, but by another key.
    #[error("checkpoint is signed by key {found} of {name}, expected key {expected}")]
    KeyHint {
        /// The log's name.
        name: String,
        /// The hint of the trusted key.
        expected: KeyHint,
        /// The hint on the first signature line of that name.
        found: KeyHint,
    },
    /// The signature is not the log's.
    #[error(transparent)]
    Signature(NoteVerifyError),
    /// Checkpoint and proof name trees of different sizes.
    #[error("checkpoint is of {checkpoint} entries, the inclusion proof of {proof}")]
    Size {
        /// The signed size.
        checkpoint: TreeSize,
        /// The proof's size.
        proof: TreeSize,
    },
    /// Checkpoint and proof name different trees.
    #[error("checkpoint has root hash {checkpoint}, the inclusion proof {proof}")]
    Root {
        /// The signed root.
        checkpoint: Hash,
        /// The proof's root.
        proof: Hash,
    },
}

impl BrokenRule for ProofError {
    fn check(&self) -> Check {
        match self {
            Self::Missing
            | Self::Negative { .. }
            | Self::IndexMismatch { .. }
            | Self::HashLength { .. }
            | Self::Inclusion(_) => Check::InclusionProof,
            _ => Check::Checkpoint,
        }
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::IndexMismatch { entry, .. } => Some(entry.to_string()),
            Self::HashLength { .. } => Some("32".to_owned()),
            Self::Inclusion(InclusionError::RootMismatch { expected, .. }) => {
                Some(expected.to_string())
            }
            Self::Inclusion(InclusionError::ProofLength { expected, .. }) => {
                Some(expected.to_string())
            }
            Self::Origin { expected, .. } => Some(expected.clone()),
            Self::NoSignature { name } => Some(name.clone()),
            Self::KeyHint { expected, .. } => Some(expected.to_string()),
            Self::Size { checkpoint, .. } => Some(checkpoint.to_string()),
            Self::Root { checkpoint, .. } => Some(checkpoint.to_string()),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::Negative { found, .. } => Some(found.to_string()),
            Self::IndexMismatch { proof, .. } => Some(proof.to_string()),
            Self::Inclusion(InclusionError::RootMismatch { computed, .. }) => {
                Some(computed.to_string())
            }
            Self::HashLength { found, .. }
            | Self::Inclusion(InclusionError::ProofLength { found, .. }) => Some(found.to_string()),
            Self::Origin { found, .. } => Some(found.clone()),
            Self::KeyHint { found, .. } => Some(found.to_string()),
            Self::Size { proof, .. } => Some(proof.to_string()),
            Self::Root { proof, .. } => Some(proof.to_string()),
            _ => None,
        }
    }
}
