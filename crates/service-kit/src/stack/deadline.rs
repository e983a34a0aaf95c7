//! Time: for the body to arrive, and for the whole request.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower_http::timeout::DeadlineBody;

use super::StackConfig;
use crate::respond::JsonError;

pub(super) async fn enforce(
    State(config): State<StackConfig>,
    request: Request,
    next: Next,
) -> Response {
    let request = request.map(|body| Body::new(DeadlineBody::new(config.body_timeout, body)));
    match tokio::time::timeout(config.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => JsonError::plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "the request took too long and was given up",
        )
        .into_response(),
    }
}
