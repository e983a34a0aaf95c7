//! What must be right before the authority starts.

use jiff::SignedDuration;
use sigbox_crypto::{Certificate, SignatureError, Signer, oid};
use sigbox_wire::EncodeError;

use crate::identity::IssuerConfigError;

/// Why a certificate authority does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The chain has no issuing certificate under a root.
    #[error(
        "chain of {found} certificates, expected the issuing certificate and its root at least"
    )]
    ChainLength {
        /// How many certificates it has.
        found: usize,
    },
    /// The key is not that of the issuing certificate.
    #[error("the signing key is not the key of `{subject}`")]
    SignerMismatch {
        /// Name of the issuing certificate.
        subject: String,
    },
    /// The root's key signs leaves: it should be kept offline.
    #[error("`{subject}` is a root; certificates are issued by an intermediate")]
    RootIssues {
        /// Its name.
        subject: String,
    },
    /// A certificate of the chain may not issue certificates.
    #[error("`{subject}` is not a certificate authority")]
    NotCa {
        /// Its name.
        subject: String,
    },
    /// The issuing certificate is not limited to code signing, as clients expect.
    #[error("`{subject}` does not name the usage codeSigning")]
    NotForCodeSigning {
        /// Its name.
        subject: String,
    },
    /// A certificate of the chain is not signed by the next.
    #[error("`{subject}` is not issued by `{issuer}`")]
    NotIssuedBy {
        /// Its name.
        subject: String,
        /// Name of the next certificate.
        issuer: String,
        /// What the check said.
        #[source]
        source: SignatureError,
    },
    /// The chain does not end in a root.
    #[error("chain ends in `{subject}`, which is not self-issued")]
    NoRoot {
        /// Name of the last certificate.
        subject: String,
    },
    /// The authority and its log share a key, so that one could speak for the other.
    #[error("certificate authority and CT log have the same key")]
    SharedKey,
    /// A duration is outside its range.
    #[error("{key} is {found:?}, allowed are {least:?} to {most:?}")]
    Duration {
        /// The configuration key.
        key: &'static str,
        /// What it is.
        found: SignedDuration,
        /// Shortest allowed.
        least: SignedDuration,
        /// Longest allowed.
        most: SignedDuration,
    },
    /// The issuers are not configured right.
    #[error("the issuers are not configured right")]
    Issuers(#[from] IssuerConfigError),
    /// A fixed answer cannot be written.
    #[error("cannot write an answer")]
    Encode(#[from] EncodeError),
}

/// Checks a duration of the configuration, both ends of its range allowed.
pub(crate) fn in_range(
    key: &'static str,
    found: SignedDuration,
    least: SignedDuration,
    most: SignedDuration,
) -> Result<(), SetupError> {
    if (least..=most).contains(&found) {
        Ok(())
    } else {
        Err(SetupError::Duration {
            key,
            found,
            least,
            most,
        })
    }
}

/// Checks keys, usages and signatures of the chain, and gives the issuing certificate; times are checked when it issues.
///
/// Source: fulcio `pkg/ca/common.go`, `VerifyCertChain`.
pub(crate) fn check_chain(
    chain: &[Certificate],
    signer: &dyn Signer,
) -> Result<Certificate, SetupError> {
    let [issuer, .., root] = chain else {
        return match chain {
            [only] if only.is_self_issued() => Err(SetupError::RootIssues {
                subject: only.display_name(),
            }),
            _ => Err(SetupError::ChainLength { found: chain.len() }),
        };
    };
    let subject = || issuer.display_name();
    if issuer.public_key() != signer.public_key() {
        return Err(SetupError::SignerMismatch { subject: subject() });
    }
    if issuer.is_self_issued() {
        return Err(SetupError::RootIssues { subject: subject() });
    }
    if let Some(leaf) = chain.iter().find(|certificate| !certificate.is_ca()) {
        return Err(SetupError::NotCa {
            subject: leaf.display_name(),
        });
    }
    if !issuer.has_eku(&oid::CODE_SIGNING) {
        return Err(SetupError::NotForCodeSigning { subject: subject() });
    }
    for (below, above) in chain.iter().zip(chain.iter().skip(1)) {
        below
            .verify_issued_by(above)
            .map_err(|source| SetupError::NotIssuedBy {
                subject: below.display_name(),
                issuer: above.display_name(),
                source,
            })?;
    }
    if root.is_self_issued() {
        Ok(issuer.clone())
    } else {
        Err(SetupError::NoRoot {
            subject: root.display_name(),
        })
    }
}
