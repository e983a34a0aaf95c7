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

/// What gets signed.
pub(crate) enum Content {
    /// A blob.
    Blob {
        /// Its digest, by the key's hash.
        digest: Vec<u8>,
    },
    /// A statement.
    Statement(Attestation),
}

/// What was signed.
pub(super) struct SignedContent {
    /// The signature, with what a log of version 2 is told.
    pub(super) entry: HashedRekordV002,
    /// The content of the bundle.
    pub(super) content: BundleContent,
    /// A digest of the artifact, to verify the bundle for.
    about: (HashAlgorithm, Vec<u8>),
}

impl Content {
    /// Signs it; `hashed` says that a log wants to verify an envelope's signature by the digest alone.
    ///
    /// Source: DSSE protocol v1.0, "Signature Definition"; sigstore `rekor-tiles` for the digest of an envelope.
    pub(super) fn sign(
        self,
        party: &SigningParty,
        hashed: bool,
    ) -> Result<SignedContent, SignError> {
        match self {
            Self::Blob { digest } => {
                let entry = party.sign(digest)?;
                let message = MessageDigest {
                    algorithm: entry.algorithm,
                    digest: entry.digest.clone(),
                };
                let about = (entry.algorithm, entry.digest.clone());
                let content = BundleContent::MessageSignature(MessageSignature {
                    message_digest: Some(message),
                    signature: entry.signature.clone(),
                });
                Ok(SignedContent {
                    entry,
                    content,
                    about,
                })
            }
            Self::Statement(attestation) => {
                let (payload, about) = attestation.into_parts();
                let mut envelope = DsseEnvelope {
                    payload,
                    payload_type: Statement::PAYLOAD_TYPE.to_owned(),
                    signatures: Vec::new(),
                };
                let pae = envelope.pae();
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
                    about,
                })
            }
        }
    }
}

impl SignedContent {
    /// The artifact, as far as it is known.
    pub(super) fn artifact(&self) -> Artifact<'_> {
        Artifact::Digest {
            algorithm: self.about.0,
            digest: &self.about.1,
        }
    }
}
