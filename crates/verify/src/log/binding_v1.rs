//! The same for the entries of Rekor v1, which hold keys as PEM and envelopes by the hash of their payload.

use sigbox_crypto::{pem, sha256};
use sigbox_wire::{
    DsseEnvelope, DsseV001, HashedRekordV001, IntotoV002, LoggedSignature, TransparencyLogEntry,
    VerifierKey,
};

use super::binding::{body_error, compare, compare_text, same_key, signed_digest};
use super::{BoundField, EntryError, EntryKind};
use crate::error::VerifyError;
use crate::shape::{Content, Parsed};

pub(super) fn bind_hashed_rekord(
    entry: &TransparencyLogEntry,
    parsed: &Parsed<'_>,
) -> Result<(), VerifyError> {
    let kind = EntryKind::HashedRekordV001;
    let body = HashedRekordV001::parse_body(&entry.canonicalized_body)
        .map_err(|error| body_error(kind, error))?;
    let algorithm = parsed.signing_hash();
    compare_text(
        BoundField::HashAlgorithm,
        algorithm.name(),
        body.algorithm.name(),
    )?;
    compare(
        BoundField::Digest,
        &signed_digest(parsed, algorithm)?,
        &body.digest,
    )?;
    compare(BoundField::Signature, parsed.signature, &body.signature)?;
    Ok(bind_key(parsed, &body.public_key)?)
}

pub(super) fn bind_dsse(
    entry: &TransparencyLogEntry,
    parsed: &Parsed<'_>,
) -> Result<(), VerifyError> {
    let kind = EntryKind::DsseV001;
    let envelope = envelope(parsed, kind)?;
    let body =
        DsseV001::parse_body(&entry.canonicalized_body).map_err(|error| body_error(kind, error))?;
    compare(
        BoundField::Digest,
        &sha256(&envelope.payload),
        &body.payload_hash,
    )?;
    Ok(bind_signature(parsed, &body.signatures)?)
}

pub(super) fn bind_intoto(
    entry: &TransparencyLogEntry,
    parsed: &Parsed<'_>,
) -> Result<(), VerifyError> {
    let kind = EntryKind::IntotoV002;
    let envelope = envelope(parsed, kind)?;
    let body = IntotoV002::parse_body(&entry.canonicalized_body)
        .map_err(|error| body_error(kind, error))?;
    compare_text(
        BoundField::PayloadType,
        &envelope.payload_type,
        &body.payload_type,
    )?;
    compare(
        BoundField::Digest,
        &sha256(&envelope.payload),
        &body.payload_hash,
    )?;
    Ok(bind_signature(parsed, &body.signatures)?)
}

fn envelope<'a>(parsed: &Parsed<'a>, kind: EntryKind) -> Result<&'a DsseEnvelope, EntryError> {
    match parsed.content {
        Content::Dsse(envelope) => Ok(envelope),
        Content::Message(_) => Err(EntryError::NoEnvelope { kind }),
    }
}

/// The envelope has one signature, and so must the entry: otherwise the checks could be about different ones.
fn bind_signature(parsed: &Parsed<'_>, logged: &[LoggedSignature]) -> Result<(), EntryError> {
    let [only] = logged else {
        return Err(EntryError::SignatureCount {
            found: logged.len(),
        });
    };
    compare(BoundField::Signature, parsed.signature, &only.signature)?;
    bind_key(parsed, &only.public_key)
}

/// Compares decoded keys: PEM can be wrapped in several ways. Of a chain the first certificate signed.
fn bind_key(parsed: &Parsed<'_>, logged: &[u8]) -> Result<(), EntryError> {
    let text = std::str::from_utf8(logged).map_err(|_| EntryError::KeyText)?;
    let blocks = pem::decode_all(text).map_err(|_| EntryError::KeyText)?;
    let block = blocks.first().ok_or(EntryError::KeyText)?;
    let found = match block.label.as_str() {
        "CERTIFICATE" => VerifierKey::X509Certificate(block.der.to_vec()),
        "PUBLIC KEY" => VerifierKey::PublicKey(block.der.to_vec()),
        _ => return Err(EntryError::KeyText),
    };
    same_key(parsed, &found)
}
