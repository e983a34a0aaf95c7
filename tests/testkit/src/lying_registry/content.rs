//! Manifests and blobs.

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde_json::Value;

use super::{Asked, Inner, ReferrersApi, Swapped, body, moved, parameter, refused, store};

const CONTENT_DIGEST: &str = "docker-content-digest";

impl Inner {
    pub(super) fn manifests(&mut self, asked: &Asked, name: &str, reference: &str) -> Response {
        match asked.method {
            Method::GET | Method::HEAD => self.get_manifest(name, reference),
            Method::PUT => self.store_manifest(asked, name, reference),
            Method::DELETE if self.behaviour.keeps_everything => refused(
                StatusCode::METHOD_NOT_ALLOWED,
                "UNSUPPORTED",
                "nothing is deleted",
            ),
            Method::DELETE if self.store.delete(name, reference) => {
                StatusCode::ACCEPTED.into_response()
            }
            _ => refused(
                StatusCode::NOT_FOUND,
                "MANIFEST_UNKNOWN",
                "manifest unknown",
            ),
        }
    }

    fn get_manifest(&self, name: &str, reference: &str) -> Response {
        if let Some(place) = &self.behaviour.manifests_at {
            return moved(place);
        }
        let Some((media_type, bytes)) = self.store.manifest(name, reference) else {
            return refused(
                StatusCode::NOT_FOUND,
                "MANIFEST_UNKNOWN",
                "manifest unknown",
            );
        };
        let media_type = self.behaviour.media_type.clone().unwrap_or(media_type);
        let mut digest = store::digest(&bytes);
        let etag = format!("\"{digest}\"");
        let bytes = match self.behaviour.swapped {
            Some(Swapped::Manifest) => swapped(&bytes),
            Some(Swapped::ManifestHeader) => {
                digest = store::digest(b"something else");
                bytes
            }
            _ => bytes,
        };
        let head = [
            (header::CONTENT_TYPE.as_str(), media_type),
            (CONTENT_DIGEST, digest),
        ];
        let answer = (head, body::told(bytes, self.behaviour.manifest_body)).into_response();
        if self.behaviour.compares || self.behaviour.etag {
            return ([(header::ETAG, etag)], answer).into_response();
        }
        answer
    }

    fn store_manifest(&mut self, asked: &Asked, name: &str, reference: &str) -> Response {
        let standing = self.store.manifest(name, reference);
        if self.behaviour.compares && !condition_holds(asked, standing.as_ref()) {
            let status = StatusCode::PRECONDITION_FAILED;
            return refused(status, "PRECONDITION_FAILED", "it has changed");
        }
        let value: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        if self.behaviour.whole_indexes && !self.lists_only_what_is_there(name, &value) {
            let status = StatusCode::BAD_REQUEST;
            return refused(status, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry");
        }
        let media_type = asked.headers[header::CONTENT_TYPE].to_str().unwrap();
        let bytes = asked.body.clone();
        let digest = store::digest(&bytes);
        self.store
            .put_manifest(name, &digest, media_type, bytes.clone());
        self.store
            .put_manifest(name, reference, media_type, bytes.clone());
        let answer = (StatusCode::CREATED, [(CONTENT_DIGEST, digest)]).into_response();
        match (&self.behaviour.referrers, value.pointer("/subject/digest")) {
            (ReferrersApi::Kept, Some(Value::String(subject))) => {
                ([("oci-subject", subject.clone())], answer).into_response()
            }
            _ => answer,
        }
    }

    fn lists_only_what_is_there(&self, name: &str, index: &Value) -> bool {
        let listed = index["manifests"].as_array().into_iter().flatten();
        listed
            .filter_map(|one| one["digest"].as_str())
            .all(|digest| self.store.manifest(name, digest).is_some())
    }

    pub(super) fn blob(&mut self, asked: &Asked, digest: &str) -> Response {
        let Some(bytes) = self.store.blobs.get(digest).cloned() else {
            return refused(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "blob unknown");
        };
        if asked.method == Method::HEAD {
            return StatusCode::OK.into_response();
        }
        let bytes = match self.behaviour.swapped {
            Some(Swapped::Blob) => swapped(&bytes),
            _ => bytes,
        };
        body::told(bytes, self.behaviour.blob_body)
    }

    pub(super) fn start_upload(&mut self, asked: &Asked, rest: &str) -> Response {
        if let Some(digest) = parameter(asked, "mount")
            && self.store.blobs.contains_key(&digest)
        {
            return (StatusCode::CREATED, [(CONTENT_DIGEST, digest)]).into_response();
        }
        let place = self.behaviour.uploads_at.clone();
        let place = place.unwrap_or_else(|| format!("/v2/{rest}"));
        let head = [(header::LOCATION, format!("{place}1?state=a%3Db"))];
        (StatusCode::ACCEPTED, head).into_response()
    }

    pub(super) fn finish_upload(&mut self, asked: &Asked) -> Response {
        if asked.method != Method::PUT || parameter(asked, "state").as_deref() != Some("a=b") {
            return StatusCode::NO_CONTENT.into_response();
        }
        let digest = store::digest(&asked.body);
        if parameter(asked, "digest").as_ref() != Some(&digest) {
            return refused(StatusCode::BAD_REQUEST, "DIGEST_INVALID", "digest invalid");
        }
        self.store.put_blob(asked.body.clone());
        (StatusCode::CREATED, [(CONTENT_DIGEST, digest)]).into_response()
    }
}

/// Other bytes of the same length.
fn swapped(bytes: &Bytes) -> Bytes {
    let mut other = bytes.to_vec();
    if let Some(last) = other.last_mut() {
        *last ^= 0x20;
    }
    other.into()
}

fn condition_holds(asked: &Asked, standing: Option<&(String, Bytes)>) -> bool {
    let matched = asked.headers.get(header::IF_MATCH).is_none_or(|etag| {
        standing.is_some_and(|(_, bytes)| *etag == format!("\"{}\"", store::digest(bytes)))
    });
    matched && (!asked.headers.contains_key(header::IF_NONE_MATCH) || standing.is_none())
}
