//! A whole Rekor v2 in the test's process: real engine, store in memory, router called without a socket.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use rekor_lite::{Rekor, RekorConfig};
use serde_json::Value;
use sigbox_crypto::{
    EcdsaNoteSigner, KeyAlgorithm, SigningKey, digest, note_verifier, rekor_v2_log_id,
};
use sigbox_log_engine::{
    Engine, EngineConfig, Log, LogName, LogSetup, LogStore, PlainLeaf, init_log,
};
use sigbox_log_store::memory::{MemoryGuard, MemoryStore};
use sigbox_tlog::{Checkpoint, NoteVerifier, SignedNote, UnixMillis};
use sigbox_wire::{CreateEntryRequest, HashedRekordRequest, KeyDetails, Verifier, VerifierKey};
use tower::ServiceExt as _;

pub(crate) const ORIGIN: &str = "rekor.local";
pub(crate) const ENTRIES: &str = "/api/v2/log/entries";
pub(crate) const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

/// How a bench differs from the default one.
pub(crate) struct Setup {
    pub(crate) config: RekorConfig,
    pub(crate) engine: EngineConfig,
    pub(crate) store: Arc<dyn LogStore>,
    /// Told of the log when it is created.
    pub(crate) guard: Arc<MemoryGuard>,
    pub(crate) key: Arc<SigningKey>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            config: RekorConfig::default(),
            engine: EngineConfig::default(),
            store: Arc::new(MemoryStore::new()),
            guard: Arc::new(MemoryGuard::new()),
            key: Arc::new(p256()),
        }
    }
}

pub(crate) fn log_name() -> LogName {
    LogName::parse("rekor-v2").unwrap()
}

impl Setup {
    fn log_setup(&self) -> LogSetup {
        let public = self.key.public_key();
        LogSetup {
            name: log_name(),
            signer: Arc::new(EcdsaNoteSigner::new(ORIGIN.to_owned(), self.key.clone()).unwrap()),
            verifier: note_verifier(ORIGIN, public).unwrap(),
            origin: ORIGIN.to_owned(),
            format: Arc::new(PlainLeaf),
            public_key_spki: public.spki_der().to_vec(),
        }
    }

    /// Creates the log, empty.
    pub(crate) async fn create(&self) {
        init_log(
            self.store.as_ref(),
            self.guard.as_ref(),
            &self.log_setup(),
            None,
            NOW,
        )
        .await
        .unwrap();
    }

    /// Opens the log that `create` made.
    pub(crate) async fn open(self) -> Bench {
        let setups = vec![self.log_setup()];
        let engine = Engine::open(
            self.store,
            self.guard,
            Arc::new(|| NOW),
            setups,
            self.engine,
        )
        .await
        .unwrap();
        let log = engine.log(log_name().as_str()).unwrap();
        let log_id = rekor_v2_log_id(ORIGIN, self.key.public_key());
        let rekor = Rekor::new(log.clone(), ORIGIN.to_owned(), log_id, self.config);
        let verifier = note_verifier(ORIGIN, self.key.public_key()).unwrap();
        Bench {
            router: rekor_lite::standalone(rekor),
            log,
            log_id,
            verifier,
            engine,
        }
    }
}

pub(crate) struct Bench {
    pub(crate) router: Router,
    pub(crate) log: Log,
    pub(crate) log_id: [u8; 32],
    pub(crate) verifier: Box<dyn NoteVerifier>,
    pub(crate) engine: Engine,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with_config(RekorConfig::default()).await
    }

    pub(crate) async fn with_config(config: RekorConfig) -> Self {
        let setup = Setup {
            config,
            ..Setup::default()
        };
        setup.create().await;
        setup.open().await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone(), request).await
    }

    pub(crate) async fn post(&self, body: impl Into<Body>) -> Answer {
        self.send(post(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) fn size(&self) -> u64 {
        self.log.snapshot().size.0
    }

    /// Parses a checkpoint after verifying the log's signature on it.
    pub(crate) fn checkpoint(&self, note: &str) -> Checkpoint {
        let note = SignedNote::parse(note).unwrap();
        assert_eq!(note.signatures().len(), 1);
        assert_eq!(note.verify(self.verifier.as_ref()), Ok(()));
        Checkpoint::parse(note.text()).unwrap()
    }
}

pub(crate) fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post(ENTRIES).body(body.into()).unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn of(router: Router, request: Request<Body>) -> Self {
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

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

    /// Status and exact body of an error.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: u8, message: &str) {
        let expected = format!(
            r#"{{"code":{code},"message":{},"details":[]}}"#,
            Value::from(message)
        );
        assert_eq!(
            (self.status.as_u16(), self.text()),
            (status, expected.as_str())
        );
        assert_eq!(self.header("content-type"), "application/json");
    }
}

pub(crate) fn p256() -> SigningKey {
    SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

/// A good request over `artifact`, with the bare key.
pub(crate) fn request(key: &SigningKey, artifact: &[u8]) -> HashedRekordRequest {
    let key_details = match key.algorithm() {
        KeyAlgorithm::Ed25519 => KeyDetails::PkixEd25519Ph,
        other => other.key_details().unwrap(),
    };
    let digest = digest(key.algorithm().default_hash(), artifact);
    HashedRekordRequest {
        signature: key.sign_digest(&digest).unwrap(),
        verifier: Verifier {
            key: VerifierKey::PublicKey(key.public_key().spki_der().to_vec()),
            key_details,
        },
        digest,
    }
}

pub(crate) fn json(request: &HashedRekordRequest) -> String {
    CreateEntryRequest::HashedRekord(request.clone())
        .to_json()
        .unwrap()
}

/// A certificate of the key with `padding` bytes in an extension.
pub(crate) fn long_certificate(key: &SigningKey, padding: usize) -> Vec<u8> {
    let pair = rcgen::KeyPair::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
    let mut params = rcgen::CertificateParams::default();
    let extension =
        rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![0; padding]);
    params.custom_extensions = vec![extension];
    params.self_signed(&pair).unwrap().der().to_vec()
}

/// A good request with one thing changed.
pub(crate) fn changed(change: impl FnOnce(&mut HashedRekordRequest)) -> String {
    let mut request = request(&p256(), b"artifact");
    change(&mut request);
    json(&request)
}

/// Posts each body, expects 400 with code 3 and the message, and a log of the same size.
pub(crate) async fn refuse_all(
    bench: &Bench,
    table: impl IntoIterator<Item = (String, &'static str)>,
) {
    let size = bench.size();
    for (body, message) in table {
        let answer = bench.post(body.clone()).await;
        assert_eq!(
            answer.json().get("message"),
            Some(&Value::from(message)),
            "{body}"
        );
        answer.assert_error(400, 3, message);
    }
    assert_eq!(bench.size(), size);
}
