//! What the login refuses, and who is told.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

mod kit;

use http::StatusCode;
use http::header::ORIGIN;
use kit::*;

/// Both steps refuse with a page, and the browser is sent nowhere.
async fn refused_with_a_page(kit: &Kit, form: &Form<'_>, message: &str) {
    let asked = kit.get(&format!("/oidc/auth?{}", encode(form))).await;
    let mut with_login = form.clone();
    with_login.insert("login", "alice@example.com");
    let pressed = kit.post("/oidc/auth", &with_login).await;
    for answer in [asked, pressed] {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{message}");
        assert!(answer.headers.get("location").is_none(), "{message}");
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        assert!(answer.body.contains(message), "{message}\n{}", answer.body);
    }
}

/// Both steps tell the client at its redirect target, with the state.
async fn refused_to_the_client(kit: &Kit, form: &Form<'_>, error: &str, description: &str) {
    let asked = kit.get(&format!("/oidc/auth?{}", encode(form))).await;
    let mut with_login = form.clone();
    with_login.insert("login", "alice@example.com");
    let pressed = kit.post("/oidc/auth", &with_login).await;
    for answer in [asked, pressed] {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{description}");
        assert!(answer.location().as_str().starts_with(REDIRECT));
        let parameters = answer.redirected();
        assert_eq!(parameters["error"], error);
        assert_eq!(parameters["error_description"], description);
        assert_eq!(parameters["state"], "the state");
        assert!(!parameters.contains_key("code"));
    }
}

#[tokio::test]
async fn never_redirects_to_a_place_it_does_not_know() {
    let kit = Kit::new();
    for target in [
        "https://evil.test/cb",
        "http://localhost.evil.test/",
        "http://localhost@evil.test/",
        "javascript:alert(1)",
        "//evil.test",
    ] {
        let mut form = authorization();
        form.insert("redirect_uri", target);
        // Also with an error that would be told to the client: the target is judged first.
        form.insert("response_type", "token");
        refused_with_a_page(&kit, &form, "redirect_uri").await;
    }
    let mut form = authorization();
    form.remove("redirect_uri");
    refused_with_a_page(&kit, &form, "redirect_uri is missing").await;
}

#[tokio::test]
async fn never_redirects_for_a_client_it_does_not_know() {
    let kit = Kit::new();
    let mut form = authorization();
    form.insert("client_id", "<script>");
    refused_with_a_page(&kit, &form, "the client is not known here").await;
    form.remove("client_id");
    refused_with_a_page(&kit, &form, "client_id is missing").await;
}

#[tokio::test]
async fn tells_the_client_what_is_wrong_with_its_request() {
    let kit = Kit::new();
    for (name, value, error, description) in [
        (
            "response_type",
            "token",
            "unsupported_response_type",
            "response_type must be code",
        ),
        (
            "response_type",
            "",
            "invalid_request",
            "response_type is missing",
        ),
        (
            "response_mode",
            "fragment",
            "invalid_request",
            "response_mode must be query",
        ),
        (
            "scope",
            "email",
            "invalid_scope",
            "scope must contain openid",
        ),
        (
            "code_challenge_method",
            "plain",
            "invalid_request",
            "code_challenge_method must be S256",
        ),
        (
            "code_challenge_method",
            "",
            "invalid_request",
            "code_challenge_method must be S256",
        ),
        (
            "code_challenge",
            "short",
            "invalid_request",
            "code_challenge is not the base64url of a SHA-256",
        ),
        (
            "code_challenge",
            "",
            "invalid_request",
            "code_challenge is missing",
        ),
    ] {
        let mut form = authorization();
        form.insert(name, value);
        refused_to_the_client(&kit, &form, error, description).await;
    }
}

#[tokio::test]
async fn refuses_a_repeated_parameter() {
    let kit = Kit::new();
    let query = format!(
        "{}&redirect_uri=http://localhost:2/",
        encode(&authorization())
    );
    let answer = kit.get(&format!("/oidc/auth?{query}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("a parameter is sent more than once"));
}

#[tokio::test]
async fn asks_again_after_an_identity_that_does_not_hold() {
    let kit = Kit::new();
    for (issuer, login, message) in [
        ("/oidc", "alice", "not an email address"),
        ("/oidc", "", "identity is empty"),
        ("/oidc", "http://localhost/ci", "not an email address"),
        ("/oidc/workload", "alice@example.com", "not an absolute URI"),
        (
            "/oidc/workload",
            "http://other.test/ci",
            "URI must start with",
        ),
    ] {
        let mut form = authorization();
        form.insert("login", login);
        let answer = kit.post(&format!("{issuer}/auth"), &form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{login}");
        assert!(answer.body.contains(message), "{login}\n{}", answer.body);
        assert!(answer.body.contains("<form"), "{login}");
    }
}

#[tokio::test]
async fn refuses_a_login_that_another_page_sends() {
    let kit = Kit::new();
    for (name, value, allowed) in [
        ("origin", "http://localhost:8080", true),
        ("origin", "http://127.0.0.1:8080", false),
        ("origin", "http://localhost:8081", false),
        ("origin", "https://evil.test", false),
        ("origin", "null", false),
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "none", true),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "cross-site", false),
    ] {
        let mut request = post("/oidc/auth", &pressed());
        request.headers_mut().insert(name, value.parse().unwrap());
        let answer = kit.send(request).await;
        if allowed {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}: {value}");
        } else {
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {value}");
            assert!(
                answer
                    .body
                    .contains("the login was not sent by the page on http://localhost:8080")
            );
        }
    }
}

#[tokio::test]
async fn scripts_of_other_origins_read_neither_codes_nor_tokens() {
    let kit = Kit::new();
    for path in [
        "/oidc/auth",
        "/oidc/token",
        "/oidc/workload/token",
        "/oidc/userinfo",
    ] {
        let mut request = post(path, &pressed());
        let origin = "https://evil.test".parse().unwrap();
        request.headers_mut().insert(ORIGIN, origin);
        let answer = kit.send(request).await;
        let granted = answer.headers.get("access-control-allow-origin");
        assert_eq!(granted, None, "{path}");
    }
    let public = kit.get("/oidc/.well-known/openid-configuration").await;
    assert_eq!(public.headers["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn tells_the_client_when_too_many_logins_are_pending() {
    let kit = Kit::new();
    for _ in 0..1024 {
        kit.login("/oidc", &pressed()).await;
    }
    let answer = kit.post("/oidc/auth", &pressed()).await;
    assert_eq!(answer.redirected()["error"], "temporarily_unavailable");
    kit.pass(60);
    kit.login("/oidc", &pressed()).await;
}
