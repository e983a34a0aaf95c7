//! `rekord` 0.0.1: signature and key in the format that they name, verified over the content and written canonically.
//!
//! ```text
//! (here)    x509: a bare signature, PEM
//! ssh       SSHSIG, authorized_keys
//! minisign  minisign and signify files
//! ```

mod error;
mod minisign;
mod ssh;

use sigbox_crypto::{HashAlgorithm, sha256};
use sigbox_wire::rekor_v1::{LogEntry, RekordEntry, RekordProposal, SignatureFormat};

use super::canonical::VerifiedEntry;
use super::error::EntryError;
use super::key::EntryKey;
use crate::entry::PermittedAlgorithms;

pub use error::RekordError;
use minisign::{MinisignKey, MinisignSignature};
use ssh::{SshKey, SshSignature};

/// Signature and key as they are logged, and the names that canonical keys no longer have.
struct Canonical {
    signature: Vec<u8>,
    public_key: Vec<u8>,
    names: Vec<String>,
}

/// Verifies a `rekord` that carries its content.
///
/// Source: rekor `pkg/types/rekord/v0.0.1/entry.go`, fetchExternalEntities.
pub(super) fn verify(
    proposal: RekordProposal,
    permitted: &PermittedAlgorithms,
) -> Result<VerifiedEntry, EntryError> {
    let content = proposal.content.ok_or(EntryError::NothingToVerify {
        member: "data.content",
    })?;
    let digest = sha256(&content);
    if let Some(stated) = proposal.digest.filter(|stated| *stated != digest) {
        return Err(RekordError::Digest {
            expected: hex(&stated),
            found: hex(&digest),
        }
        .into());
    }
    let (signature, key) = (&proposal.signature, &proposal.public_key);
    let canonical = match proposal.format {
        SignatureFormat::X509 => x509(&content, signature, key, permitted)?,
        SignatureFormat::Ssh => ssh(&content, signature, key, permitted)?,
        SignatureFormat::Minisign => minisign(&content, signature, key)?,
        // A format that the wire crate reads and this crate does not know yet.
        other => return Err(RekordError::Format { found: other }.into()),
    };
    let entry = LogEntry::Rekord(RekordEntry {
        format: proposal.format,
        signature: canonical.signature,
        public_key: canonical.public_key,
        digest,
    });
    Ok(VerifiedEntry::new(entry, canonical.names))
}

/// A `rekord` without content, for looking it up.
pub(super) fn logged(proposal: RekordProposal) -> Result<LogEntry, EntryError> {
    let digest = proposal.digest.ok_or(EntryError::NothingToVerify {
        member: "data.content",
    })?;
    Ok(LogEntry::Rekord(RekordEntry {
        format: proposal.format,
        signature: proposal.signature,
        public_key: proposal.public_key,
        digest,
    }))
}

/// The canonical form of a key's file, for searches; `None` for a format whose keys are read elsewhere.
///
/// # Errors
/// [`RekordError`] if the file is not a key of that format.
pub(in super::super) fn canonical_key(
    format: SignatureFormat,
    file: &[u8],
) -> Result<Option<Vec<u8>>, RekordError> {
    match format {
        SignatureFormat::Ssh => SshKey::parse(file).map(|key| Some(key.canonical())),
        SignatureFormat::Minisign => MinisignKey::parse(file).map(|key| Some(key.canonical())),
        _ => Ok(None),
    }
}

/// Upstream verifies SHA-256 of the content whatever the curve, and pure Ed25519.
fn x509(
    content: &[u8],
    signature: &[u8],
    key: &[u8],
    permitted: &PermittedAlgorithms,
) -> Result<Canonical, EntryError> {
    let key = EntryKey::read(key)?;
    key.check_for_envelope(permitted)?;
    key.key
        .verify(HashAlgorithm::Sha2_256, content, signature)?;
    Ok(Canonical {
        signature: signature.to_vec(),
        public_key: key.pem.into_bytes(),
        names: Vec::new(),
    })
}

fn ssh(
    content: &[u8],
    signature: &[u8],
    key: &[u8],
    permitted: &PermittedAlgorithms,
) -> Result<Canonical, EntryError> {
    let signature = SshSignature::parse(signature)?;
    let key = SshKey::parse(key)?;
    key.check(permitted)?;
    key.verify(&signature, content)?;
    Ok(Canonical {
        signature: signature.canonical()?,
        public_key: key.canonical(),
        names: key.email().into_iter().collect(),
    })
}

fn minisign(content: &[u8], signature: &[u8], key: &[u8]) -> Result<Canonical, EntryError> {
    let signature = MinisignSignature::parse(signature)?;
    let key = MinisignKey::parse(key)?;
    key.verify(&signature, content)?;
    Ok(Canonical {
        signature: signature.canonical(),
        public_key: key.canonical(),
        names: Vec::new(),
    })
}

fn hex(bytes: &[u8]) -> String {
    super::super::promise::hex(bytes)
}
