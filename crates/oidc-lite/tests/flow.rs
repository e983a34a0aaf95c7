//! The whole flow as clients run it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

mod kit;

use http::StatusCode;
use http::header::AUTHORIZATION;
use kit::*;

#[tokio::test]
async fn signs_a_person_in() {
    let kit = Kit::new();
    let page = kit
        .get(&format!("/oidc/auth?{}", encode(&authorization())))
        .await;
    assert_eq!(page.status, StatusCode::OK);

    let answer = kit.post("/oidc/auth", &pressed()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location().as_str().starts_with(REDIRECT));
    let parameters = answer.redirected();
    assert_eq!(parameters["state"], "the state");
    assert_eq!(parameters.len(), 2);

    let answer = kit
        .post("/oidc/token", &redemption(&parameters["code"]))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/json");
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["expires_in"], 300);

    let id_token = tokens["id_token"].as_str().unwrap();
    let id = kit.verified(id_token, EMAIL_ISSUER).await;
    assert_eq!(id.sub, "alice@example.com");
    assert_eq!(id.email.as_deref(), Some("alice@example.com"));
    assert_eq!(id.email_verified, Some(true));
    assert_eq!(id.aud, "sigstore");
    assert_eq!((id.iat, id.exp), (START, START + 300));
    assert_eq!(id.nonce.as_deref(), Some("the nonce"));

    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(id.at_hash.clone().unwrap(), at_hash(access_token));
    let access = kit.verified(access_token, EMAIL_ISSUER).await;
    assert_eq!(access.nonce, None);
    assert_eq!(access.at_hash, None);
    assert_eq!(
        (
            access.iss,
            access.aud,
            access.sub,
            access.email,
            access.iat,
            access.exp
        ),
        (id.iss, id.aud, id.sub, id.email, id.iat, id.exp)
    );

    // The claims as JSON: one client needs a boolean here and numbers there.
    let payload = payload(id_token);
    assert_eq!(payload["email_verified"], serde_json::Value::Bool(true));
    assert!(payload["exp"].is_i64());
    assert!(payload["aud"].is_string());
}

fn payload(token: &str) -> serde_json::Value {
    use base64::Engine;
    let middle = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(middle)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn at_hash(access_token: &str) -> String {
    use base64::Engine;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access_token.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

#[tokio::test]
async fn signs_a_workload_in_without_an_email() {
    let kit = Kit::new();
    let mut form = authorization();
    form.insert("login", "http://localhost/ci/build");
    let code = kit.login("/oidc/workload", &form).await;
    let answer = kit.post("/oidc/workload/token", &redemption(&code)).await;
    let tokens = answer.json();
    let id_token = tokens["id_token"].as_str().unwrap();
    let id = kit.verified(id_token, WORKLOAD_ISSUER).await;
    assert_eq!(id.sub, "http://localhost/ci/build");
    assert_eq!(id.email, None);
    let payload = payload(id_token);
    assert_eq!(payload.get("email"), None);
    assert_eq!(payload.get("email_verified"), None);
}

#[tokio::test]
async fn an_issuer_redeems_only_its_own_codes() {
    let kit = Kit::new();
    let code = kit.login("/oidc", &pressed()).await;
    let answer = kit.post("/oidc/workload/token", &redemption(&code)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn serves_clients_that_send_no_nonce_state_or_challenge() {
    let kit = Kit::new();
    let mut form = pressed();
    for absent in ["nonce", "state", "code_challenge", "code_challenge_method"] {
        form.remove(absent);
    }
    let answer = kit.post("/oidc/auth", &form).await;
    let parameters = answer.redirected();
    assert_eq!(parameters.keys().collect::<Vec<_>>(), ["code"]);
    let mut form = redemption(&parameters["code"]);
    form.remove("code_verifier");
    let answer = kit.post("/oidc/token", &form).await;
    assert_eq!(answer.status, StatusCode::OK);
    let token = answer.json()["id_token"].as_str().unwrap().to_owned();
    assert_eq!(kit.verified(&token, EMAIL_ISSUER).await.nonce, None);
}

#[tokio::test]
async fn takes_every_redirect_target_that_clients_use() {
    let kit = Kit::new();
    for (sent, redeemed) in [
        ("http://localhost:1/Callback", "http://localhost:1/Callback"),
        ("http://127.0.0.1:1/callback", "http://127.0.0.1:1/callback"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://localhost:1", "http://localhost:1/"),
    ] {
        let mut form = pressed();
        form.insert("redirect_uri", sent);
        let code = kit.login("/oidc", &form).await;
        let mut form = redemption(&code);
        form.insert("redirect_uri", redeemed);
        let answer = kit.post("/oidc/token", &form).await;
        assert_eq!(answer.status, StatusCode::OK, "{sent}");
    }
}

#[tokio::test]
async fn shows_the_code_out_of_band() {
    let kit = Kit::new();
    let mut form = pressed();
    form.insert("redirect_uri", "urn:ietf:wg:oauth:2.0:oob");
    let answer = kit.post("/oidc/auth", &form).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.headers.get("location").is_none());
    let (_, rest) = answer.body.split_once("<code>").unwrap();
    let (code, _) = rest.split_once("</code>").unwrap();
    let mut form = redemption(code);
    form.insert("redirect_uri", "urn:ietf:wg:oauth:2.0:oob");
    let answer = kit.post("/oidc/token", &form).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn takes_the_client_by_name_or_with_an_empty_secret() {
    let kit = Kit::new();
    // Form only, Basic with an empty secret (`sigstore:`), both, an empty secret in the form.
    for (basic, in_form, secret) in [
        (false, true, false),
        (true, false, false),
        (true, true, false),
        (false, true, true),
    ] {
        let code = kit.login("/oidc", &pressed()).await;
        let mut form = redemption(&code);
        if !in_form {
            form.remove("client_id");
        }
        if secret {
            form.insert("client_secret", "");
        }
        let mut request = post("/oidc/token", &form);
        if basic {
            let header = "Basic c2lnc3RvcmU6".parse().unwrap();
            request.headers_mut().insert(AUTHORIZATION, header);
        }
        let answer = kit.send(request).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
}

#[tokio::test]
async fn tells_who_an_access_token_speaks_about() {
    let kit = Kit::new();
    let code = kit.login("/oidc", &pressed()).await;
    let tokens = kit.post("/oidc/token", &redemption(&code)).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    let ask = |path: &str, token: &str| {
        http::Request::get(path)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(axum::body::Body::empty())
            .unwrap()
    };
    let answer = kit.send(ask("/oidc/userinfo", token)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.body,
        r#"{"sub":"alice@example.com","email":"alice@example.com","email_verified":true}"#
    );

    let foreign = kit.send(ask("/oidc/workload/userinfo", token)).await;
    kit.pass(300);
    let expired = kit.send(ask("/oidc/userinfo", token)).await;
    let forged = kit.send(ask("/oidc/userinfo", "a.b.c")).await;
    let absent = kit.get("/oidc/userinfo").await;
    for answer in [foreign, expired, forged, absent] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["error"], "invalid_token");
        assert_eq!(
            answer.headers["www-authenticate"],
            r#"Bearer realm="oidc", error="invalid_token""#
        );
    }
}
