//! What the registry keeps.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Blobs of all repositories, and manifests by repository and name.
#[derive(Default)]
pub(super) struct Store {
    pub(super) blobs: BTreeMap<String, Bytes>,
    manifests: BTreeMap<(String, String), (String, Bytes)>,
}

pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold("sha256:".to_owned(), |text, byte| {
            format!("{text}{byte:02x}")
        })
}

impl Store {
    pub(super) fn put_blob(&mut self, bytes: Bytes) -> String {
        let name = digest(&bytes);
        self.blobs.insert(name.clone(), bytes);
        name
    }

    pub(super) fn put_manifest(
        &mut self,
        repository: &str,
        name: &str,
        media_type: &str,
        bytes: Bytes,
    ) {
        let key = (repository.to_owned(), name.to_owned());
        self.manifests.insert(key, (media_type.to_owned(), bytes));
    }

    pub(super) fn manifest(&self, repository: &str, name: &str) -> Option<(String, Bytes)> {
        let key = (repository.to_owned(), name.to_owned());
        self.manifests.get(&key).cloned()
    }

    /// Takes a name away, and with a digest the tags of it.
    pub(super) fn delete(&mut self, repository: &str, name: &str) -> bool {
        let before = self.manifests.len();
        self.manifests.retain(|(owner, stored), (_, bytes)| {
            owner != repository || stored != name && digest(bytes) != name
        });
        self.manifests.len() < before
    }

    pub(super) fn tags(&self, repository: &str) -> Vec<String> {
        self.names(repository)
            .filter(|name| !name.contains(':'))
            .collect()
    }

    /// Descriptors of what refers to a digest.
    pub(super) fn referrers(&self, repository: &str, subject: &str) -> Vec<Value> {
        let digests = self.names(repository).filter(|name| name.contains(':'));
        let entries = digests.filter_map(|name| {
            let (media_type, bytes) = self.manifest(repository, &name)?;
            let value: Value = serde_json::from_slice(&bytes).ok()?;
            if value.pointer("/subject/digest")? != subject {
                return None;
            }
            let kind = value.get("artifactType");
            let kind = kind.or_else(|| value.pointer("/config/mediaType"));
            let mut entry = serde_json::json!({
                "mediaType": media_type,
                "digest": name,
                "size": bytes.len(),
                "artifactType": kind,
            });
            if let Some(annotations) = value.get("annotations") {
                entry["annotations"] = annotations.clone();
            }
            Some(entry)
        });
        entries.collect()
    }

    fn names(&self, repository: &str) -> impl Iterator<Item = String> {
        let of = self
            .manifests
            .keys()
            .filter(move |(owner, _)| owner == repository);
        of.map(|(_, name)| name.clone())
    }
}
