//! The middleware that every request passes, from the outside in.
//!
//! ```text
//! request id → request log → metrics → cross-origin answer → panic → unread body → size of the head → time → handler
//! ```

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;

use crate::logging::Untrusted;
use crate::respond::JsonError;

mod cross_origin;
mod deadline;
mod head;
mod request_id;
mod request_log;
mod unread;

pub use cross_origin::same_origin;
pub use request_id::{REQUEST_ID, RequestId};

/// What the stack allows a request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StackConfig {
    /// Time for the body to arrive, from the end of the head; past it a handler that still reads gets
    /// [`crate::limits::BodyError::TimedOut`].
    pub body_timeout: Duration,
    /// Time for the whole request; past it the answer is 503 and the handler is dropped.
    pub request_timeout: Duration,
    /// Longest request target (path and query), in bytes; a longer one is answered 414.
    pub max_target_bytes: usize,
    /// Most header fields; more are answered 431.
    pub max_headers: usize,
    /// Longest header section, in bytes of names and values; a longer one is answered 431.
    pub max_header_bytes: usize,
}

impl Default for StackConfig {
    fn default() -> Self {
        Self {
            body_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_mins(1),
            max_target_bytes: 8 * 1024,
            max_headers: 64,
            max_header_bytes: 32 * 1024,
        }
    }
}

/// Wraps the whole router of a process in the stack, with the default limits.
pub fn finish(router: Router) -> Router {
    finish_with(router, &StackConfig::default())
}

/// Wraps the whole router of a process in the stack.
pub fn finish_with(router: Router, config: &StackConfig) -> Router {
    // The layer added last is the outermost.
    router
        .layer(from_fn_with_state(config.clone(), deadline::enforce))
        .layer(from_fn_with_state(config.clone(), head::check))
        .layer(from_fn(unread::close))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn(cross_origin::answer))
        .layer(from_fn(crate::metrics::record))
        .layer(from_fn(request_log::log))
        .layer(from_fn(request_id::assign))
}

/// A handler that panics is our fault: the text goes to the log, the client reads a generic line.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that CatchPanicLayer asks for"
)]
fn answer_panic(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = %Untrusted(text), "a handler panicked");
    JsonError::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal server error").into_response()
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
mod tests;
