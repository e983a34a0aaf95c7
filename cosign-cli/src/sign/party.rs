//! The key that signs, and what vouches for it.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sigbox_crypto::{
    Certificate, HashAlgorithm, KeyAlgorithm, PublicKey, SigningKey, SubjectAltName, digest,
};
use sigbox_wire::{HashedRekordV002, KeyDetails, VerificationContent, Verifier, VerifierKey};

use super::{OwnCertificate, SignError};
use crate::verify::Expectations;

/// Who signs, ready to sign.
pub(super) enum SigningParty {
    /// A key with a certificate for the signer's identity, made for this signature as a rule.
    Certified {
        key: Arc<SigningKey>,
        certificate: Box<Certificate>,
    },
    /// A key of the signer's own, that verifiers know.
    Key(Arc<SigningKey>),
    /// A key of the signer's own, with a certificate that the signer brings.
    Own(Arc<OwnCertificate>),
}

impl SigningParty {
    fn key(&self) -> &SigningKey {
        match self {
            Self::Certified { key, .. } | Self::Key(key) => key,
            Self::Own(own) => own.key(),
        }
    }

    /// The key that verifies what is signed.
    pub(super) fn public_key(&self) -> &PublicKey {
        self.key().public_key()
    }

    /// The hash by which the key signs.
    pub(super) fn hash(&self) -> HashAlgorithm {
        self.key().algorithm().default_hash()
    }

    /// Signs a digest and gives the entry to log: an Ed25519 key signs with Ed25519ph, since a log takes digests only.
    pub(super) fn sign(&self, digest: Vec<u8>) -> Result<HashedRekordV002, SignError> {
        let signature = self.key().sign_digest(&digest)?;
        self.entry(digest, signature)
    }

    /// Signs a message itself, which is something else than its digest for an Ed25519 key only.
    pub(super) fn sign_message(&self, message: &[u8]) -> Result<HashedRekordV002, SignError> {
        let signature = self.key().sign(message)?;
        self.entry(digest(self.hash(), message), signature)
    }

    fn entry(&self, digest: Vec<u8>, signature: Vec<u8>) -> Result<HashedRekordV002, SignError> {
        let algorithm = self.key().algorithm();
        let details = match algorithm {
            KeyAlgorithm::Ed25519 => Some(KeyDetails::PkixEd25519Ph),
            other => other.key_details(),
        };
        let verifier = match self.certificate() {
            Some(certificate) => VerifierKey::X509Certificate(certificate.der().to_vec()),
            None => VerifierKey::PublicKey(self.key().public_key().spki_der().to_vec()),
        };
        Ok(HashedRekordV002 {
            algorithm: algorithm.default_hash(),
            signature,
            digest,
            verifier: Verifier {
                key: verifier,
                key_details: details.ok_or(SignError::KeySize { algorithm })?,
            },
        })
    }

    /// What stands for the signer in the bundle.
    pub(super) fn content(&self) -> VerificationContent {
        match self {
            Self::Certified { certificate, .. } => {
                VerificationContent::Certificate(certificate.der().to_vec())
            }
            Self::Key(key) => VerificationContent::PublicKeyHint(hint(key.public_key())),
            Self::Own(own) => own.content(),
        }
    }

    /// What a verifier would demand of this signer.
    pub(super) fn expectations(&self) -> Result<Expectations, SignError> {
        let certificate = match self {
            Self::Certified { certificate, .. } => certificate,
            Self::Key(key) => {
                return Ok(Expectations {
                    key: Some(key.public_key().clone()),
                    ..Expectations::default()
                });
            }
            Self::Own(own) => return Ok(own.expectations()),
        };
        let names = certificate.subject_alt_names();
        let identity = names
            .iter()
            .find_map(SubjectAltName::text)
            .ok_or(SignError::NamelessCertificate)?;
        let issuer = certificate
            .fulcio_issuer()
            .ok_or(SignError::NamelessCertificate)?;
        Ok(Expectations {
            identity: Some(identity.to_owned()),
            issuer: Some(issuer.to_owned()),
            ..Expectations::default()
        })
    }

    /// Whether the signer brings a certificate without the way to its authority.
    pub(super) fn leads_nowhere(&self) -> bool {
        matches!(self, Self::Own(own) if own.authority().is_none())
    }

    pub(super) fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Certified { certificate, .. } => Some(certificate),
            Self::Key(_) => None,
            Self::Own(own) => Some(own.certificate()),
        }
    }
}

/// The name that a bundle calls a key by: it helps to find the key, and proves nothing.
///
/// Source: protobuf-specs `sigstore_bundle.proto`, `PublicKeyIdentifier`; the form is the real client's.
fn hint(key: &PublicKey) -> String {
    BASE64_STANDARD.encode(key.key_id())
}
