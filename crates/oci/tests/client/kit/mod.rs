//! A network in memory: registries by host, and a record of what was sent where.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use sigbox_oci::credentials::{CredentialStore, Credentials};
use sigbox_oci::transport::{
    Body, Chunks, Reason, Request, Response, Transport, TransportError, TransportErrorKind,
};
use sigbox_oci::{Descriptor, RawManifest, Registry, RegistryOptions, Repository, media_type};
use sigbox_testkit::lying_registry::LyingRegistry;
use tower::ServiceExt as _;

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) authorization: Option<String>,
    pub(crate) reason: Reason,
}

/// Hosts with a router each; those of plain HTTP have no TLS.
#[derive(Clone, Default)]
pub(crate) struct Network {
    hosts: Arc<Mutex<HashMap<String, Router>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
    pauses: Arc<Mutex<Vec<Duration>>>,
    received: Arc<Mutex<u64>>,
    jitter: Arc<Mutex<u64>>,
}

impl Network {
    /// Makes each way take a time of its own, the same for the same seed.
    pub(crate) fn shake(&self, seed: u64) {
        *self.jitter.lock().unwrap() = seed + 1;
    }

    /// Others may go first, on the way there and on the way back.
    async fn way(&self) {
        let steps = {
            let mut state = self.jitter.lock().unwrap();
            // A linear congruence is random enough to change an order.
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(u64::from(*state > 0));
            *state >> 33 & 15
        };
        for _ in 0..=steps {
            tokio::task::yield_now().await;
        }
    }

    /// Puts a registry at an origin such as `https://registry.example`.
    pub(crate) fn put(&self, origin: &str, registry: &LyingRegistry) {
        let router = registry.router();
        self.hosts.lock().unwrap().insert(origin.to_owned(), router);
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }

    /// Bytes of bodies that the client has taken.
    pub(crate) fn received(&self) -> u64 {
        *self.received.lock().unwrap()
    }

    /// The hosts that saw something to be authorized with.
    pub(crate) fn hosts_with_credentials(&self) -> Vec<String> {
        let mut hosts: Vec<String> = self
            .sent()
            .into_iter()
            .filter(|sent| sent.authorization.is_some())
            .map(|sent| {
                url::Url::parse(&sent.url)
                    .unwrap()
                    .origin()
                    .ascii_serialization()
            })
            .collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    pub(crate) fn client(&self) -> Registry {
        self.client_with(CredentialStore::anonymous(), RegistryOptions::default())
    }

    pub(crate) fn client_of(&self, user: &str, password: &str) -> Registry {
        let store = CredentialStore::given(Credentials::Basic {
            username: user.to_owned(),
            password: password.to_owned().into(),
        });
        self.client_with(store, RegistryOptions::default())
    }

    pub(crate) fn client_with(&self, store: CredentialStore, options: RegistryOptions) -> Registry {
        Registry::new(Arc::new(self.clone()), Arc::new(store), options)
    }
}

#[async_trait]
impl Transport for Network {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let failed =
            |kind| TransportError::new(&request.method, &request.url, kind, "no such host");
        let authorization = request.headers.get("authorization");
        self.sent.lock().unwrap().push(Sent {
            method: request.method.clone(),
            url: request.url.to_string(),
            authorization: authorization.map(|value| value.to_str().unwrap().to_owned()),
            reason: request.reason,
        });
        let origin = request.url.origin().ascii_serialization();
        let router = self.hosts.lock().unwrap().get(&origin).cloned();
        let router = router.ok_or_else(|| failed(TransportErrorKind::Connect))?;
        let body = match &request.body {
            Body::Empty => Vec::new(),
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::File { path, .. } => std::fs::read(path).unwrap(),
        };
        let mut asked = http::Request::new(axum::body::Body::from(body));
        *asked.method_mut() = request.method.clone();
        *asked.headers_mut() = request.headers.clone();
        *asked.uri_mut() = request.url[url::Position::BeforePath..].parse().unwrap();
        self.way().await;
        let answer = router.oneshot(asked).await.unwrap();
        self.way().await;
        let (head, body) = answer.into_parts();
        Ok(Response {
            status: head.status,
            headers: head.headers,
            body: Box::new(Incoming(body, self.received.clone())),
        })
    }

    async fn pause(&self, pause: Duration) {
        self.pauses.lock().unwrap().push(pause);
        // Whoever is under way arrives.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }
}

struct Incoming(axum::body::Body, Arc<Mutex<u64>>);

#[async_trait]
impl Chunks for Incoming {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let Some(frame) = self.0.frame().await else {
            return Ok(None);
        };
        let bytes = frame.unwrap().into_data().unwrap();
        *self.1.lock().unwrap() += bytes.len() as u64;
        Ok(Some(bytes))
    }
}

/// One registry at `https://registry.example`, its repository, and a client.
pub(crate) struct Scene {
    pub(crate) network: Network,
    pub(crate) registry: LyingRegistry,
    pub(crate) client: Registry,
    pub(crate) repository: Repository,
}

pub(crate) fn scene() -> Scene {
    let network = Network::default();
    let registry = LyingRegistry::new();
    network.put("https://registry.example", &registry);
    Scene {
        client: network.client(),
        network,
        registry,
        repository: repository("registry.example/app"),
    }
}

pub(crate) fn repository(name: &str) -> Repository {
    name.parse().unwrap()
}

/// An image of one layer, stored honestly, at tag `v1`.
pub(crate) fn image(scene: &Scene) -> RawManifest {
    scene.registry.put_blob("{\"config\":true}");
    scene.registry.put_blob("layer");
    let raw = RawManifest::new(media_type::OCI_MANIFEST, image_json().to_string());
    scene.registry.put_manifest(
        "app",
        Some("v1"),
        media_type::OCI_MANIFEST,
        raw.bytes.clone(),
    );
    raw
}

fn image_json() -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": media_type::OCI_MANIFEST,
        "config": Descriptor::of(media_type::OCI_CONFIG, b"{\"config\":true}"),
        "layers": [layer()],
    })
}

pub(crate) fn layer() -> Descriptor {
    Descriptor::of("application/octet-stream", b"layer")
}

/// A manifest that refers to another, told apart by an annotation.
pub(crate) fn referrer(subject: &RawManifest, mark: &str) -> RawManifest {
    let mut value = image_json();
    value["config"] = serde_json::to_value(Descriptor::of(media_type::OCI_EMPTY, b"{}")).unwrap();
    value["artifactType"] = json!("a/b");
    value["annotations"] = json!({"mark": mark});
    value["subject"] = serde_json::to_value(subject.descriptor()).unwrap();
    RawManifest::new(media_type::OCI_MANIFEST, value.to_string())
}
