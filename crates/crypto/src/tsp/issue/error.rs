//! Why an authority cannot be set up, and why it does not stamp.

use const_oid::ObjectIdentifier;
use jiff::Timestamp;

use crate::tsp::TspError;
use crate::{KeyAlgorithm, SignError};

/// Why key and chain do not make a timestamp authority.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// Clients skip an authority whose chain has no issuer.
    #[error(
        "timestamp chain has {found} certificates, expected at least 2 (signer first, root last)"
    )]
    ChainTooShort {
        /// Number of certificates.
        found: usize,
    },
    /// The first certificate is for another key.
    #[error("first certificate of the timestamp chain is not that of the signing key")]
    KeyMismatch,
    /// Some clients read ECDSA signatures only.
    #[error("timestamp key is {found}, expected ECDSA")]
    KeyAlgorithm {
        /// The kind of key.
        found: KeyAlgorithm,
    },
    /// The first certificate may not sign timestamps.
    #[error("first certificate of the timestamp chain does not fit an authority")]
    Profile {
        /// The rule that it breaks.
        #[source]
        source: TspError,
    },
}

/// Why a timestamp was not issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The client asked for another policy.
    #[error("policy {requested} was asked for, this authority stamps under {accepted}")]
    PolicyNotAccepted {
        /// The policy in the request.
        requested: ObjectIdentifier,
        /// The policy of this authority.
        accepted: ObjectIdentifier,
    },
    /// The client asked for extensions; none is known here.
    #[error("extensions were asked for, none is supported")]
    ExtensionsNotAccepted,
    /// Serial numbers are positive.
    #[error("serial number is zero")]
    ZeroSerial,
    /// The authority has no certificate.
    #[error("timestamp chain is empty")]
    NoCertificate,
    /// The time cannot be written.
    #[error("time {found} is outside the range of a timestamp")]
    TimeRange {
        /// The time given.
        found: Timestamp,
    },
    /// A certificate of the chain does not hold at that time.
    #[error(
        "a certificate of the timestamp chain is valid from {not_before} to {not_after}, not at {at}"
    )]
    OutsideValidity {
        /// The time to be stamped.
        at: Timestamp,
        /// Start of its validity.
        not_before: Timestamp,
        /// End of its validity.
        not_after: Timestamp,
    },
    /// The key did not sign.
    #[error("timestamp key did not sign")]
    Sign {
        /// What the signer says.
        #[source]
        source: SignError,
    },
    /// The answer could not be encoded.
    #[error("timestamp response could not be encoded")]
    Encode {
        /// What the encoder met.
        #[from]
        source: der::Error,
    },
}
