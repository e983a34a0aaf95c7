//! DSSE requests that are refused: exact status and JSON, and a log that has not grown.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rekor_lite::{DssePolicy, RekorConfig};
use serde_json::{Value, json};
use support::{Bench, changed, p256, refuse_all};

fn dsse() -> Value {
    let key = p256();
    let pae = sigbox_wire::pae("text/plain", b"payload");
    json!({ "dsseRequestV002": {
        "envelope": {
            "payload": STANDARD.encode(b"payload"),
            "payloadType": "text/plain",
            "signatures": [{ "sig": STANDARD.encode(key.sign(&pae).unwrap()), "keyid": "" }],
        },
        "verifiers": [{
            "publicKey": { "rawBytes": STANDARD.encode(key.public_key().spki_der()) },
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
        }],
    } })
}

#[tokio::test]
async fn adv_l09_dsse_requests_with_another_number_of_signatures_or_keys() {
    let bench = Bench::new().await;
    let edit = |pointer: &str, edit: &dyn Fn(&mut Value)| {
        let mut value = dsse();
        edit(
            value
                .pointer_mut(&format!("/dsseRequestV002{pointer}"))
                .unwrap(),
        );
        value.to_string()
    };
    let double = |list: &mut Value| {
        let first = list[0].clone();
        list.as_array_mut().unwrap().push(first);
    };
    let table = [
        (
            edit("/envelope/signatures", &double),
            "invalid dsse request: envelope.signatures: expected exactly 1, found 2",
        ),
        (
            edit("/envelope/signatures", &|list| *list = json!([])),
            "invalid dsse request: envelope.signatures: expected exactly 1, found 0",
        ),
        (
            edit("/verifiers", &double),
            "invalid dsse request: verifiers: expected exactly 1, found 2",
        ),
        (
            edit("/verifiers", &|list| *list = json!([])),
            "invalid dsse request: verifiers: expected a value, found none",
        ),
        (
            edit("", &|value| value["envelope"] = Value::Null),
            "invalid dsse request: envelope: expected a value, found none",
        ),
        (
            edit("/envelope/signatures/0", &|signature| {
                signature["sig"] = json!("");
            }),
            "invalid dsse request: envelope.signatures: expected a value, found none",
        ),
        (
            edit("/envelope", &|envelope| envelope["payloadType"] = json!("")),
            "invalid dsse request: envelope.payloadType: expected a value, found none",
        ),
        (
            edit("/envelope", &|envelope| {
                envelope["payload"] = json!(STANDARD.encode(b"other"));
            }),
            "invalid dsse request: envelope.signatures: expected a signature of the digest by the verifier's key: signature does not verify under the ECDSA P-256 key",
        ),
        (
            edit("/verifiers/0", &|verifier| {
                verifier["keyDetails"] = json!("PKIX_ED25519");
            }),
            "invalid dsse request: verifier.keyDetails: expected an algorithm that signs a digest, such as PKIX_ED25519_PH, found PKIX_ED25519",
        ),
        (
            edit("/verifiers/0", &|verifier| {
                verifier["keyDetails"] = Value::Null;
            }),
            "invalid dsse request: verifier.keyDetails: expected a value, found none",
        ),
    ];
    refuse_all(&bench, table).await;
    assert_eq!(bench.post(dsse().to_string()).await.status.as_u16(), 201);
}

#[tokio::test]
async fn dsse_requests_can_be_switched_off() {
    let bench = Bench::with_config(RekorConfig {
        dsse: DssePolicy::Reject,
        ..RekorConfig::default()
    })
    .await;
    let message = "invalid type, must be hashedrekord: expected `hashedRekordRequestV002`, found `dsseRequestV002`";
    refuse_all(&bench, [(dsse().to_string(), message)]).await;
    assert_eq!(bench.post(changed(|_| {})).await.status.as_u16(), 201);
}
