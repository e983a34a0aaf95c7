//! What a verified bundle says.

use jiff::Timestamp;
use serde::Serialize;
use sigbox_crypto::{Certificate, HashAlgorithm, PublicKey};
use sigbox_wire::Statement;

/// Facts that every check has confirmed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VerifiedBundle {
    /// Who signed.
    pub signer: VerifiedSigner,
    /// When, by every party that says so; empty only if the policy did not ask.
    pub times: Vec<VerifiedTime>,
    /// Where the signature is logged; empty only if the policy did not ask.
    pub log_entries: Vec<LogRecord>,
    /// The CT logs that saw the certificate, by URL, or by id where the trusted root gives none; empty for a key, or if the policy did not ask.
    pub ct_logs: Vec<String>,
    /// The artifact's digests, as computed or as given; at least one of them was compared with what is signed.
    pub artifact_digests: Vec<(HashAlgorithm, Vec<u8>)>,
    /// What is attested; `None` if the artifact itself is signed.
    pub statement: Option<Statement>,
}

/// Who signed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum VerifiedSigner {
    /// The subject of a certificate.
    Certificate {
        /// The identity that was matched.
        identity: Identity,
        /// The OpenID issuer on whose word the identity was certified; empty if the certificate names none, which the
        /// policy must have allowed.
        issuer: String,
        /// The certificate.
        certificate: Certificate,
    },
    /// The holder of the key that the caller named.
    Key(PublicKey),
}

/// The subject of a certificate: its first URI, else its first e-mail address, else its user name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Identity {
    /// A URI, for example of a workflow.
    Uri(String),
    /// An e-mail address.
    Email(String),
    /// A user name of the form `name!domain`.
    Username(String),
}

impl Identity {
    /// The identity's text.
    pub fn value(&self) -> &str {
        match self {
            Self::Uri(value) | Self::Email(value) | Self::Username(value) => value,
        }
    }
}

/// A time at which the signature was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedTime {
    /// The time.
    pub time: Timestamp,
    /// Who says so.
    pub source: TimeSource,
}

/// Who vouches for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TimeSource {
    /// A timestamp authority.
    TimestampAuthority {
        /// Its URL in the trusted root, or its name where that gives none.
        uri: String,
    },
    /// A Rekor v1 log, which signs the time of integration.
    TransparencyLog {
        /// Its URL in the trusted root, or its name where that gives none.
        base_url: String,
    },
}

/// A place in a transparency log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogRecord {
    /// The log's URL in the trusted root, or its id where that gives none.
    pub base_url: String,
    /// The entry's index.
    pub log_index: u64,
    /// The log's own time, where the log has signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integrated_time: Option<Timestamp>,
}

impl VerifiedBundle {
    /// The certificate's subject; `None` if a key signed.
    pub fn identity(&self) -> Option<&str> {
        match &self.signer {
            VerifiedSigner::Certificate { identity, .. } => Some(identity.value()),
            VerifiedSigner::Key(_) => None,
        }
    }

    /// The certificate's OpenID issuer; `None` if a key signed.
    pub fn issuer(&self) -> Option<&str> {
        match &self.signer {
            VerifiedSigner::Certificate { issuer, .. } => Some(issuer),
            VerifiedSigner::Key(_) => None,
        }
    }

    /// The index of the first log entry.
    pub fn log_index(&self) -> Option<u64> {
        self.log_entries.first().map(|record| record.log_index)
    }
}
