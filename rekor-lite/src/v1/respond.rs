//! An entry as clients read it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use sigbox_log_engine::{Appended, InclusionProof, Snapshot, StoredEntry};
use sigbox_wire::proto_json::encode_base64;

use super::problem::Problem;
use super::shard::{Found, Shard};

/// One entry by its ID. The members are in alphabetical order, and there must be no other: sigstore-rs refuses them.
///
/// Source: rekor `openapi.yaml`, LogEntry.
pub(super) type LogEntry = BTreeMap<String, EntryJson>;

#[derive(Serialize)]
pub(super) struct EntryJson {
    body: String,
    #[serde(rename = "integratedTime")]
    integrated_time: u64,
    #[serde(rename = "logID")]
    log_id: String,
    #[serde(rename = "logIndex")]
    log_index: u64,
    verification: Verification,
}

#[derive(Serialize)]
struct Verification {
    #[serde(rename = "inclusionProof")]
    inclusion_proof: ProofJson,
    #[serde(rename = "signedEntryTimestamp")]
    signed_entry_timestamp: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProofJson {
    checkpoint: String,
    hashes: Vec<String>,
    log_index: u64,
    root_hash: String,
    tree_size: u64,
}

impl Found<'_> {
    /// The entry with a proof in the tree that its shard publishes now.
    pub(super) async fn to_json(&self) -> Result<LogEntry, Problem> {
        self.within(&self.shard.log().snapshot()).await
    }

    /// The entry with a proof in the tree of `snapshot`, which holds it.
    pub(super) async fn within(&self, snapshot: &Arc<Snapshot>) -> Result<LogEntry, Problem> {
        let proof = self.shard.log();
        let proof = proof.inclusion_proof(self.entry.index, snapshot.size);
        let proof = proof.await.map_err(Problem::internal)?;
        self.shard
            .log_entry(&self.entry, &proof, &snapshot.checkpoint)
    }
}

impl Shard {
    /// An entry that was just appended, with the proof and checkpoint that the log answered.
    pub(super) fn appended_entry(&self, appended: &Appended) -> Result<LogEntry, Problem> {
        self.log_entry(&appended.entry, &appended.proof, &appended.checkpoint)
    }

    fn log_entry(
        &self,
        entry: &StoredEntry,
        proof: &InclusionProof,
        checkpoint: &str,
    ) -> Result<LogEntry, Problem> {
        let log_index = self.virtual_index(entry.index);
        let promised = self.promises().promise(entry, log_index);
        let promised = promised.map_err(Problem::internal)?;
        let inclusion_proof = ProofJson {
            checkpoint: checkpoint.to_owned(),
            hashes: proof.hashes.iter().map(ToString::to_string).collect(),
            log_index: proof.index.0,
            root_hash: proof.root.to_string(),
            tree_size: proof.size.0,
        };
        let json = EntryJson {
            body: promised.body,
            integrated_time: promised.integrated_time,
            log_id: self.promises().log_id().to_owned(),
            log_index,
            verification: Verification {
                inclusion_proof,
                signed_entry_timestamp: encode_base64(&promised.signature),
            },
        };
        Ok([(self.entry_id(entry.leaf_hash).to_string(), json)].into())
    }
}
