//! What the token endpoint refuses.
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
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use kit::*;
use oidc_lite::ProviderConfig;

async fn token_error(kit: &Kit, form: &Form<'_>) -> (u16, String, String) {
    let answer = kit.post("/oidc/token", form).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/json");
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (
        answer.status.as_u16(),
        text("error"),
        text("error_description"),
    )
}

fn error(status: u16, code: &str, description: &str) -> (u16, String, String) {
    (status, code.to_owned(), description.to_owned())
}

#[tokio::test]
async fn a_code_is_good_once() {
    let kit = Kit::new();
    let code = kit.login("/oidc", &pressed()).await;
    let first = kit.post("/oidc/token", &redemption(&code)).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(
        token_error(&kit, &redemption(&code)).await,
        error(400, "invalid_grant", "the code is unknown, used or expired")
    );
}

#[tokio::test]
async fn a_code_expires_after_a_minute() {
    let kit = Kit::new();
    let code = kit.login("/oidc", &pressed()).await;
    kit.pass(59);
    let in_time = kit.post("/oidc/token", &redemption(&code)).await;
    assert_eq!(in_time.status, StatusCode::OK);

    let code = kit.login("/oidc", &pressed()).await;
    kit.pass(60);
    assert_eq!(
        token_error(&kit, &redemption(&code)).await,
        error(400, "invalid_grant", "the code is unknown, used or expired")
    );
}

#[tokio::test]
async fn a_code_is_bound_to_verifier_client_and_redirect() {
    let mut config = ProviderConfig::new(BASE).unwrap();
    config.clients.insert("other".to_owned());
    let kit = Kit::with(config);
    let wrong = "wrong-verifier-wrong-verifier-wrong-verifier";
    for (name, value, code, description) in [
        (
            "code_verifier",
            wrong,
            "invalid_grant",
            "code_verifier does not match",
        ),
        (
            "code_verifier",
            "",
            "invalid_grant",
            "code_verifier is missing",
        ),
        (
            "client_id",
            "other",
            "invalid_grant",
            "the code was made for another client",
        ),
        (
            "redirect_uri",
            "http://localhost:1/",
            "invalid_grant",
            "the code was made for another redirect_uri",
        ),
        (
            "redirect_uri",
            "",
            "invalid_request",
            "redirect_uri is missing",
        ),
    ] {
        let login_code = kit.login("/oidc", &pressed()).await;
        let mut form = redemption(&login_code);
        form.insert(name, value);
        assert_eq!(
            token_error(&kit, &form).await,
            error(400, code, description)
        );
        // The failed try has spent the code.
        assert_eq!(
            token_error(&kit, &redemption(&login_code)).await,
            error(400, "invalid_grant", "the code is unknown, used or expired")
        );
    }
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_a_downgrade() {
    let kit = Kit::new();
    let mut form = pressed();
    form.remove("code_challenge");
    form.remove("code_challenge_method");
    let code = kit.login("/oidc", &form).await;
    assert_eq!(
        token_error(&kit, &redemption(&code)).await,
        error(
            400,
            "invalid_grant",
            "code_verifier was sent, but the login had no code_challenge"
        )
    );
}

#[tokio::test]
async fn refuses_unsound_token_requests() {
    let kit = Kit::new();
    for (name, value, expected) in [
        (
            "grant_type",
            "",
            error(400, "invalid_request", "grant_type is missing"),
        ),
        (
            "grant_type",
            "password",
            error(
                400,
                "unsupported_grant_type",
                "grant_type must be authorization_code or urn:ietf:params:oauth:grant-type:device_code",
            ),
        ),
        (
            "client_id",
            "",
            error(401, "invalid_client", "client_id is missing"),
        ),
        (
            "client_id",
            "stranger",
            error(401, "invalid_client", "the client is not known here"),
        ),
        (
            "client_secret",
            "guess",
            error(401, "invalid_client", "a public client has no secret"),
        ),
        ("code", "", error(400, "invalid_request", "code is missing")),
        (
            "code",
            "guess",
            error(400, "invalid_grant", "the code is unknown, used or expired"),
        ),
    ] {
        let mut form = redemption("unused");
        form.insert(name, value);
        assert_eq!(token_error(&kit, &form).await, expected, "{name}={value}");
    }
}

#[tokio::test]
async fn refuses_other_credentials_of_a_client() {
    let kit = Kit::new();
    for (header, status, code) in [
        // `sigstore:secret`, `stranger:`, `sigstore` without a colon, not base64, another scheme.
        ("Basic c2lnc3RvcmU6c2VjcmV0", 401, "invalid_client"),
        ("Basic c3RyYW5nZXI6", 400, "invalid_request"),
        ("Basic c2lnc3RvcmU=", 401, "invalid_client"),
        ("Basic %%%", 401, "invalid_client"),
        ("Bearer token", 401, "invalid_client"),
    ] {
        let mut request = post("/oidc/token", &redemption("unused"));
        let value = header.parse().unwrap();
        request.headers_mut().insert(AUTHORIZATION, value);
        let answer = kit.send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{header}");
        assert_eq!(answer.json()["error"], code, "{header}");
        assert_eq!(
            answer.headers.contains_key("www-authenticate"),
            status == 401,
            "{header}"
        );
    }
}

#[tokio::test]
async fn takes_only_forms_of_a_sane_size() {
    let kit = Kit::new();
    let mut request = post("/oidc/token", &redemption("unused"));
    let json = "application/json".parse().unwrap();
    request.headers_mut().insert(CONTENT_TYPE, json);
    let answer = kit.send(request).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer.json()["error_description"],
        "content type must be application/x-www-form-urlencoded"
    );

    let long = "x".repeat(16 * 1024);
    let mut form = redemption("unused");
    form.insert("filler", &long);
    let answer = kit.post("/oidc/token", &form).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json()["error"], "invalid_request");
    let answer = kit.post("/oidc/auth", &form).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
}

#[tokio::test]
async fn unknown_paths_and_methods_answer_in_json() {
    let kit = Kit::new();
    for path in ["/oidc/nope", "/oidc/workload/nope", "/oidc/auth/"] {
        let answer = kit.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.body, r#"{"code":404,"message":"not found"}"#);
    }
    for path in ["/oidc/token", "/oidc/workload/token", "/oidc/device/code"] {
        let answer = kit.get(path).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(
            answer.body,
            r#"{"code":405,"message":"method not allowed"}"#
        );
    }
}
