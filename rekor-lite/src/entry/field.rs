//! The members of a request, as messages name them.

use std::fmt;

/// A member of a request that a refusal can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// `digest`: the artifact's digest.
    Digest,
    /// `signature.content`: the signature over the digest.
    Signature,
    /// `envelope.signatures`: the signatures of a DSSE envelope.
    EnvelopeSignatures,
    /// `envelope.payloadType`: the media type of a DSSE payload.
    PayloadType,
    /// `verifiers`: the keys of a DSSE envelope.
    Verifiers,
    /// `verifier.keyDetails`: key kind and hash as the sender states them.
    KeyDetails,
    /// `verifier.publicKey.rawBytes`: a bare key.
    PublicKey,
    /// `verifier.x509Certificate.rawBytes`: a certificate that holds the key.
    Certificate,
    /// `verifier`: the oneof of the two above.
    Verifier,
    /// The entry that the request would become.
    CanonicalEntry,
    /// Any other member, as the parser names it.
    Other(&'static str),
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Signature => "signature.content",
            Self::EnvelopeSignatures => "envelope.signatures",
            Self::PayloadType => "envelope.payloadType",
            Self::Verifiers => "verifiers",
            Self::KeyDetails => "verifier.keyDetails",
            Self::PublicKey => "verifier.publicKey.rawBytes",
            Self::Certificate => "verifier.x509Certificate.rawBytes",
            Self::Verifier => "verifier",
            Self::CanonicalEntry => "canonical entry",
            Self::Other(name) => name,
        }
    }
}

impl From<&'static str> for Field {
    /// The field that the parser calls by this name.
    fn from(name: &'static str) -> Self {
        let known = [
            Self::Digest,
            Self::Signature,
            Self::EnvelopeSignatures,
            Self::PayloadType,
            Self::Verifiers,
            Self::KeyDetails,
            Self::PublicKey,
            Self::Certificate,
            Self::Verifier,
        ];
        known
            .into_iter()
            .find(|field| field.name() == name)
            .unwrap_or(Self::Other(name))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
