//! What browsers and clients read before they begin.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

mod kit;

use http::{Request, StatusCode};
use kit::*;

#[tokio::test]
async fn describes_both_issuers() {
    let kit = Kit::new();
    let email = kit.get("/oidc/.well-known/openid-configuration").await;
    assert_eq!(email.status, StatusCode::OK);
    assert_eq!(email.headers["content-type"], "application/json");
    assert_eq!(email.headers["cache-control"], "public, max-age=60");
    insta::assert_snapshot!("discovery", pretty(&email.body));

    let workload = kit
        .get("/oidc/workload/.well-known/openid-configuration")
        .await;
    assert_eq!(
        workload.body,
        email.body.replace(EMAIL_ISSUER, WORKLOAD_ISSUER)
    );
}

fn pretty(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

#[tokio::test]
async fn hostile_hosts_do_not_steer_the_issuer() {
    let kit = Kit::new();
    let plain = kit.get("/oidc/.well-known/openid-configuration").await;
    let hostile = Request::get("/oidc/.well-known/openid-configuration")
        .header("host", "evil.test")
        .header("x-forwarded-host", "evil.test")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.test;proto=https")
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(kit.send(hostile).await.body, plain.body);
}

#[tokio::test]
async fn publishes_one_key_set_for_both() {
    let kit = Kit::new();
    let email = kit.get("/oidc/jwks").await;
    assert_eq!(email.status, StatusCode::OK);
    assert_eq!(email.headers["content-type"], "application/json");
    let workload = kit.get("/oidc/workload/jwks").await;
    assert_eq!(email.body, workload.body);
    assert_eq!(email.body, kit.provider.jwks_json());

    let keys = email.json();
    let key = keys["keys"][0].as_object().unwrap();
    let mut names: Vec<_> = key.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!(key["kty"], "RSA");
    assert_eq!(key["alg"], "RS256");
    assert_eq!(key["use"], "sig");
    assert_eq!(key["e"], "AQAB");
}

#[tokio::test]
async fn the_login_page_is_plain_and_locked_down() {
    let kit = Kit::new();
    let page = kit
        .get(&format!("/oidc/auth?{}", encode(&authorization())))
        .await;
    insta::assert_snapshot!("login", page.body);
    let headers = &page.headers;
    assert_eq!(
        headers["content-security-policy"],
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self' http://localhost:41173"
    );
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["referrer-policy"], "same-origin");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(!page.body.contains("<script"));

    let style = kit.get("/oidc/style.css").await;
    assert_eq!(style.status, StatusCode::OK);
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn the_workload_page_asks_for_a_uri() {
    let kit = Kit::new();
    let mut form = authorization();
    form.insert("redirect_uri", "urn:ietf:wg:oauth:2.0:oob");
    let page = kit
        .get(&format!("/oidc/workload/auth?{}", encode(&form)))
        .await;
    assert!(page.body.contains(r#"action="/oidc/workload/auth""#));
    assert!(page.body.contains("http://localhost:8080/workload/build"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("; form-action 'self'"), "{policy}");
}

#[tokio::test]
async fn everything_foreign_is_escaped() {
    let kit = Kit::new();
    let hostile = "\"><script>alert(1)</script>";
    let mut form = authorization();
    form.insert("state", hostile);
    form.insert("nonce", hostile);
    form.insert("login_hint", hostile);
    let asked = kit.get(&format!("/oidc/auth?{}", encode(&form))).await;
    form.insert("login", hostile);
    let pressed = kit.post("/oidc/auth", &form).await;
    for page in [asked, pressed] {
        assert!(!page.body.contains("<script"), "{}", page.body);
        assert!(page.body.contains("&#60;script&#62;"), "{}", page.body);
    }
}
