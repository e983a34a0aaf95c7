//! An entry in a transparency log of version 1, which promises it and states the time.

use std::collections::BTreeMap;

use http::header::LOCATION;
use serde::Deserialize;
use sigbox_crypto::{Certificate, PublicKey};
use sigbox_tlog::leaf_hash;
use sigbox_wire::proto_json::decode_base64;
use sigbox_wire::rekor_v1::{HashedRekordEntry, LogEntry};
use sigbox_wire::{
    HashedRekordV002, InclusionProof, KindVersion, TransparencyLogEntry, VerifierKey,
};
use url::Url;

use super::rekor::{RekorError, check_proof, post};
use super::{Refusal, endpoint};
use crate::http::{Answer, ClosedWorld};

/// The answer's only member is the entry, under its ID.
type Answered = BTreeMap<String, EntryMessage>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryMessage {
    body: String,
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: i64,
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
    let url = endpoint(log, "/api/v1/log/entries");
    let answer = post(world, &url, body.clone()).await?;
    match answer.status.as_u16() {
        201 => {}
        409 => {
            return Err(RekorError::DuplicateEntry {
                uuid: duplicate_uuid(&answer),
            });
        }
        _ => return Err(Refusal::new("Rekor", &answer).into()),
    }
    read(&answer.body, body)
}

/// The proposal, which for this kind is the canonical body itself.
fn proposed(entry: &HashedRekordV002) -> Result<Vec<u8>, RekorError> {
    let pem = match &entry.verifier.key {
        VerifierKey::X509Certificate(der) => Certificate::from_der(der)?.to_pem(),
        VerifierKey::PublicKey(der) => PublicKey::from_spki_der(der)?.to_pem(),
    };
    let entry = LogEntry::HashedRekord(HashedRekordEntry {
        algorithm: entry.algorithm,
        digest: entry.digest.clone(),
        signature: entry.signature.clone(),
        public_key: pem.into_bytes(),
    });
    Ok(entry.canonical_body()?)
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
fn read(answer: &[u8], body: Vec<u8>) -> Result<TransparencyLogEntry, RekorError> {
    let answered: Answered = serde_json::from_slice(answer).map_err(RekorError::Json)?;
    let mut entries = answered.into_iter();
    let (Some((id, message)), None) = (entries.next(), entries.next()) else {
        return Err(RekorError::OtherEntry);
    };
    let found = decode_base64(&message.body).map_err(|_| RekorError::Encoding("body"))?;
    let leaf = leaf_hash(&body).to_string();
    if found != body || !is_id(&id) || !id.to_ascii_lowercase().ends_with(&leaf) {
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
            kind: "hashedrekord".to_owned(),
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
