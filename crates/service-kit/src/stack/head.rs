//! The size of a request's head: long targets 414, many or large headers 431.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri};

use super::StackConfig;
use crate::respond::JsonError;

pub(super) async fn check(
    State(config): State<StackConfig>,
    request: Request,
    next: Next,
) -> Response {
    if target_bytes(request.uri()) > config.max_target_bytes {
        let error = JsonError::plain(
            StatusCode::URI_TOO_LONG,
            &format!(
                "request target is longer than {} bytes",
                config.max_target_bytes
            ),
        );
        return error.into_response();
    }
    if let Some(message) = oversized(request.headers(), &config) {
        return JsonError::plain(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, &message)
            .into_response();
    }
    next.run(request).await
}

fn target_bytes(uri: &Uri) -> usize {
    uri.path_and_query()
        .map_or(0, |target| target.as_str().len())
}

fn oversized(headers: &HeaderMap, config: &StackConfig) -> Option<String> {
    if headers.len() > config.max_headers {
        return Some(format!("more than {} header fields", config.max_headers));
    }
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    (bytes > config.max_header_bytes).then(|| {
        format!(
            "header fields are larger than {} bytes",
            config.max_header_bytes
        )
    })
}
