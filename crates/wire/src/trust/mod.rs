//! Trust configuration as it is handed out: trusted root, signing config, and both in one file.

mod client_trust_config;
mod message;
mod signing_config;
mod signing_config_message;
mod time_range;
mod trusted_root;
mod trusted_root_message;

use crate::proto_json::DepthError;

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

impl From<DepthError> for TrustError {
    fn from(error: DepthError) -> Self {
        Self::TooDeep { limit: error.limit }
    }
}
