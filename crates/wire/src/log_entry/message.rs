//! The protobuf JSON messages behind a log entry.

use serde::{Deserialize, Serialize};

use super::{InclusionProof, KindVersion, TransparencyLogEntry};
use crate::proto_json::{
    Base64Bytes, Int64, bytes_or_empty, non_empty, non_empty_text, non_zero, number_or_zero,
};

/// Read from bundles and answers; written into bundles, where zero values are left out.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EntryMessage {
    #[serde(alias = "log_index", skip_serializing_if = "Option::is_none")]
    log_index: Option<Int64>,
    #[serde(alias = "log_id", skip_serializing_if = "Option::is_none")]
    log_id: Option<LogIdMessage>,
    #[serde(alias = "kind_version", skip_serializing_if = "Option::is_none")]
    kind_version: Option<KindVersionMessage>,
    #[serde(alias = "integrated_time", skip_serializing_if = "Option::is_none")]
    integrated_time: Option<Int64>,
    #[serde(alias = "inclusion_promise", skip_serializing_if = "Option::is_none")]
    inclusion_promise: Option<PromiseMessage>,
    #[serde(alias = "inclusion_proof", skip_serializing_if = "Option::is_none")]
    inclusion_proof: Option<ProofMessage>,
    #[serde(alias = "canonicalized_body", skip_serializing_if = "Option::is_none")]
    canonicalized_body: Option<Base64Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LogIdMessage {
    #[serde(alias = "key_id", skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<Base64Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindVersionMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PromiseMessage {
    #[serde(
        alias = "signed_entry_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    signed_entry_timestamp: Option<Base64Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProofMessage {
    #[serde(alias = "log_index", skip_serializing_if = "Option::is_none")]
    log_index: Option<Int64>,
    #[serde(alias = "root_hash", skip_serializing_if = "Option::is_none")]
    root_hash: Option<Base64Bytes>,
    #[serde(alias = "tree_size", skip_serializing_if = "Option::is_none")]
    tree_size: Option<Int64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<Vec<Base64Bytes>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<CheckpointMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<String>,
}

impl From<EntryMessage> for TransparencyLogEntry {
    fn from(message: EntryMessage) -> Self {
        let kind_version = message.kind_version.map(|kv| KindVersion {
            kind: kv.kind.unwrap_or_default(),
            version: kv.version.unwrap_or_default(),
        });
        Self {
            log_index: number_or_zero(message.log_index),
            log_id: bytes_or_empty(message.log_id.and_then(|id| id.key_id)),
            kind_version: kind_version.unwrap_or_default(),
            integrated_time: number_or_zero(message.integrated_time),
            inclusion_promise: message
                .inclusion_promise
                .map(|promise| bytes_or_empty(promise.signed_entry_timestamp)),
            inclusion_proof: message.inclusion_proof.map(InclusionProof::from),
            canonicalized_body: bytes_or_empty(message.canonicalized_body),
        }
    }
}

impl From<ProofMessage> for InclusionProof {
    fn from(message: ProofMessage) -> Self {
        let hashes = message.hashes.unwrap_or_default();
        let envelope = message
            .checkpoint
            .and_then(|checkpoint| checkpoint.envelope);
        Self {
            log_index: number_or_zero(message.log_index),
            root_hash: bytes_or_empty(message.root_hash),
            tree_size: number_or_zero(message.tree_size),
            hashes: hashes.into_iter().map(|hash| hash.0).collect(),
            checkpoint: envelope.unwrap_or_default(),
        }
    }
}

impl From<&TransparencyLogEntry> for EntryMessage {
    fn from(entry: &TransparencyLogEntry) -> Self {
        let kind = non_empty_text(&entry.kind_version.kind);
        let version = non_empty_text(&entry.kind_version.version);
        let promise = entry.inclusion_promise.as_ref();
        Self {
            log_index: non_zero(entry.log_index),
            log_id: non_empty(&entry.log_id).map(|id| LogIdMessage { key_id: Some(id) }),
            kind_version: (kind.is_some() || version.is_some())
                .then_some(KindVersionMessage { kind, version }),
            integrated_time: non_zero(entry.integrated_time),
            inclusion_promise: promise.map(|set| PromiseMessage {
                signed_entry_timestamp: non_empty(set),
            }),
            inclusion_proof: entry.inclusion_proof.as_ref().map(ProofMessage::from),
            canonicalized_body: non_empty(&entry.canonicalized_body),
        }
    }
}

impl From<&InclusionProof> for ProofMessage {
    fn from(proof: &InclusionProof) -> Self {
        let hashes = proof.hashes.iter().map(|hash| Base64Bytes(hash.clone()));
        let envelope = non_empty_text(&proof.checkpoint);
        Self {
            log_index: non_zero(proof.log_index),
            root_hash: non_empty(&proof.root_hash),
            tree_size: non_zero(proof.tree_size),
            hashes: (!proof.hashes.is_empty()).then(|| hashes.collect()),
            checkpoint: envelope.map(|envelope| CheckpointMessage {
                envelope: Some(envelope),
            }),
        }
    }
}

/// Written by servers: every member is emitted, absent messages as `null`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryResponseMessage {
    log_index: Int64,
    log_id: Option<LogIdMessage>,
    kind_version: KindVersionMessage,
    integrated_time: Int64,
    inclusion_promise: Option<PromiseMessage>,
    inclusion_proof: Option<ProofResponseMessage>,
    canonicalized_body: Base64Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProofResponseMessage {
    log_index: Int64,
    root_hash: Base64Bytes,
    tree_size: Int64,
    hashes: Vec<Base64Bytes>,
    checkpoint: CheckpointMessage,
}

impl From<&TransparencyLogEntry> for EntryResponseMessage {
    fn from(entry: &TransparencyLogEntry) -> Self {
        let promise = entry.inclusion_promise.as_ref();
        Self {
            log_index: Int64(entry.log_index),
            log_id: Some(LogIdMessage {
                key_id: Some(Base64Bytes(entry.log_id.clone())),
            }),
            kind_version: KindVersionMessage {
                kind: Some(entry.kind_version.kind.clone()),
                version: Some(entry.kind_version.version.clone()),
            },
            integrated_time: Int64(entry.integrated_time),
            inclusion_promise: promise.map(|set| PromiseMessage {
                signed_entry_timestamp: Some(Base64Bytes(set.clone())),
            }),
            inclusion_proof: entry
                .inclusion_proof
                .as_ref()
                .map(ProofResponseMessage::from),
            canonicalized_body: Base64Bytes(entry.canonicalized_body.clone()),
        }
    }
}

impl From<&InclusionProof> for ProofResponseMessage {
    fn from(proof: &InclusionProof) -> Self {
        Self {
            log_index: Int64(proof.log_index),
            root_hash: Base64Bytes(proof.root_hash.clone()),
            tree_size: Int64(proof.tree_size),
            hashes: proof
                .hashes
                .iter()
                .map(|hash| Base64Bytes(hash.clone()))
                .collect(),
            checkpoint: CheckpointMessage {
                envelope: Some(proof.checkpoint.clone()),
            },
        }
    }
}
