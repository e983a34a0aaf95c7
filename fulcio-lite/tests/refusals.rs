//! Keys, proofs and bodies that are refused: each with its exact status and message, and nothing logged.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;

use harness::refusal::{good_key, refused};
use harness::{World, csr_request, key_request, request};
use http::Method;
use serde_json::json;
use sigbox_crypto::{KeyAlgorithm, SigningKey};

const PARSE: &str = "The public key supplied in the request could not be parsed";
const WEAK: &str = "The public key supplied in the request is insecure";
const PROOF: &str = "The signature supplied in the request could not be verified";
const CSR: &str = "The certificate signing request could not be parsed";

#[tokio::test]
async fn proofs_that_prove_nothing() {
    let world = World::new().await;
    let token = world.people.token(&world.alice());
    let (key, other) = (good_key(), good_key());
    let by_p256 = format!(
        "{PROOF}: `proofOfPossession` is not a signature of `email` by the ECDSA P-256 key"
    );
    refused(
        &world,
        &key_request(&token, &key.pem, &other.proof),
        &by_p256,
    )
    .await;
    refused(&world, &key_request(&token, &key.pem, b"junk"), &by_p256).await;
    let empty = format!("{PROOF}: `proofOfPossession` is empty");
    refused(&world, &key_request(&token, &key.pem, b""), &empty).await;
    // The subject is not what an email issuer's clients sign.
    let subject = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let proof = subject.sign(b"CiQxMjM0").unwrap();
    refused(
        &world,
        &key_request(&token, &subject.public_key().to_pem(), &proof),
        &by_p256,
    )
    .await;
    // Ed25519ph does not stand for Ed25519.
    let ed25519 = SigningKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let sha512 =
        sigbox_crypto::digest(sigbox_crypto::HashAlgorithm::Sha2_512, b"alice@example.com");
    let proof = ed25519.sign_digest(&sha512).unwrap();
    let by_ed25519 =
        format!("{PROOF}: `proofOfPossession` is not a signature of `email` by the Ed25519 key");
    refused(
        &world,
        &key_request(&token, &ed25519.public_key().to_pem(), &proof),
        &by_ed25519,
    )
    .await;
}

#[tokio::test]
async fn keys_that_are_weak_or_none() {
    let world = World::new().await;
    let token = world.people.token(&world.alice());
    let keys = [
        (
            include_str!("vectors/keys/rsa1024.pem"),
            format!("{WEAK}: RSA key of 1024 bits, expected 2048, 3072 or 4096"),
        ),
        (
            include_str!("vectors/keys/rsa2560.pem"),
            format!("{WEAK}: RSA key of 2560 bits, expected 2048, 3072 or 4096"),
        ),
        (
            include_str!("vectors/keys/rsa2048_e3.pem"),
            format!("{WEAK}: RSA public exponent is not 65537"),
        ),
        (
            include_str!("vectors/keys/p224.pem"),
            format!("{WEAK}: ECDSA over P-224, expected P-256, P-384 or P-521"),
        ),
        (
            include_str!("vectors/keys/secp256k1.pem"),
            format!("{PARSE}: elliptic curve 1.3.132.0.10 is not supported"),
        ),
        (
            "",
            format!("{PARSE}: public key is not PEM: no PEM block found"),
        ),
        (
            "not a key",
            format!("{PARSE}: public key is not PEM: no PEM block found"),
        ),
    ];
    for (pem, expected) in keys {
        refused(&world, &key_request(&token, pem, b"proof"), &expected).await;
    }
    let missing =
        format!("{PARSE}: neither `publicKeyRequest` nor `certificateSigningRequest` is set");
    refused(
        &world,
        &json!({"credentials": {"oidcIdentityToken": token}}),
        &missing,
    )
    .await;
}

#[tokio::test]
async fn requests_that_cannot_be_read_or_prove_nothing() {
    let world = World::new().await;
    let token = world.people.token(&world.alice());
    let good = include_str!("vectors/csr/p384_sha384.pem");
    let no_block =
        format!("{CSR}: cannot read the PEM of the certificate request: no PEM block found");
    refused(&world, &csr_request(&token, "MIIB"), &no_block).await;
    let label = format!(
        "{CSR}: cannot read the PEM of the certificate request: PEM block is `CERTIFICATE`, expected `CERTIFICATE REQUEST`"
    );
    refused(
        &world,
        &csr_request(&token, &good.replace("CERTIFICATE REQUEST", "CERTIFICATE")),
        &label,
    )
    .await;
    let weak = format!("{WEAK}: RSA key of 1024 bits, expected 2048, 3072 or 4096");
    refused(
        &world,
        &csr_request(&token, include_str!("vectors/csr/rsa1024.pem")),
        &weak,
    )
    .await;
    let p224 = format!("{WEAK}: ECDSA over P-224, expected P-256, P-384 or P-521");
    refused(
        &world,
        &csr_request(&token, include_str!("vectors/csr/p224.pem")),
        &p224,
    )
    .await;
    let hash = "signing algorithm not permitted: *ecdsa.PublicKey, SHA-256";
    refused(
        &world,
        &csr_request(&token, include_str!("vectors/csr/p384_sha256.pem")),
        hash,
    )
    .await;
    let sha1 =
        "unrecognized signature algorithm: unsupported signature algorithm 1.2.840.113549.1.1.5";
    refused(
        &world,
        &csr_request(&token, include_str!("vectors/csr/rsa2048_sha1.pem")),
        sha1,
    )
    .await;
    let message = world
        .sign(&csr_request(&token, &tampered(good)))
        .await
        .refusal()
        .1;
    let bad = format!("{PROOF}: certificate request signature does not verify");
    assert!(message.starts_with(&bad), "{message}");
    assert_eq!(world.ct_size(), 0);
}

/// The request with its subject `CN=x` changed to `CN=y`.
fn tampered(pem: &str) -> String {
    let mut der = sigbox_crypto::pem::decode_one(pem).unwrap().der.to_vec();
    let at = der.windows(2).position(|pair| pair == [1, b'x']).unwrap();
    der[at + 1] = b'y';
    sigbox_crypto::pem::encode("CERTIFICATE REQUEST", &der)
}

#[tokio::test]
async fn bodies_that_are_no_request() {
    let world = World::new().await;
    let token = world.people.token(&world.alice());
    let key = good_key();
    let mut both = key_request(&token, &key.pem, &key.proof);
    both["certificateSigningRequest"] = json!("AAAA");
    let conflict = "proto: `publicKeyRequest` and `certificateSigningRequest` are both set";
    refused(&world, &both, conflict).await;

    let path = "/api/v2/signingCert";
    let truncated = key_request(&token, &key.pem, &key.proof).to_string();
    let answer = world
        .post(path, truncated[..truncated.len() - 1].to_owned())
        .await;
    assert_eq!(answer.refusal(), (400, "unexpected EOF".to_owned()));
    // A reader may quote what it found, and that is the token here.
    let misplaced = [
        (
            json!({"credentials": token}),
            "proto: not a valid request: ",
        ),
        (
            json!({"publicKeyRequest": {"proofOfPossession": token}}),
            "proto: syntax error or wrong type (line 1:",
        ),
        (
            json!({"credentials": {"oidcIdentityToken": {"token": token}}}),
            "proto: syntax error or wrong type (line 1:",
        ),
    ];
    for (body, expected) in misplaced {
        let message = world.post(path, body.to_string()).await.refusal().1;
        assert!(message.starts_with(expected), "{message}");
        assert!(!message.contains("eyJ"), "{message}");
    }

    let large = format!("{{\"unknown\":\"{}\"}}", "a".repeat(64 * 1024));
    assert_eq!(
        world.post(path, large).await.refusal(),
        (413, "http: request body too large".to_owned())
    );
    assert_eq!(world.ct_size(), 0);
}

#[tokio::test]
async fn other_paths_and_methods() {
    let world = World::new().await;
    let wrong_method = (501, "Method Not Allowed".to_owned());
    for (method, path) in [
        (Method::GET, "/api/v2/signingCert"),
        (Method::HEAD, "/api/v2/signingCert"),
        (Method::OPTIONS, "/api/v2/signingCert"),
        (Method::POST, "/api/v2/trustBundle"),
        (Method::PUT, "/api/v2/configuration"),
    ] {
        let head = method == Method::HEAD;
        let answer = world.send(request(method, path, &[], "")).await;
        if head {
            assert_eq!(answer.status.as_u16(), 501);
        } else {
            assert_eq!(answer.refusal(), wrong_method, "{path}");
        }
    }
    assert_eq!(
        world
            .send(request(Method::HEAD, "/api/v2/trustBundle", &[], ""))
            .await
            .status
            .as_u16(),
        501
    );
    for path in [
        "/nope",
        "/api/v2/signingCert/",
        "/api/v2/trustBundle/x",
        "//api/v2/signingCert",
    ] {
        assert_eq!(
            world.get(path).await.refusal(),
            (404, "Not Found".to_owned()),
            "{path}"
        );
    }
}
