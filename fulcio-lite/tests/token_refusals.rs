//! Identity tokens that are refused: each with its exact message, and nothing logged.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::provider::{Provider, signing_input};
use harness::refusal::{good_key, refused};
use harness::{EMAIL_ISSUER, World, key_request, request};
use http::Method;
use serde_json::{Value, json};
use sigbox_crypto::KeyAlgorithm;

const TOKEN: &str = "There was an error processing the identity token";

/// Sends a good request with this token.
async fn token_refused(world: &World, token: &str, reason: &str) {
    let key = good_key();
    refused(
        world,
        &key_request(token, &key.pem, &key.proof),
        &format!("{TOKEN}: {reason}"),
    )
    .await;
}

/// Sends a good request whose token has one claim changed, or removed by `null`.
async fn claim_refused(world: &World, claim: &str, value: Value, reason: &str) {
    let mut claims = world.alice();
    match value {
        Value::Null => {
            claims.as_object_mut().unwrap().remove(claim);
        }
        value => claims[claim] = value,
    }
    token_refused(world, &world.people.token(&claims), reason).await;
}

#[tokio::test]
async fn tokens_that_are_over_early_or_for_others() {
    let world = World::new().await;
    let now = world.clock.now().as_second();
    let expired =
        "claim `exp`: token expired at 2026-11-23T00:42:26Z, now is 2026-11-23T00:42:26.165Z";
    claim_refused(&world, "exp", json!(now), expired).await;
    let early =
        "claim `nbf`: token is valid from 2026-11-23T00:47:27Z, now is 2026-11-23T00:42:26.165Z";
    claim_refused(&world, "nbf", json!(now + 301), early).await;
    let future =
        "claim `iat`: token was issued at 2026-11-23T00:47:27Z, now is 2026-11-23T00:42:26.165Z";
    claim_refused(&world, "iat", json!(now + 301), future).await;
    let other = "claim `aud`: expected `sigstore`, found `other, Sigstore`";
    claim_refused(&world, "aud", json!(["other", "Sigstore"]), other).await;
    let unknown = "claim `iss`: issuer `https://idp.example/` is not configured";
    claim_refused(&world, "iss", json!("https://idp.example/"), unknown).await;
    for claim in ["iss", "sub", "aud", "exp"] {
        claim_refused(
            &world,
            claim,
            Value::Null,
            &format!("claim `{claim}` is missing"),
        )
        .await;
    }
    claim_refused(
        &world,
        "exp",
        json!("never"),
        "claim `exp` is not a number of seconds since 1970",
    )
    .await;
    claim_refused(
        &world,
        "aud",
        json!([]),
        "claim `aud`: expected `sigstore`, found ``",
    )
    .await;
}

#[tokio::test]
async fn people_without_a_verified_address() {
    let world = World::new().await;
    let verified = |found: &str| format!("claim `email_verified`: expected true, found {found}");
    claim_refused(&world, "email_verified", json!(false), &verified("false")).await;
    claim_refused(&world, "email_verified", Value::Null, &verified("nothing")).await;
    claim_refused(&world, "email_verified", json!("yes"), &verified("\"yes\"")).await;
    claim_refused(&world, "email_verified", json!(1), &verified("1")).await;
    claim_refused(&world, "email", Value::Null, "claim `email` is missing").await;
    claim_refused(
        &world,
        "email",
        json!("alice"),
        "claim `email`: `alice` is not an ASCII mail address",
    )
    .await;
    let two_lines = "claim `email`: `a@b.c\\nd` is not an ASCII mail address";
    claim_refused(&world, "email", json!("a@b.c\nd"), two_lines).await;
}

#[tokio::test]
async fn workloads_outside_their_domain() {
    let world = World::new().await;
    let domain = |found: &str| {
        format!("claim `sub`: expected a URI under `https://ci.example`, found `{found}`")
    };
    let not_uri = |found: &str| format!("claim `sub`: `{found}` is not a URI");
    for (subject, reason) in [
        (
            "https://evil.example/job",
            domain("https://evil.example/job"),
        ),
        ("http://ci.example/job", domain("http://ci.example/job")),
        (
            "https://ci.example.evil.test/",
            domain("https://ci.example.evil.test/"),
        ),
        (
            "https://ci.example@evil.test/",
            not_uri("https://ci.example@evil.test/"),
        ),
        (
            "https:\\\\ci.example\\job",
            not_uri("https:\\\\\\\\ci.example\\\\job"),
        ),
        ("https:ci.example/job", not_uri("https:ci.example/job")),
        ("https://ci.example/a b", not_uri("https://ci.example/a b")),
        ("alice@ci.example", not_uri("alice@ci.example")),
        ("HTTPS://ci.example/", not_uri("HTTPS://ci.example/")),
    ] {
        let mut claims = world.build_job();
        claims["sub"] = json!(subject);
        token_refused(&world, &world.machines.token(&claims), &reason).await;
    }
}

#[tokio::test]
async fn tokens_signed_with_nothing_or_the_wrong_thing() {
    let world = World::new().await;
    let claims = world.alice().to_string();
    let none = signing_input(r#"{"alg":"none"}"#, &claims);
    let wanted = "header `alg`: expected a public-key signature algorithm, found";
    token_refused(&world, &format!("{none}."), &format!("{wanted} `none`")).await;

    let hmac_input = signing_input(r#"{"alg":"HS256","kid":"k1"}"#, &claims);
    let pem = world.people.key.public_key().to_pem();
    let hmac = jsonwebtoken::crypto::sign(
        hmac_input.as_bytes(),
        &jsonwebtoken::EncodingKey::from_secret(pem.as_bytes()),
        jsonwebtoken::Algorithm::HS256,
    );
    token_refused(
        &world,
        &format!("{hmac_input}.{}", hmac.unwrap()),
        &format!("{wanted} `HS256`"),
    )
    .await;

    // The right key, but an algorithm that the issuer does not list.
    let pss = world
        .people
        .token_with(r#"{"alg":"PS256","kid":"k1"}"#, &claims);
    token_refused(&world, &pss, "header `alg`: expected RS256, found `PS256`").await;

    // Somebody else's key under this issuer's name and key id; the other issuer's key id.
    let thief = Provider::new(EMAIL_ISSUER, KeyAlgorithm::Rsa { bits: 2048 });
    let forged = "signature does not verify under the issuer's key";
    token_refused(&world, &thief.token(&world.alice()), forged).await;
    let kid = world
        .people
        .token_with(r#"{"alg":"RS256","kid":"k2"}"#, &claims);
    token_refused(
        &world,
        &kid,
        "header `kid`: the issuer has no RS256 key `k2`",
    )
    .await;

    let good = world.people.token(&world.alice());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let mut other = world.alice();
    other["email"] = json!("bob@example.com");
    let (header, _) = signed.split_once('.').unwrap();
    let moved = format!(
        "{header}.{}.{signature}",
        URL_SAFE_NO_PAD.encode(other.to_string())
    );
    token_refused(&world, &moved, forged).await;
    token_refused(&world, &format!("{signed}."), forged).await;
}

#[tokio::test]
async fn tokens_of_another_form() {
    let world = World::new().await;
    let claims = world.alice().to_string();
    let dots = ".".repeat(16 * 1024);
    token_refused(&world, &dots, "token has 16384 dots, expected 2").await;
    let long = "a".repeat(16 * 1024 + 1);
    token_refused(&world, &long, "token of 16385 bytes is longer than 16384").await;
    token_refused(&world, "a.b", "token has 1 dots, expected 2").await;
    token_refused(&world, "*.e30.", "token header is not base64url").await;
    token_refused(&world, "e30=.e30.", "token header is not base64url").await;
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
    token_refused(
        &world,
        &format!("{header}.*."),
        "token claims is not base64url",
    )
    .await;
    let object = |part: &str, line: u8, column: u8| {
        format!(
            "token {part} is not a JSON object with unique members (line {line}, column {column})"
        )
    };
    token_refused(
        &world,
        &world.people.token_with("[]", &claims),
        &object("header", 0, 0),
    )
    .await;
    let twice = claims.replacen('{', r#"{"sub":"other","#, 1);
    let header = world.people.header().to_string();
    let key = good_key();
    let answer = world
        .sign(&key_request(
            &world.people.token_with(&header, &twice),
            &key.pem,
            &key.proof,
        ))
        .await;
    let message = answer.refusal().1;
    let unique =
        format!("{TOKEN}: token claims is not a JSON object with unique members (line 1, column ");
    assert!(message.starts_with(&unique), "{message}");
    for member in ["crit", "b64", "zip", "enc", "jku", "jwk", "x5u"] {
        let header = json!({"alg": "RS256", "kid": "k1", member: "https://evil.test"}).to_string();
        let reason = format!("header member `{member}` is not accepted");
        token_refused(&world, &world.people.token_with(&header, &claims), &reason).await;
    }
    let nested = world
        .people
        .token_with(r#"{"alg":"RS256","cty":"JWT"}"#, &claims);
    token_refused(&world, &nested, "header member `cty` is not accepted").await;
    assert_eq!(world.ct_size(), 0);
}

#[tokio::test]
async fn no_token_at_all() {
    let world = World::new().await;
    let absent = "no identity token in `credentials` or the Authorization header";
    let key = good_key();
    token_refused(&world, "", absent).await;
    let expected = (400, format!("{TOKEN}: {absent}"));
    assert_eq!(
        world.post("/api/v2/signingCert", "").await.refusal(),
        expected
    );
    assert_eq!(
        world.post("/api/v2/signingCert", "{}").await.refusal(),
        expected
    );
    let token = world.people.token(&world.alice());
    let body = key_request("", &key.pem, &key.proof).to_string();
    let lower = format!("bearer {token}");
    let sent = request(
        Method::POST,
        "/api/v2/signingCert",
        &[("authorization", lower.as_str())],
        body,
    );
    let expected = (400, format!("{TOKEN}: token header is not base64url"));
    assert_eq!(world.send(sent).await.refusal(), expected);
}
