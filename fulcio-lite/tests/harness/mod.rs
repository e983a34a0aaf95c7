//! A certificate authority with its CT log and two identity providers, all in one process and on a clock that stands.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests; each test file uses its part of the harness"
)]

pub mod provider;
pub mod refusal;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::{Router, body::Body};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use fulcio_lite::ctlog::{self, CtLeaf, CtLog};
use fulcio_lite::identity::{IssuerConfig, IssuerKind, JwksSource};
use fulcio_lite::{Fulcio, FulcioConfig, FulcioParts};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use provider::Provider;
use serde_json::{Value, json};
use sigbox_crypto::profile::{
    CaIdentity, CaRequest, IntermediateKind, Issuer, make_intermediate, make_root,
};
use sigbox_crypto::{
    Certificate, Clock, KeyAlgorithm, PublicKey, Rfc6962NoteSigner, Rfc6962NoteVerifier, SigningKey,
};
use sigbox_log_engine::{Engine, EngineConfig, Log, LogName, LogSetup, init_log};
use sigbox_log_store::memory::{MemoryGuard, MemoryStore};
use sigbox_testkit::faults::BreakStore;
use sigbox_tlog::UnixMillis;
use tower::ServiceExt;

pub const NOW: &str = "2026-11-23T00:42:26.165Z";
pub const EMAIL_ISSUER: &str = "https://idp.example";
pub const URI_ISSUER: &str = "https://ci.example";
pub const CT_ORIGIN: &str = "ca.example/ct";

/// The whole world of a test.
pub struct World {
    pub fulcio: Fulcio,
    pub ct: CtLog,
    pub app: Router,
    pub root: Certificate,
    pub intermediate: Certificate,
    pub ca_key: Arc<SigningKey>,
    pub ct_key: PublicKey,
    /// Issuer of type email, signs with RS256.
    pub people: Provider,
    /// Issuer of type uri, signs with ES256.
    pub machines: Provider,
    pub clock: TestClock,
    /// Under the CT log; its writes fail as told.
    pub store: Arc<BreakStore>,
    engine: Engine,
}

/// A clock that stands until it is moved.
#[derive(Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub fn at(text: &str) -> Self {
        let now: Timestamp = text.parse().unwrap();
        Self(Arc::new(AtomicI64::new(now.as_millisecond())))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(by, Ordering::SeqCst);
    }

    pub fn as_clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }

    fn as_log_clock(&self) -> sigbox_log_engine::Clock {
        let clock = self.clone();
        Arc::new(move || UnixMillis(u64::try_from(clock.now().as_millisecond()).unwrap()))
    }
}

impl World {
    pub async fn new() -> Self {
        let people = Provider::new(EMAIL_ISSUER, KeyAlgorithm::Rsa { bits: 2048 });
        let machines = Provider::new(URI_ISSUER, KeyAlgorithm::EcdsaP256);
        let issuers = vec![
            issuer(EMAIL_ISSUER, email_kind(), Arc::new(people.static_jwks())),
            issuer(
                URI_ISSUER,
                uri_kind(URI_ISSUER),
                Arc::new(machines.static_jwks()),
            ),
        ];
        Self::with(issuers, people, machines).await
    }

    pub async fn with(issuers: Vec<IssuerConfig>, people: Provider, machines: Provider) -> Self {
        let clock = TestClock::at(NOW);
        let root_key = SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
        let ca_key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
        let ct_key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
        let root = make_root(&root_key, &ca_request("example root", clock.now())).unwrap();
        let above = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let intermediate = make_intermediate(
            &above,
            ca_key.public_key(),
            &ca_request("example intermediate 2026-1", clock.now()),
            IntermediateKind::CodeSigning,
        )
        .unwrap();
        let chain = vec![intermediate.clone(), root.clone()];
        let store = Arc::new(BreakStore::new(Arc::new(MemoryStore::new())));
        let engine = ct_engine(&store, &ct_key, &clock).await;
        let ct = CtLog::new(engine.log("ct").unwrap(), ct_key.clone(), chain.clone()).unwrap();
        let fulcio = Fulcio::new(FulcioParts {
            config: FulcioConfig {
                issuers,
                ..FulcioConfig::default()
            },
            signer: ca_key.clone(),
            chain,
            ct_log: ct.clone(),
            clock: clock.as_clock(),
        })
        .unwrap();
        let app = fulcio_lite::standalone(fulcio.clone()).merge(ctlog::router(ct.clone()));
        let ct_key = ct_key.public_key().clone();
        Self {
            fulcio,
            ct,
            app,
            root,
            intermediate,
            ca_key,
            ct_key,
            people,
            machines,
            clock,
            store,
            engine,
        }
    }

    pub fn ct_log(&self) -> Log {
        self.engine.log("ct").unwrap()
    }

    pub fn ct_size(&self) -> u64 {
        self.ct_log().snapshot().size.0
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(Request::post(path).body(body.into()).unwrap())
            .await
    }

    /// `POST /api/v2/signingCert`.
    pub async fn sign(&self, body: &Value) -> Answer {
        self.post("/api/v2/signingCert", body.to_string()).await
    }

    /// The claims of a good token for `alice@example.com`, five minutes long.
    pub fn alice(&self) -> Value {
        json!({
            "iss": EMAIL_ISSUER, "aud": "sigstore", "sub": "CiQxMjM0", "email": "alice@example.com",
            "email_verified": true, "iat": self.clock.now().as_second(), "exp": self.clock.now().as_second() + 300,
        })
    }

    /// The claims of a good token for a workload.
    pub fn build_job(&self) -> Value {
        json!({
            "iss": URI_ISSUER, "aud": ["other", "sigstore"], "sub": "https://ci.example/job/7",
            "iat": self.clock.now().as_second(), "exp": self.clock.now().as_second() + 300,
        })
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/json");
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The chain of a 200 answer, leaf first.
    pub fn chain(&self) -> Vec<Certificate> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        let json = self.json();
        let chain = json["signedCertificateEmbeddedSct"]["chain"]["certificates"]
            .as_array()
            .unwrap();
        chain
            .iter()
            .map(|pem| Certificate::from_pem(pem.as_str().unwrap()).unwrap())
            .collect()
    }

    /// Status and message of a refusal, whose shape is checked.
    pub fn refusal(&self) -> (u16, String) {
        let json = self.json();
        let code = json["code"].as_u64().unwrap();
        let expected = match self.status.as_u16() {
            400 | 413 => 3,
            404 => 5,
            501 => 12,
            500 => 13,
            503 => 14,
            other => panic!("status {other}"),
        };
        assert_eq!(code, expected, "{json}");
        assert_eq!(json["details"], json!([]));
        assert_eq!(json.as_object().unwrap().len(), 3);
        (
            self.status.as_u16(),
            json["message"].as_str().unwrap().to_owned(),
        )
    }
}

pub fn issuer(url: &str, kind: IssuerKind, keys: Arc<dyn JwksSource>) -> IssuerConfig {
    IssuerConfig {
        url: url.to_owned(),
        audience: "sigstore".to_owned(),
        kind,
        keys,
    }
}

pub fn email_kind() -> IssuerKind {
    IssuerKind::Email {
        skip_email_verification_unsafe: false,
    }
}

pub fn uri_kind(subject_domain: &str) -> IssuerKind {
    IssuerKind::Uri {
        subject_domain: subject_domain.to_owned(),
    }
}

pub fn ca_request(common_name: &str, now: Timestamp) -> CaRequest {
    let now = Timestamp::from_second(now.as_second()).unwrap();
    CaRequest {
        identity: CaIdentity {
            organization: "example.com".to_owned(),
            common_name: common_name.to_owned(),
        },
        not_before: now - SignedDuration::from_hours(1),
        not_after: now + SignedDuration::from_hours(24 * 365),
        serial: sigbox_crypto::random_bytes().unwrap(),
    }
}

async fn ct_engine(store: &Arc<BreakStore>, key: &Arc<SigningKey>, clock: &TestClock) -> Engine {
    let store = Arc::clone(store);
    let guard = Arc::new(MemoryGuard::new());
    let setup = LogSetup {
        name: LogName::parse("ct").unwrap(),
        signer: Arc::new(Rfc6962NoteSigner::new(CT_ORIGIN.to_owned(), key.clone()).unwrap()),
        verifier: Box::new(
            Rfc6962NoteVerifier::new(CT_ORIGIN.to_owned(), key.public_key().clone()).unwrap(),
        ),
        origin: CT_ORIGIN.to_owned(),
        format: Arc::new(CtLeaf),
        public_key_spki: key.public_key().spki_der().to_vec(),
    };
    let now = (clock.as_log_clock())();
    init_log(store.as_ref(), guard.as_ref(), &setup, None, now)
        .await
        .unwrap();
    Engine::open(
        store,
        guard,
        clock.as_log_clock(),
        vec![setup],
        EngineConfig::default(),
    )
    .await
    .unwrap()
}

/// The body with a public key and a proof, the token in it.
pub fn key_request(token: &str, key_pem: &str, proof: &[u8]) -> Value {
    json!({
        "credentials": {"oidcIdentityToken": token},
        "publicKeyRequest": {
            "publicKey": {"algorithm": "ECDSA", "content": key_pem},
            "proofOfPossession": STANDARD.encode(proof),
        },
    })
}

/// The body with a certificate request, the token in it.
pub fn csr_request(token: &str, csr_pem: &str) -> Value {
    json!({
        "credentials": {"oidcIdentityToken": token},
        "certificateSigningRequest": STANDARD.encode(csr_pem),
    })
}

/// `body` with another method or headers, for the odd cases.
pub fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}
