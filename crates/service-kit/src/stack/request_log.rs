//! One span and one line a request: method, path, status, duration; never headers, bodies or the query.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;

use super::RequestId;
use crate::logging::Untrusted;
use crate::respond::Cause;

pub(super) async fn log(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>();
    let span = tracing::info_span!(
        "request",
        request_id = id.map_or("", RequestId::as_str),
        method = %Untrusted(request.method().as_str()),
        path = %Untrusted(request.uri().path()),
    );
    async {
        let started = Instant::now();
        let response = next.run(request).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = response.status().as_u16();
        let cause = response.extensions().get::<Cause>().map(Cause::as_str);
        if response.status().is_server_error() {
            tracing::error!(status, duration_ms, cause, "request failed");
        } else {
            tracing::info!(status, duration_ms, cause, "request finished");
        }
        response
    }
    .instrument(span)
    .await
}
