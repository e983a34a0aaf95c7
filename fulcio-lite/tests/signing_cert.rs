//! Certificates that are issued: every key type, both forms, both places of the token, and the leaf they come to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::provider::Provider;
use harness::{EMAIL_ISSUER, World, csr_request, key_request, request};
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sigbox_crypto::{
    Certificate, ChainPurpose, KeyAlgorithm, ObjectIdentifier, Sct, SigningKey, SubjectAltName,
    oid, verify_chain,
};

const ALICE: &str = "alice@example.com";

fn key_types() -> [KeyAlgorithm; 5] {
    [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
        KeyAlgorithm::Rsa { bits: 2048 },
    ]
}

/// Everything that must hold of a chain that was issued.
fn check_chain(world: &World, chain: &[Certificate], key: &SigningKey, expected: &SubjectAltName) {
    let [leaf, intermediate, root] = chain else {
        panic!("{} certificates", chain.len())
    };
    assert_eq!((intermediate, root), (&world.intermediate, &world.root));
    assert_eq!(leaf.public_key(), key.public_key());
    assert_eq!(leaf.subject_alt_names(), std::slice::from_ref(expected));
    let path = verify_chain(
        leaf,
        std::slice::from_ref(intermediate),
        std::slice::from_ref(root),
        world.clock.now(),
        ChainPurpose::CodeSigning,
    );
    assert_eq!(path.unwrap().len(), 3);
    let scts = Sct::from_certificate(leaf).unwrap();
    assert_eq!(scts.len(), 1);
    scts[0]
        .verify_embedded(leaf, intermediate, &world.ct_key)
        .unwrap();
}

#[tokio::test]
async fn issues_for_every_key_type_by_key_and_proof() {
    let world = World::new().await;
    for (done, algorithm) in key_types().into_iter().enumerate() {
        let key = SigningKey::generate(algorithm).unwrap();
        let proof = key.sign(ALICE.as_bytes()).unwrap();
        let token = world.people.token(&world.alice());
        let answer = world
            .sign(&key_request(&token, &key.public_key().to_pem(), &proof))
            .await;
        check_chain(
            &world,
            &answer.chain(),
            &key,
            &SubjectAltName::Email(ALICE.to_owned()),
        );
        assert_eq!(world.ct_size(), done as u64 + 1, "{algorithm}");
    }
}

#[tokio::test]
async fn the_leaf_is_the_profile_byte_for_byte() {
    let world = World::new().await;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let proof = key.sign(ALICE.as_bytes()).unwrap();
    let token = world.people.token(&world.alice());
    let chain = world
        .sign(&key_request(&token, &key.public_key().to_pem(), &proof))
        .await
        .chain();
    let leaf = &chain[0];
    assert_eq!(leaf.subject_der(), [0x30, 0x00]);
    assert_eq!(leaf.issuer_der(), world.intermediate.subject_der());
    let second = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(leaf.not_before(), second("2026-11-23T00:42:26Z"));
    assert_eq!(leaf.not_after(), second("2026-11-23T00:52:26Z"));
    assert!(leaf.serial().len() <= 20 && leaf.serial()[0] & 0x80 == 0);
    assert_eq!(leaf.fulcio_issuer(), Some(EMAIL_ISSUER));
    assert_eq!(leaf.fulcio_extension(1), Some(EMAIL_ISSUER));
    assert_eq!(leaf.fulcio_extension(24), Some("CiQxMjM0"));

    let fulcio = |n: &str| ObjectIdentifier::new_unwrap(&format!("1.3.6.1.4.1.57264.1.{n}"));
    let der = |text: &str| [&[0x0c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let san = [&[0x30, 0x13, 0x81, 0x11], ALICE.as_bytes()].concat();
    let aki = [
        &[0x30, 0x16, 0x80, 0x14],
        world.intermediate.subject_key_id().unwrap(),
    ]
    .concat();
    let found: Vec<_> = leaf
        .extensions()
        .map(|(id, critical, value)| (*id, critical, value.to_vec()))
        .collect();
    let expected = [
        (oid::KEY_USAGE, true, vec![3, 2, 7, 0x80]),
        (
            oid::EXTENDED_KEY_USAGE,
            false,
            hex::decode("300a06082b06010505070303").unwrap(),
        ),
        (oid::SUBJECT_KEY_IDENTIFIER, false, found[2].2.clone()),
        (oid::AUTHORITY_KEY_IDENTIFIER, false, aki),
        (oid::SUBJECT_ALT_NAME, true, san),
        (fulcio("1"), false, EMAIL_ISSUER.as_bytes().to_vec()),
        (fulcio("8"), false, der(EMAIL_ISSUER)),
        (fulcio("24"), false, der("CiQxMjM0")),
        (oid::CT_SCT_LIST, false, found[8].2.clone()),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_request_gives_its_key_and_nothing_else() {
    let world = World::new().await;
    let hostile = include_str!("vectors/csr/hostile_rsa2048.pem");
    let token = world.people.token(&world.alice());
    let chain = world.sign(&csr_request(&token, hostile)).await.chain();
    let leaf = &chain[0];
    assert_eq!(
        leaf.subject_alt_names(),
        [SubjectAltName::Email(ALICE.to_owned())]
    );
    assert!(!leaf.is_ca());
    assert_eq!(
        leaf.extended_key_usages(),
        Some([oid::CODE_SIGNING].as_slice())
    );

    let p384 = include_str!("vectors/csr/p384_sha384.pem");
    let new_label = p384.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST");
    for csr in [p384, new_label.as_str()] {
        let chain = world.sign(&csr_request(&token, csr)).await.chain();
        assert_eq!(chain[0].public_key().algorithm(), KeyAlgorithm::EcdsaP384);
    }
    assert_eq!(world.ct_size(), 3);
}

#[tokio::test]
async fn the_token_may_stand_in_the_header() {
    let world = World::new().await;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let proof = key.sign(ALICE.as_bytes()).unwrap();
    let token = world.people.token(&world.alice());
    let mut body = key_request("", &key.public_key().to_pem(), &proof);
    body.as_object_mut().unwrap().remove("credentials");
    for value in [format!("Bearer {token}"), token.clone()] {
        let headers = [
            ("authorization", value.as_str()),
            ("content-type", "text/plain"),
        ];
        let sent = request(
            Method::POST,
            "/api/v2/signingCert",
            &headers,
            body.to_string(),
        );
        let answer = world.send(sent).await;
        check_chain(
            &world,
            &answer.chain(),
            &key,
            &SubjectAltName::Email(ALICE.to_owned()),
        );
    }
    // The body's token counts, and a good header does not rescue a bad one.
    let with_body = key_request("bad", &key.public_key().to_pem(), &proof);
    let headers = [("authorization", token.as_str())];
    let sent = request(
        Method::POST,
        "/api/v2/signingCert",
        &headers,
        with_body.to_string(),
    );
    assert_eq!(world.send(sent).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn odd_but_harmless_forms_are_taken() {
    let world = World::new().await;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let proof = key.sign(ALICE.as_bytes()).unwrap();
    let token = world.people.token(&world.alice());
    let unwrapped = {
        let pem = key.public_key().to_pem();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    };
    let body = json!({
        "credentials": {"oidc_identity_token": token}, "unknown": 1,
        "public_key_request": {
            "public_key": {"algorithm": "RSA", "content": unwrapped},
            "proof_of_possession": URL_SAFE_NO_PAD.encode(&proof),
        },
    });
    assert_eq!(world.sign(&body).await.chain().len(), 3);

    let mut claims = world.alice();
    claims["email_verified"] = json!("true");
    claims["aud"] = json!(["sigstore", "other"]);
    claims["nbf"] = json!(world.clock.now().as_second() + 240);
    let token = world.people.token(&claims);
    assert_eq!(
        world
            .sign(&key_request(&token, &key.public_key().to_pem(), &proof))
            .await
            .chain()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_workload_signs_its_subject_or_its_verified_address() {
    let world = World::new().await;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let pem = key.public_key().to_pem();
    let expected = SubjectAltName::Uri("https://ci.example/job/7".to_owned());
    let token = world.machines.token(&world.build_job());
    let proof = key.sign(b"https://ci.example/job/7").unwrap();
    check_chain(
        &world,
        &world.sign(&key_request(&token, &pem, &proof)).await.chain(),
        &key,
        &expected,
    );

    let mut claims = world.build_job();
    claims["email"] = json!("bot@ci.example");
    claims["email_verified"] = json!(true);
    let token = world.machines.token(&claims);
    let proof = key.sign(b"bot@ci.example").unwrap();
    check_chain(
        &world,
        &world.sign(&key_request(&token, &pem, &proof)).await.chain(),
        &key,
        &expected,
    );

    claims["email_verified"] = json!(false);
    let token = world.machines.token(&claims);
    let answer = world.sign(&key_request(&token, &pem, &proof)).await;
    assert_eq!(
        answer.refusal(),
        (
            400,
            "The signature supplied in the request could not be verified: `proofOfPossession` is not a signature of \
             `sub` by the ECDSA P-256 key"
                .to_owned()
        )
    );
}

#[tokio::test]
async fn a_subject_outside_ascii_is_percent_encoded() {
    let world = World::new().await;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let mut claims = world.build_job();
    claims["sub"] = json!("https://ci.example/jöb@x");
    let token = world.machines.token(&claims);
    let proof = key.sign("https://ci.example/jöb@x".as_bytes()).unwrap();
    let chain = world
        .sign(&key_request(&token, &key.public_key().to_pem(), &proof))
        .await
        .chain();
    let expected = SubjectAltName::Uri("https://ci.example/j%C3%B6b@x".to_owned());
    check_chain(&world, &chain, &key, &expected);
    assert_eq!(
        chain[0].fulcio_extension(24),
        Some("https://ci.example/jöb@x")
    );
}

#[tokio::test]
async fn tokens_of_every_algorithm_are_verified() {
    for algorithm in [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::Ed25519,
    ] {
        let people = Provider::new(EMAIL_ISSUER, algorithm);
        let machines = Provider::new(harness::URI_ISSUER, algorithm);
        let issuers = vec![harness::issuer(
            EMAIL_ISSUER,
            harness::email_kind(),
            std::sync::Arc::new(people.static_jwks()),
        )];
        let world = World::with(issuers, people, machines).await;
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let proof = key.sign(ALICE.as_bytes()).unwrap();
        let token = world.people.token(&world.alice());
        let answer = world
            .sign(&key_request(&token, &key.public_key().to_pem(), &proof))
            .await;
        assert_eq!(answer.chain().len(), 3, "{algorithm}");
    }
}

#[tokio::test]
async fn trust_bundle_and_configuration_tell_what_is_there() {
    let world = World::new().await;
    let bundle = world.get("/api/v2/trustBundle").await;
    assert_eq!(
        bundle.json(),
        json!({"chains": [{"certificates": [world.intermediate.to_pem(), world.root.to_pem()]}]})
    );
    let configuration = world.get("/api/v2/configuration").await;
    assert_eq!(
        configuration.json(),
        json!({"issuers": [
            {"issuerUrl": "https://ci.example", "audience": "sigstore", "challengeClaim": "sub",
             "spiffeTrustDomain": "", "issuerType": "uri", "subjectDomain": "https://ci.example",
             "skipEmailVerification": false},
            {"issuerUrl": "https://idp.example", "audience": "sigstore", "challengeClaim": "email",
             "spiffeTrustDomain": "", "issuerType": "email", "subjectDomain": "", "skipEmailVerification": false},
        ]})
    );
}

#[tokio::test]
async fn time_goes_forward_or_nothing_is_issued() {
    let world = World::new().await;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let proof = key.sign(ALICE.as_bytes()).unwrap();
    let mut claims = world.alice();
    claims["exp"] = json!(world.clock.now().as_second() + 40_000_000);
    let body = key_request(
        &world.people.token(&claims),
        &key.public_key().to_pem(),
        &proof,
    );
    let first = world.sign(&body).await.chain()[0].not_before();
    world.clock.advance(SignedDuration::from_secs(-4));
    assert_eq!(world.sign(&body).await.chain()[0].not_before(), first);
    world.clock.advance(SignedDuration::from_secs(-3));
    let busy = (503, "error communicating with CA backend".to_owned());
    let answer = world.sign(&body).await;
    assert_eq!(answer.refusal(), busy);
    assert!(answer.headers.contains_key("retry-after"));
    // Past the end of the intermediate nothing is issued either.
    world.clock.advance(SignedDuration::from_hours(24 * 365));
    assert_eq!(world.sign(&body).await.refusal(), busy);
    assert_eq!(world.ct_size(), 2);
}
