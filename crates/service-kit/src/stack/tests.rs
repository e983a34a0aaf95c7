use std::future::pending;
use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::routing::{get, post};
use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::limits::read_body;
use crate::respond::with_cause;

fn app() -> Router {
    let routes = Router::new()
        .route(
            "/id",
            get(async |Extension(id): Extension<RequestId>| id.to_string()),
        )
        .route("/panic", get(handler_that_panics))
        .route("/never", get(pending::<()>))
        .route("/body", post(read))
        .route("/private", get(async || "private").layer(same_origin()))
        .route("/fails", get(handler_that_fails));
    let config = StackConfig {
        body_timeout: Duration::from_millis(1),
        request_timeout: Duration::from_millis(50),
        ..StackConfig::default()
    };
    finish_with(routes, &config)
}

async fn handler_that_panics() -> &'static str {
    panic!("the secret reason\n");
}

async fn handler_that_fails() -> Response {
    let error = std::io::Error::other("disk\nfull");
    let response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    with_cause(response, &error)
}

async fn read(request: Request) -> Response {
    match read_body(request, 10).await {
        Ok(_) => StatusCode::OK.into_response(),
        Err(error) => error.status().into_response(),
    }
}

async fn send(request: http::request::Builder) -> (StatusCode, HeaderMap, String) {
    send_body(request, Body::empty()).await
}

async fn send_body(request: http::request::Builder, body: Body) -> (StatusCode, HeaderMap, String) {
    let request = request.body(body).unwrap();
    let (parts, body) = app().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    (parts.status, parts.headers, text)
}

#[tokio::test]
async fn honours_a_decent_request_id() {
    let longest = "x".repeat(128);
    for sent in ["abc-123", longest.as_str()] {
        let (_, headers, body) = send(Request::get("/id").header("x-request-id", sent)).await;
        assert_eq!(headers["x-request-id"], sent);
        assert_eq!(body, sent);
    }
}

#[tokio::test]
async fn replaces_other_request_ids() {
    let too_long = "x".repeat(129);
    for sent in ["", "with space", "tab\tbed", too_long.as_str()] {
        let (_, headers, body) = send(Request::get("/id").header("x-request-id", sent)).await;
        assert_eq!(headers["x-request-id"], body.as_str());
        assert_ne!(body, sent);
        assert_eq!(body.len(), 32);
        assert!(body.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
    let (_, _, first) = send(Request::get("/id")).await;
    let (_, _, second) = send(Request::get("/id")).await;
    assert_ne!(first, second);
}

#[tokio::test]
async fn adv_l10_a_panic_is_a_500_without_its_text() {
    let (status, headers, body) = send(Request::get("/panic").header("x-request-id", "p1")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["x-request-id"], "p1");
    assert_eq!(body, r#"{"code":500,"message":"internal server error"}"#);
}

#[tokio::test]
async fn gives_up_a_request_that_takes_too_long() {
    let (status, _, body) = send(Request::get("/never")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        body,
        r#"{"code":503,"message":"the request took too long and was given up"}"#
    );
}

#[tokio::test]
async fn a_dripped_body_times_out() {
    let trailers = pending::<Option<Result<HeaderMap, std::convert::Infallible>>>();
    let body = Body::new(Full::new(Bytes::from_static(b"a")).with_trailers(trailers));
    let (status, _, _) = send_body(Request::post("/body"), body).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn a_connection_with_an_unread_body_is_said_to_end() {
    let send = |version, size| {
        let request = http::Request::post("/body").version(version);
        send_body(request, Body::from(vec![b'x'; size]))
    };
    for (version, size, expected) in [
        (http::Version::HTTP_11, 11, Some("close")),
        (http::Version::HTTP_10, 11, Some("close")),
        (http::Version::HTTP_2, 11, None),
        (http::Version::HTTP_11, 10, None),
    ] {
        let (status, headers, _) = send(version, size).await;
        assert_eq!(status.as_u16(), if size > 10 { 413 } else { 200 });
        let found = headers.get("connection");
        assert_eq!(found.map(|value| value.to_str().unwrap()), expected);
    }
}

#[tokio::test]
async fn refuses_a_long_target() {
    let fits = format!("/id?{}", "x".repeat(8 * 1024 - 4));
    assert_eq!(send(Request::get(&fits)).await.0, StatusCode::OK);
    let (status, _, body) = send(Request::get(format!("{fits}x"))).await;
    assert_eq!(status, StatusCode::URI_TOO_LONG);
    assert_eq!(
        body,
        r#"{"code":414,"message":"request target is longer than 8192 bytes"}"#
    );
}

#[tokio::test]
async fn refuses_many_or_large_headers() {
    let many = |count: usize| {
        (0..count).fold(Request::get("/id"), |request, n| {
            request.header(format!("x-{n}"), "v")
        })
    };
    assert_eq!(send(many(64)).await.0, StatusCode::OK);
    let (status, _, body) = send(many(65)).await;
    assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(
        body,
        r#"{"code":431,"message":"more than 64 header fields"}"#
    );

    let large = Request::get("/id").header("x", "v".repeat(32 * 1024));
    let (status, _, body) = send(large).await;
    assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(
        body,
        r#"{"code":431,"message":"header fields are larger than 32768 bytes"}"#
    );
}

#[tokio::test]
async fn any_origin_may_read_the_public_api_without_credentials() {
    for path in ["/id", "/no-such-path", "/panic"] {
        let (_, headers, _) = send(Request::get(path).header("origin", "https://x.test")).await;
        assert_eq!(headers["access-control-allow-origin"], "*", "{path}");
        assert!(!headers.contains_key("access-control-allow-credentials"));
    }
    let preflight = Request::options("/body")
        .header("origin", "https://x.test")
        .header("access-control-request-method", "POST");
    let (status, headers, body) = send(preflight).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(headers["access-control-allow-methods"], "GET, HEAD, POST");
    assert_eq!(body, "");
    // An OPTIONS that is no preflight is the product's to answer.
    let (status, _, _) = send(Request::options("/body")).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn marked_routes_grant_no_other_origin() {
    let get = Request::get("/private").header("origin", "https://x.test");
    let (status, headers, _) = send(get).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!headers.contains_key("access-control-allow-origin"));
    assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
    let preflight = Request::options("/private")
        .header("origin", "https://x.test")
        .header("access-control-request-method", "GET");
    let (_, headers, _) = send(preflight).await;
    assert!(!headers.contains_key("access-control-allow-origin"));
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn logs_method_path_status_and_cause_but_no_secrets() {
    let captured = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(captured.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    send(Request::get("/id?code=query-secret").header("authorization", "Bearer header-secret"))
        .await;
    send(Request::get("/fails").header("x-request-id", "f1")).await;
    send(Request::get("/panic")).await;
    send(Request::get("/%E2%80%AEforged%0A").method("B\u{41}D")).await;
    drop(guard);

    let text = captured.text();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ok = &lines[0];
    assert_eq!(ok["fields"]["message"], "request finished");
    assert_eq!(ok["fields"]["status"], 200);
    assert!(ok["fields"]["duration_ms"].is_u64());
    assert_eq!(ok["span"]["method"], "GET");
    assert_eq!(ok["span"]["path"], "/id");
    let failed = &lines[1];
    assert_eq!(failed["level"], "ERROR");
    assert_eq!(failed["fields"]["status"], 500);
    assert_eq!(failed["fields"]["cause"], r"disk\nfull");
    assert_eq!(failed["span"]["request_id"], "f1");
    let panicked = &lines[2];
    assert_eq!(panicked["fields"]["panic"], r"the secret reason\n");
    assert_eq!(panicked["span"]["path"], "/panic");
    assert!(!text.contains("query-secret"));
    assert!(!text.contains("header-secret"));
}
