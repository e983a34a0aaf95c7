//! What can be wrong with a log entry.

use std::fmt;

use jiff::Timestamp;
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{BodyError, EncodeError, TimeRange};

use crate::check::Check;
use crate::error::BrokenRule;
use crate::window::{names, window};

/// A log entry that is not about this signature, or not of enough known logs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// A kind of entry that this verifier does not judge; never taken as a pass.
    #[error("log entries of kind {kind} are not supported")]
    Unsupported {
        /// The kind.
        kind: EntryKind,
    },
    /// A kind or version that no log of ours has.
    #[error("log entry is of unknown kind `{kind}` {version}")]
    UnknownKind {
        /// The kind's name.
        kind: String,
        /// The kind's version.
        version: String,
    },
    /// The body is of another kind or version than the entry says.
    #[error("log entry says {expected}, its body says `{found}`")]
    Version {
        /// What the entry says.
        expected: EntryKind,
        /// What the body says.
        found: String,
    },
    /// The body cannot be read.
    #[error("body of the log entry cannot be read")]
    Body(#[source] BodyError),
    /// The entry is about something else.
    #[error("log entry holds another {field}: expected {expected}, got {found}")]
    Binding {
        /// Which part differs.
        field: BoundField,
        /// The bundle's value.
        expected: String,
        /// The entry's value.
        found: String,
    },
    /// A kind of entry for envelopes, in a bundle that has none.
    #[error(
        "log entry of kind {kind} is about an envelope, but the bundle signs the artifact itself"
    )]
    NoEnvelope {
        /// The kind.
        kind: EntryKind,
    },
    /// An entry must be about one signature, the bundle's.
    #[error("log entry holds {found} signatures, expected exactly 1")]
    SignatureCount {
        /// How many there are.
        found: usize,
    },
    /// The key in the body is not PEM.
    #[error("key in the log entry is not a PEM public key or certificate")]
    KeyText,
    /// The body says the right things in other bytes than a log would store.
    #[error("body of the log entry is not in canonical form")]
    NotCanonical,
    /// The body could not be rebuilt.
    #[error("body of the log entry cannot be rebuilt")]
    Rebuild(#[source] EncodeError),
    /// The bundle has no entry.
    #[error("the bundle has no log entry, at least {required} are demanded")]
    NoEntry {
        /// How many are demanded.
        required: usize,
    },
    /// No entry is of a log that the trusted root holds.
    #[error(
        "log {} is not in the trusted root, which holds {}",
        encode_base64(found),
        names(known)
    )]
    UnknownLog {
        /// The id that the first entry names.
        found: Vec<u8>,
        /// The logs that are known, each by its id and, if it has one, its URL.
        known: Vec<String>,
    },
    /// Fewer logs than the policy demands.
    #[error("logged by {found} trusted logs, at least {required} are demanded")]
    TooFewLogs {
        /// How many are demanded.
        required: usize,
        /// How many there are; several entries of one log count once.
        found: usize,
    },
    /// Signed at a time when the log's key was not in use.
    #[error(
        "log {log} was trusted {}, but the signature was made at {at}",
        window(range)
    )]
    Window {
        /// The log's URL.
        log: String,
        /// When its key was in use.
        range: TimeRange,
        /// The signed time.
        at: Timestamp,
    },
}

/// A part of the bundle that a log entry must repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoundField {
    /// The digest of what is signed.
    Digest,
    /// The digest's hash algorithm.
    HashAlgorithm,
    /// The signature.
    Signature,
    /// The envelope's payload type.
    PayloadType,
    /// The certificate or public key.
    Key,
}

impl fmt::Display for BoundField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Digest => "digest",
            Self::HashAlgorithm => "hash algorithm",
            Self::Signature => "signature",
            Self::PayloadType => "payload type",
            Self::Key => "key",
        })
    }
}

/// The kinds of log entries that Sigstore bundles hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryKind {
    /// `hashedrekord` 0.0.1, Rekor v1.
    HashedRekordV001,
    /// `dsse` 0.0.1, Rekor v1.
    DsseV001,
    /// `intoto` 0.0.2, Rekor v1.
    IntotoV002,
    /// `hashedrekord` 0.0.2, Rekor v2.
    HashedRekordV002,
    /// `dsse` 0.0.2, Rekor v2 before mid-2026.
    DsseV002,
}

impl EntryKind {
    /// Whether the log is a Rekor v2 log, which tells no time and promises nothing.
    pub fn is_v2(self) -> bool {
        matches!(self, Self::HashedRekordV002 | Self::DsseV002)
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HashedRekordV001 => "hashedrekord 0.0.1",
            Self::DsseV001 => "dsse 0.0.1",
            Self::IntotoV002 => "intoto 0.0.2",
            Self::HashedRekordV002 => "hashedrekord 0.0.2",
            Self::DsseV002 => "dsse 0.0.2",
        })
    }
}

impl BrokenRule for EntryError {
    fn check(&self) -> Check {
        match self {
            Self::NoEntry { .. }
            | Self::UnknownLog { .. }
            | Self::TooFewLogs { .. }
            | Self::Window { .. } => Check::TransparencyLog,
            _ => Check::EntryBinding,
        }
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::Version { expected, .. } => Some(expected.to_string()),
            Self::Binding { expected, .. } => Some(expected.clone()),
            Self::NoEntry { required } | Self::TooFewLogs { required, .. } => {
                Some(required.to_string())
            }
            Self::UnknownLog { known, .. } => Some(names(known)),
            Self::Window { range, .. } => Some(window(range)),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::Unsupported { kind } => Some(kind.to_string()),
            Self::UnknownKind { kind, version } => Some(format!("{kind} {version}")),
            Self::Version { found, .. } | Self::Binding { found, .. } => Some(found.clone()),
            Self::NoEntry { .. } => Some("0".to_owned()),
            Self::UnknownLog { found, .. } => Some(encode_base64(found)),
            Self::SignatureCount { found } | Self::TooFewLogs { found, .. } => {
                Some(found.to_string())
            }
            Self::Window { at, .. } => Some(at.to_string()),
            _ => None,
        }
    }
}
