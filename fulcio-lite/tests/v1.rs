//! The first version of the interface: what it issues and what it refuses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use harness::refusal::good_key;
use harness::{Answer, World, request};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sigbox_crypto::{Certificate, KeyAlgorithm, PublicKey, SigningKey, SubjectAltName};

const PATH: &str = "/api/v1/signingCert";
const TYPE: &str = "application/pem-certificate-chain";
const TOKEN: &str = "There was an error processing the identity token";
const PARSE: &str = "The public key supplied in the request could not be parsed";
const WEAK: &str = "The public key supplied in the request is insecure";
const PROOF: &str = "The signature supplied in the request could not be verified";
const CSR: &str = "The certificate signing request could not be parsed";

async fn sign(world: &World, authorization: &str, body: impl ToString) -> Answer {
    let headers = [("authorization", authorization)];
    world
        .send(request(Method::POST, PATH, &headers, body.to_string()))
        .await
}

fn bearer(world: &World) -> String {
    format!("Bearer {}", world.people.token(&world.alice()))
}

fn body(content: impl AsRef<[u8]>, proof: &[u8]) -> Value {
    json!({
        "publicKey": {"content": STANDARD.encode(content), "algorithm": "ecdsa"},
        "signedEmailAddress": STANDARD.encode(proof),
    })
}

fn csr(pem: &str) -> Value {
    json!({"certificateSigningRequest": STANDARD.encode(pem)})
}

/// The chain of a 201 answer, whose exact text is checked.
fn chain(world: &World, answer: &Answer) -> Vec<Certificate> {
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], TYPE);
    assert!(!answer.headers.contains_key("sct"));
    let text = answer.text();
    let chain = Certificate::chain_from_pem(&text).unwrap();
    assert_eq!(chain[1..], [world.intermediate.clone(), world.root.clone()]);
    let expected: String = chain.iter().map(Certificate::to_pem).collect();
    assert_eq!(text, expected.trim_end());
    chain
}

#[tokio::test]
async fn issues_by_key_in_der_or_pem() {
    let world = World::new().await;
    for algorithm in [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::Ed25519,
        KeyAlgorithm::Rsa { bits: 2048 },
    ] {
        let key = SigningKey::generate(algorithm).unwrap();
        let proof = key.sign(b"alice@example.com").unwrap();
        let public = key.public_key();
        for content in [public.spki_der().to_vec(), public.to_pem().into_bytes()] {
            let answer = sign(&world, &bearer(&world), body(content, &proof)).await;
            let leaf = &chain(&world, &answer)[0];
            assert_eq!(leaf.public_key(), public);
            let alice = SubjectAltName::Email("alice@example.com".to_owned());
            assert_eq!(leaf.subject_alt_names(), [alice]);
        }
    }
    assert_eq!(world.ct_size(), 6);
}

#[tokio::test]
async fn a_request_wins_over_a_key() {
    let world = World::new().await;
    let pem = include_str!("vectors/csr/p384_sha384.pem");
    let answer = sign(&world, &bearer(&world), csr(pem)).await;
    let requested = chain(&world, &answer)[0].public_key().clone();
    assert_eq!(requested.algorithm(), KeyAlgorithm::EcdsaP384);

    let mut both = body("not a key", b"no proof");
    both["certificateSigningRequest"] = csr(pem)["certificateSigningRequest"].clone();
    let answer = sign(&world, &bearer(&world), both).await;
    assert_eq!(chain(&world, &answer)[0].public_key(), &requested);
}

#[tokio::test]
async fn every_kind_of_refusal_is_that_of_the_second_version() {
    let world = World::new().await;
    let (key, other) = (good_key(), good_key());
    let spki = PublicKey::from_pem(&key.pem).unwrap().spki_der().to_vec();
    let weak = include_str!("vectors/keys/rsa1024.pem");
    let no_key = format!("{PARSE}: neither `publicKey` nor `certificateSigningRequest` is set");
    let no_proof = format!("{PROOF}: `signedEmailAddress` is empty");
    let wrong_proof = format!(
        "{PROOF}: `signedEmailAddress` is not a signature of `email` by the ECDSA P-256 key"
    );
    for (case, body, expected) in [
        ("empty body", String::new(), no_key.as_str()),
        ("empty message", "{}".to_owned(), &no_key),
        ("no proof", body(&spki, b"").to_string(), &no_proof),
        (
            "proof by another key",
            body(&spki, &other.proof).to_string(),
            &wrong_proof,
        ),
        ("no key in it", json!({"publicKey": {}}).to_string(), PARSE),
        ("no DER", body(&spki[..40], &key.proof).to_string(), PARSE),
        ("no PEM", body("key", &key.proof).to_string(), PARSE),
        ("weak key", body(weak, &key.proof).to_string(), WEAK),
        ("no request", csr("junk").to_string(), CSR),
        ("truncated", r#"{"publicKey":"#.to_owned(), "unexpected EOF"),
        (
            "an array",
            "[null,null,null]".to_owned(),
            "proto: not a valid request: ",
        ),
        (
            "no base64",
            json!({"publicKey": {"content": "?"}}).to_string(),
            "proto: syntax error",
        ),
    ] {
        let (status, message) = sign(&world, &bearer(&world), body).await.refusal();
        assert_eq!(status, 400, "{case}: {message}");
        assert!(message.starts_with(expected), "{case}: {message}");
    }
    let large = format!("{{\"unknown\":\"{}\"}}", "a".repeat(64 * 1024));
    assert_eq!(
        sign(&world, &bearer(&world), large).await.refusal(),
        (413, "http: request body too large".to_owned())
    );
    assert_eq!(world.ct_size(), 0);
}

#[tokio::test]
async fn only_the_header_carries_the_token() {
    let world = World::new().await;
    let key = good_key();
    let mut with_token = body(&key.pem, &key.proof);
    with_token["credentials"] = json!({"oidcIdentityToken": world.people.token(&world.alice())});
    let absent = world.post(PATH, with_token.to_string()).await;
    let lower_case = bearer(&world).replacen("Bearer", "bearer", 1);
    for answer in [
        absent,
        sign(&world, "Bearer bad", with_token.clone()).await,
        sign(&world, &lower_case, with_token).await,
    ] {
        let (status, message) = answer.refusal();
        assert_eq!(status, 400);
        assert!(message.starts_with(TOKEN), "{message}");
    }
    assert_eq!(world.ct_size(), 0);
}

#[tokio::test]
async fn root_cert_is_every_chain() {
    let world = World::new().await;
    let answer = world.get("/api/v1/rootCert").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-type"], TYPE);
    let expected = format!("{}\n{}", world.intermediate.to_pem(), world.root.to_pem());
    assert_eq!(answer.text(), expected.trim_end());
}

#[tokio::test]
async fn other_methods_and_paths() {
    let world = World::new().await;
    for (method, path) in [
        (Method::GET, PATH),
        (Method::PUT, PATH),
        (Method::POST, "/api/v1/rootCert"),
        (Method::OPTIONS, "/api/v1/rootCert"),
    ] {
        let answer = world.send(request(method, path, &[], "")).await;
        assert_eq!(answer.refusal(), (501, "Method Not Allowed".to_owned()));
    }
    let head = world
        .send(request(Method::HEAD, "/api/v1/rootCert", &[], ""))
        .await;
    assert_eq!(head.status, StatusCode::NOT_IMPLEMENTED);
    for path in ["/api/v1/signingCert/", "/api/v1/rootCert/x"] {
        let answer = world.get(path).await;
        assert_eq!(answer.refusal(), (404, "Not Found".to_owned()));
    }
}
