//! Request bodies under a hard limit.
//!
//! A body is refused by its `Content-Length`, and again while it streams, so a wrong or missing length gains
//! nothing. What is too long is never kept; a little of it is thrown away, so that a client which writes its whole
//! body before it reads gets the answer and not a broken connection. The product renders its own refusal from
//! [`BodyError`].

use axum::body::Body;
use axum::extract::Request;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt;
use tower_http::timeout::TimeoutError;

mod discard;
mod layer;

pub use layer::{BodyLimit, BodyLimitService, body_limit};

/// No more than this is set aside before the bytes have arrived.
const FIRST_ALLOCATION_BYTES: usize = 64 * 1024;

/// Why a request body was not read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The body is longer than the route allows (413).
    #[error("request body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit of the route, in bytes.
        limit_bytes: usize,
    },
    /// The body arrived too slowly (408).
    #[error("request body did not arrive in time")]
    TimedOut,
    /// The body carries a `Content-Encoding` (415).
    #[error("request body has a content encoding")]
    Encoded,
    /// The connection ended, or its framing broke, before the end of the body (400).
    #[error("request body ended early")]
    Aborted {
        /// What the connection reported.
        #[source]
        source: axum::Error,
    },
}

impl BodyError {
    /// The status that fits the error: 413, 408, 415 or 400.
    pub fn status(&self) -> http::StatusCode {
        match self {
            Self::TooLarge { .. } => http::StatusCode::PAYLOAD_TOO_LARGE,
            Self::TimedOut => http::StatusCode::REQUEST_TIMEOUT,
            Self::Encoded => http::StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Aborted { .. } => http::StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads the whole body of `request`, at most `limit_bytes`.
///
/// # Errors
/// [`BodyError::TooLarge`] if `Content-Length` or the bytes themselves pass the limit;
/// [`BodyError::TimedOut`] if the stack's body deadline passes; [`BodyError::Aborted`] if the peer goes away.
pub async fn read_body(request: Request, limit_bytes: usize) -> Result<Bytes, BodyError> {
    let (parts, body) = request.into_parts();
    read_parts(&parts.headers, body, limit_bytes).await
}

/// Reads `body`, at most `limit_bytes`; `headers` are those of its request.
///
/// # Errors
/// As [`read_body`].
pub async fn read_parts(
    headers: &HeaderMap,
    mut body: Body,
    limit_bytes: usize,
) -> Result<Bytes, BodyError> {
    let too_large = || BodyError::TooLarge { limit_bytes };
    let declared = declared_length(headers);
    if let Some(length) = declared.filter(|length| *length > limit_bytes as u64) {
        discard::declared(&mut body, length, limit_bytes).await;
        return Err(too_large());
    }
    let mut collected = BytesMut::with_capacity(
        declared
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(0)
            .min(FIRST_ALLOCATION_BYTES),
    );
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(classify)?;
        let Ok(data) = frame.into_data() else {
            continue; // trailers
        };
        if data.len() > limit_bytes.saturating_sub(collected.len()) {
            discard::rest(&mut body, limit_bytes).await;
            return Err(too_large());
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}

/// Refuses a write that is compressed: nothing is inflated on the way in.
///
/// `Content-Encoding: identity` and an absent or empty header pass.
///
/// # Errors
/// [`BodyError::Encoded`] for any other encoding.
pub fn refuse_content_encoding(headers: &HeaderMap) -> Result<(), BodyError> {
    for value in headers.get_all(CONTENT_ENCODING) {
        let plain = value.to_str().is_ok_and(|text| {
            text.trim().is_empty() || text.trim().eq_ignore_ascii_case("identity")
        });
        if !plain {
            return Err(BodyError::Encoded);
        }
    }
    Ok(())
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn classify(source: axum::Error) -> BodyError {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(&source);
    while let Some(error) = next {
        if error.is::<TimeoutError>() {
            return BodyError::TimedOut;
        }
        next = error.source();
    }
    BodyError::Aborted { source }
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
