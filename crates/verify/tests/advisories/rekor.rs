//! Transparency logs whose keys the test holds, so that they sign whatever it wants; each entry is all of its log.

use std::sync::Arc;

use jiff::Timestamp;
use sigbox_crypto::{EcdsaNoteSigner, KeyAlgorithm, SigningKey};
use sigbox_tlog::{
    Checkpoint, Hash, Origin, TreeSize, UnixMillis, leaf_hash, node_hash, sign_note,
};
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::rekor_v1::LogEntry;
use sigbox_wire::{
    HashAlgorithm, InclusionProof, KeyDetails, KindVersion, LogInstance, LogPublicKey, TimeRange,
    TransparencyLogEntry, TrustedRoot,
};

/// The name of a log's instance.
pub(crate) const HOST: &str = "second.example.test";

pub(crate) struct Rekor {
    key: Arc<SigningKey>,
}

impl Rekor {
    pub(crate) fn new() -> Self {
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        Self { key: Arc::new(key) }
    }

    /// A log that `root` trusts since ever.
    pub(crate) fn trusted_by(root: &mut TrustedRoot) -> Self {
        let log = Self::new();
        root.tlogs.push(log.instance());
        log
    }

    pub(crate) fn instance(&self) -> LogInstance {
        LogInstance {
            base_url: format!("https://{HOST}"),
            hash_algorithm: HashAlgorithm::Sha2_256,
            public_key: LogPublicKey {
                raw_bytes: self.key.public_key().spki_der().to_vec(),
                key_details: KeyDetails::PkixEcdsaP256Sha256,
                valid_for: TimeRange::from_start(Timestamp::UNIX_EPOCH),
            },
            log_id: self.log_id(),
            checkpoint_key_id: None,
        }
    }

    fn log_id(&self) -> Vec<u8> {
        self.key.public_key().key_id().to_vec()
    }

    /// A checkpoint of any tree under any origin, signed by this log.
    pub(crate) fn checkpoint(&self, origin: &Origin, size: u64, root: Hash) -> String {
        let signer = EcdsaNoteSigner::new(origin.name().to_owned(), self.key.clone()).unwrap();
        let checkpoint = Checkpoint {
            origin: origin.clone(),
            size: TreeSize(size),
            root,
            extensions: Vec::new(),
        };
        let note = sign_note(checkpoint.to_text(), &signer, UnixMillis(0)).unwrap();
        note.to_string()
    }

    /// A Rekor v2 entry.
    pub(crate) fn v2(&self, body: &[u8]) -> TransparencyLogEntry {
        let origin = Origin::parse(HOST).unwrap();
        self.entry("hashedrekord", "0.0.2", body, &origin)
    }

    /// Two Rekor v2 entries of the same content, in one tree.
    pub(crate) fn v2_twice(&self, body: &[u8]) -> [TransparencyLogEntry; 2] {
        let leaf = leaf_hash(body);
        let root = node_hash(&leaf, &leaf);
        let origin = Origin::parse(HOST).unwrap();
        [0, 1].map(|index| {
            let mut entry = self.v2(body);
            entry.log_index = index;
            entry.inclusion_proof = Some(InclusionProof {
                log_index: index,
                root_hash: root.as_bytes().to_vec(),
                tree_size: 2,
                hashes: vec![leaf.as_bytes().to_vec()],
                checkpoint: self.checkpoint(&origin, 2, root),
            });
            entry
        })
    }

    /// A Rekor v1 entry with proof and promise, dated `at`.
    pub(crate) fn v1(&self, content: &LogEntry, at: Timestamp) -> TransparencyLogEntry {
        let (kind, version) = match content {
            LogEntry::HashedRekord(_) => ("hashedrekord", "0.0.1"),
            LogEntry::Dsse(_) => ("dsse", "0.0.1"),
            LogEntry::Intoto(_) => ("intoto", "0.0.2"),
            other => panic!("{other:?}"),
        };
        self.v1_body(kind, version, &content.canonical_body().unwrap(), at)
    }

    /// The same with any body.
    pub(crate) fn v1_body(
        &self,
        kind: &str,
        version: &str,
        body: &[u8],
        at: Timestamp,
    ) -> TransparencyLogEntry {
        let origin = Origin::with_tree_id(HOST, 42).unwrap();
        let mut entry = self.entry(kind, version, body, &origin);
        entry.integrated_time = at.as_second();
        self.promise(&mut entry);
        entry
    }

    /// Signs the entry's promise anew.
    pub(crate) fn promise(&self, entry: &mut TransparencyLogEntry) {
        let log_id = Hash::try_from_slice(&entry.log_id).unwrap();
        let text = format!(
            r#"{{"body":"{}","integratedTime":{},"logID":"{log_id}","logIndex":{}}}"#,
            encode_base64(&entry.canonicalized_body),
            entry.integrated_time,
            entry.log_index,
        );
        entry.inclusion_promise = Some(self.key.sign(text.as_bytes()).unwrap());
    }

    fn entry(
        &self,
        kind: &str,
        version: &str,
        body: &[u8],
        origin: &Origin,
    ) -> TransparencyLogEntry {
        let root = leaf_hash(body);
        TransparencyLogEntry {
            log_index: 0,
            log_id: self.log_id(),
            kind_version: KindVersion {
                kind: kind.to_owned(),
                version: version.to_owned(),
            },
            integrated_time: 0,
            inclusion_promise: None,
            inclusion_proof: Some(InclusionProof {
                log_index: 0,
                root_hash: root.as_bytes().to_vec(),
                tree_size: 1,
                hashes: Vec::new(),
                checkpoint: self.checkpoint(origin, 1, root),
            }),
            canonicalized_body: body.to_vec(),
        }
    }
}
