//! An OCI registry in memory: honest, until told how to lie.

mod behaviour;
mod body;
mod content;
mod login;
mod referrers;
mod store;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde_json::json;

pub use behaviour::{Behaviour, BodyLie, Login, NextPage, ReferrersApi, Swapped, Trouble};
use store::Store;

const LARGEST_UPLOAD: usize = 64 * 1024 * 1024;

/// A request that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// What it was authorized with.
    pub authorization: Option<String>,
}

/// The registry; clones are the same one.
#[derive(Clone, Default)]
pub struct LyingRegistry(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    behaviour: Behaviour,
    store: Store,
    seen: Vec<Seen>,
    issued: Vec<(String, Vec<String>)>,
}

/// A request with its body read.
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl LyingRegistry {
    /// Empty and honest, with the referrers API, open to everybody.
    pub fn new() -> Self {
        Self::default()
    }

    /// With another behaviour from the start.
    pub fn behaving(behaviour: Behaviour) -> Self {
        let registry = Self::new();
        registry.inner().behaviour = behaviour;
        registry
    }

    /// Changes how it behaves from now on.
    pub fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.inner().behaviour);
    }

    /// What came in so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.inner().seen.clone()
    }

    /// The digest of bytes as a registry names it.
    pub fn digest(bytes: &[u8]) -> String {
        store::digest(bytes)
    }

    /// Puts a blob in; its digest.
    pub fn put_blob(&self, bytes: impl Into<Bytes>) -> String {
        self.inner().store.put_blob(bytes.into())
    }

    /// Puts a manifest into a repository; its digest.
    pub fn put_manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        media_type: &str,
        bytes: impl Into<Bytes>,
    ) -> String {
        let bytes = bytes.into();
        let mut inner = self.inner();
        let digest = store::digest(&bytes);
        inner
            .store
            .put_manifest(repository, &digest, media_type, bytes.clone());
        if let Some(tag) = tag {
            inner.store.put_manifest(repository, tag, media_type, bytes);
        }
        digest
    }

    /// The bytes of a manifest by tag or digest.
    pub fn manifest(&self, repository: &str, name: &str) -> Option<Bytes> {
        let inner = self.inner();
        let (_, bytes) = inner.store.manifest(repository, name)?;
        Some(bytes)
    }

    /// How many blobs there are.
    pub fn blob_count(&self) -> usize {
        self.inner().store.blobs.len()
    }

    /// The routes, for tests in one process.
    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }

    /// Serves on a free port of this machine until the test's runtime ends.
    pub async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }
}

async fn handle(State(registry): State<LyingRegistry>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_UPLOAD).await.unwrap();
    let asked = Asked {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
    };
    registry.inner().answer(&asked)
}

impl Inner {
    fn answer(&mut self, asked: &Asked) -> Response {
        let target = asked.uri.path_and_query().map(ToString::to_string);
        let authorization = asked.headers.get(header::AUTHORIZATION);
        self.seen.push(Seen {
            method: asked.method.clone(),
            target: target.unwrap_or_default(),
            authorization: authorization.map(|value| value.to_str().unwrap().to_owned()),
        });
        let path = asked.uri.path().to_owned();
        if path == "/token" {
            return self.issue_token(asked);
        }
        if let Some(digest) = path.strip_prefix("/storage/") {
            return self.blob(asked, digest);
        }
        let Some(rest) = path.strip_prefix("/v2/") else {
            return refused(StatusCode::NOT_FOUND, "NOT_FOUND", "no such page");
        };
        if let Some(trouble) = self.behaviour.trouble_now() {
            return trouble;
        }
        if let Some(challenge) = self.challenge(asked, rest) {
            return challenge;
        }
        if rest.is_empty() {
            return StatusCode::OK.into_response();
        }
        self.route(asked, rest)
    }

    fn route(&mut self, asked: &Asked, rest: &str) -> Response {
        if let Some(name) = rest.strip_suffix("/tags/list") {
            return self.tags(asked, name);
        }
        let parts: Vec<&str> = rest.rsplitn(3, '/').collect();
        match parts.as_slice() {
            [digest, "referrers", name] => self.referrers(asked, name, digest),
            [reference, "manifests", name] => self.manifests(asked, name, reference),
            ["", "uploads", _] if asked.method == Method::POST => self.start_upload(asked, rest),
            [_, "uploads", _] => self.finish_upload(asked),
            [digest, "blobs", _] => match self.behaviour.blobs_at.clone() {
                Some(place) => moved(&format!("{place}/{digest}")),
                None => self.blob(asked, digest),
            },
            _ => refused(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "no such page"),
        }
    }
}

/// A refusal in the registry's form.
fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({"errors": [{"code": code, "message": message}]});
    let head = [(header::CONTENT_TYPE, "application/json")];
    (status, head, body.to_string()).into_response()
}

fn moved(location: &str) -> Response {
    let head = [(header::LOCATION, location.to_owned())];
    (StatusCode::TEMPORARY_REDIRECT, head).into_response()
}

/// The value of a parameter in the address.
fn parameter(asked: &Asked, name: &str) -> Option<String> {
    let query = asked.uri.query()?;
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| percent_decoded(value))
    })
}

fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().replace('+', " ");
    for part in parts {
        let (code, rest) = part.split_at(2);
        decoded.push(char::from(u8::from_str_radix(code, 16).unwrap()));
        decoded.push_str(&rest.replace('+', " "));
    }
    decoded
}
