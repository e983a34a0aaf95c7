//! Cross-origin reads: any web page may call the public API, without credentials; marked routes are left out.
//!
//! Source: the Fetch standard, "CORS protocol".

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderValue, ORIGIN,
};
use http::{HeaderName, Method, StatusCode};
use tower_http::set_header::SetResponseHeaderLayer;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

const ANYONE: HeaderValue = HeaderValue::from_static("*");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("accept, authorization, content-type, x-request-id");
const RESPONSE_HEADERS: HeaderValue =
    HeaderValue::from_static("etag, location, retry-after, x-request-id");
const MAX_AGE_SECONDS: HeaderValue = HeaderValue::from_static("86400");

/// A layer for routes that other web origins must not read, such as login pages and metrics.
///
/// It sets `Cross-Origin-Resource-Policy: same-origin`, and [`super::finish`] then grants no cross-origin access.
/// Without it any page open in the operator's browser could read what a service on loopback answers.
pub fn same_origin() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(RESOURCE_POLICY, SAME_ORIGIN)
}

pub(super) async fn answer(request: Request, next: Next) -> Response {
    let preflight = is_preflight(&request);
    let mut response = next.run(request).await;
    if response.headers().get(RESOURCE_POLICY) == Some(&SAME_ORIGIN) {
        return response;
    }
    if preflight {
        response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
    }
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANYONE);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
    response
}

/// Only `OPTIONS` with both headers is a preflight; any other `OPTIONS` is the product's to answer.
fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(ORIGIN)
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
