//! An entry in a transparency log of version 1, which promises it and states the time.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::LOCATION;
use serde::Deserialize;
use sigbox_crypto::{Certificate, PublicKey, sha256};
use sigbox_tlog::leaf_hash;
use sigbox_wire::proto_json::decode_base64;
use sigbox_wire::rekor_v1::{DsseEntry, DsseEntrySignature, HashedRekordEntry, LogEntry};
use sigbox_wire::{
    DsseEnvelope, HashedRekordV002, InclusionProof, KindVersion, TransparencyLogEntry, Verifier,
    VerifierKey,
};
use url::Url;

use super::rekor::{RekorError, check_proof, post};
use super::{Refusal, endpoint};
use crate::http::{Answer, ClosedWorld};

/// The answer's only member is the entry, under its ID.
pub(super) type Answered = BTreeMap<String, EntryMessage>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryMessage {
    pub(super) body: String,
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: String,
    pub(super) log_index: i64,
    verification: Option<Verification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verification {
    inclusion_proof: Option<ProofMessage>,
    signed_entry_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProofMessage {
    checkpoint: String,
    hashes: Vec<String>,
    log_index: i64,
    root_hash: String,
    tree_size: i64,
}

/// Logs a signature and gives the entry for the bundle.
///
/// The entry is the one that was sent, it carries a promise and a time, and its proof leads to the root of its
/// checkpoint. Neither the promise nor the checkpoint's signature has been checked: that takes a trusted root.
///
/// # Errors
/// [`RekorError`].
///
/// Source: rekor `openapi.yaml`, createLogEntry; status exactly 201, 409 with `Location` for an entry that is there.
pub(crate) async fn create_entry(
    world: &ClosedWorld,
    log: &Url,
    entry: &HashedRekordV002,
) -> Result<TransparencyLogEntry, RekorError> {
    let body = proposed(entry)?;
    propose(world, log, body.clone(), body, "hashedrekord").await
}

/// Logs an envelope, of which the log keeps hashes, signature and signer, and gives the entry for the bundle.
///
/// # Errors
/// [`RekorError`]; what is said of [`create_entry`] holds here, too.
///
/// Source: rekor `pkg/types/dsse/v0.0.1`.
pub(crate) async fn create_dsse_entry(
    world: &ClosedWorld,
    log: &Url,
    envelope: &DsseEnvelope,
    verifier: &Verifier,
) -> Result<TransparencyLogEntry, RekorError> {
    let signer = pem(&verifier.key)?.into_bytes();
    let signatures: Vec<String> = envelope
        .signatures
        .iter()
        .map(|signature| BASE64_STANDARD.encode(&signature.sig))
        .collect();
    let text = serde_json::json!({
        "payload": BASE64_STANDARD.encode(&envelope.payload),
        "payloadType": envelope.payload_type,
        "signatures": signatures.iter().map(|sig| serde_json::json!({ "sig": sig })).collect::<Vec<_>>(),
    })
    .to_string();
    let proposal = serde_json::json!({
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {"proposedContent": {"envelope": text, "verifiers": [BASE64_STANDARD.encode(&signer)]}},
    });
    let entry = LogEntry::Dsse(DsseEntry {
        envelope_hash: sha256(text.as_bytes()),
        payload_hash: sha256(&envelope.payload),
        signatures: signatures
            .into_iter()
            .map(|signature| DsseEntrySignature {
                signature,
                verifier: signer.clone(),
            })
            .collect(),
    });
    let proposal = proposal.to_string().into_bytes();
    propose(world, log, proposal, entry.canonical_body()?, "dsse").await
}

/// Sends a proposal and reads the entry that the log must have made of it.
async fn propose(
    world: &ClosedWorld,
    log: &Url,
    proposal: Vec<u8>,
    body: Vec<u8>,
    kind: &str,
) -> Result<TransparencyLogEntry, RekorError> {
    let url = endpoint(log, "/api/v1/log/entries");
    let answer = post(world, &url, proposal).await?;
    match answer.status.as_u16() {
        201 => {}
        409 => {
            return Err(RekorError::DuplicateEntry {
                uuid: duplicate_uuid(&answer),
            });
        }
        _ => return Err(Refusal::new("Rekor", &answer).into()),
    }
    read(&answer.body, body, kind)
}

/// The proposal, which for this kind is the canonical body itself.
fn proposed(entry: &HashedRekordV002) -> Result<Vec<u8>, RekorError> {
    let pem = pem(&entry.verifier.key)?;
    let entry = LogEntry::HashedRekord(HashedRekordEntry {
        algorithm: entry.algorithm,
        digest: entry.digest.clone(),
        signature: entry.signature.clone(),
        public_key: pem.into_bytes(),
    });
    Ok(entry.canonical_body()?)
}

pub(crate) fn pem(key: &VerifierKey) -> Result<String, RekorError> {
    Ok(match key {
        VerifierKey::X509Certificate(der) => Certificate::from_der(der)?.to_pem(),
        VerifierKey::PublicKey(der) => PublicKey::from_spki_der(der)?.to_pem(),
    })
}

/// The entry's ID, from the address of the entry that is there already.
fn duplicate_uuid(answer: &Answer) -> String {
    let location = answer
        .headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok());
    location
        .and_then(|path| path.trim_end_matches('/').rsplit('/').next())
        .filter(|id| is_id(id))
        .unwrap_or("(not told)")
        .to_owned()
}

/// Whether a text is the hash of a leaf in hexadecimal, alone or after the ID of its tree.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 64 | 80) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Reads the answer and holds it against what was sent.
fn read(answer: &[u8], body: Vec<u8>, kind: &str) -> Result<TransparencyLogEntry, RekorError> {
    let answered: Answered = serde_json::from_slice(answer).map_err(RekorError::Json)?;
    let mut entries = answered.into_iter();
    let (Some((id, message)), None) = (entries.next(), entries.next()) else {
        return Err(RekorError::OtherEntry);
    };
    read_entry(&id, message, body, kind)
}

/// Reads one entry, which must be this body under the ID that its leaf hash makes.
pub(super) fn read_entry(
    id: &str,
    message: EntryMessage,
    body: Vec<u8>,
    kind: &str,
) -> Result<TransparencyLogEntry, RekorError> {
    let found = decode_base64(&message.body).map_err(|_| RekorError::Encoding("body"))?;
    let leaf = leaf_hash(&body).to_string();
    if found != body || !is_id(id) || !id.to_ascii_lowercase().ends_with(&leaf) {
        return Err(RekorError::OtherEntry);
    }
    let verification = message.verification.ok_or(RekorError::NoPromise)?;
    let promise = verification
        .signed_entry_timestamp
        .filter(|promise| !promise.is_empty())
        .ok_or(RekorError::NoPromise)?;
    if message.integrated_time <= 0 {
        return Err(RekorError::NoTime);
    }
    let proof = verification.inclusion_proof.ok_or(RekorError::NoProof)?;
    let proof = InclusionProof {
        log_index: proof.log_index,
        root_hash: unhex(&proof.root_hash, "rootHash")?,
        tree_size: proof.tree_size,
        hashes: proof
            .hashes
            .iter()
            .map(|hash| unhex(hash, "hashes"))
            .collect::<Result<_, _>>()?,
        checkpoint: proof.checkpoint,
    };
    if message.log_index < 0 {
        return Err(RekorError::Negative(message.log_index));
    }
    check_proof(&proof, &body)?;
    Ok(TransparencyLogEntry {
        log_index: message.log_index,
        log_id: unhex(&message.log_id, "logID")?,
        kind_version: KindVersion {
            kind: kind.to_owned(),
            version: "0.0.1".to_owned(),
        },
        integrated_time: message.integrated_time,
        inclusion_promise: Some(
            decode_base64(&promise).map_err(|_| RekorError::Encoding("signedEntryTimestamp"))?,
        ),
        inclusion_proof: Some(proof),
        canonicalized_body: body,
    })
}

fn unhex(text: &str, member: &'static str) -> Result<Vec<u8>, RekorError> {
    hex::decode(text).map_err(|_| RekorError::Encoding(member))
}
