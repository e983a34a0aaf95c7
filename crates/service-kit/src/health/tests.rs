use axum::body::Body;
use axum::extract::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

async fn get(registry: &HealthRegistry, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router(registry.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn alive_whatever_the_checks_say() {
    let registry = HealthRegistry::new();
    registry.register("database", async || Err("locked".to_owned()));
    let (status, body) = get(&registry, "/healthz").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body, r#"{"status":"SERVING"}"#);
}

#[tokio::test]
async fn ready_without_checks() {
    let (status, body) = get(&HealthRegistry::new(), "/readyz").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body, r#"{"status":"READY","checks":{}}"#);
}

#[tokio::test]
async fn names_each_check_and_the_reason_of_the_failed() {
    let registry = HealthRegistry::new();
    registry.register("log", async || Ok(()));
    registry.register("database", async || Err("locked".to_owned()));
    let (status, body) = get(&registry, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        body,
        r#"{"status":"NOT_READY","checks":{"database":{"status":"failed","reason":"locked"},"log":{"status":"ok"}}}"#
    );
    assert_eq!(
        registry.ready().await,
        Err(BTreeMap::from([("database", "locked".to_owned())]))
    );

    registry.register("database", async || Ok(()));
    assert_eq!(registry.ready().await, Ok(()));
}

#[tokio::test]
async fn not_ready_while_draining() {
    let registry = HealthRegistry::new();
    registry.drain();
    let (status, body) = get(&registry, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        body,
        r#"{"status":"NOT_READY","checks":{"shutdown":{"status":"failed","reason":"the server is shutting down"}}}"#
    );
    assert_eq!(get(&registry, "/healthz").await.0, StatusCode::OK);
}
