//! Says that the connection ends where a body was not read to its end.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONNECTION, HeaderValue};
use http::{StatusCode, Version};

/// Adds `Connection: close` to answers that leave the rest of a body unread.
///
/// The server closes such a connection in any case; unless it is told, a client may send its next request into it.
///
/// Source: RFC 9112 §9.6; HTTP/2 has no such field (RFC 9113 §8.2.2).
pub(super) async fn close(request: Request, next: Next) -> Response {
    let version = request.version();
    let mut response = next.run(request).await;
    let unread = matches!(
        response.status(),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
    );
    if unread && version <= Version::HTTP_11 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}
