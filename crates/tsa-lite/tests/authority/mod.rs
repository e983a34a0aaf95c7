//! A timestamp authority in process, and the ways to ask it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub,
    reason = "shared by several test programs"
)]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use http::{Request, StatusCode};
use jiff::Timestamp;
use sigbox_crypto::profile::{
    CaIdentity, CaRequest, IntermediateKind, Issuer, make_intermediate, make_root, make_tsa_leaf,
};
use sigbox_crypto::tsp::{DEFAULT_POLICY, TimeStampRequest, TimestampIssuer};
use sigbox_crypto::{Certificate, HashAlgorithm, KeyAlgorithm, SigningKey, digest};
use tower::ServiceExt;
use tsa_lite::{Limits, Tsa};

pub const DER: &str = "application/timestamp-query";
pub const JSON: &str = "application/json";
pub const PATH: &str = "/api/v1/timestamp";

/// What the test authorities stamp: in a bundle this is a signature.
pub const STAMPED: &[u8] = b"hello";

pub fn time(rfc3339: &str) -> Timestamp {
    rfc3339.parse().unwrap()
}

/// A clock that stands still until it is set.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    pub fn set(&self, now: &str) {
        *self.0.lock().unwrap() = time(now);
    }
}

/// An authority with a chain of three, at 2026-11-23T00:43:59Z.
pub struct Authority {
    pub tsa: Tsa,
    pub chain: Vec<Certificate>,
    pub clock: TestClock,
}

impl Authority {
    pub fn new() -> Self {
        Self::until("2036-01-01T00:00:00Z")
    }

    /// The same with a leaf that ends at `last`.
    pub fn until(last: &str) -> Self {
        let [root_key, ca_key, key] =
            [(); 3].map(|()| SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
        let root = make_root(&root_key, &request(1, "Root", "2040-01-01T00:00:00Z")).unwrap();
        let issuer = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let wanted = request(2, "Timestamping CA", "2038-01-01T00:00:00Z");
        let ca = make_intermediate(
            &issuer,
            ca_key.public_key(),
            &wanted,
            IntermediateKind::TimeStamping,
        )
        .unwrap();
        let issuer = Issuer {
            certificate: &ca,
            signer: &ca_key,
        };
        let leaf =
            make_tsa_leaf(&issuer, key.public_key(), &request(3, "Timestamping", last)).unwrap();
        let chain = vec![leaf, ca, root];

        let clock = TestClock(Arc::new(Mutex::new(time("2026-11-23T00:43:59.75Z"))));
        let shown = clock.clone();
        let issuer = TimestampIssuer::new(Arc::new(key), chain.clone(), DEFAULT_POLICY).unwrap();
        let tsa = Tsa::new(
            issuer,
            Arc::new(move || *shown.0.lock().unwrap()),
            Limits::default(),
        );
        Self { tsa, chain, clock }
    }

    pub fn router(&self) -> Router {
        tsa_lite::standalone(self.tsa.clone())
    }

    pub async fn post(&self, media_type: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(PATH).header(CONTENT_TYPE, media_type);
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

fn request(serial: u8, common_name: &str, not_after: &str) -> CaRequest {
    CaRequest {
        identity: CaIdentity {
            organization: "example.test".to_owned(),
            common_name: common_name.to_owned(),
        },
        not_before: time("2026-01-01T00:00:00Z"),
        not_after: time(not_after),
        serial: [serial; 20],
    }
}

/// Status, headers and whole body of an answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.header(CONTENT_TYPE), Some("application/json"));
        serde_json::from_slice(&self.body).expect("the answer is JSON")
    }
}

pub fn query(hash: HashAlgorithm) -> TimeStampRequest {
    TimeStampRequest::new(hash, digest(hash, STAMPED)).unwrap()
}
