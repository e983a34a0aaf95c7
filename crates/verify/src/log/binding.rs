//! Is a log entry about this signature, this key and this digest?

use sigbox_crypto::{HashAlgorithm, digest, sha256};
use sigbox_wire::{
    BodyError, HashedRekordV002, KindVersion, TransparencyLogEntry, Verifier, VerifierKey,
};

use super::{BoundField, EntryError, EntryKind, binding_v1};
use crate::error::VerifyError;
use crate::shape::{Content, Parsed, SigningParty};

/// Reads the entry's body and holds it against the bundle, byte for byte.
pub(super) fn bind(
    entry: &TransparencyLogEntry,
    parsed: &Parsed<'_>,
) -> Result<EntryKind, VerifyError> {
    let kind = kind_of(&entry.kind_version)?;
    match kind {
        EntryKind::HashedRekordV002 => bind_hashed_rekord(entry, parsed)?,
        EntryKind::HashedRekordV001 => binding_v1::bind_hashed_rekord(entry, parsed)?,
        EntryKind::DsseV001 => binding_v1::bind_dsse(entry, parsed)?,
        EntryKind::IntotoV002 => binding_v1::bind_intoto(entry, parsed)?,
        EntryKind::DsseV002 => return Err(EntryError::Unsupported { kind }.into()),
    }
    Ok(kind)
}

fn kind_of(kind_version: &KindVersion) -> Result<EntryKind, EntryError> {
    match (kind_version.kind.as_str(), kind_version.version.as_str()) {
        ("hashedrekord", "0.0.1") => Ok(EntryKind::HashedRekordV001),
        ("dsse", "0.0.1") => Ok(EntryKind::DsseV001),
        ("intoto", "0.0.2") => Ok(EntryKind::IntotoV002),
        ("hashedrekord", "0.0.2") => Ok(EntryKind::HashedRekordV002),
        ("dsse", "0.0.2") => Ok(EntryKind::DsseV002),
        (kind, version) => Err(EntryError::UnknownKind {
            kind: kind.to_owned(),
            version: version.to_owned(),
        }),
    }
}

fn bind_hashed_rekord(
    entry: &TransparencyLogEntry,
    parsed: &Parsed<'_>,
) -> Result<(), VerifyError> {
    let body = HashedRekordV002::parse_body(&entry.canonicalized_body)
        .map_err(|error| body_error(EntryKind::HashedRekordV002, error))?;
    let algorithm = parsed.signing_hash();
    compare_text(
        BoundField::HashAlgorithm,
        algorithm.name(),
        body.algorithm.name(),
    )?;
    let signed = signed_digest(parsed, algorithm)?;
    compare(BoundField::Digest, &signed, &body.digest)?;
    compare(BoundField::Signature, parsed.signature, &body.signature)?;
    same_key(parsed, &body.verifier.key)?;
    // The sender's key details are logged as sent, and clients send P-256 for every key: only the hash is binding.
    let logged_hash = body
        .verifier
        .key_details
        .hash()
        .map_or("none", HashAlgorithm::name);
    compare_text(BoundField::HashAlgorithm, algorithm.name(), logged_hash)?;
    let rebuilt = HashedRekordV002 {
        algorithm,
        digest: signed,
        signature: parsed.signature.to_vec(),
        verifier: Verifier {
            key: body.verifier.key.clone(),
            key_details: body.verifier.key_details,
        },
    };
    let rebuilt = rebuilt.canonical_body().map_err(EntryError::Rebuild)?;
    if rebuilt != entry.canonicalized_body {
        return Err(EntryError::NotCanonical.into());
    }
    Ok(())
}

/// A body of another kind or version is told apart from a damaged one.
pub(super) fn body_error(expected: EntryKind, error: BodyError) -> EntryError {
    match error {
        BodyError::Kind { found } | BodyError::ApiVersion { found } => {
            EntryError::Version { expected, found }
        }
        other => EntryError::Body(other),
    }
}

/// The digest that the signature is over: what the bundle says of it, else what the artifact makes it.
///
/// The bundle's word is held against the artifact later; here it keeps "the entry is foreign" and "the artifact
/// is another one" apart.
pub(super) fn signed_digest(
    parsed: &Parsed<'_>,
    algorithm: HashAlgorithm,
) -> Result<Vec<u8>, VerifyError> {
    match parsed.content {
        Content::Message(Some(declared)) if declared.algorithm == algorithm => {
            Ok(declared.digest.clone())
        }
        Content::Message(_) => Ok(parsed.artifact.get(algorithm)?.to_vec()),
        Content::Dsse(envelope) => Ok(digest(algorithm, &envelope.pae())),
    }
}

/// Whether an entry names the signer: the certificate, or its key where the policy takes that.
pub(super) fn same_key(parsed: &Parsed<'_>, found: &VerifierKey) -> Result<(), EntryError> {
    let bare = |der: &[u8]| parsed.bare_keys && der == parsed.party.public_key().spki_der();
    match found {
        VerifierKey::PublicKey(der) if bare(der) => Ok(()),
        found => compare_key(&verifier_key(&parsed.party), found),
    }
}

fn verifier_key(party: &SigningParty) -> VerifierKey {
    match party {
        SigningParty::Certificate(certificate) => {
            VerifierKey::X509Certificate(certificate.der().to_vec())
        }
        SigningParty::Key(key) => VerifierKey::PublicKey(key.spki_der().to_vec()),
    }
}

pub(super) fn compare(field: BoundField, expected: &[u8], found: &[u8]) -> Result<(), EntryError> {
    compare_text(field, &hex::encode(expected), &hex::encode(found))
}

pub(super) fn compare_text(
    field: BoundField,
    expected: &str,
    found: &str,
) -> Result<(), EntryError> {
    if expected == found {
        return Ok(());
    }
    Err(EntryError::Binding {
        field,
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

fn compare_key(expected: &VerifierKey, found: &VerifierKey) -> Result<(), EntryError> {
    if expected == found {
        return Ok(());
    }
    let text = |key: &VerifierKey| match key {
        VerifierKey::PublicKey(der) => format!("public key sha256:{}", hex::encode(sha256(der))),
        VerifierKey::X509Certificate(der) => {
            format!("certificate sha256:{}", hex::encode(sha256(der)))
        }
    };
    let (expected, found) = (text(expected), text(found));
    Err(EntryError::Binding {
        field: BoundField::Key,
        expected,
        found,
    })
}
