//! The device flow: every answer that RFC 8628 knows, and the pages.
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
use http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use kit::*;
use oidc_lite::ProviderConfig;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const UNKNOWN: &str = "the device code is unknown or used";

/// What cosign sends to begin.
fn beginning() -> Form<'static> {
    Form::from([
        ("client_id", "sigstore"),
        ("scope", "openid email"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("redirect_uri", ""),
    ])
}

/// What cosign sends to ask.
fn question(device_code: &str) -> Form<'_> {
    Form::from([
        ("grant_type", GRANT),
        ("client_id", "sigstore"),
        ("device_code", device_code),
        ("scope", "openid email"),
        ("code_verifier", VERIFIER),
    ])
}

struct Device {
    code: String,
    user_code: String,
    link: String,
}

async fn begin(kit: &Kit, issuer: &str) -> Device {
    let answer = kit
        .post(&format!("{issuer}/device/code"), &beginning())
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let json = answer.json();
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    Device {
        code: text("device_code"),
        user_code: text("user_code"),
        link: text("verification_uri_complete"),
    }
}

/// What the token endpoint says to a device that may not (yet).
async fn poll(kit: &Kit, form: &Form<'_>) -> (u16, String, String) {
    let answer = kit.post("/oidc/token", form).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let json = answer.json();
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    (
        answer.status.as_u16(),
        text("error"),
        text("error_description"),
    )
}

fn says(code: &str, description: &str) -> (u16, String, String) {
    (400, code.to_owned(), description.to_owned())
}

async fn press(kit: &Kit, user_code: &str, decision: &str, login: &str) -> Answer {
    let form = Form::from([
        ("user_code", user_code),
        ("decision", decision),
        ("login", login),
    ]);
    kit.post("/oidc/device", &form).await
}

#[tokio::test]
async fn a_device_is_signed_in() {
    let kit = Kit::new();
    let answer = kit.post("/oidc/device/code", &beginning()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let json = answer.json();
    assert_eq!(
        json["verification_uri"],
        "http://localhost:8080/oidc/device"
    );
    assert_eq!(
        (&json["expires_in"], &json["interval"]),
        (&300.into(), &1.into())
    );
    let user_code = json["user_code"].as_str().unwrap();
    assert_eq!(
        json["verification_uri_complete"],
        format!("http://localhost:8080/oidc/device?user_code={user_code}")
    );
    let device_code = json["device_code"].as_str().unwrap();
    assert_eq!(device_code.len(), 43);
    assert_eq!(json.as_object().unwrap().len(), 6);

    let pending = says("authorization_pending", "nobody has signed in yet");
    assert_eq!(poll(&kit, &question(device_code)).await, pending);
    let done = press(&kit, user_code, "approve", "alice@example.com").await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(
        done.body.contains("The device is signed in"),
        "{}",
        done.body
    );

    kit.pass(1);
    let answer = kit.post("/oidc/token", &question(device_code)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "bearer");
    for name in ["id_token", "access_token"] {
        let claims = kit
            .verified(tokens[name].as_str().unwrap(), EMAIL_ISSUER)
            .await;
        assert_eq!(claims.email.as_deref(), Some("alice@example.com"));
        assert_eq!(claims.nonce, None);
    }
    // One login, one token.
    let spent = says("invalid_grant", UNKNOWN);
    assert_eq!(poll(&kit, &question(device_code)).await, spent);
}

#[tokio::test]
async fn a_workload_is_signed_in_by_its_own_issuer_only() {
    let kit = Kit::new();
    let device = begin(&kit, "/oidc/workload").await;
    let uri = "http://localhost/ci/build";
    let foreign = press(&kit, &device.user_code, "approve", "alice@example.com").await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    let form = Form::from([
        ("user_code", device.user_code.as_str()),
        ("decision", "approve"),
        ("login", uri),
    ]);
    let done = kit.post("/oidc/workload/device", &form).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let elsewhere = says("invalid_grant", UNKNOWN);
    assert_eq!(poll(&kit, &question(&device.code)).await, elsewhere);
    let answer = kit
        .post("/oidc/workload/token", &question(&device.code))
        .await;
    let id_token = answer.json()["id_token"].as_str().unwrap().to_owned();
    assert_eq!(kit.verified(&id_token, WORKLOAD_ISSUER).await.sub, uri);
}

#[tokio::test]
async fn a_refused_device_hears_so_once() {
    let kit = Kit::new();
    let device = begin(&kit, "/oidc").await;
    let done = press(&kit, &device.user_code, "deny", "").await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(
        done.body.contains("The device was refused"),
        "{}",
        done.body
    );
    let denied = says("access_denied", "the login was refused");
    assert_eq!(poll(&kit, &question(&device.code)).await, denied);
    assert_eq!(
        poll(&kit, &question(&device.code)).await,
        says("invalid_grant", UNKNOWN)
    );
}

#[tokio::test]
async fn a_device_that_asks_too_fast_must_slow_down() {
    let kit = Kit::new();
    let device = begin(&kit, "/oidc").await;
    let form = question(&device.code);
    let pending = says("authorization_pending", "nobody has signed in yet");
    let slow_down = says("slow_down", "asked too soon: wait 5 s longer");
    assert_eq!(poll(&kit, &form).await, pending);
    press(&kit, &device.user_code, "approve", "alice@example.com").await;
    assert_eq!(poll(&kit, &form).await, slow_down);
    // The interval is six seconds from now on, even when the login is over.
    kit.pass(5);
    assert_eq!(poll(&kit, &form).await, slow_down);
    kit.pass(11);
    let answer = kit.post("/oidc/token", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn a_device_waits_for_five_minutes() {
    let kit = Kit::new();
    let (in_time, late) = (begin(&kit, "/oidc").await, begin(&kit, "/oidc").await);
    kit.pass(299);
    press(&kit, &in_time.user_code, "approve", "alice@example.com").await;
    let answer = kit.post("/oidc/token", &question(&in_time.code)).await;
    assert_eq!(answer.status, StatusCode::OK);

    kit.pass(1);
    let page = press(&kit, &late.user_code, "approve", "alice@example.com").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("it waits no longer"), "{}", page.body);
    let expired = says("expired_token", "the device code has expired");
    assert_eq!(poll(&kit, &question(&late.code)).await, expired);
}

#[tokio::test]
async fn a_device_code_is_bound_to_client_and_verifier() {
    let mut config = ProviderConfig::new(BASE).unwrap();
    config.clients.insert("other".to_owned());
    let kit = Kit::with(config);
    for (name, value, code, description) in [
        ("client_id", "other", "invalid_grant", UNKNOWN),
        ("device_code", "guess", "invalid_grant", UNKNOWN),
        (
            "device_code",
            "",
            "invalid_request",
            "device_code is missing",
        ),
        (
            "code_verifier",
            "wrong",
            "invalid_grant",
            "code_verifier does not match",
        ),
        (
            "code_verifier",
            "",
            "invalid_grant",
            "code_verifier is missing",
        ),
    ] {
        let device = begin(&kit, "/oidc").await;
        press(&kit, &device.user_code, "approve", "alice@example.com").await;
        let mut form = question(&device.code);
        form.insert(name, value);
        assert_eq!(
            poll(&kit, &form).await,
            says(code, description),
            "{name}={value}"
        );
    }
    let mut form = beginning();
    form.remove("code_challenge");
    form.remove("code_challenge_method");
    let begun = kit.post("/oidc/device/code", &form).await.json();
    let text = |name: &str| begun[name].as_str().unwrap();
    press(&kit, text("user_code"), "approve", "alice@example.com").await;
    let downgrade = "code_verifier was sent, but the login had no code_challenge";
    assert_eq!(
        poll(&kit, &question(text("device_code"))).await,
        says("invalid_grant", downgrade)
    );
}

#[tokio::test]
async fn unsound_beginnings_are_refused() {
    let kit = Kit::new();
    for (name, value, status, code) in [
        ("client_id", "", 401, "invalid_client"),
        ("client_id", "stranger", 401, "invalid_client"),
        ("client_secret", "guess", 401, "invalid_client"),
        ("scope", "", 400, "invalid_scope"),
        ("scope", "email", 400, "invalid_scope"),
        ("code_challenge", "short", 400, "invalid_request"),
        ("code_challenge_method", "plain", 400, "invalid_request"),
    ] {
        let mut form = beginning();
        form.insert(name, value);
        let answer = kit.post("/oidc/device/code", &form).await;
        assert_eq!(answer.status.as_u16(), status, "{name}={value}");
        assert_eq!(answer.json()["error"], code, "{name}={value}");
    }
    let mut request = post("/oidc/device/code", &beginning());
    let json = "application/json".parse().unwrap();
    request.headers_mut().insert(CONTENT_TYPE, json);
    let answer = kit.send(request).await;
    assert_eq!(answer.json()["error"], "invalid_request");

    // A public client may name itself by HTTP Basic with an empty secret, as at the token endpoint.
    let mut form = beginning();
    form.remove("client_id");
    let mut request = post("/oidc/device/code", &form);
    let header = "Basic c2lnc3RvcmU6".parse().unwrap();
    request.headers_mut().insert(AUTHORIZATION, header);
    assert_eq!(kit.send(request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_pages_lead_from_the_code_to_the_buttons() {
    let kit = Kit::new();
    let device = begin(&kit, "/oidc").await;
    let empty = kit.get("/oidc/device").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(
        empty.body.contains(r#"<input id="user_code""#),
        "{}",
        empty.body
    );

    // The code alone, typed in any spelling, leads to the same page as the link.
    let link = device.link.strip_prefix(BASE).unwrap();
    let linked = kit.get(link).await;
    let spelled = device.user_code.to_lowercase().replace('-', " ");
    let typed = press(&kit, &spelled, "", "").await;
    assert_eq!(linked.body, typed.body);
    insta::assert_snapshot!(
        "device",
        linked.body.replace(&device.user_code, "[user code]")
    );
    assert_eq!(
        linked.headers["content-security-policy"],
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    );
    // Following the link has decided nothing.
    let pending = says("authorization_pending", "nobody has signed in yet");
    assert_eq!(poll(&kit, &question(&device.code)).await, pending);

    let wrong = press(&kit, &device.user_code, "approve", "nobody").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(
        wrong.body.contains("not an email address"),
        "{}",
        wrong.body
    );
    for unknown in ["BBBB-BBBB", "\"><script>alert(1)</script>"] {
        let page = press(&kit, unknown, "approve", "alice@example.com").await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.body.contains("no device waits with this code"));
        assert!(!page.body.contains("<script"), "{}", page.body);
    }
    assert_eq!(
        kit.get("/oidc/device?user_code=BBBB-BBBB").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn another_web_page_approves_nothing() {
    let kit = Kit::new();
    let device = begin(&kit, "/oidc").await;
    let form = Form::from([
        ("user_code", device.user_code.as_str()),
        ("decision", "approve"),
        ("login", "alice@example.com"),
    ]);
    for (header, value) in [
        (ORIGIN.as_str(), "http://evil.test"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let mut request = post("/oidc/device", &form);
        let name = http::HeaderName::from_static(header);
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(kit.send(request).await.status, StatusCode::BAD_REQUEST);
    }
    let pending = says("authorization_pending", "nobody has signed in yet");
    assert_eq!(poll(&kit, &question(&device.code)).await, pending);
}
