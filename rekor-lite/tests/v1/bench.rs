//! A whole Rekor v1 in the test's process, and what a client checks about its answers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use p256::ecdsa::signature::Verifier as _;
use p256::pkcs8::DecodePublicKey as _;
use rekor_lite::v1::{self, RekorV1, RekorV1Config, TreeId};
use serde_json::{Value, json};
use sigbox_crypto::{EcdsaNoteSigner, KeyAlgorithm, SigningKey, digest, note_verifier, sha256};
use sigbox_log_engine::{
    Engine, EngineConfig, Log, LogName, LogSetup, LogStore, PlainLeaf, init_log,
};
use sigbox_log_store::memory::{MemoryGuard, MemoryStore};
use sigbox_tlog::{
    Checkpoint, Hash, LeafIndex, NoteVerifier, Origin, SignedNote, TreeSize, UnixMillis, leaf_hash,
    verify_inclusion,
};
use tower::ServiceExt as _;

pub(crate) const HOST: &str = "rekor.local";
pub(crate) const ENTRIES: &str = "/api/v1/log/entries";
pub(crate) const RETRIEVE: &str = "/api/v1/log/entries/retrieve";
/// Not on a full second: the integrated time is rounded down.
pub(crate) const NOW: UnixMillis = UnixMillis(1_800_000_000_999);

pub(crate) struct Bench {
    pub(crate) router: Router,
    pub(crate) log: Log,
    pub(crate) tree: TreeId,
    pub(crate) key: Arc<SigningKey>,
    verifier: Box<dyn NoteVerifier>,
    /// Kept alive: its task is the log's writer.
    _engine: Arc<Engine>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with_config(RekorV1Config::default()).await
    }

    pub(crate) async fn with_config(config: RekorV1Config) -> Self {
        let key = Arc::new(p256());
        let engine = open(&origin(&key), &key).await;
        let log = engine.log("rekor-v1").unwrap();
        let rekor = RekorV1::new(log.clone(), key.clone(), config).unwrap();
        Self::of(v1::standalone(rekor), log, key, Arc::new(engine))
    }

    /// A shard of a log that `router` serves.
    pub(crate) fn of(router: Router, log: Log, key: Arc<SigningKey>, engine: Arc<Engine>) -> Self {
        Self {
            router,
            log,
            tree: TreeId::derive(key.public_key()),
            verifier: note_verifier(HOST, key.public_key()).unwrap(),
            key,
            _engine: engine,
        }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json");
        let response = self
            .router
            .clone()
            .oneshot(request.body(body.into()).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(Method::POST, path, body).await
    }

    /// Logs a new entry and gives its ID.
    pub(crate) async fn create(&self, body: &Value) -> String {
        let answer = self.post(ENTRIES, body.to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.header("etag").to_owned()
    }

    /// Logs `count` different entries.
    pub(crate) async fn fill(&self, count: u8) -> Vec<String> {
        let mut ids = Vec::new();
        for number in 0..count {
            ids.push(self.create(&hashed_rekord(&p256(), &[number])).await);
        }
        ids
    }

    pub(crate) fn log_id(&self) -> String {
        hex::encode(sha256(self.key.public_key().spki_der()))
    }

    pub(crate) fn entry_id(&self, body: &[u8]) -> String {
        format!("{:016x}{}", self.tree.get(), leaf_hash(body))
    }

    /// Checks an entry object as a client does, with another implementation of ECDSA for the promise.
    pub(crate) fn check_entry(&self, object: &Value, index: u64) {
        self.check_numbered(object, index, index);
    }

    /// The same for an entry with another number over all shards than its index in this one.
    pub(crate) fn check_numbered(&self, object: &Value, number: u64, index: u64) {
        let (id, entry) = object.as_object().unwrap().iter().next().unwrap();
        assert_eq!(object.as_object().unwrap().len(), 1);
        let text = entry["body"].as_str().unwrap();
        let body = STANDARD.decode(text).unwrap();
        assert_eq!(*id, self.entry_id(&body));
        assert_eq!(entry["integratedTime"], 1_800_000_000);
        assert_eq!(entry["logID"], Value::from(self.log_id()));
        assert_eq!(entry["logIndex"], number);

        let promised = format!(
            r#"{{"body":"{text}","integratedTime":1800000000,"logID":"{}","logIndex":{number}}}"#,
            self.log_id()
        );
        let signature = entry["verification"]["signedEntryTimestamp"]
            .as_str()
            .unwrap();
        let signature = STANDARD.decode(signature).unwrap();
        let signature = p256::ecdsa::Signature::from_der(&signature).unwrap();
        let key = self.key.public_key().spki_der();
        let key = p256::ecdsa::VerifyingKey::from_public_key_der(key).unwrap();
        key.verify(promised.as_bytes(), &signature).unwrap();

        let proof = &entry["verification"]["inclusionProof"];
        let (checkpoint, hint) = self.checkpoint(proof["checkpoint"].as_str().unwrap());
        assert_eq!(hint, self.log_id()[..8]);
        assert_eq!(proof["logIndex"], index);
        assert_eq!(proof["treeSize"], checkpoint.size.0);
        assert_eq!(proof["rootHash"], Value::from(checkpoint.root.to_string()));
        let hashes = proof["hashes"].as_array().unwrap();
        let hashes: Vec<Hash> = hashes
            .iter()
            .map(|hash| hash_of(hash.as_str().unwrap()))
            .collect();
        verify_inclusion(
            leaf_hash(&body),
            LeafIndex(index),
            checkpoint.size,
            &hashes,
            checkpoint.root,
        )
        .unwrap();
    }

    /// A checkpoint whose one signature line names the host, and the line's key hint.
    pub(crate) fn checkpoint(&self, text: &str) -> (Checkpoint, String) {
        let note = SignedNote::parse(text).unwrap();
        assert_eq!(note.verify(self.verifier.as_ref()), Ok(()));
        let [line] = note.signatures() else {
            panic!("{text}")
        };
        assert_eq!(line.name, HOST);
        let checkpoint = Checkpoint::parse(note.text()).unwrap();
        assert_eq!(
            checkpoint.origin.as_str(),
            format!("{HOST} - {}", self.tree.get())
        );
        (checkpoint, line.hint.to_string())
    }

    pub(crate) fn size(&self) -> TreeSize {
        self.log.snapshot().size
    }
}

/// The origin of a log with this key.
pub(crate) fn origin(key: &SigningKey) -> String {
    let tree = TreeId::derive(key.public_key());
    let origin = Origin::with_tree_id(HOST, tree.get()).unwrap();
    origin.as_str().to_owned()
}

/// A log as the engine takes it.
pub(crate) fn setup(name: &str, origin: &str, key: &Arc<SigningKey>) -> LogSetup {
    let public = key.public_key();
    LogSetup {
        name: LogName::parse(name).unwrap(),
        signer: Arc::new(EcdsaNoteSigner::new(HOST.to_owned(), key.clone()).unwrap()),
        verifier: note_verifier(HOST, public).unwrap(),
        origin: origin.to_owned(),
        format: Arc::new(PlainLeaf),
        public_key_spki: public.spki_der().to_vec(),
    }
}

/// A new log in memory.
pub(crate) async fn open(origin: &str, key: &Arc<SigningKey>) -> Engine {
    let setup = || setup("rekor-v1", origin, key);
    let store: Arc<dyn LogStore> = Arc::new(MemoryStore::new());
    let guard = Arc::new(MemoryGuard::new());
    init_log(store.as_ref(), guard.as_ref(), &setup(), None, NOW)
        .await
        .unwrap();
    let (clock, config) = (Arc::new(|| NOW), EngineConfig::default());
    Engine::open(store, guard, clock, vec![setup()], config)
        .await
        .unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and exact text of an error.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, text: &str) {
        assert_eq!((self.status.as_u16(), self.text()), (status, text));
        assert_eq!(self.header("content-type"), "application/json");
    }

    /// The four headers against caches, which reads have and writes have not.
    #[track_caller]
    pub(crate) fn assert_uncached(&self) {
        assert_eq!(
            self.header("cache-control"),
            "no-cache, no-store, no-transform, must-revalidate, private, max-age=0"
        );
        assert_eq!(self.header("expires"), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(self.header("pragma"), "no-cache");
        assert_eq!(self.header("x-accel-expires"), "0");
    }
}

pub(crate) fn p256() -> SigningKey {
    SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn hash_of(text: &str) -> Hash {
    Hash::try_from_slice(&hex::decode(text).unwrap()).unwrap()
}

/// A good hashedrekord over `artifact`, with the bare key.
pub(crate) fn hashed_rekord(key: &SigningKey, artifact: &[u8]) -> Value {
    hashed_rekord_with(key, artifact, &key.public_key().to_pem())
}

pub(crate) fn hashed_rekord_with(key: &SigningKey, artifact: &[u8], pem: &str) -> Value {
    let algorithm = key.algorithm().default_hash();
    let digest = digest(algorithm, artifact);
    let name = match digest.len() {
        32 => "sha256",
        48 => "sha384",
        _ => "sha512",
    };
    json!({
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": name, "value": hex::encode(&digest)}},
            "signature": {
                "content": b64(key.sign_digest(&digest).unwrap()),
                "publicKey": {"content": b64(pem)},
            },
        },
    })
}

pub(crate) const STATEMENT: &str = r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a","digest":{"sha256":"AABB00","sha512":"ccdd"}}],"predicateType":"https://example.com/p","predicate":{}}"#;
pub(crate) const IN_TOTO: &str = "application/vnd.in-toto+json";

/// The text of an envelope signed by `keys`.
pub(crate) fn envelope(keys: &[&SigningKey], payload: &str) -> String {
    let pae = sigbox_wire::pae(IN_TOTO, payload.as_bytes());
    let signatures: Vec<Value> = keys
        .iter()
        .map(|key| json!({"keyid": "", "sig": b64(sigbox_crypto::Signer::sign(*key, &pae).unwrap())}))
        .collect();
    json!({"payloadType": IN_TOTO, "payload": b64(payload), "signatures": signatures}).to_string()
}

/// A dsse as sigstore-python sends it, with members that are null.
pub(crate) fn dsse(envelope: &str, keys: &[&SigningKey]) -> Value {
    let verifiers: Vec<String> = keys
        .iter()
        .map(|key| b64(key.public_key().to_pem()))
        .collect();
    json!({
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "signatures": null, "envelopeHash": null, "payloadHash": null,
            "proposedContent": {"envelope": envelope, "verifiers": verifiers},
        },
    })
}

/// An intoto 0.0.2 as sigstore-js sends it: payload and signature in base64 twice.
pub(crate) fn intoto(key: &SigningKey, payload: &str) -> Value {
    let pae = sigbox_wire::pae(IN_TOTO, payload.as_bytes());
    let sig = b64(sigbox_crypto::Signer::sign(key, &pae).unwrap());
    json!({
        "apiVersion": "0.0.2",
        "kind": "intoto",
        "spec": {"content": {
            "envelope": {
                "payloadType": IN_TOTO,
                "payload": b64(b64(payload)),
                "signatures": [{"publicKey": b64(key.public_key().to_pem()), "sig": b64(sig)}],
            },
            "hash": {"algorithm": "sha256", "value": hex::encode(sha256(b"the envelope"))},
        }},
    })
}

/// The only entry's body, decoded.
pub(crate) fn body_of(object: &Value) -> String {
    let entry = object.as_object().unwrap().values().next().unwrap();
    let body = STANDARD.decode(entry["body"].as_str().unwrap()).unwrap();
    String::from_utf8(body).unwrap()
}
