//! Bodies that are no request the log takes: exact status and JSON, and a log that has not grown.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use http::Request;
use rekor_lite::RekorConfig;
use serde_json::{Value, json};
use sigbox_wire::VerifierKey;
use support::{Bench, ENTRIES, changed, json as body, p256, post, refuse_all, request};

/// A good request as JSON, to be damaged in form.
fn value() -> Value {
    serde_json::from_str(&body(&request(&p256(), b"artifact"))).unwrap()
}

const SIGNATURE: &str = "/hashedRekordRequestV002/signature";
const VERIFIER: &str = "/hashedRekordRequestV002/signature/verifier";

fn edited(pointer: &str, edit: impl FnOnce(&mut Value)) -> String {
    let mut value = value();
    edit(value.pointer_mut(pointer).unwrap());
    value.to_string()
}

#[tokio::test]
async fn adv_l02_each_member_removed_null_or_empty() {
    let bench = Bench::new().await;
    let members = [
        (
            "/hashedRekordRequestV002",
            "digest",
            "invalid hashedrekord request: digest: expected a value, found none",
        ),
        (
            "/hashedRekordRequestV002",
            "signature",
            "invalid hashedrekord request: signature: expected a value, found none",
        ),
        (
            SIGNATURE,
            "content",
            "invalid hashedrekord request: signature.content: expected a value, found none",
        ),
        (
            SIGNATURE,
            "verifier",
            "invalid hashedrekord request: verifier: expected a value, found none",
        ),
        (
            VERIFIER,
            "keyDetails",
            "invalid hashedrekord request: verifier.keyDetails: expected a value, found none",
        ),
        (
            VERIFIER,
            "publicKey",
            "invalid hashedrekord request: verifier.publicKey: expected a value, found none",
        ),
    ];
    for (parent, member, message) in members {
        let removed = edited(parent, |value| {
            value.as_object_mut().unwrap().remove(member);
        });
        let null = edited(parent, |value| value[member] = Value::Null);
        refuse_all(&bench, [(removed, message), (null, message)]).await;
    }
    let raw =
        "invalid hashedrekord request: verifier.publicKey.rawBytes: expected a value, found none";
    let table = [
        (
            edited(VERIFIER, |value| value["publicKey"] = json!({})),
            raw,
        ),
        (
            edited(VERIFIER, |value| {
                value["publicKey"] = json!({ "rawBytes": "" });
            }),
            raw,
        ),
        (
            edited(VERIFIER, |value| value["keyDetails"] = json!(0)),
            members[4].2,
        ),
        (
            edited(VERIFIER, |value| {
                value["keyDetails"] = json!("PUBLIC_KEY_DETAILS_UNSPECIFIED");
            }),
            members[4].2,
        ),
        (
            edited(SIGNATURE, |value| value["content"] = json!("")),
            members[2].2,
        ),
        (
            edited("/hashedRekordRequestV002", |value| {
                value["digest"] = json!("");
            }),
            members[0].2,
        ),
        (
            edited(VERIFIER, |value| {
                value["x509Certificate"] = json!({ "rawBytes": "AA==" });
            }),
            "invalid hashedrekord request: verifier: expected one of publicKey and x509Certificate, found both",
        ),
    ];
    refuse_all(&bench, table).await;
}

#[tokio::test]
async fn kinds_that_the_log_does_not_hold() {
    let bench = Bench::new().await;
    let none = "invalid type, must be hashedrekord: expected `hashedRekordRequestV002`, found none";
    let mut both = value();
    both["dsseRequestV002"] = json!({ "envelope": {}, "verifiers": [] });
    let table = [
        (String::new(), none),
        ("{}".to_owned(), none),
        (r#"{"hashedRekordRequestV002":null}"#.to_owned(), none),
        (
            both.to_string(),
            "invalid type, must be hashedrekord: expected one request, found two",
        ),
    ];
    refuse_all(&bench, table).await;
}

#[tokio::test]
async fn abuse_b04_bodies_that_are_no_request() {
    let bench = Bench::new().await;
    let good = body(&request(&p256(), b"artifact"));
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let table = [
        (
            "{",
            "not a valid request: EOF while parsing an object at line 1 column 1",
        ),
        (
            "\u{feff}{}",
            "not a valid request: expected value at line 1 column 1",
        ),
        (&deep, "JSON nests deeper than 32 levels"),
        (
            r#"{"foo":1}"#,
            "not a valid request: unknown field `foo`, expected one of `hashedRekordRequestV002`, `hashed_rekord_request_v002`, `dsseRequestV002`, `dsse_request_v002` at line 1 column 6",
        ),
    ];
    for (body, message) in table {
        bench
            .post(body.to_owned())
            .await
            .assert_error(400, 3, message);
    }
    // The rest of these texts is the JSON reader's own.
    let twice = good.replacen("{\"digest\":", "{\"digest\":\"AA==\",\"digest\":", 1);
    let both_spellings = good.replacen("\"keyDetails\":", "\"key_details\":5,\"keyDetails\":", 1);
    let base64 = edited(SIGNATURE, |value| value["content"] = json!("A*=="));
    let number = edited(SIGNATURE, |value| value["content"] = json!(1.5));
    let url = edited(VERIFIER, |value| {
        value["url"] = json!("https://attacker.example");
    });
    let trailing = format!("{good}{{}}");
    for (body, start) in [
        (twice, "not a valid request: duplicate field `digest`"),
        (
            both_spellings,
            "not a valid request: duplicate field `keyDetails`",
        ),
        (
            base64,
            "not a valid request: invalid base64 in a byte string",
        ),
        (
            number,
            "not a valid request: invalid type: floating point `1.5`",
        ),
        (url, "not a valid request: unknown field `url`"),
        ("[]".to_owned(), "not a valid request: "),
        (trailing, "not a valid request: trailing characters"),
    ] {
        let answer = bench.post(body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (400, &json!(3))
        );
        assert!(
            answer.json()["message"]
                .as_str()
                .unwrap()
                .starts_with(start),
            "{}",
            answer.text()
        );
    }
    assert_eq!(bench.size(), 0);
}

#[tokio::test]
async fn abuse_b03_bodies_over_the_limit() {
    let bench = Bench::new().await;
    let good = body(&request(&p256(), b"artifact"));
    let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
    let answer = bench.post(padded(64 * 1024 + 1)).await;
    answer.assert_error(
        413,
        3,
        "http: request body too large: expected at most 65536 bytes for a hashedrekord, found 65537",
    );
    let most = "http: request body too large: at most 4194304 bytes are read";
    bench
        .post(padded(4 * 1024 * 1024 + 1))
        .await
        .assert_error(413, 3, most);
    // Refused by what it announces, before anything is read.
    let mut announced = post(axum::body::Body::empty());
    announced
        .headers_mut()
        .insert("content-length", "4194305".parse().unwrap());
    bench.send(announced).await.assert_error(413, 3, most);
    assert_eq!(bench.size(), 0);
    assert_eq!(bench.post(padded(64 * 1024)).await.status.as_u16(), 201);
}

#[tokio::test]
async fn abuse_b03_compressed_bodies() {
    let bench = Bench::new().await;
    let request = Request::post(ENTRIES)
        .header("content-encoding", "gzip")
        .body(changed(|_| {}).into())
        .unwrap();
    bench
        .send(request)
        .await
        .assert_error(400, 3, "request body has a content encoding");
    assert_eq!(bench.size(), 0);
}

/// The request fits its limit and the entry, which has longer names around it, does not fit an entry bundle.
#[tokio::test]
async fn an_entry_that_no_bundle_can_hold() {
    let limits = rekor_lite::Limits {
        hashedrekord_bytes: 1 << 20,
        ..rekor_lite::Limits::default()
    };
    let bench = Bench::with_config(RekorConfig {
        limits,
        ..RekorConfig::default()
    })
    .await;
    let key = p256();
    let mut request = request(&key, b"x");
    request.verifier.key = VerifierKey::X509Certificate(support::long_certificate(&key, 50_000));
    let answer = bench.post(body(&request)).await;
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    let start =
        "invalid hashedrekord request: canonical entry: expected at most 65535 bytes, found ";
    let found: usize = message
        .strip_prefix(start)
        .unwrap_or_else(|| panic!("{message}"))
        .parse()
        .unwrap();
    assert!(found > 65_535);
    answer.assert_error(400, 3, &message);
    assert_eq!(bench.size(), 0);
}
