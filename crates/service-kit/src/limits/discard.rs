//! Throws away a bounded part of a body that was refused for its length.
//!
//! Source: RFC 9112 §9.6: a server that closes while the client still writes may cost the client the answer.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout;

/// What is thrown away beyond the route's own limit.
const SLACK_BYTES: usize = 64 * 1024;

/// A client that sends nothing for so long is waiting for the answer.
const QUIET: Duration = Duration::from_millis(200);

/// Throws away a body that says it has `length` bytes; one that is far past the limit is not read at all.
pub(super) async fn declared(body: &mut Body, length: u64, limit_bytes: usize) {
    if length <= allowance(limit_bytes) as u64 {
        rest(body, limit_bytes).await;
    }
}

/// Throws away what is left, at most as much as an accepted body would have cost. A body that breaks off or comes too
/// slowly ends it: the refusal stands either way.
pub(super) async fn rest(body: &mut Body, limit_bytes: usize) {
    let mut left = allowance(limit_bytes);
    while let Ok(Some(Ok(frame))) = timeout(QUIET, body.frame()).await {
        let taken = frame.data_ref().map_or(0, bytes::Bytes::len);
        if taken >= left {
            return;
        }
        left -= taken;
    }
}

fn allowance(limit_bytes: usize) -> usize {
    limit_bytes.saturating_add(SLACK_BYTES)
}
