use axum::body::Body;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

async fn send(app: &Router, method: &str, path: &str) -> Response {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap();
    app.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn counts_and_times_by_matched_route() {
    let exporter = install().unwrap();
    let app = crate::stack::finish(
        Router::new()
            .route("/counted/{id}", get(async || StatusCode::CREATED))
            .merge(router(exporter)),
    );
    send(&app, "GET", "/counted/1").await;
    send(&app, "GET", "/counted/2").await;
    send(&app, "BREW", "/counted/2").await;
    send(&app, "GET", "/no/such/path-of-the-client").await;

    let response = send(&app, "GET", "/metrics").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()[http::header::CONTENT_TYPE],
        "text/plain; version=0.0.4"
    );
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    for line in [
        r#"http_requests_total{route="/counted/{id}",method="GET",code="201"} 2"#,
        r#"http_requests_total{route="/counted/{id}",method="other",code="405"} 1"#,
        r#"http_request_duration_seconds_count{route="/counted/{id}",method="GET"} 2"#,
        r#"http_request_duration_seconds_bucket{route="/counted/{id}",method="GET",le="60"} 2"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(text.contains(r#"route="unmatched",method="GET",code="404""#));
    assert!(!text.contains("path-of-the-client"));
}

#[test]
fn installing_again_returns_the_same_recorder() {
    let first = install().unwrap();
    let second = install().unwrap();
    counter!("installed_twice").increment(1);
    assert!(first.render().contains("installed_twice 1"));
    assert!(second.render().contains("installed_twice 1"));
}
