//! An appended entry as clients read it.

use axum::response::Response;
use http::StatusCode;
use sigbox_log_engine::Appended;
use sigbox_service_kit::respond::raw_json;
use sigbox_wire::{InclusionProof, KindVersion, TransparencyLogEntry};

use crate::entry::{KIND, VERSION};
use crate::problem::Problem;
use crate::rekor::Rekor;

impl Rekor {
    /// 201 with the entry, its proof and the checkpoint of that proof; other codes are refused by clients.
    ///
    /// Source: rekor-tiles `sigstore_rekor.proto`: TransparencyLogEntry.
    pub(crate) fn created(&self, appended: Appended) -> Result<Response, Problem> {
        let entry = self.log_entry(&appended).map_err(Problem::internal)?;
        let json = entry.to_response_json().map_err(Problem::internal)?;
        Ok(raw_json(StatusCode::CREATED, json))
    }

    /// Index, proof and checkpoint all come from the one snapshot that the engine answered from.
    fn log_entry(
        &self,
        appended: &Appended,
    ) -> Result<TransparencyLogEntry, std::num::TryFromIntError> {
        let log_index = i64::try_from(appended.entry.index.0)?;
        let inclusion_proof = InclusionProof {
            log_index,
            root_hash: appended.proof.root.as_bytes().to_vec(),
            tree_size: i64::try_from(appended.proof.size.0)?,
            hashes: appended
                .proof
                .hashes
                .iter()
                .map(|hash| hash.as_bytes().to_vec())
                .collect(),
            checkpoint: appended.checkpoint.to_string(),
        };
        Ok(TransparencyLogEntry {
            log_index,
            log_id: self.log_id().to_vec(),
            kind_version: KindVersion {
                kind: KIND.to_owned(),
                version: VERSION.to_owned(),
            },
            // A v2 log states no time: that is the timestamp authority's business.
            integrated_time: 0,
            inclusion_promise: None,
            inclusion_proof: Some(inclusion_proof),
            canonicalized_body: appended.entry.leaf.to_vec(),
        })
    }
}
