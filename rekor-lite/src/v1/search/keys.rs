//! What an entry can be found by.

use sigbox_crypto::{Certificate, SubjectAltName, sha256};
use sigbox_wire::HashAlgorithm;
use sigbox_wire::rekor_v1::{
    DsseProposal, IntotoV001Proposal, Proposal, RekordProposal, SignatureFormat,
};

use super::super::entry::key::EntryKey;
use super::super::entry::rekord;
use super::super::promise::hex;

/// All search keys of a stored entry, in lower case; `extra` holds what the leaf does not: the digests of its payload's
/// subjects, the name in its key's comment.
///
/// Source: rekor `pkg/types/*/v*/entry.go`, IndexKeys.
pub(super) fn of_entry(leaf: &[u8], extra: &[u8]) -> Vec<String> {
    let mut keys = Vec::new();
    match Proposal::parse(leaf) {
        Ok(Proposal::HashedRekord(entry)) => {
            keys.push(digest(entry.algorithm, &entry.digest));
            add_signer(&entry.public_key, &mut keys);
        }
        Ok(Proposal::Dsse(DsseProposal::Logged(entry))) => {
            keys.push(digest(HashAlgorithm::Sha2_256, &entry.envelope_hash));
            keys.push(digest(HashAlgorithm::Sha2_256, &entry.payload_hash));
            for signature in &entry.signatures {
                add_signer(&signature.verifier, &mut keys);
            }
        }
        Ok(Proposal::Intoto(intoto)) => {
            keys.push(digest(HashAlgorithm::Sha2_256, &intoto.entry.payload_hash));
            for signature in &intoto.entry.signatures {
                add_signer(&signature.public_key, &mut keys);
            }
        }
        Ok(Proposal::IntotoV001(IntotoV001Proposal::Logged(entry))) => {
            keys.push(digest(HashAlgorithm::Sha2_256, &entry.envelope_hash));
            keys.push(digest(HashAlgorithm::Sha2_256, &entry.payload_hash));
            add_signer(&entry.public_key, &mut keys);
        }
        Ok(Proposal::Rekord(entry)) => {
            if let Some(found) = &entry.digest {
                keys.push(digest(HashAlgorithm::Sha2_256, found));
            }
            add_rekord_signer(&entry, &mut keys);
        }
        Ok(Proposal::Rfc3161(entry)) => {
            keys.push(digest(HashAlgorithm::Sha2_256, &sha256(&entry.response)));
        }
        // Nothing else is ever logged.
        _ => {}
    }
    let subjects = std::str::from_utf8(extra).unwrap_or_default();
    keys.extend(subjects.lines().map(str::to_owned));
    keys
}

/// The digest by which a key or certificate is found: of its canonical PEM.
pub(in super::super) fn key_digest(key: &EntryKey) -> String {
    hex(&sha256(key.pem.as_bytes()))
}

fn add_signer(pem: &[u8], keys: &mut Vec<String>) {
    let Ok(key) = EntryKey::read(pem) else {
        return;
    };
    let by_key = key_digest(&key);
    // Upstream spells the one for hashedrekord without and the one for envelopes with the hash's name, so that a search by key
    // finds no envelope there.
    keys.push(format!("sha256:{by_key}"));
    keys.push(by_key);
    let names = key
        .certificate
        .iter()
        .flat_map(Certificate::subject_alt_names);
    keys.extend(
        names
            .filter_map(SubjectAltName::text)
            .map(str::to_lowercase),
    );
}

fn add_rekord_signer(entry: &RekordProposal, keys: &mut Vec<String>) {
    if entry.format == SignatureFormat::X509 {
        return add_signer(&entry.public_key, keys);
    }
    if let Ok(Some(canonical)) = rekord::canonical_key(entry.format, &entry.public_key) {
        keys.push(hex(&sha256(&canonical)));
    }
}

fn digest(algorithm: HashAlgorithm, digest: &[u8]) -> String {
    let name = match algorithm {
        HashAlgorithm::Sha2_256 => "sha256",
        HashAlgorithm::Sha2_384 => "sha384",
        HashAlgorithm::Sha2_512 => "sha512",
    };
    format!("{name}:{}", hex(digest))
}
