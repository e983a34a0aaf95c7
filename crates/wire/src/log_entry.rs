//! The transparency log entry, as bundles carry it and as Rekor v2 answers it.

mod message;

use crate::encode::{EncodeError, to_json};
use crate::proto_json::{ReadFault, read};

pub(crate) use message::EntryMessage;
use message::EntryResponseMessage;

/// One entry of a transparency log with the log's evidence for it.
///
/// Integers are as sent; nothing but the encoding has been checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransparencyLogEntry {
    /// The entry's index in the log; over all shards for a v1 log.
    pub log_index: i64,
    /// The log's id, 32 bytes when well formed.
    pub log_id: Vec<u8>,
    /// What the canonical body holds.
    pub kind_version: KindVersion,
    /// Seconds since 1970 by the log's own clock; 0 in v2, which has none.
    pub integrated_time: i64,
    /// The signed entry timestamp of a v1 log; `Some` of nothing if the message was there but empty.
    pub inclusion_promise: Option<Vec<u8>>,
    /// The proof that the entry is in the tree.
    pub inclusion_proof: Option<InclusionProof>,
    /// The exact bytes of the leaf.
    pub canonicalized_body: Vec<u8>,
}

/// The kind and version of a log entry, for example `hashedrekord` and `0.0.2`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KindVersion {
    /// The kind's name.
    pub kind: String,
    /// The kind's version.
    pub version: String,
}

/// A Merkle inclusion proof with the checkpoint of the tree it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InclusionProof {
    /// The leaf's index in the tree of this shard.
    pub log_index: i64,
    /// The tree's root hash, 32 bytes when well formed.
    pub root_hash: Vec<u8>,
    /// The number of leaves of the tree.
    pub tree_size: i64,
    /// Sibling hashes from leaf to root, 32 bytes each when well formed.
    pub hashes: Vec<Vec<u8>>,
    /// The checkpoint as a signed note, empty if absent.
    pub checkpoint: String,
}

/// A log entry could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The text is not JSON, or not that of a log entry: unknown or repeated member, wrong type, bad base64.
    #[error("not a transparency log entry")]
    Json(#[source] serde_json::Error),
    /// The text nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where a message belongs stands something other than a JSON object, for example an array of its members.
    #[error("value at line {line} column {column} is not a JSON object")]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
}

impl From<ReadFault> for EntryError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

impl TransparencyLogEntry {
    /// Reads the answer of a Rekor v2 server; unknown members are refused.
    ///
    /// # Errors
    /// [`EntryError`] if the text is not that message.
    pub fn parse_response(json: &[u8]) -> Result<Self, EntryError> {
        let message: EntryMessage = read(json)?;
        Ok(message.into())
    }

    /// The entry as it stands in a bundle: members of zero value are left out.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_bundle_value(&self) -> Result<serde_json::Value, EncodeError> {
        let written = serde_json::to_value(EntryMessage::from(self));
        written.map_err(|source| EncodeError {
            message: "log entry",
            source,
        })
    }

    /// The entry as a Rekor v2 server answers it: every member is there, integers are strings, no white space.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    ///
    /// Source: rekor-tiles, answer of `POST /api/v2/log/entries` (protobuf JSON with unpopulated fields emitted).
    pub fn to_response_json(&self) -> Result<String, EncodeError> {
        to_json("log entry", &EntryResponseMessage::from(self))
    }
}
