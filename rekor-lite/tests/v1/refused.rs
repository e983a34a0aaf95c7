//! Proposals that do not become entries.

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, SigningKey};

use crate::bench::{
    Bench, ENTRIES, STATEMENT, b64, dsse, envelope, hashed_rekord, hashed_rekord_with, intoto, p256,
};

fn changed(path: &str, value: Value) -> Value {
    let mut proposal = hashed_rekord(&p256(), b"a");
    *proposal.pointer_mut(path).unwrap() = value;
    proposal
}

#[tokio::test]
async fn a_header_that_is_missing_or_unknown_is_422() {
    let bench = Bench::new().await;
    for (member, path) in [
        ("kind", "/kind"),
        ("apiVersion", "/apiVersion"),
        ("spec", "/spec"),
    ] {
        let mut without = hashed_rekord(&p256(), b"a");
        without.as_object_mut().unwrap().remove(member);
        for proposal in [without, changed(path, Value::Null)] {
            bench
                .post(ENTRIES, proposal.to_string())
                .await
                .assert_error(
                    422,
                    &format!(r#"{{"code":602,"message":"{member} in body is required"}}"#),
                );
        }
    }
    bench
        .post(ENTRIES, changed("/kind", "foo".into()).to_string())
        .await
        .assert_error(
            422,
            r#"{"code":422,"message":"invalid kind value: \"foo\"; this log takes hashedrekord 0.0.1, dsse 0.0.1, intoto 0.0.1 and 0.0.2, rekord 0.0.1, rfc3161 0.0.1"}"#,
        );
}

#[tokio::test]
async fn what_breaks_a_rule_is_400_and_names_it() {
    let bench = Bench::new().await;
    let taken = "this log takes hashedrekord 0.0.1, dsse 0.0.1, intoto 0.0.1 and 0.0.2, rekord 0.0.1, rfc3161 0.0.1";
    let sha = "/spec/data/hash/algorithm";
    let value = "/spec/data/hash/value";
    let signature = "/spec/signature/content";
    let key = "/spec/signature/publicKey/content";
    let p384 = SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    let mut p384_with_sha256 = hashed_rekord(&p384, b"a");
    p384_with_sha256["spec"]["data"] = hashed_rekord(&p256(), b"a")["spec"]["data"].clone();
    let mut old = intoto(&p256(), "x");
    old["apiVersion"] = "0.0.1".into();
    old["spec"] = json!({"publicKey": "AA==", "content": {"envelope": "{}"}});
    let table = [
        (
            changed("/kind", "helm".into()),
            format!("entry kind 'helm' is not enabled for submission on this server; {taken}"),
        ),
        (
            changed("/apiVersion", "0.0.9".into()),
            format!("version \"0.0.9\" of entry kind 'hashedrekord' is not supported; {taken}"),
        ),
        (
            old,
            "payloadType in envelope is required".to_owned(),
        ),
        (
            changed("/spec", json!({})),
            "validation failure list:\ndata in body is required\nsignature in body is required".to_owned(),
        ),
        (
            changed(signature, Value::Null),
            "validation failure list:\nsignature.content in body is required".to_owned(),
        ),
        (
            changed(key, "".into()),
            "validation failure list:\nsignature.publicKey.content in body is required".to_owned(),
        ),
        (
            changed(signature, "-_-_".into()),
            "signature.content in body is not standard base64".to_owned(),
        ),
        (
            changed(sha, "md5".into()),
            "hash.algorithm in body should be one of [sha256 sha384 sha512], found \"md5\"".to_owned(),
        ),
        (
            changed(value, "abcd".into()),
            "value of SHA2_256 in body should be 64 hexadecimal digits, found \"abcd\"".to_owned(),
        ),
        (
            changed(value, "00".repeat(32).into()),
            "verifying signature: invalid signature: signature does not verify under the ECDSA P-256 key".to_owned(),
        ),
        (
            changed(signature, "AAAA".into()),
            "verifying signature: invalid signature: signature does not verify under the ECDSA P-256 key".to_owned(),
        ),
        (
            changed(key, b64("no PEM").into()),
            "invalid public key: failure decoding PEM: no PEM block found".to_owned(),
        ),
        (
            changed(key, b64("-----BEGIN RSA PUBLIC KEY-----\nAA==\n-----END RSA PUBLIC KEY-----\n").into()),
            "invalid public key: expected a PEM block PUBLIC KEY or CERTIFICATE, found RSA PUBLIC KEY".to_owned(),
        ),
        (
            changed(key, b64(p256().public_key().to_pem().repeat(2)).into()),
            "invalid public key: expected one PUBLIC KEY, found 2 PEM blocks".to_owned(),
        ),
        (
            p384_with_sha256,
            "entry algorithms are not allowed: found ECDSA P-384 with SHA2_256".to_owned(),
        ),
        (
            changed("/spec/data", json!([{"hash": null}])),
            "not a valid entry".to_owned(),
        ),
    ];
    for (proposal, message) in table {
        let answer = bench.post(ENTRIES, proposal.to_string()).await;
        let expected = format!("error processing entry: {message}");
        let found = answer.json();
        let found = found["message"].as_str().unwrap();
        assert!(found.starts_with(&expected), "{found}\n{expected}");
        answer.assert_error(
            400,
            &format!("{}\n", json!({"code": 400, "message": found})),
        );
    }
    assert_eq!(bench.size().0, 0);
}

/// Each member of each kind removed, null and empty in turn: refused, and no crash.
#[tokio::test]
async fn adv_l02_no_member_can_be_left_out() {
    let bench = Bench::new().await;
    let key = p256();
    for proposal in [
        hashed_rekord(&key, b"a"),
        dsse(&envelope(&[&key], STATEMENT), &[&key]),
        intoto(&key, STATEMENT),
    ] {
        let mut paths = Vec::new();
        walk(&proposal, String::new(), &mut paths);
        for path in paths {
            // Null and empty mean absent for those that a client must not set.
            if [
                "/spec/signatures",
                "/spec/envelopeHash",
                "/spec/payloadHash",
            ]
            .contains(&path.as_str())
            {
                continue;
            }
            for value in [Value::Null, "".into(), json!([]), json!({})] {
                let mut damaged = proposal.clone();
                *damaged.pointer_mut(&path).unwrap() = value.clone();
                let answer = bench.post(ENTRIES, damaged.to_string()).await;
                assert!(
                    [400, 422].contains(&answer.status.as_u16()),
                    "{path} {value}: {} {}",
                    answer.status,
                    answer.text()
                );
            }
        }
    }
    assert_eq!(bench.size().0, 0);
}

fn walk(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(member, format!("{path}/{name}"), paths);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, format!("{path}/{at}"), paths);
            }
        }
        _ => {}
    }
    if !path.is_empty() {
        paths.push(path);
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_or_twice_something() {
    let bench = Bench::new().await;
    let good = hashed_rekord(&p256(), b"a").to_string();
    for body in [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        format!("{good} x"),
        good.replacen(r#""kind":"#, r#""kind":"dsse","kind":"#, 1),
        good.replacen(r#""value":"#, r#""value":"00","value":"#, 1),
        "[".repeat(10_000),
        format!(r#"{{"spec":{}}}"#, "[".repeat(40) + &"]".repeat(40)),
    ] {
        let answer = bench.post(ENTRIES, body.clone()).await;
        assert_eq!(answer.status.as_u16(), 400, "{body}");
        assert_eq!(answer.json()["code"], 400);
    }
}

#[tokio::test]
async fn abuse_b03_a_body_past_the_limit_is_413() {
    let bench = Bench::new().await;
    let request = vec![b' '; 4 * 1024 * 1024 + 1];
    let answer = bench.send(Method::POST, ENTRIES, Body::from(request)).await;
    answer.assert_error(
        413,
        "{\"code\":413,\"message\":\"Request Entity Too Large: at most 4194304 bytes are read\"}\n",
    );
    let answer = bench
        .post("/api/v1/index/retrieve", vec![b' '; 64 * 1024 + 1])
        .await;
    assert_eq!(answer.status.as_u16(), 413);
}

#[tokio::test]
async fn adv_l05_a_chain_is_bounded_and_must_lead_somewhere() {
    let bench = Bench::new().await;
    let key = p256();
    let pair = rcgen::KeyPair::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
    let params = rcgen::CertificateParams::default();
    let certificate = params.self_signed(&pair).unwrap().pem();
    let table = [
        (
            certificate.repeat(11),
            "invalid public key: expected at most 10 certificates, found 11",
        ),
        (
            certificate.repeat(2),
            "invalid public key: certificate 0 of the chain is not issued by the next one",
        ),
        (
            certificate.clone() + &key.public_key().to_pem(),
            "invalid public key: expected a PEM block PUBLIC KEY or CERTIFICATE, found PUBLIC KEY",
        ),
    ];
    for (pem, message) in table {
        let answer = bench
            .post(ENTRIES, hashed_rekord_with(&key, b"a", &pem).to_string())
            .await;
        let text = json!({"code": 400, "message": format!("error processing entry: {message}")});
        answer.assert_error(400, &format!("{text}\n"));
    }
    bench
        .create(&hashed_rekord_with(&key, b"a", &certificate))
        .await;
}

#[tokio::test]
async fn an_entry_longer_than_a_leaf_is_refused() {
    let bench = Bench::new().await;
    let key = p256();
    let pair = rcgen::KeyPair::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
    let mut params = rcgen::CertificateParams::default();
    let extension =
        rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![0; 40_000]);
    params.custom_extensions = vec![extension];
    let pem = params.self_signed(&pair).unwrap().pem();
    let answer = bench
        .post(ENTRIES, hashed_rekord_with(&key, b"a", &pem).to_string())
        .await;
    assert_eq!(answer.status.as_u16(), 400);
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("error processing entry: expected an entry of at most 65535 bytes"),
        "{message}"
    );
}
