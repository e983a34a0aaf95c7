//! What a client gets that asks as it should.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod authority;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{Request, StatusCode};
use serde_json::json;
use sigbox_crypto::tsp::{DEFAULT_POLICY, Nonce, TimeStampResponse};
use sigbox_crypto::{Certificate, HashAlgorithm, digest};
use tsa_lite::NotReady;

use authority::{Answer, Authority, DER, JSON, PATH, STAMPED, query, time};

const HASHES: [(HashAlgorithm, &str); 3] = [
    (HashAlgorithm::Sha2_256, "sha256"),
    (HashAlgorithm::Sha2_384, "SHA384"),
    (HashAlgorithm::Sha2_512, "Sha512"),
];

/// The token of a granted answer, after its signature, chain and imprint have held.
fn verified(authority: &Authority, answer: &Answer) -> TimeStampResponse {
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(
        answer.header(CONTENT_TYPE),
        Some("application/timestamp-reply")
    );
    assert_eq!(answer.header(CACHE_CONTROL), Some("no-cache, no-store"));
    let response = TimeStampResponse::parse(&answer.body).unwrap();
    let verdict = response.verify(STAMPED, &authority.chain).unwrap();
    assert_eq!(verdict.policy, DEFAULT_POLICY);
    response
}

fn json_query(hash: HashAlgorithm, name: &str) -> serde_json::Value {
    json!({ "artifactHash": STANDARD.encode(digest(hash, STAMPED)), "hashAlgorithm": name })
}

#[tokio::test]
async fn the_der_form_is_stamped_for_each_hash() {
    let authority = Authority::new();
    for (hash, name) in HASHES {
        let answer = authority.post(DER, query(hash).to_der().unwrap()).await;
        let response = verified(&authority, &answer);
        assert_eq!(response.gen_time(), time("2026-11-23T00:43:59Z"), "{name}");
        assert_eq!(response.check_answers(&query(hash)), Ok(()), "{name}");
        assert_eq!(response.nonce(), None, "{name}");
        assert!(response.embedded_certificates().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn the_json_form_is_stamped_for_each_hash_in_any_case() {
    let authority = Authority::new();
    for (hash, name) in HASHES {
        let answer = authority
            .post(JSON, json_query(hash, name).to_string())
            .await;
        assert_eq!(
            verified(&authority, &answer).check_answers(&query(hash)),
            Ok(()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn nonce_certificates_and_policy_come_back_in_both_forms() {
    let authority = Authority::new();
    let nonce = Nonce::from_unsigned(&u64::MAX.to_be_bytes()).unwrap();
    let asked = query(HashAlgorithm::Sha2_256)
        .with_nonce(nonce)
        .with_certificates()
        .with_policy(DEFAULT_POLICY);
    let mut json = json_query(HashAlgorithm::Sha2_256, "sha256");
    json["nonce"] = json!(u64::MAX);
    json["certificates"] = json!(true);
    json["tsaPolicyOID"] = json!("1.3.6.1.4.1.57264.2");
    json["unknown"] = json!({ "is": "ignored" });
    for (media_type, body) in [
        (DER, asked.to_der().unwrap()),
        (JSON, json.to_string().into_bytes()),
    ] {
        let response = verified(&authority, &authority.post(media_type, body).await);
        assert_eq!(response.check_answers(&asked), Ok(()), "{media_type}");
        let leaf = authority.chain.first().unwrap();
        assert_eq!(
            response.embedded_certificates(),
            [leaf.der()],
            "{media_type}"
        );
    }
}

#[tokio::test]
async fn a_nonce_of_forty_digits_is_still_taken_in_json() {
    let authority = Authority::new();
    let json = json_query(HashAlgorithm::Sha2_256, "sha256").to_string();
    let with_nonce = json.replacen('{', &format!(r#"{{"nonce":{},"#, "9".repeat(40)), 1);
    let response = verified(&authority, &authority.post(JSON, with_nonce).await);
    assert_eq!(
        response.nonce().unwrap().to_string(),
        "1d6329f1c35ca4bfabb9f560ffffffffff"
    );
}

#[tokio::test]
async fn the_media_type_may_carry_parameters_and_capitals() {
    let authority = Authority::new();
    let der = query(HashAlgorithm::Sha2_256).to_der().unwrap();
    for media_type in [
        "application/timestamp-query; charset=utf-8",
        " Application/Timestamp-Query ;x=\"y\"",
    ] {
        verified(
            &authority,
            &authority.post(media_type.trim(), der.clone()).await,
        );
    }
    let json = json_query(HashAlgorithm::Sha2_256, "sha256").to_string();
    verified(
        &authority,
        &authority.post("application/json;charset=UTF-8", json).await,
    );
}

#[tokio::test]
async fn every_token_has_a_serial_number_of_its_own() {
    let authority = Authority::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..32 {
        let answer = authority
            .post(DER, query(HashAlgorithm::Sha2_256).to_der().unwrap())
            .await;
        let response = verified(&authority, &answer);
        let serial = response.serial().to_vec();
        assert!(
            serial.len() > 8 && serial.first().is_some_and(|first| first & 0x80 == 0),
            "{serial:x?}"
        );
        assert!(seen.insert(serial));
    }
}

#[tokio::test]
async fn issued_times_never_go_back() {
    let authority = Authority::new();
    let der = query(HashAlgorithm::Sha2_256).to_der().unwrap();
    // What the clock says, and what is stamped; `None` is a refusal.
    for (clock, stamped) in [
        ("2026-11-23T12:00:00Z", Some("2026-11-23T12:00:00Z")),
        ("2026-11-23T11:59:55Z", Some("2026-11-23T12:00:00Z")),
        ("2026-11-23T11:59:54.9Z", None),
        ("2016-11-23T12:00:00Z", None),
        ("2026-11-23T11:59:59Z", Some("2026-11-23T12:00:00Z")),
        ("2026-11-23T12:00:01Z", Some("2026-11-23T12:00:01Z")),
    ] {
        authority.clock.set(clock);
        let answer = authority.post(DER, der.clone()).await;
        let Some(stamped) = stamped else {
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{clock}");
            let wait: u32 = answer.header(RETRY_AFTER).unwrap().parse().unwrap();
            assert!((30..=60).contains(&wait), "{wait}");
            let message =
                "Error generating timestamp response: the clock of this server is being corrected";
            assert_eq!(
                answer.json(),
                json!({ "code": 503, "message": message }),
                "{clock}"
            );
            assert!(
                matches!(authority.tsa.ready(), Err(NotReady::Clock { now, .. }) if now == time(clock))
            );
            continue;
        };
        assert_eq!(
            verified(&authority, &answer).gen_time(),
            time(stamped),
            "{clock}"
        );
        assert!(authority.tsa.ready().is_ok(), "{clock}");
    }
}

#[tokio::test]
async fn an_authority_whose_certificate_has_ended_stamps_nothing() {
    let authority = Authority::until("2027-01-01T00:00:00Z");
    let der = query(HashAlgorithm::Sha2_256).to_der().unwrap();
    authority.clock.set("2027-01-01T00:00:00Z");
    assert!(authority.tsa.ready().is_ok());
    verified(&authority, &authority.post(DER, der.clone()).await);
    authority.clock.set("2027-01-01T00:00:01Z");
    let answer = authority.post(DER, der).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        answer.json(),
        json!({ "code": 500, "message": "Error generating timestamp response" })
    );
    let Err(NotReady::Chain {
        subject, not_after, ..
    }) = authority.tsa.ready()
    else {
        panic!("an expired chain is ready")
    };
    assert_eq!(
        (subject.as_str(), not_after),
        ("Timestamping", time("2027-01-01T00:00:00Z"))
    );
}

#[tokio::test]
async fn the_chain_is_served_leaf_first() {
    let authority = Authority::new();
    let answer = authority
        .send(
            Request::get(format!("{PATH}/certchain"))
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header(CONTENT_TYPE),
        Some("application/pem-certificate-chain")
    );
    assert_eq!(
        answer.header(CACHE_CONTROL),
        Some("max-age=86400, immutable")
    );
    let served = Certificate::chain_from_pem(std::str::from_utf8(&answer.body).unwrap()).unwrap();
    let served: Vec<_> = served
        .iter()
        .map(|certificate| certificate.der().to_vec())
        .collect();
    let expected: Vec<_> = authority
        .chain
        .iter()
        .map(|certificate| certificate.der().to_vec())
        .collect();
    assert_eq!(served, expected);
    assert_eq!(answer.body, authority.tsa.chain_pem().as_bytes());
}

#[tokio::test]
async fn ping_answers_with_a_dot() {
    let authority = Authority::new();
    let answer = authority
        .send(Request::get("/ping").body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (StatusCode::OK, b".".as_slice())
    );
    assert_eq!(answer.header(ALLOW), None);
}
