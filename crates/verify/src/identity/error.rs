//! In what the signer is not the expected one.

use crate::check::Check;
use crate::error::BrokenRule;

/// The certificate is not that of the expected signer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The certificate names no subject that an identity can be.
    #[error("the certificate names no URI, e-mail address or user name")]
    NoSubject,
    /// The certificate names another subject.
    #[error("expected SAN value {expected:?}, got {found:?}")]
    Subject {
        /// The subject that is demanded.
        expected: String,
        /// The certificate's subject.
        found: String,
    },
    /// The certificate's subject does not match the pattern.
    #[error("expected SAN value to match regex {expected:?}, got {found:?}")]
    SubjectPattern {
        /// The pattern.
        expected: String,
        /// The certificate's subject.
        found: String,
    },
    /// The certificate names no issuer.
    #[error("the certificate names no OpenID issuer")]
    NoIssuer,
    /// The certificate names another issuer.
    #[error("expected issuer value {expected:?}, got {found:?}")]
    Issuer {
        /// The issuer that is demanded.
        expected: String,
        /// The certificate's issuer.
        found: String,
    },
    /// The certificate's issuer does not match the pattern.
    #[error("expected issuer value to match regex {expected:?}, got {found:?}")]
    IssuerPattern {
        /// The pattern.
        expected: String,
        /// The certificate's issuer.
        found: String,
    },
    /// A further claim is missing or another.
    #[error("expected extension 1.3.6.1.4.1.57264.1.{number} value {expected:?}, got {}", or_none(found.as_ref()))]
    Extension {
        /// The extension's number.
        number: u8,
        /// The value that is demanded.
        expected: String,
        /// The certificate's value, if it has one.
        found: Option<String>,
    },
    /// A certificate was judged by a policy for keys, or the reverse.
    #[error("the policy is not about this kind of signer")]
    SignerKind,
}

fn or_none(value: Option<&String>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}"))
}

impl BrokenRule for IdentityError {
    fn check(&self) -> Check {
        match self {
            Self::NoIssuer | Self::Issuer { .. } | Self::IssuerPattern { .. } => {
                Check::CertificateIssuer
            }
            Self::Extension { .. } => Check::CertificateExtension,
            _ => Check::CertificateIdentity,
        }
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::Subject { expected, .. }
            | Self::SubjectPattern { expected, .. }
            | Self::Issuer { expected, .. }
            | Self::IssuerPattern { expected, .. }
            | Self::Extension { expected, .. } => Some(expected.clone()),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::Subject { found, .. }
            | Self::SubjectPattern { found, .. }
            | Self::Issuer { found, .. }
            | Self::IssuerPattern { found, .. } => Some(found.clone()),
            Self::Extension { found, .. } => found.clone(),
            _ => None,
        }
    }
}
