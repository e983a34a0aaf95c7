//! Trust configuration as it is handed out: trusted root, signing config, and both in one file.

mod client_trust_config;
mod message;
mod signing_config;
mod signing_config_message;
mod time_range;
mod trusted_root;
mod trusted_root_message;

use serde::Deserialize;

use crate::proto_json::{ReadFault, read};

pub use client_trust_config::ClientTrustConfig;
pub use signing_config::{SelectError, Service, ServiceSelector, SigningConfig};
pub use time_range::TimeRange;
pub use trusted_root::{CertificateAuthority, LogInstance, LogPublicKey, TrustedRoot};

/// A trust configuration could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The text is not JSON, or a member is of the wrong type.
    #[error("not a {document}")]
    Json {
        /// Which document was being read.
        document: &'static str,
        /// What the JSON reader said.
        #[source]
        source: serde_json::Error,
    },
    /// The text nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where a message belongs stands something other than a JSON object, for example an array of its members.
    #[error("{document}: value at line {line} column {column} is not a JSON object")]
    NotAnObject {
        /// Which document was being read.
        document: &'static str,
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
    /// The media type is not one we read.
    #[error("unsupported {document} media type `{found}`")]
    MediaType {
        /// Which document was being read.
        document: &'static str,
        /// The media type as sent, empty if absent.
        found: String,
    },
    /// A log names a hash algorithm that is not one of ours.
    #[error("{member}: unknown hash algorithm `{found}`")]
    HashAlgorithm {
        /// The log's place, for example `tlogs[0]`.
        member: String,
        /// The name or number as sent.
        found: String,
    },
    /// A validity time is not an RFC 3339 timestamp.
    #[error("{member}: `{found}` is not an RFC 3339 time")]
    Time {
        /// The time's place, for example `tlogs[0].publicKey.validFor.start`.
        member: String,
        /// The text as sent.
        found: String,
    },
    /// A service selector is none we know.
    #[error("{member}: unknown selector `{found}`")]
    Selector {
        /// The selector's place, for example `tsaConfig`.
        member: &'static str,
        /// The name or number as sent.
        found: String,
    },
    /// A part that the document needs is missing.
    #[error("{document} has no `{member}`")]
    MissingMember {
        /// Which document was being read.
        document: &'static str,
        /// The member's name.
        member: &'static str,
    },
}

/// Reads the message behind one document.
fn read_document<'de, T: Deserialize<'de>>(
    document: &'static str,
    json: &'de [u8],
) -> Result<T, TrustError> {
    read(json).map_err(|fault| match fault {
        ReadFault::TooDeep { limit } => TrustError::TooDeep { limit },
        ReadFault::NotAnObject { line, column } => TrustError::NotAnObject {
            document,
            line,
            column,
        },
        ReadFault::Json(source) => TrustError::Json { document, source },
    })
}
