//! The signatures of a proposal.

use sigbox_crypto::{sha256, tsp::TimeStampResponse};
use sigbox_wire::rekor_v1::{
    DsseEntry, DsseEntrySignature, DsseProposal, Envelope, HashedRekordEntry, IntotoProposal,
    IntotoV001Entry, IntotoV001Proposal, LogEntry, Proposal, ProposalError, Rfc3161Entry,
};
use sigbox_wire::{Statement, pae};

use super::canonical::VerifiedEntry;
use super::error::EntryError;
use super::key::EntryKey;
use super::rekord;
use crate::entry::PermittedAlgorithms;

/// Most signatures of an envelope, and most keys: each pair may cost a check.
const MAX_SIGNATURES: usize = 10;
/// Longest timestamp response, as upstream has it.
const MAX_TIMESTAMP_BYTES: usize = 10 * 1024;
/// Most digests of a statement's subjects that are kept for searches.
const MAX_SUBJECTS: usize = 100;
/// Longest name of a hash in a statement, and longest digest, that are kept for searches.
const MAX_SUBJECT_BYTES: usize = 160;

/// Verifies an entry that is to be logged.
///
/// # Errors
/// [`EntryError`], which names the broken rule.
///
/// Source: rekor `pkg/types/*/v*/entry.go`, Unmarshal and Insertable.
pub fn verify(
    proposal: Proposal,
    permitted: &PermittedAlgorithms,
) -> Result<VerifiedEntry, EntryError> {
    match proposal {
        Proposal::HashedRekord(entry) => {
            let entry = LogEntry::HashedRekord(hashed_rekord(entry, permitted)?);
            Ok(VerifiedEntry::new(entry, Vec::new()))
        }
        Proposal::Dsse(DsseProposal::Proposed {
            envelope,
            verifiers,
        }) => dsse(&envelope, &verifiers, permitted),
        Proposal::Dsse(DsseProposal::Logged(_)) => Err(EntryError::NothingToVerify {
            member: "proposedContent",
        }),
        Proposal::Intoto(proposal) => intoto(proposal, permitted),
        Proposal::IntotoV001(IntotoV001Proposal::Proposed {
            envelope,
            public_key,
        }) => intoto_v001(&envelope, &public_key, permitted),
        Proposal::IntotoV001(IntotoV001Proposal::Logged(_)) => Err(EntryError::NothingToVerify {
            member: "content.envelope",
        }),
        Proposal::Rekord(proposal) => rekord::verify(proposal, permitted),
        Proposal::Rfc3161(entry) => rfc3161(entry),
        // A kind that the wire crate reads and this crate does not know yet.
        _ => Err(ProposalError::MissingHeader("kind").into()),
    }
}

/// The entry that a proposal is or would become, for looking it up: what is proposed is verified, what is in logged form is taken
/// as it is.
///
/// # Errors
/// As [`verify`].
pub fn canonical_of(
    proposal: Proposal,
    permitted: &PermittedAlgorithms,
) -> Result<VerifiedEntry, EntryError> {
    let logged = match proposal {
        Proposal::Dsse(DsseProposal::Logged(entry)) => LogEntry::Dsse(entry),
        Proposal::Intoto(IntotoProposal {
            entry,
            payload: None,
            ..
        }) => LogEntry::Intoto(entry),
        Proposal::IntotoV001(IntotoV001Proposal::Logged(entry)) => LogEntry::IntotoV001(entry),
        Proposal::Rekord(proposal) if proposal.content.is_none() => rekord::logged(proposal)?,
        other => return verify(other, permitted),
    };
    Ok(VerifiedEntry::new(logged, Vec::new()))
}

/// Checks key, algorithm and signature, in upstream's order.
fn hashed_rekord(
    entry: HashedRekordEntry,
    permitted: &PermittedAlgorithms,
) -> Result<HashedRekordEntry, EntryError> {
    let key = EntryKey::read(&entry.public_key)?;
    key.check(entry.algorithm, permitted)?;
    key.key
        .verify_digest(entry.algorithm, &entry.digest, &entry.signature)?;
    Ok(HashedRekordEntry {
        public_key: key.pem.into_bytes(),
        ..entry
    })
}

fn dsse(
    text: &str,
    verifiers: &[Vec<u8>],
    permitted: &PermittedAlgorithms,
) -> Result<VerifiedEntry, EntryError> {
    let envelope = Envelope::parse(text)?;
    let keys = covering_keys(&envelope, verifiers, permitted)?;
    let signatures = envelope.signatures.iter().zip(keys);
    let signatures = signatures.map(|(signature, key)| DsseEntrySignature {
        signature: signature.text.clone(),
        verifier: key.pem.into_bytes(),
    });
    let entry = DsseEntry {
        envelope_hash: sha256(text.as_bytes()),
        payload_hash: sha256(&envelope.payload),
        signatures: signatures.collect(),
    };
    let subjects = subjects(&envelope.payload_type, &envelope.payload);
    Ok(VerifiedEntry::new(LogEntry::Dsse(entry), subjects))
}

fn intoto(
    proposal: IntotoProposal,
    permitted: &PermittedAlgorithms,
) -> Result<VerifiedEntry, EntryError> {
    let IntotoProposal {
        mut entry,
        signatures,
        payload,
    } = proposal;
    let payload = payload.ok_or(EntryError::NothingToVerify {
        member: "content.envelope.payload",
    })?;
    check_count("signatures", signatures.len())?;
    let signed = pae(&entry.payload_type, &payload);
    for (position, (logged, signature)) in entry.signatures.iter().zip(&signatures).enumerate() {
        let key = EntryKey::read(&logged.public_key)?;
        key.check_for_envelope(permitted)?;
        if !key.verifies(&signed, signature) {
            return Err(EntryError::UnverifiedSignature { position });
        }
    }
    entry.payload_hash = sha256(&payload);
    let subjects = subjects(&entry.payload_type, &payload);
    Ok(VerifiedEntry::new(LogEntry::Intoto(entry), subjects))
}

fn intoto_v001(
    text: &str,
    public_key: &[u8],
    permitted: &PermittedAlgorithms,
) -> Result<VerifiedEntry, EntryError> {
    let envelope = Envelope::parse(text)?;
    let mut keys = covering_keys(&envelope, &[public_key.to_vec()], permitted)?;
    let key = keys.pop().ok_or(EntryError::IdleVerifier { position: 0 })?;
    let entry = IntotoV001Entry {
        envelope_hash: sha256(text.as_bytes()),
        payload_hash: sha256(&envelope.payload),
        public_key: key.pem.into_bytes(),
    };
    let subjects = subjects(&envelope.payload_type, &envelope.payload);
    Ok(VerifiedEntry::new(LogEntry::IntotoV001(entry), subjects))
}

/// Checks that the response is granted and signed by the certificate that it carries; whether anybody trusts that one is
/// for verifiers to judge.
///
/// Source: rekor `pkg/types/rfc3161/v0.0.1/entry.go`, validate.
fn rfc3161(entry: Rfc3161Entry) -> Result<VerifiedEntry, EntryError> {
    if entry.response.len() > MAX_TIMESTAMP_BYTES {
        return Err(EntryError::TimestampTooLong {
            limit: MAX_TIMESTAMP_BYTES,
            found: entry.response.len(),
        });
    }
    TimeStampResponse::parse(&entry.response)?.verify_with_embedded_certificate()?;
    Ok(VerifiedEntry::new(LogEntry::Rfc3161(entry), Vec::new()))
}

/// One key for each signature, in their order.
///
/// Keys are tried in order until every signature has one; a key that verifies nothing before that is refused, and those
/// after it are not looked at. A key stands for the first signature that it verifies and for no other.
///
/// Source: rekor `pkg/types/dsse/v0.0.1/entry.go`, verifyEnvelope.
fn covering_keys(
    envelope: &Envelope,
    verifiers: &[Vec<u8>],
    permitted: &PermittedAlgorithms,
) -> Result<Vec<EntryKey>, EntryError> {
    // Counted before any key is read: many times many would be work that the sender chooses.
    check_count("signatures", envelope.signatures.len())?;
    check_count("verifiers", verifiers.len())?;
    let signed = envelope.pae();
    let mut covered: Vec<Option<EntryKey>> = envelope.signatures.iter().map(|_| None).collect();
    for (position, verifier) in verifiers.iter().enumerate() {
        if covered.iter().all(Option::is_some) {
            break;
        }
        let key = EntryKey::read(verifier)?;
        key.check_for_envelope(permitted)?;
        let mut places = envelope.signatures.iter().zip(&mut covered);
        let place = places.find(|(signature, _)| key.verifies(&signed, &signature.sig));
        let (_, place) = place.ok_or(EntryError::IdleVerifier { position })?;
        *place = Some(key);
    }
    let keys = covered
        .into_iter()
        .enumerate()
        .map(|(position, key)| key.ok_or(EntryError::UnverifiedSignature { position }));
    keys.collect()
}

fn check_count(member: &'static str, found: usize) -> Result<(), EntryError> {
    if found > MAX_SIGNATURES {
        return Err(EntryError::Count {
            member,
            limit: MAX_SIGNATURES,
            found,
        });
    }
    Ok(())
}

/// The digests of a statement's subjects, as searches spell them; a payload that is no statement has none.
fn subjects(payload_type: &str, payload: &[u8]) -> Vec<String> {
    if payload_type != Statement::PAYLOAD_TYPE {
        return Vec::new();
    }
    let Ok(statement) = Statement::parse(payload) else {
        return Vec::new();
    };
    let digests = statement.subjects.into_iter().flat_map(|one| one.digest);
    digests
        .map(|(algorithm, digest)| format!("{algorithm}:{digest}").to_lowercase())
        .filter(|text| text.len() <= MAX_SUBJECT_BYTES && !text.contains(char::is_whitespace))
        .take(MAX_SUBJECTS)
        .collect()
}
