//! What a bundle holds, by its own word: read for people to look at, and verified in no way.

mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sigbox_crypto::tsp::TimeStampResponse;
use sigbox_crypto::{Certificate, Sct, SubjectAltName};
use sigbox_tlog::{Checkpoint, SignedNote};
use sigbox_wire::{
    Bundle, BundleContent, InclusionProof, Statement, TransparencyLogEntry, VerificationContent,
};

use crate::explain::claims;

/// The contents of a bundle; nothing in it has been verified.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inspection {
    media_type: String,
    signer: Signer,
    log_entries: Vec<Entry>,
    timestamps: Vec<Read<Stamp>>,
    content: Content,
}

/// A part of a bundle that is in a form of its own: what it says, or why it cannot be read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Read<T> {
    Unreadable(String),
    #[serde(untagged)]
    Good(T),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Signer {
    Certificates(Vec<Read<Leaf>>),
    PublicKeyHint(String),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Leaf {
    issuer: String,
    not_before: Timestamp,
    not_after: Timestamp,
    public_key: String,
    identities: Vec<String>,
    oidc_issuer: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    claims: BTreeMap<&'static str, String>,
    certificate_timestamps: Read<Vec<CertificateTimestamp>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateTimestamp {
    log_id: String,
    time: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    log_index: i64,
    log_id: String,
    kind: String,
    version: String,
    integrated_time: Option<String>,
    inclusion_promise: bool,
    inclusion_proof: Option<Proof>,
    canonicalized_body_bytes: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    log_index: i64,
    tree_size: i64,
    hashes: usize,
    checkpoint: Read<CheckpointText>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckpointText {
    origin: String,
    tree_size: u64,
    signed_by: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stamp {
    time: Timestamp,
    hash_algorithm: &'static str,
    policy: String,
    serial_number: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Content {
    MessageSignature {
        digest: Option<Digest>,
    },
    DsseEnvelope {
        #[serde(rename = "payloadType")]
        payload_type: String,
        #[serde(rename = "payloadBytes")]
        payload_bytes: usize,
        signatures: usize,
        statement: Option<Statement>,
    },
}

#[derive(Debug, Serialize)]
struct Digest {
    algorithm: &'static str,
    value: String,
}

impl<T> Read<T> {
    fn of<E: std::error::Error>(read: Result<T, E>) -> Self {
        match read {
            Ok(good) => Self::Good(good),
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }
}

impl Inspection {
    /// Looks into a bundle; a part that cannot be read does not hide the others.
    pub(crate) fn of(bundle: &Bundle) -> Self {
        let material = &bundle.verification_material;
        let certificates = |all: &[Vec<u8>]| {
            Signer::Certificates(all.iter().map(|der| Read::of(certificate(der))).collect())
        };
        Self {
            media_type: bundle.media_type.clone(),
            signer: match &material.content {
                VerificationContent::Certificate(der) => certificates(std::slice::from_ref(der)),
                VerificationContent::CertificateChain(chain) => certificates(chain),
                VerificationContent::PublicKeyHint(hint) => Signer::PublicKeyHint(hint.clone()),
            },
            log_entries: material.tlog_entries.iter().map(entry).collect(),
            timestamps: material
                .rfc3161_timestamps
                .iter()
                .map(|der| Read::of(stamp(der)))
                .collect(),
            content: content(&bundle.content),
        }
    }
}

fn certificate(der: &[u8]) -> Result<Leaf, sigbox_crypto::CertificateError> {
    let certificate = Certificate::from_der(der)?;
    let names = certificate.subject_alt_names().iter();
    let scts = Sct::from_certificate(&certificate).map(|scts| {
        scts.iter()
            .map(|sct| CertificateTimestamp {
                log_id: hex::encode(sct.log_id),
                time: i64::try_from(sct.timestamp.0)
                    .ok()
                    .and_then(|millis| Timestamp::from_millisecond(millis).ok()),
            })
            .collect()
    });
    Ok(Leaf {
        issuer: certificate.issuer_display_name(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        public_key: certificate.public_key().algorithm().to_string(),
        identities: names
            .filter_map(SubjectAltName::text)
            .map(ToOwned::to_owned)
            .collect(),
        oidc_issuer: certificate.fulcio_issuer().map(ToOwned::to_owned),
        claims: claims(&certificate),
        certificate_timestamps: Read::of(scts),
    })
}

fn entry(entry: &TransparencyLogEntry) -> Entry {
    Entry {
        log_index: entry.log_index,
        log_id: hex::encode(&entry.log_id),
        kind: entry.kind_version.kind.clone(),
        version: entry.kind_version.version.clone(),
        integrated_time: integrated_time(entry.integrated_time),
        inclusion_promise: entry.inclusion_promise.is_some(),
        inclusion_proof: entry.inclusion_proof.as_ref().map(proof),
        canonicalized_body_bytes: entry.canonicalized_body.len(),
    }
}

/// The time as text, or the number where it is none; a log of version 2 states no time.
fn integrated_time(seconds: i64) -> Option<String> {
    match (seconds, Timestamp::from_second(seconds)) {
        (0, _) => None,
        (_, Ok(time)) => Some(time.to_string()),
        (_, Err(_)) => Some(format!("{seconds} (not a time)")),
    }
}

fn proof(proof: &InclusionProof) -> Proof {
    let checkpoint = match SignedNote::parse(&proof.checkpoint) {
        Ok(note) => Read::of(Checkpoint::parse(note.text()).map(|checkpoint| {
            CheckpointText {
                origin: checkpoint.origin.to_string(),
                tree_size: checkpoint.size.0,
                signed_by: note
                    .signatures()
                    .iter()
                    .map(|one| one.name.clone())
                    .collect(),
            }
        })),
        Err(error) => Read::Unreadable(error.to_string()),
    };
    Proof {
        log_index: proof.log_index,
        tree_size: proof.tree_size,
        hashes: proof.hashes.len(),
        checkpoint,
    }
}

fn stamp(der: &[u8]) -> Result<Stamp, sigbox_crypto::tsp::TspError> {
    let response = TimeStampResponse::parse(der)?;
    Ok(Stamp {
        time: response.gen_time(),
        hash_algorithm: response.hash().name(),
        policy: response.policy().to_string(),
        serial_number: hex::encode(response.serial()),
    })
}

fn content(content: &BundleContent) -> Content {
    match content {
        BundleContent::MessageSignature(message) => Content::MessageSignature {
            digest: message.message_digest.as_ref().map(|digest| Digest {
                algorithm: digest.algorithm.name(),
                value: hex::encode(&digest.digest),
            }),
        },
        BundleContent::DsseEnvelope(envelope) => Content::DsseEnvelope {
            payload_type: envelope.payload_type.clone(),
            payload_bytes: envelope.payload.len(),
            signatures: envelope.signatures.len(),
            statement: Statement::parse(&envelope.payload).ok(),
        },
    }
}
