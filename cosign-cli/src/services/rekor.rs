//! An entry in a transparency log of version 2, and what both versions share.

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use sigbox_crypto::{CertificateError, PublicKeyError};
use sigbox_tlog::{
    Checkpoint, CheckpointError, Hash, HashLengthError, InclusionError, LeafIndex, NoteError,
    SignedNote, TreeSize, leaf_hash, verify_inclusion,
};
use sigbox_wire::{
    CreateEntryRequest, EncodeError, EntryError, HashedRekordRequest, HashedRekordV002,
    InclusionProof, TransparencyLogEntry,
};
use url::Url;

use super::{Refusal, endpoint};
use crate::http::{Answer, ClosedWorld, HttpError, Request};

/// A log answers once a checkpoint covers the entry, which can take a while.
const DEADLINE: Duration = Duration::from_secs(90);

/// The log gave no usable entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RekorError {
    /// It could not be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It already has this entry.
    #[error("the log has this entry already, at index {index}")]
    Duplicate {
        /// The index of the entry that is there.
        index: String,
    },
    /// A log of version 1 already has this entry.
    #[error("the log has this entry already, with UUID {uuid}")]
    DuplicateEntry {
        /// The ID of the entry that is there, 64 or 80 hexadecimal digits.
        uuid: String,
    },
    /// The request could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The signer's certificate cannot be written as PEM.
    #[error("the certificate cannot be sent to the log")]
    Certificate(#[from] CertificateError),
    /// The signer's key cannot be written as PEM.
    #[error("the public key cannot be sent to the log")]
    PublicKey(#[from] PublicKeyError),
    /// The answer is no log entry.
    #[error("the log's answer cannot be used")]
    Answer(#[from] EntryError),
    /// The answer of a version 1 log is no log entry.
    #[error("the log's answer cannot be used")]
    Json(#[source] serde_json::Error),
    /// A member of a version 1 log's answer is neither base64 nor hexadecimal, as it should be.
    #[error("the log's answer has a malformed member: {0}")]
    Encoding(&'static str),
    /// A version 1 log's answer has no signed entry timestamp.
    #[error("the log's answer has no signed entry timestamp")]
    NoPromise,
    /// A version 1 log's answer states no time.
    #[error("the log's answer states no time")]
    NoTime,
    /// The answer is about another entry than the one sent.
    #[error("the log answered with another entry than the one that was sent")]
    OtherEntry,
    /// The answer is about another entry than the one asked for.
    #[error("the log answered with another entry than the one that was asked for")]
    OtherThanAsked,
    /// The log has no entry that is exactly about this signature, this signer and this artifact.
    #[error("signature not found in transparency log")]
    NotFound,
    /// One signature stands at several places.
    #[error("too many tlog entries; should only have 1, found {found}")]
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// Index or tree size is negative.
    #[error("the log's answer has a negative number: {0}")]
    Negative(i64),
    /// The answer has no inclusion proof, so nothing shows that the entry was taken.
    #[error("the log's answer has no inclusion proof")]
    NoProof,
    /// A hash of the proof is not 32 bytes long.
    #[error("the log's inclusion proof has a malformed hash")]
    Hash(#[from] HashLengthError),
    /// The checkpoint is no signed note.
    #[error("the log's checkpoint is malformed")]
    Note(#[from] NoteError),
    /// The checkpoint's text is no checkpoint.
    #[error("the log's checkpoint is malformed")]
    Checkpoint(#[from] CheckpointError),
    /// The proof does not lead from the entry to the checkpoint.
    #[error("the log's inclusion proof does not hold")]
    Inclusion(#[from] InclusionError),
}

/// Logs a signature and gives the entry for the bundle.
///
/// The entry is the one that was sent, and its proof leads to the root of its checkpoint. The
/// checkpoint's signature has not been checked: that takes a trusted root.
///
/// # Errors
/// [`RekorError`].
///
/// Source: rekor-tiles `rekor_service.proto`, `CreateEntry`; status exactly 201.
pub(crate) async fn create_entry(
    world: &ClosedWorld,
    log: &Url,
    entry: &HashedRekordV002,
) -> Result<TransparencyLogEntry, RekorError> {
    let request = CreateEntryRequest::HashedRekord(HashedRekordRequest {
        digest: entry.digest.clone(),
        signature: entry.signature.clone(),
        verifier: entry.verifier.clone(),
    });
    let url = endpoint(log, "/api/v2/log/entries");
    let answer = post(world, &url, request.to_json()?.into_bytes()).await?;
    match answer.status.as_u16() {
        201 => {}
        409 => {
            return Err(RekorError::Duplicate {
                index: duplicate_index(&answer),
            });
        }
        _ => return Err(Refusal::new("Rekor", &answer).into()),
    }
    let created = TransparencyLogEntry::parse_response(&answer.body)?;
    check(&created, &entry.canonical_body()?)?;
    Ok(created)
}

/// Sends an entry.
pub(super) async fn post(
    world: &ClosedWorld,
    url: &Url,
    body: Vec<u8>,
) -> Result<Answer, HttpError> {
    let json = HeaderValue::from_static("application/json");
    world
        .send(Request {
            method: Method::POST,
            url,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, json.clone()), (ACCEPT, json)]),
            body,
            deadline: DEADLINE,
        })
        .await
}

fn duplicate_index(answer: &Answer) -> String {
    let index = answer
        .headers
        .get("x-log-index")
        .and_then(|value| value.to_str().ok());
    index
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or("(not told)")
        .to_owned()
}

fn check(created: &TransparencyLogEntry, body: &[u8]) -> Result<(), RekorError> {
    let kind = &created.kind_version;
    if created.canonicalized_body != body || kind.kind != "hashedrekord" || kind.version != "0.0.2"
    {
        return Err(RekorError::OtherEntry);
    }
    let proof = created
        .inclusion_proof
        .as_ref()
        .ok_or(RekorError::NoProof)?;
    if proof.log_index != created.log_index {
        return Err(RekorError::OtherEntry);
    }
    check_proof(proof, body)
}

/// Checks that a proof leads from a leaf to the root of its checkpoint.
pub(super) fn check_proof(proof: &InclusionProof, body: &[u8]) -> Result<(), RekorError> {
    let index =
        u64::try_from(proof.log_index).map_err(|_| RekorError::Negative(proof.log_index))?;
    let note = SignedNote::parse(&proof.checkpoint)?;
    let checkpoint = Checkpoint::parse(note.text())?;
    let hashes: Vec<Hash> = proof
        .hashes
        .iter()
        .map(|hash| Hash::try_from_slice(hash))
        .collect::<Result<_, _>>()?;
    let size: TreeSize = checkpoint.size;
    verify_inclusion(
        leaf_hash(body),
        LeafIndex(index),
        size,
        &hashes,
        checkpoint.root,
    )?;
    Ok(())
}
