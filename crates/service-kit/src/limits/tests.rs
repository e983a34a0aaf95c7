use std::convert::Infallible;
use std::future::{pending, ready};
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::StatusCode;
use http::header::HeaderValue;
use http_body_util::Full;
use tower::ServiceExt;
use tower_http::timeout::DeadlineBody;

use super::*;
use crate::respond::JsonError;

const LIMIT: usize = 4;

fn request(body: impl Into<Body>) -> Request {
    Request::post("/").body(body.into()).unwrap()
}

fn declaring(length: &'static str, body: Body) -> Request {
    let mut request = request(body);
    request
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from_static(length));
    request
}

/// A body that sends four bytes and then neither ends nor goes on.
fn unfinished() -> Body {
    let trailers = pending::<Option<Result<HeaderMap, Infallible>>>();
    Body::new(Full::new(Bytes::from_static(b"abcd")).with_trailers(trailers))
}

/// A body that sends four bytes and then breaks.
fn broken() -> Body {
    let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let body = Full::new(Bytes::from_static(b"abcd")).map_err(|never| match never {});
    Body::new(body.with_trailers(ready(Some(Err::<HeaderMap, _>(error)))))
}

/// A body that fails as soon as anyone reads it.
fn unread() -> Body {
    let error = std::io::Error::other("the body was read");
    let body = Full::new(Bytes::new()).map_err(|never| match never {});
    Body::new(body.with_trailers(ready(Some(Err::<HeaderMap, _>(error)))))
}

#[tokio::test]
async fn reads_a_body_of_exactly_the_limit() {
    assert_eq!(read_body(request("abcd"), LIMIT).await.unwrap(), "abcd");
    assert_eq!(read_body(request(""), LIMIT).await.unwrap(), "");
}

#[tokio::test]
async fn refuses_by_content_length_before_reading() {
    let error = read_body(declaring("5", unread()), LIMIT)
        .await
        .unwrap_err();
    assert!(matches!(error, BodyError::TooLarge { limit_bytes: LIMIT }));
    let huge = declaring("18446744073709551615", unread());
    let error = read_body(huge, LIMIT).await.unwrap_err();
    assert!(matches!(error, BodyError::TooLarge { limit_bytes: LIMIT }));
}

#[tokio::test]
async fn refuses_while_streaming_without_content_length() {
    let error = read_body(request("abcde"), LIMIT).await.unwrap_err();
    assert!(matches!(error, BodyError::TooLarge { limit_bytes: LIMIT }));
}

#[tokio::test]
async fn refuses_while_streaming_when_content_length_lies() {
    let request = declaring("2", Body::from("abcde"));
    let error = read_body(request, LIMIT).await.unwrap_err();
    assert!(matches!(error, BodyError::TooLarge { limit_bytes: LIMIT }));
}

#[tokio::test]
async fn tells_a_broken_body_from_a_slow_one() {
    let error = read_body(request(broken()), LIMIT).await.unwrap_err();
    assert!(matches!(error, BodyError::Aborted { .. }), "{error:?}");
    assert_eq!(error.status(), StatusCode::BAD_REQUEST);

    let slow = Body::new(DeadlineBody::new(Duration::ZERO, unfinished()));
    let error = read_body(request(slow), LIMIT).await.unwrap_err();
    assert!(matches!(error, BodyError::TimedOut), "{error:?}");
    assert_eq!(error.status(), StatusCode::REQUEST_TIMEOUT);
}

#[test]
fn refuses_content_encoding() {
    for (value, passes) in [
        ("identity", true),
        ("Identity", true),
        ("", true),
        ("gzip", false),
        ("identity, gzip", false),
        ("br", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(value));
        match refuse_content_encoding(&headers) {
            Ok(()) => assert!(passes, "{value}"),
            Err(BodyError::Encoded) => assert!(!passes, "{value}"),
            Err(other) => panic!("{value}: {other:?}"),
        }
    }
    assert!(refuse_content_encoding(&HeaderMap::new()).is_ok());
}

#[tokio::test]
async fn the_layer_renders_the_products_own_refusal() {
    let refusal = |error: &BodyError| -> Response {
        let body = serde_json::json!({ "code": 8, "message": error.to_string() });
        JsonError::new(error.status(), body).into_response()
    };
    let app = Router::new().route(
        "/",
        post(async |body: Bytes| body.len().to_string()).layer(body_limit(LIMIT, refusal)),
    );
    let response = app.clone().oneshot(request("abcde")).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        read_text(response).await,
        r#"{"code":8,"message":"request body is larger than 4 bytes"}"#
    );
    let response = app.oneshot(request("abcd")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(read_text(response).await, "4");
}

#[tokio::test]
async fn the_layer_lifts_the_default_limit_of_extractors() {
    const THREE_MIB: usize = 3 * 1024 * 1024;
    let refusal = |error: &BodyError| error.status().into_response();
    let app = Router::new().route(
        "/",
        post(async |body: Bytes| body.len().to_string())
            .layer(body_limit(4 * 1024 * 1024, refusal)),
    );
    let response = app.oneshot(request(vec![0_u8; THREE_MIB])).await.unwrap();
    assert_eq!(read_text(response).await, THREE_MIB.to_string());
}

async fn read_text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}
