//! Proposals that want the server to fetch, to unpack, or to fall over.

use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::bench::{Bench, ENTRIES, STATEMENT, dsse, envelope, hashed_rekord, intoto, p256};
use crate::formats::x509;

/// Archives are not unpacked, because no kind is taken that has one; nor are bodies.
#[tokio::test]
async fn adv_l01_nothing_is_unpacked() {
    let bench = Bench::new().await;
    for kind in ["jar", "apk", "alpine", "rpm", "helm", "tuf", "cose"] {
        let mut proposal = hashed_rekord(&p256(), b"a");
        proposal["kind"] = kind.into();
        let answer = bench.post(ENTRIES, proposal.to_string()).await;
        let answer_text = answer.text();
        assert!(
            matches!(answer.status.as_u16(), 400 | 422)
                && answer_text.contains("; this log takes "),
            "{kind}: {} {answer_text}",
            answer.status
        );
    }
    // A kilobyte of zeros under gzip: refused as what it is, never inflated.
    let request = Request::builder()
        .method(Method::POST)
        .uri(ENTRIES)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(Body::from(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]))
        .unwrap();
    let answer = bench.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(body.starts_with(br#"{"code":400,"message":""#), "{body:?}");
    assert_eq!(bench.size().0, 0);
}

/// Wherever a schema of upstream has an address, it stands for nothing: no connection is made.
#[tokio::test]
async fn adv_l04_no_address_is_followed() {
    let bench = Bench::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = json!(format!("http://{}/secret", listener.local_addr().unwrap()));
    for place in ["data", "signature", "signature/publicKey"] {
        let mut proposal = x509(&p256());
        let part = proposal.pointer_mut(&format!("/spec/{place}")).unwrap();
        part["url"] = url.clone();
        part.as_object_mut().unwrap().remove("content");
        let answer = bench.post(ENTRIES, proposal.to_string()).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 422),
            "{place}: {} {}",
            answer.status,
            answer.text()
        );
    }
    assert_eq!(bench.size().0, 0);
    // Beside the content it is a member that nobody asked for.
    let mut proposal = x509(&p256());
    proposal["spec"]["data"]["url"] = url.clone();
    let status = bench.post(ENTRIES, proposal.to_string()).await.status;
    assert!(matches!(status.as_u16(), 201 | 400 | 422), "{status}");
    let query = json!({"publicKey": {"format": "x509", "url": url}});
    let answer = bench
        .post("/api/v1/index/retrieve", query.to_string())
        .await;
    answer.assert_error(
        400,
        "{\"code\":400,\"message\":\"publicKey.url in body is not followed; send publicKey.content\"}\n",
    );
    let called = listener.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(called, Err(std::io::ErrorKind::WouldBlock));
}

/// Thousands of bodies beside good ones: each is answered, none is a failure of the server.
#[tokio::test]
async fn adv_l03_no_change_of_a_proposal_makes_the_server_fail() {
    let bench = Bench::new().await;
    let key = p256();
    let good: Vec<Value> = vec![
        hashed_rekord(&key, b"a"),
        dsse(&envelope(&[&key], STATEMENT), &[&key]),
        intoto(&key, STATEMENT),
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    for proposal in good {
        let bytes = proposal.to_string().into_bytes();
        for _ in 0..700 {
            let mut body = bytes.clone();
            let at = next(body.len());
            match next(4) {
                0 => body[at] ^= 1 << next(8),
                1 => body.truncate(at),
                2 => drop(body.splice(at..at, [b'{', b'"', 0xff, b'['])),
                _ => {
                    let end = (at + next(40)).min(body.len());
                    body.drain(at..end);
                }
            }
            let answer = bench.post(ENTRIES, body.clone()).await;
            assert!(
                matches!(answer.status.as_u16(), 201 | 400 | 409 | 422),
                "{} {}: {}",
                answer.status,
                answer.text(),
                String::from_utf8_lossy(&body)
            );
        }
    }
}
