//! What can be wrong with the bundle itself.

use sigbox_crypto::CertificateError;
use sigbox_wire::BundleVersion;

use crate::check::Check;
use crate::error::BrokenRule;

/// The bundle is not one that can be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// More elements than are looked at.
    #[error("{found} {what}, at most {limit} are looked at")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The same element twice.
    #[error("{what} {position} occurs twice")]
    Duplicate {
        /// What is repeated.
        what: &'static str,
        /// The place of the repetition, from 0.
        position: usize,
    },
    /// A part that is needed is empty.
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// A certificate was expected, the bundle was made with a bare key.
    #[error("the bundle holds no certificate, but a certificate identity is demanded")]
    NoCertificate,
    /// A bare key was expected, the bundle holds a certificate.
    #[error("the bundle holds a certificate, but a signature by a given public key is demanded")]
    UnexpectedCertificate,
    /// The certificate cannot be read.
    #[error("the bundle's certificate cannot be used")]
    Certificate(#[source] CertificateError),
    /// A version 0.3 bundle holds its leaf alone.
    #[error("a version 0.3 bundle holds a certificate chain, expected a lone certificate")]
    ChainInV03,
    /// A version 0.1 or 0.2 bundle holds a chain.
    #[error("a version {version} bundle holds a lone certificate, expected a chain")]
    CertificateInOldVersion {
        /// The bundle's version.
        version: BundleVersion,
    },
    /// A root in the bundle: whoever trusts it has it from elsewhere.
    #[error(
        "certificate {position} of the bundle's chain is self-issued: a root must not be in a bundle"
    )]
    RootInChain {
        /// Its place, from 0.
        position: usize,
    },
    /// An envelope must have one signature, so that every check is about the same one.
    #[error("the envelope has {found} signatures, expected exactly 1")]
    SignatureCount {
        /// How many there are.
        found: usize,
    },
}

impl BrokenRule for ShapeError {
    fn check(&self) -> Check {
        Check::BundleShape
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::TooMany { limit, .. } => Some(limit.to_string()),
            Self::SignatureCount { .. } => Some("1".to_owned()),
            Self::NoCertificate => Some("certificate".to_owned()),
            Self::UnexpectedCertificate => Some("public key".to_owned()),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::TooMany { found, .. } | Self::SignatureCount { found } => Some(found.to_string()),
            Self::NoCertificate => Some("public key".to_owned()),
            Self::UnexpectedCertificate => Some("certificate".to_owned()),
            _ => None,
        }
    }
}
