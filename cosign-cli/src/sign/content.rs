//! What gets signed: a blob by its digest, or a statement about one in an envelope.

use sigbox_crypto::{HashAlgorithm, digest};
use sigbox_verify::Artifact;
use sigbox_wire::{
    BundleContent, DsseEnvelope, DsseSignature, HashedRekordV002, MessageDigest, MessageSignature,
    Statement,
};

use super::SignError;
use super::party::SigningParty;
use crate::attestation::Attestation;
use crate::services::{LogApi, SelectedLog};

/// What gets signed.
pub(crate) enum Content {
    /// A blob.
    Blob {
        /// Its digest, by the key's hash.
        digest: Vec<u8>,
    },
    /// A blob that is at hand whole.
    Bytes(Vec<u8>),
    /// A statement.
    Statement(Attestation),
}

/// What was signed.
pub(super) struct SignedContent {
    /// The signature, with what a log of version 2 is told.
    pub(super) entry: HashedRekordV002,
    /// The content of the bundle.
    pub(super) content: BundleContent,
    /// The artifact, to verify the bundle for.
    about: About,
}

/// The artifact, as far as it is known.
enum About {
    Digest(HashAlgorithm, Vec<u8>),
    Bytes(Vec<u8>),
}

impl Content {
    /// Signs it, by its digest where `logs` verify a signature by the digest alone.
    ///
    /// Only an Ed25519 key signs something else as it is than by its digest. A log of any version takes a digest of a
    /// blob, one of version 2 also that of an envelope.
    ///
    /// Source: DSSE protocol v1.0, "Signature Definition"; sigstore `rekor-tiles` for the digest of an envelope; cosign
    /// 3.1.3 for pure Ed25519 without a log.
    pub(super) fn sign(
        self,
        party: &SigningParty,
        logs: &[SelectedLog],
    ) -> Result<SignedContent, SignError> {
        match self {
            Self::Blob { digest } => Ok(message(party.sign(digest)?, None)),
            Self::Bytes(bytes) => {
                let entry = if logs.is_empty() {
                    party.sign_message(&bytes)?
                } else {
                    party.sign(digest(party.hash(), &bytes))?
                };
                Ok(message(entry, Some(bytes)))
            }
            Self::Statement(attestation) => {
                let (payload, about) = attestation.into_parts();
                let mut envelope = DsseEnvelope {
                    payload,
                    payload_type: Statement::PAYLOAD_TYPE.to_owned(),
                    signatures: Vec::new(),
                };
                let pae = envelope.pae();
                let hashed = logs.iter().any(|log| log.api == LogApi::V2);
                let entry = if hashed {
                    party.sign(digest(party.hash(), &pae))?
                } else {
                    party.sign_message(&pae)?
                };
                envelope.signatures.push(DsseSignature {
                    sig: entry.signature.clone(),
                    keyid: String::new(),
                });
                Ok(SignedContent {
                    entry,
                    content: BundleContent::DsseEnvelope(envelope),
                    about: About::Digest(about.0, about.1),
                })
            }
        }
    }
}

impl SignedContent {
    /// The artifact, as far as it is known.
    pub(super) fn artifact(&self) -> Artifact<'_> {
        match &self.about {
            About::Digest(algorithm, digest) => Artifact::Digest {
                algorithm: *algorithm,
                digest,
            },
            About::Bytes(bytes) => Artifact::Bytes(bytes),
        }
    }
}

/// A signed blob; it always tells its digest, without which the real client refuses it.
fn message(entry: HashedRekordV002, bytes: Option<Vec<u8>>) -> SignedContent {
    let digest = MessageDigest {
        algorithm: entry.algorithm,
        digest: entry.digest.clone(),
    };
    let content = BundleContent::MessageSignature(MessageSignature {
        message_digest: Some(digest),
        signature: entry.signature.clone(),
    });
    let by_digest = || About::Digest(entry.algorithm, entry.digest.clone());
    let about = bytes.map_or_else(by_digest, About::Bytes);
    SignedContent {
        entry,
        content,
        about,
    }
}
