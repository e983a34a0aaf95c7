//! The checks, by name.

use std::fmt;

use serde::{Serialize, Serializer};

/// One of the questions that a verification asks, in the order in which it asks them.
///
/// The names are stable: they stand in error messages and in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The bundle is complete, in bounds, of a version and kind that is judged here.
    BundleShape,
    /// Each log entry is about this signature, this key and this digest, byte for byte.
    EntryBinding,
    /// Enough entries are of logs that the trusted root holds, while it holds them.
    TransparencyLog,
    /// The log signed the checkpoint.
    Checkpoint,
    /// The entry is in the tree of the checkpoint.
    InclusionProof,
    /// The log's promise (SET) over the entry and its time holds.
    InclusionPromise,
    /// Enough trusted parties say when the signature was there.
    SignedTime,
    /// The certificate leads to a trusted authority at each of these times.
    CertificateChain,
    /// Enough trusted CT logs have seen the certificate.
    CertificateTransparency,
    /// The artifact is the one that was signed.
    ArtifactDigest,
    /// The signature is the key's over the artifact or over the envelope.
    Signature,
    /// The signed statement is about the artifact.
    StatementSubject,
    /// The certificate names the expected subject.
    CertificateIdentity,
    /// The certificate names the expected OpenID issuer.
    CertificateIssuer,
    /// The certificate's other claims are the expected ones.
    CertificateExtension,
}

impl Check {
    /// Every check, in order.
    pub const ALL: [Self; 15] = [
        Self::BundleShape,
        Self::EntryBinding,
        Self::TransparencyLog,
        Self::Checkpoint,
        Self::InclusionProof,
        Self::InclusionPromise,
        Self::SignedTime,
        Self::CertificateChain,
        Self::CertificateTransparency,
        Self::ArtifactDigest,
        Self::Signature,
        Self::StatementSubject,
        Self::CertificateIdentity,
        Self::CertificateIssuer,
        Self::CertificateExtension,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::BundleShape => "bundle-shape",
            Self::EntryBinding => "entry-binding",
            Self::TransparencyLog => "transparency-log",
            Self::Checkpoint => "checkpoint",
            Self::InclusionProof => "inclusion-proof",
            Self::InclusionPromise => "inclusion-promise",
            Self::SignedTime => "signed-time",
            Self::CertificateChain => "certificate-chain",
            Self::CertificateTransparency => "certificate-transparency",
            Self::ArtifactDigest => "artifact-digest",
            Self::Signature => "signature",
            Self::StatementSubject => "statement-subject",
            Self::CertificateIdentity => "certificate-identity",
            Self::CertificateIssuer => "certificate-issuer",
            Self::CertificateExtension => "certificate-extension",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_in_order() {
        let names: BTreeSet<_> = Check::ALL.iter().map(|check| check.name()).collect();
        assert_eq!(names.len(), Check::ALL.len());
        assert!(Check::ALL.is_sorted());
    }
}
