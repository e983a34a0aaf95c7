//! Verifiers of the note signature types of logs, ours and others'.

use sigbox_tlog::{Checkpoint, KeyHint, NoteVerifier, key_id, rfc6962};
use sigbox_wire::HashAlgorithm;

use super::{NoteKeyError, expect_ecdsa, expect_ed25519, rsa_key_id};
use crate::{KeyAlgorithm, PublicKey};

/// Verifies ECDSA note signatures over SHA-256, on any of the three curves.
#[derive(Debug, Clone)]
pub struct EcdsaNoteVerifier {
    name: String,
    key: PublicKey,
}

impl EcdsaNoteVerifier {
    /// A verifier of the lines of `name`.
    ///
    /// # Errors
    /// [`NoteKeyError::KeyKind`] unless the key is ECDSA.
    pub fn new(name: String, key: PublicKey) -> Result<Self, NoteKeyError> {
        expect_ecdsa(&key)?;
        Ok(Self { name, key })
    }
}

impl NoteVerifier for EcdsaNoteVerifier {
    fn name(&self) -> &str {
        &self.name
    }

    fn hint(&self) -> KeyHint {
        key_id::hint(&key_id::ecdsa(self.key.spki_der()))
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        self.key
            .verify(HashAlgorithm::Sha2_256, text.as_bytes(), signature)
            .is_ok()
    }
}

/// Verifies pure Ed25519 note signatures.
#[derive(Debug, Clone)]
pub struct Ed25519NoteVerifier {
    name: String,
    key_id: [u8; 32],
    key: PublicKey,
}

impl Ed25519NoteVerifier {
    /// A verifier of the lines of `name`.
    ///
    /// # Errors
    /// [`NoteKeyError::KeyKind`] unless the key is Ed25519.
    pub fn new(name: String, key: PublicKey) -> Result<Self, NoteKeyError> {
        let point = expect_ed25519(&key)?;
        Ok(Self {
            key_id: key_id::ed25519(&name, &point),
            name,
            key,
        })
    }
}

impl NoteVerifier for Ed25519NoteVerifier {
    fn name(&self) -> &str {
        &self.name
    }

    fn hint(&self) -> KeyHint {
        key_id::hint(&self.key_id)
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        self.key
            .verify(HashAlgorithm::Sha2_512, text.as_bytes(), signature)
            .is_ok()
    }
}

/// Verifies RSA PKCS#1 v1.5 note signatures over SHA-256, under the key ID of Rekor v2.
#[derive(Debug, Clone)]
pub struct RsaNoteVerifier {
    name: String,
    key_id: [u8; 32],
    key: PublicKey,
}

impl RsaNoteVerifier {
    /// A verifier of the lines of `name`.
    ///
    /// # Errors
    /// [`NoteKeyError::KeyKind`] unless the key is RSA.
    pub fn new(name: String, key: PublicKey) -> Result<Self, NoteKeyError> {
        match key.algorithm() {
            KeyAlgorithm::Rsa { .. } => Ok(Self {
                key_id: rsa_key_id(&name, key.spki_der()),
                name,
                key,
            }),
            found => Err(NoteKeyError::KeyKind {
                expected: "RSA",
                found,
            }),
        }
    }
}

impl NoteVerifier for RsaNoteVerifier {
    fn name(&self) -> &str {
        &self.name
    }

    fn hint(&self) -> KeyHint {
        key_id::hint(&self.key_id)
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        self.key
            .verify(HashAlgorithm::Sha2_256, text.as_bytes(), signature)
            .is_ok()
    }
}

/// Verifies the checkpoint signatures of a CT log (RFC 6962 tree head in a note line).
#[derive(Debug, Clone)]
pub struct Rfc6962NoteVerifier {
    name: String,
    key_id: [u8; 32],
    key: PublicKey,
}

impl Rfc6962NoteVerifier {
    /// A verifier of the lines of `name`, the log's origin.
    ///
    /// # Errors
    /// [`NoteKeyError::KeyKind`] unless the key is ECDSA.
    pub fn new(name: String, key: PublicKey) -> Result<Self, NoteKeyError> {
        expect_ecdsa(&key)?;
        Ok(Self {
            key_id: key_id::rfc6962(&name, &key.key_id()),
            name,
            key,
        })
    }
}

impl NoteVerifier for Rfc6962NoteVerifier {
    fn name(&self) -> &str {
        &self.name
    }

    fn hint(&self) -> KeyHint {
        key_id::hint(&self.key_id)
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        let (Ok(checkpoint), Ok((time, der))) = (
            Checkpoint::parse(text),
            rfc6962::decode_note_signature(signature),
        ) else {
            return false;
        };
        // A tree head has no room for extension lines, so its signature must not seem to cover them.
        checkpoint.extensions.is_empty()
            && self
                .key
                .verify(
                    HashAlgorithm::Sha2_256,
                    &rfc6962::tree_head_bytes(time, checkpoint.size, checkpoint.root),
                    &der,
                )
                .is_ok()
    }
}
