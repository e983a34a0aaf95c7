//! Why a chain is refused.

use jiff::Timestamp;

use super::ChainPurpose;
use crate::{ObjectIdentifier, SignatureError};

/// A chain that is refused; `subject` is the certificate that breaks the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// More certificates than are looked at.
    #[error("{found} certificates beside the roots, at most {limit} are looked at")]
    TooManyCertificates {
        /// How many were given, the leaf included.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The search used up its signature checks.
    #[error("no path found within {limit} signature checks")]
    TooManySignatureChecks {
        /// The limit.
        limit: usize,
    },
    /// The path grows past its limit.
    #[error("path is longer than {limit} certificates")]
    TooDeep {
        /// The limit, leaf and root included.
        limit: usize,
    },
    /// Nothing is trusted.
    #[error("no root certificate to trust")]
    NoRoots,
    /// No certificate carries the issuer's name.
    #[error("no certificate of issuer `{issuer}` for `{subject}`")]
    NoIssuer {
        /// The certificate without issuer.
        subject: String,
        /// The name looked for.
        issuer: String,
    },
    /// Issuer's name fits, key identifiers differ.
    #[error("`{subject}` names another key of issuer `{issuer}`")]
    KeyIdentifier {
        /// The certificate issued.
        subject: String,
        /// The candidate.
        issuer: String,
    },
    /// The candidate's key did not sign.
    #[error("`{subject}` is not signed by `{issuer}`")]
    Signature {
        /// The certificate issued.
        subject: String,
        /// The candidate.
        issuer: String,
        /// What the check said.
        #[source]
        source: SignatureError,
    },
    /// Used before its time.
    #[error("`{subject}` is valid from {not_before}, used at {at}")]
    NotYetValid {
        /// The certificate.
        subject: String,
        /// Its first moment.
        not_before: Timestamp,
        /// The time it is judged at.
        at: Timestamp,
    },
    /// Used after its time.
    #[error("`{subject}` is valid until {not_after}, used at {at}")]
    Expired {
        /// The certificate.
        subject: String,
        /// Its last moment.
        not_after: Timestamp,
        /// The time it is judged at.
        at: Timestamp,
    },
    /// An issuer that is no certificate authority.
    #[error("`{subject}` issued a certificate without being a certificate authority")]
    NotCa {
        /// The certificate.
        subject: String,
    },
    /// A leaf that is a certificate authority.
    #[error("`{subject}` is a certificate authority, not an end entity")]
    LeafIsCa {
        /// The certificate.
        subject: String,
    },
    /// An authority whose key usage does not name keyCertSign.
    #[error("key usage of `{subject}` does not allow signing certificates")]
    CertSignNotAllowed {
        /// The certificate.
        subject: String,
    },
    /// A leaf whose key usage does not name digitalSignature.
    #[error("key usage of `{subject}` does not allow digital signatures")]
    DigitalSignatureNotAllowed {
        /// The certificate.
        subject: String,
    },
    /// More authorities below than allowed.
    #[error("`{subject}` allows {limit} authorities below it, found {found}")]
    PathLen {
        /// The authority.
        subject: String,
        /// What it allows.
        limit: u8,
        /// What stands below it.
        found: usize,
    },
    /// The extended key usage does not allow the purpose.
    #[error("extended key usage of `{subject}` does not allow {purpose:?}")]
    Eku {
        /// The certificate.
        subject: String,
        /// The purpose.
        purpose: ChainPurpose,
    },
    /// A timestamping leaf whose extended key usage is not critical.
    #[error("extended key usage of `{subject}` is not critical")]
    EkuNotCritical {
        /// The certificate.
        subject: String,
    },
    /// A timestamping leaf that may do something else too.
    #[error("extended key usage of `{subject}` allows more than timestamping")]
    EkuNotSole {
        /// The certificate.
        subject: String,
    },
    /// A precertificate where a certificate is needed.
    #[error("`{subject}` is a precertificate")]
    Precertificate {
        /// The certificate.
        subject: String,
    },
    /// A certificate where a precertificate is needed.
    #[error("`{subject}` is not a precertificate")]
    NotPrecertificate {
        /// The certificate.
        subject: String,
    },
    /// A critical extension that is not understood here.
    #[error("`{subject}` has the unknown critical extension {oid}")]
    UnknownCriticalExtension {
        /// The certificate.
        subject: String,
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// An authority limited to names, which nothing here evaluates.
    #[error("`{subject}` has name constraints, which are not supported")]
    NameConstraints {
        /// The authority.
        subject: String,
    },
}
