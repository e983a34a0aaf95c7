//! The key of a proposal: read, matched with its hash, judged.

use sigbox_crypto::{Certificate, HashAlgorithm, PublicKey};
use sigbox_wire::{KeyDetails, Verifier, VerifierKey};

use super::algorithms::PermittedAlgorithms;
use super::error::FieldError;
use super::field::Field;

/// A key that may sign entries, with the hash it signs with.
pub(super) struct EntryKey {
    pub(super) key: PublicKey,
    pub(super) hash: HashAlgorithm,
}

/// Reads the key and checks that it may sign with the hash that the sender names.
///
/// Of the key details only the hash counts: sigstore-js and sigstore-rust state `PKIX_ECDSA_P256_SHA_256` for RSA keys
/// too, and upstream logs such entries.
///
/// Source: rekor-tiles `pkg/types/hashedrekord/hashedrekord.go`, verifySupportedAlgorithm.
pub(super) fn entry_key(
    verifier: &Verifier,
    algorithms: &PermittedAlgorithms,
) -> Result<EntryKey, (Field, FieldError)> {
    let (field, key) = match &verifier.key {
        VerifierKey::PublicKey(der) => (Field::PublicKey, public_key(der)),
        VerifierKey::X509Certificate(der) => (Field::Certificate, certificate_key(der)),
    };
    let key = key.map_err(|rule| (field, rule))?;
    let hash = hash(&verifier.key_details).map_err(|rule| (Field::KeyDetails, rule))?;
    if !algorithms.permits(key.algorithm(), hash) {
        return Err((
            Field::KeyDetails,
            FieldError::NotPermitted {
                key: key.algorithm(),
                hash,
            },
        ));
    }
    key.check_strength()
        .map_err(|weakness| (field, FieldError::WeakKey(weakness)))?;
    Ok(EntryKey { key, hash })
}

fn public_key(der: &[u8]) -> Result<PublicKey, FieldError> {
    refuse_pem(der)?;
    PublicKey::from_spki_der(der).map_err(FieldError::PublicKey)
}

/// The key of a certificate; who issued it, and whether it has expired, is for verifiers to judge.
fn certificate_key(der: &[u8]) -> Result<PublicKey, FieldError> {
    refuse_pem(der)?;
    let certificate = Certificate::from_der(der).map_err(FieldError::Certificate)?;
    Ok(certificate.public_key().clone())
}

fn refuse_pem(der: &[u8]) -> Result<(), FieldError> {
    if der.trim_ascii_start().starts_with(b"-----BEGIN ") {
        Err(FieldError::Pem)
    } else {
        Ok(())
    }
}

fn hash(key_details: &KeyDetails) -> Result<HashAlgorithm, FieldError> {
    match key_details {
        KeyDetails::PkixEd25519 => Err(FieldError::NotPrehashed),
        other => other.hash().ok_or_else(|| FieldError::UnknownAlgorithm {
            found: other.name().to_owned(),
        }),
    }
}
