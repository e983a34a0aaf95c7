//! Signers and verifiers of signed notes with the key types of the logs.

mod signers;
mod verifiers;

use sigbox_tlog::{NoteVerifier, key_id};

pub use signers::{EcdsaNoteSigner, Ed25519NoteSigner, Rfc6962NoteSigner};
pub use verifiers::{EcdsaNoteVerifier, Ed25519NoteVerifier, Rfc6962NoteVerifier, RsaNoteVerifier};

use crate::{KeyAlgorithm, PublicKey, sha256};

/// Why a key cannot sign or verify notes of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteKeyError {
    /// The note signature type is defined for another kind of key.
    #[error("a {found} key cannot be used here, expected {expected}")]
    KeyKind {
        /// What the signature type takes.
        expected: &'static str,
        /// The kind of key given.
        found: KeyAlgorithm,
    },
}

/// The full note key ID of a log key, whose first four bytes are the hint on its signature lines and which Rekor v2
/// shows as `logId`.
///
/// ECDSA: SHA-256 of the SPKI. Ed25519 and RSA: SHA-256 of origin, newline, type and key.
///
/// Source: rekor-v2-spec.md §3, C2SP signed-note §"Signature types".
pub fn rekor_v2_log_id(origin: &str, key: &PublicKey) -> [u8; 32] {
    match (key.algorithm(), key.ed25519_bytes()) {
        (_, Some(point)) => key_id::ed25519(origin, &point),
        (KeyAlgorithm::Rsa { .. }, None) => rsa_key_id(origin, key.spki_der()),
        (_, None) => key_id::ecdsa(key.spki_der()),
    }
}

fn rsa_key_id(origin: &str, spki: &[u8]) -> [u8; 32] {
    let mut preimage = origin.as_bytes().to_vec();
    preimage.extend_from_slice(b"\n\xffPKIX-RSA-PKCS#1v1.5");
    preimage.extend_from_slice(spki);
    sha256(&preimage)
}

/// A verifier for note signatures of `name` by `key`, of the kind that goes with the key: ECDSA, Ed25519 or RSA.
///
/// The checkpoints of a CT log have a kind of their own: see [`Rfc6962NoteVerifier`].
///
/// # Errors
/// None today; the type leaves room for keys that sign no notes.
pub fn note_verifier(name: &str, key: &PublicKey) -> Result<Box<dyn NoteVerifier>, NoteKeyError> {
    Ok(match key.algorithm() {
        KeyAlgorithm::Ed25519 => Box::new(Ed25519NoteVerifier::new(name.to_owned(), key.clone())?),
        KeyAlgorithm::Rsa { .. } => Box::new(RsaNoteVerifier::new(name.to_owned(), key.clone())?),
        _ => Box::new(EcdsaNoteVerifier::new(name.to_owned(), key.clone())?),
    })
}

fn expect_p256(key: &PublicKey) -> Result<(), NoteKeyError> {
    match key.algorithm() {
        // The signature type fixes SHA-256, which is the default hash of this curve only.
        KeyAlgorithm::EcdsaP256 => Ok(()),
        found => Err(NoteKeyError::KeyKind {
            expected: "ECDSA P-256",
            found,
        }),
    }
}

fn expect_ed25519(key: &PublicKey) -> Result<[u8; 32], NoteKeyError> {
    key.ed25519_bytes().ok_or(NoteKeyError::KeyKind {
        expected: "Ed25519",
        found: key.algorithm(),
    })
}

fn expect_ecdsa(key: &PublicKey) -> Result<(), NoteKeyError> {
    match key.algorithm() {
        algorithm if algorithm.is_ecdsa() => Ok(()),
        found => Err(NoteKeyError::KeyKind {
            expected: "ECDSA",
            found,
        }),
    }
}
