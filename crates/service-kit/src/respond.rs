//! Answers: JSON, plain text, and the cause of a failure for the request log.

use std::error::Error;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderName, StatusCode};
use serde::Serialize;

use crate::logging::Untrusted;

/// The media type of every JSON answer.
pub const APPLICATION_JSON: HeaderValue = HeaderValue::from_static("application/json");

const TEXT_PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Answers `status` with `body` serialised as compact JSON.
///
/// A value that cannot be serialised answers 500 and leaves its cause for the request log.
pub fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => with_type(status, APPLICATION_JSON, bytes),
        Err(error) => with_cause(
            JsonError::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal server error")
                .into_response(),
            &error,
        ),
    }
}

/// Answers `status` with `body`, which is JSON already, byte for byte.
pub fn raw_json(status: StatusCode, body: impl Into<Body>) -> Response {
    with_type(status, APPLICATION_JSON, body)
}

/// Answers `status` with `text` as `text/plain; charset=utf-8`.
pub fn plain(status: StatusCode, text: impl Into<Body>) -> Response {
    with_type(status, TEXT_PLAIN, text)
}

/// Answers `status` with `body` under the given `Content-Type`.
pub fn with_type(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// Sets one header on `response`, replacing what it held.
pub fn with_header(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}

/// `router` with a JSON answer for every path and method that it does not know.
pub fn with_fallbacks(router: axum::Router) -> axum::Router {
    router
        .fallback(async || JsonError::plain(StatusCode::NOT_FOUND, "not found"))
        .method_not_allowed_fallback(async || {
            JsonError::plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
        })
}

/// An error answer: a status and the JSON body in the shape that the product's clients expect.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body, rendered as it stands.
    pub body: serde_json::Value,
}

impl JsonError {
    /// An error whose body the product has built.
    pub fn new(status: StatusCode, body: serde_json::Value) -> Self {
        Self { status, body }
    }

    /// The shape used where no product owns the answer: `{"code":<HTTP status>,"message":"…"}`.
    pub fn plain(status: StatusCode, message: &str) -> Self {
        Self::new(
            status,
            serde_json::json!({ "code": status.as_u16(), "message": message }),
        )
    }
}

impl IntoResponse for JsonError {
    fn into_response(self) -> Response {
        raw_json(self.status, self.body.to_string())
    }
}

/// The chain of causes behind an answer, written to the request log and never to the client.
#[derive(Debug, Clone)]
pub struct Cause(String);

impl Cause {
    /// The chain, outermost error first, joined by `: `, escaped and cut for the log.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Attaches `error` and its sources to `response` for the request log.
///
/// The client still sees only what `response` says; the log line of the request carries the chain once.
pub fn with_cause(mut response: Response, error: &dyn Error) -> Response {
    let mut chain = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        chain.push_str(": ");
        chain.push_str(&source.to_string());
        next = source.source();
    }
    response
        .extensions_mut()
        .insert(Cause(Untrusted(&chain).to_string()));
    response
}
