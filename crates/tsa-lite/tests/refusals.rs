//! Every refusal, with its exact status and JSON.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod authority;

use axum::Router;
use axum::body::Body;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sigbox_crypto::HashAlgorithm;
use sigbox_crypto::tsp::{Nonce, ObjectIdentifier};
use tower::ServiceExt;

use authority::{Authority, DER, JSON, PATH, query};

const DIGEST: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

async fn refused(authority: &Authority, media_type: &str, body: impl Into<Body>) -> (u16, Value) {
    let answer = authority.post(media_type, body).await;
    (answer.status.as_u16(), answer.json())
}

fn refusal(status: u16, message: &str) -> (u16, Value) {
    (status, json!({ "code": status, "message": message }))
}

/// A DER query with one part exchanged for bytes of the same length.
fn edited(from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut der = query(HashAlgorithm::Sha2_256).to_der().unwrap();
    let at = der
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    der[at..at + to.len()].copy_from_slice(to);
    der
}

#[tokio::test]
async fn what_is_wrong_with_a_der_query() {
    let authority = Authority::new();
    let policy = query(HashAlgorithm::Sha2_256).with_policy(ObjectIdentifier::new_unwrap("1.2.3"));
    let sha256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    let sha512 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
    let sha3 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x08];
    // SHA-1 with a digest of 20 bytes.
    let mut sha1 = vec![
        0x30, 0x26, 2, 1, 1, 0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 20,
    ];
    sha1.extend_from_slice(&[7; 20]);
    let mut extensions = query(HashAlgorithm::Sha2_256).to_der().unwrap();
    extensions.extend_from_slice(&[0xa0, 0x0a, 0x30, 0x08, 6, 2, 0x2a, 3, 4, 2, 5, 0]);
    extensions[1] += 12;
    let mut nonce = query(HashAlgorithm::Sha2_256)
        .with_nonce(Nonce::from_unsigned(&[0x7f; 64]).unwrap())
        .to_der()
        .unwrap();
    nonce.extend_from_slice(&[0x7f]);
    let at = nonce
        .windows(2)
        .position(|window| window == [0x02, 0x40])
        .unwrap();
    nonce[at + 1] += 1;
    let outer = nonce.len() - 2;
    nonce[1] = u8::try_from(outer).unwrap();
    for (name, body, message) in [
        (
            "SHA-1",
            sha1,
            "Weak hash algorithm in timestamp request: hash algorithm 1.3.14.3.2.26 is too weak, \
             expected SHA-256, SHA-384 or SHA-512",
        ),
        (
            "SHA3-256",
            edited(&sha256, &sha3),
            "Error generating timestamp response: hash algorithm 2.16.840.1.101.3.4.2.8 is not supported, \
             expected SHA-256, SHA-384 or SHA-512",
        ),
        (
            "length",
            edited(&sha256, &sha512),
            "Message digest has incorrect length for specified algorithm: SHA2_512 digest is 32 bytes long, \
             expected 64",
        ),
        (
            "policy",
            policy.to_der().unwrap(),
            "unaccepted policy: requested TSA policy is not supported by the TSA: policy 1.2.3 was asked for, \
             this authority stamps under 1.3.6.1.4.1.57264.2",
        ),
        (
            "extension",
            extensions,
            "unaccepted extension: requested extensions are not supported by the TSA: extensions were asked for, \
             none is supported",
        ),
        (
            "version",
            edited(&[2, 1, 1], &[2, 1, 2]),
            "Error generating timestamp response: timestamp request has version 2, expected 1",
        ),
        (
            "nonce",
            nonce,
            "Error generating timestamp response: nonce is 65 bytes long, at most 64 are accepted",
        ),
    ] {
        assert_eq!(
            refused(&authority, DER, body).await,
            refusal(400, message),
            "{name}"
        );
    }
}

#[tokio::test]
async fn bytes_that_are_no_query_are_refused_with_their_place() {
    let authority = Authority::new();
    for body in [
        b"not DER".to_vec(),
        b"\x30\x80".to_vec(),
        vec![0],
        b"{}".to_vec(),
    ] {
        let (status, json) = refused(&authority, DER, body).await;
        assert_eq!((status, &json["code"]), (400, &json!(400)));
        let message = json["message"].as_str().unwrap();
        let known = "Error generating timestamp response: timestamp request is not valid DER: ";
        assert!(
            message.starts_with(known) && message.len() > known.len(),
            "{message}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_json_query() {
    let authority = Authority::new();
    let failed = "Error generating timestamp response: ";
    let many = ["1"; 129].join(".");
    let long = ["1"; 128].join(".");
    for (body, message) in [
        (
            json!({ "artifactHash": DIGEST, "hashAlgorithm": "SHA1" }),
            "Weak hash algorithm in timestamp request: hashAlgorithm is SHA1, expected sha256, sha384 or sha512"
                .to_owned(),
        ),
        (
            json!({ "artifactHash": DIGEST, "hashAlgorithm": "md5\u{1b}" }),
            format!("{failed}hashAlgorithm is md5\\u{{1b}}, expected sha256, sha384 or sha512"),
        ),
        (
            json!({ "artifactHash": "LA==", "hashAlgorithm": "sha256" }),
            "Message digest has incorrect length for specified algorithm: SHA2_256 digest is 1 bytes long, \
             expected 32"
                .to_owned(),
        ),
        (
            json!({ "hashAlgorithm": "sha384" }),
            "Message digest has incorrect length for specified algorithm: SHA2_384 digest is 0 bytes long, \
             expected 48"
                .to_owned(),
        ),
        (json!({ "artifactHash": DIGEST }), format!("{failed}`hashAlgorithm` is missing")),
        (
            json!({ "artifactHash": DIGEST, "hashAlgorithm": "sha256", "tsaPolicyOID": "1.2.3" }),
            "unaccepted policy: requested TSA policy is not supported by the TSA: tsaPolicyOID is 1.2.3, \
             expected 1.3.6.1.4.1.57264.2"
                .to_owned(),
        ),
        (
            json!({ "artifactHash": DIGEST, "hashAlgorithm": "sha256", "tsaPolicyOID": long }),
            format!(
                "unaccepted policy: requested TSA policy is not supported by the TSA: tsaPolicyOID is {long}, \
                 expected 1.3.6.1.4.1.57264.2"
            ),
        ),
        (
            json!({ "artifactHash": DIGEST, "hashAlgorithm": "sha256", "tsaPolicyOID": many }),
            "OID should be comprised of at most 128 components: tsaPolicyOID has 129 components, at most 128 \
             are accepted"
                .to_owned(),
        ),
        (
            json!({ "artifactHash": DIGEST, "hashAlgorithm": "sha256", "tsaPolicyOID": "1..2" }),
            format!("{failed}tsaPolicyOID is 1..2, expected dotted decimal components"),
        ),
        (
            json!({ "artifactHash": DIGEST, "hashAlgorithm": "sha256", "nonce": "12" }),
            format!("{failed}nonce is not a non-negative integer"),
        ),
        (
            json!({ "artifactHash": DIGEST, "hashAlgorithm": "sha256", "nonce": -1 }),
            format!("{failed}nonce is not a non-negative integer"),
        ),
    ] {
        assert_eq!(refused(&authority, JSON, body.to_string()).await, refusal(400, &message), "{body}");
    }
}

#[tokio::test]
async fn a_json_nonce_of_41_digits_is_refused() {
    let authority = Authority::new();
    let body = format!(
        r#"{{"artifactHash":"{DIGEST}","hashAlgorithm":"sha256","nonce":1{}}}"#,
        "0".repeat(40)
    );
    let expected = refusal(
        400,
        "Error generating timestamp response: nonce has more than 40 digits",
    );
    assert_eq!(refused(&authority, JSON, body).await, expected);
}

#[tokio::test]
async fn text_that_is_no_json_query_is_refused_with_its_place() {
    let authority = Authority::new();
    for body in [
        "{",
        "[]",
        "\"\"",
        r#"{"hashAlgorithm":1}"#,
        r#"{"artifactHash":"*","hashAlgorithm":"sha256"}"#,
    ] {
        let (status, json) = refused(&authority, JSON, body).await;
        assert_eq!((status, &json["code"]), (400, &json!(400)), "{body}");
        let message = json["message"].as_str().unwrap();
        let known = "Error generating timestamp response: not a valid timestamp request: ";
        assert!(
            message.starts_with(known) && message.len() > known.len(),
            "{message}"
        );
    }
}

#[tokio::test]
async fn sizes_are_limited_by_form() {
    let authority = Authority::new();
    let der = "Error generating timestamp response: request body is larger than 10240 bytes";
    let json = "timestamp request is too large: request body is larger than 1024 bytes";
    for (media_type, limit, message) in [(DER, 10 * 1024, der), (JSON, 1024, json)] {
        let (status, _) = refused(&authority, media_type, vec![b' '; limit]).await;
        assert_eq!(status, 400, "{media_type}: the limit itself is read");
        let expected = refusal(413, message);
        assert_eq!(
            refused(&authority, media_type, vec![b' '; limit + 1]).await,
            expected,
            "{media_type}"
        );
        assert_eq!(
            refused(&authority, media_type, vec![b'1'; 1 << 20]).await,
            expected,
            "{media_type}"
        );
    }
}

#[tokio::test]
async fn an_empty_body_is_missing_whatever_its_type() {
    let authority = Authority::new();
    let expected = (
        422,
        json!({ "code": 602, "message": "request in body is required" }),
    );
    for media_type in [DER, JSON, "text/plain"] {
        assert_eq!(
            refused(&authority, media_type, Body::empty()).await,
            expected,
            "{media_type}"
        );
    }
    let answer = authority
        .send(Request::post(PATH).body(Body::empty()).unwrap())
        .await;
    assert_eq!((answer.status.as_u16(), answer.json()), expected);
    // A stream that only turns out to be empty when it is read.
    let stream = Body::new(Body::empty().with_trailers(std::future::ready(None)));
    assert_eq!(refused(&authority, DER, stream).await, expected);
}

#[tokio::test]
async fn only_two_media_types_are_known() {
    let authority = Authority::new();
    let der = query(HashAlgorithm::Sha2_256).to_der().unwrap();
    for (sent, shown) in [
        ("text/plain", "text/plain"),
        ("application/octet-stream", "application/octet-stream"),
        (
            "multipart/form-data; boundary=application/json",
            "multipart/form-data",
        ),
        ("application/jsonx", "application/jsonx"),
        ("", ""),
    ] {
        let message = format!(
            "unsupported media type \"{shown}\", only [application/json application/timestamp-query] are allowed"
        );
        assert_eq!(
            refused(&authority, sent, der.clone()).await,
            refusal(415, &message),
            "{sent}"
        );
    }
    let untyped = authority
        .send(Request::post(PATH).body(Body::from(der.clone())).unwrap())
        .await;
    let message = "unsupported media type \"application/octet-stream\", \
                   only [application/json application/timestamp-query] are allowed";
    assert_eq!(
        (untyped.status.as_u16(), untyped.json()),
        refusal(415, message)
    );
    let (status, json) = refused(&authority, &"a".repeat(64 * 1024), der).await;
    assert_eq!(status, 415);
    assert!(
        json["message"].as_str().unwrap().len() < 2048,
        "a huge type is not sent back whole"
    );
}

#[tokio::test]
async fn a_compressed_body_is_not_inflated() {
    let authority = Authority::new();
    let request = Request::post(PATH)
        .header(CONTENT_TYPE, DER)
        .header(CONTENT_ENCODING, "gzip");
    let answer = authority
        .send(request.body(Body::from(vec![1, 2, 3])).unwrap())
        .await;
    let message = "Error generating timestamp response: request body has a content encoding";
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        refusal(415, message)
    );
}

#[tokio::test]
async fn other_methods_are_told_the_right_one() {
    let authority = Authority::new();
    for (method, path, allowed) in [
        (Method::GET, PATH, "POST"),
        (Method::PUT, PATH, "POST"),
        (Method::DELETE, PATH, "POST"),
        (Method::POST, "/api/v1/timestamp/certchain", "GET"),
        (Method::POST, "/ping", "GET"),
    ] {
        let request = Request::builder().method(method.clone()).uri(path);
        let answer = authority.send(request.body(Body::empty()).unwrap()).await;
        let message = format!("method {method} is not allowed, but [{allowed}] are");
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            refusal(405, &message),
            "{method} {path}"
        );
        assert_eq!(answer.header(ALLOW), Some(allowed), "{method} {path}");
    }
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let authority = Authority::new();
    for path in [
        "/",
        "/healthz",
        "/api/v1/timestamp/",
        "/api/v1/timestamp/certchain/x",
        "/api/v1/timestampx",
    ] {
        let answer = authority
            .send(Request::get(path).body(Body::empty()).unwrap())
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            refusal(404, &format!("path {path} was not found"))
        );
    }
}

#[tokio::test]
async fn the_routes_merge_with_those_of_others() {
    let other = Router::new().route("/api/v1/log", axum::routing::get(|| async { "log" }));
    let merged = other
        .fallback(|| async { StatusCode::IM_A_TEAPOT })
        .merge(tsa_lite::router(Authority::new().tsa));
    for (path, status) in [
        ("/api/v1/log", StatusCode::OK),
        ("/api/v1/timestamp/certchain", StatusCode::OK),
        ("/api/v1/timestamp/none", StatusCode::NOT_FOUND),
        ("/none", StatusCode::IM_A_TEAPOT),
    ] {
        let response = merged
            .clone()
            .oneshot(Request::get(path).body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
}
