//! Keys by discovery, from a provider that behaves and from those that do not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, routing::get};
use fulcio_lite::identity::{DiscoveredJwks, IdpClient, JwksSource};
use harness::provider::Provider;
use harness::{Answer, World, email_kind, issuer, key_request};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, SigningKey};

const TOKEN: &str = "There was an error processing the identity token: ";

/// What the fake provider answers, changed as a test goes.
#[derive(Clone)]
struct Idp(Arc<Shared>);

struct Shared {
    document: Mutex<Value>,
    keys: Mutex<Reply>,
    fetches: AtomicUsize,
}

#[derive(Clone)]
enum Reply {
    Text(String),
    Status(u16),
    Redirect(String),
}

impl Idp {
    async fn start() -> (Self, String) {
        let idp = Self(Arc::new(Shared {
            document: Mutex::new(Value::Null),
            keys: Mutex::new(Reply::Status(500)),
            fetches: AtomicUsize::new(0),
        }));
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(document))
            .route("/keys", get(keys))
            .with_state(idp.clone());
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        idp.set_document(json!({"issuer": url, "jwks_uri": format!("{url}/keys")}));
        (idp, url)
    }

    fn set_document(&self, document: Value) {
        *self.0.document.lock().unwrap() = document;
    }

    fn set_keys(&self, reply: Reply) {
        *self.0.keys.lock().unwrap() = reply;
    }

    fn serve(&self, provider: &Provider) {
        self.set_keys(Reply::Text(provider.jwks().to_string()));
    }

    fn fetches(&self) -> usize {
        self.0.fetches.load(Ordering::SeqCst)
    }
}

async fn document(State(idp): State<Idp>) -> Response {
    idp.0.fetches.fetch_add(1, Ordering::SeqCst);
    idp.0.document.lock().unwrap().to_string().into_response()
}

async fn keys(State(idp): State<Idp>) -> Response {
    match idp.0.keys.lock().unwrap().clone() {
        Reply::Text(text) => text.into_response(),
        Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Reply::Redirect(to) => Redirect::temporary(&to).into_response(),
    }
}

/// A world whose people come from a provider that is asked over HTTP.
async fn world(url: &str, key_hosts: Vec<String>) -> World {
    let people = Provider::new(url, KeyAlgorithm::Rsa { bits: 2048 });
    let machines = Provider::new(harness::URI_ISSUER, KeyAlgorithm::EcdsaP256);
    let source = DiscoveredJwks::new(IdpClient::new(None).unwrap(), url, key_hosts);
    World::with(
        vec![issuer(url, email_kind(), Arc::new(source))],
        people,
        machines,
    )
    .await
}

async fn sign_with(world: &World, provider: &Provider) -> Answer {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let proof = key.sign(b"alice@example.com").unwrap();
    let mut claims = world.alice();
    claims["iss"] = json!(provider.url);
    world
        .sign(&key_request(
            &provider.token(&claims),
            &key.public_key().to_pem(),
            &proof,
        ))
        .await
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_after_a_rotation() {
    let (idp, url) = Idp::start().await;
    let world = world(&url, vec![]).await;
    idp.serve(&world.people);
    for _ in 0..3 {
        assert_eq!(
            sign_with(&world, &world.people).await.status,
            StatusCode::OK
        );
    }
    assert_eq!(idp.fetches(), 1);

    // A rotation: the new key id is unknown, but the last look was a moment ago.
    let rotated = Provider {
        kid: "k2".to_owned(),
        ..Provider::new(&url, KeyAlgorithm::Rsa { bits: 2048 })
    };
    idp.serve(&rotated);
    let unknown = (
        400,
        format!("{TOKEN}header `kid`: the issuer has no RS256 key `k2`"),
    );
    for _ in 0..3 {
        assert_eq!(sign_with(&world, &rotated).await.refusal(), unknown);
    }
    assert_eq!(idp.fetches(), 1);
    world.clock.advance(SignedDuration::from_secs(61));
    assert_eq!(sign_with(&world, &rotated).await.status, StatusCode::OK);
    assert_eq!(idp.fetches(), 2);
    assert_eq!(
        sign_with(&world, &world.people).await.refusal(),
        (
            400,
            format!("{TOKEN}header `kid`: the issuer has no RS256 key `k1`")
        )
    );
}

#[tokio::test]
async fn known_keys_outlive_an_outage_for_an_hour() {
    let (idp, url) = Idp::start().await;
    let world = world(&url, vec![]).await;
    idp.serve(&world.people);
    assert_eq!(
        sign_with(&world, &world.people).await.status,
        StatusCode::OK
    );
    idp.set_keys(Reply::Text("<html>".to_owned()));
    world.clock.advance(SignedDuration::from_mins(119));
    assert_eq!(
        sign_with(&world, &world.people).await.status,
        StatusCode::OK
    );
    assert_eq!(idp.fetches(), 2);
    world.clock.advance(SignedDuration::from_mins(1));
    let answer = sign_with(&world, &world.people).await;
    assert_eq!(
        answer.refusal(),
        (
            503,
            format!("{TOKEN}keys of the issuer are not available: key set is malformed")
        )
    );
    assert!(answer.headers.contains_key("retry-after"));
    idp.serve(&world.people);
    // A failure is not repeated at once either.
    assert_eq!(
        sign_with(&world, &world.people).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(idp.fetches(), 3);
    world.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(
        sign_with(&world, &world.people).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_refused_token_causes_no_request() {
    let (idp, url) = Idp::start().await;
    let world = world(&url, vec![]).await;
    let mut claims = world.alice();
    claims["iss"] = json!(url);
    claims["exp"] = json!(1);
    let token = world.people.token(&claims);
    assert_eq!(
        world.sign(&key_request(&token, "", b"")).await.status,
        StatusCode::BAD_REQUEST
    );
    claims["iss"] = json!(format!("{url}/"));
    let token = world.people.token(&claims);
    assert_eq!(
        world.sign(&key_request(&token, "", b"")).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(idp.fetches(), 0);
}

#[tokio::test]
async fn providers_that_cannot_be_trusted() {
    let (idp, url) = Idp::start().await;
    let keys_url = format!("{url}/keys");
    let other = |host: &str| keys_url.replace("127.0.0.1", host);
    let cases = [
        (
            json!({"issuer": format!("{url}/"), "jwks_uri": keys_url}),
            format!("discovery document is of issuer `{url}/`, expected `{url}`"),
        ),
        (
            json!({"issuer": url, "jwks_uri": "http://169.254.169.254/keys"}),
            "`jwks_uri` is `http://169.254.169.254/keys`, expected one on `http://127.0.0.1`"
                .to_owned(),
        ),
        (
            json!({"issuer": url, "jwks_uri": other("127.0.0.1@evil.test")}),
            format!(
                "`jwks_uri` is `{}`, expected one on `http://127.0.0.1`",
                other("127.0.0.1@evil.test")
            ),
        ),
        (
            json!({"issuer": url}),
            "discovery document is malformed".to_owned(),
        ),
        (
            json!({"issuer": url, "jwks_uri": keys_url, "id_token_signing_alg_values_supported": ["HS256"]}),
            "the issuer lists no accepted signature algorithm".to_owned(),
        ),
    ];
    for (document, expected) in cases {
        let world = world(&url, vec![]).await;
        idp.serve(&world.people);
        idp.set_document(document);
        let expected = (
            503,
            format!("{TOKEN}keys of the issuer are not available: {expected}"),
        );
        assert_eq!(sign_with(&world, &world.people).await.refusal(), expected);
    }

    idp.set_document(json!({"issuer": url, "jwks_uri": keys_url}));
    let large = "a".repeat(1024 * 1024 + 1);
    for (reply, expected) in [
        (
            Reply::Redirect("http://169.254.169.254/".to_owned()),
            format!("`{keys_url}` answered 307, expected 200"),
        ),
        (
            Reply::Status(404),
            format!("`{keys_url}` answered 404, expected 200"),
        ),
        (
            Reply::Text(large),
            format!("answer of `{keys_url}` is larger than 1048576 bytes"),
        ),
        (
            Reply::Text("{\"keys\":[]}".to_owned()),
            "key set has no usable key".to_owned(),
        ),
    ] {
        let world = world(&url, vec![]).await;
        idp.set_keys(reply);
        let expected = (
            503,
            format!("{TOKEN}keys of the issuer are not available: {expected}"),
        );
        assert_eq!(sign_with(&world, &world.people).await.refusal(), expected);
    }
}

#[tokio::test]
async fn keys_may_come_from_a_host_that_is_named() {
    let (idp, url) = Idp::start().await;
    idp.set_document(json!({"issuer": url, "jwks_uri": format!("{}/keys", url.replace("127.0.0.1", "localhost"))}));
    let strict = world(&url, vec![]).await;
    idp.serve(&strict.people);
    assert_eq!(
        sign_with(&strict, &strict.people).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let named = world(&url, vec!["localhost".to_owned()]).await;
    idp.serve(&named.people);
    assert_eq!(
        sign_with(&named, &named.people).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn waiters_share_one_fetch() {
    let (idp, url) = Idp::start().await;
    let people = Provider::new(&url, KeyAlgorithm::Rsa { bits: 2048 });
    idp.serve(&people);
    let source = DiscoveredJwks::new(IdpClient::new(None).unwrap(), &url, vec![]);
    let now = harness::TestClock::at(harness::NOW).now();
    let (first, second, third) = tokio::join!(
        source.key_set(Some("k1"), now),
        source.key_set(Some("k1"), now),
        source.key_set(Some("k9"), now)
    );
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(idp.fetches(), 1);
}
