//! Envelopes: what is logged of them, and what is refused.

use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, SigningKey, sha256};

use crate::bench::{Bench, ENTRIES, STATEMENT, b64, body_of, dsse, envelope, intoto, p256};

async fn logged(bench: &Bench, proposal: &Value) -> String {
    let answer = bench.post(ENTRIES, proposal.to_string()).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    let index = bench.size().0 - 1;
    bench.check_entry(&answer.json(), index);
    body_of(&answer.json())
}

#[tokio::test]
async fn a_dsse_is_logged_without_its_payload() {
    let bench = Bench::new().await;
    let (one, two) = (p256(), p256());
    let text = envelope(&[&one, &two], STATEMENT);
    let parsed: Value = serde_json::from_str(&text).unwrap();
    let mut signatures: Vec<(&str, String)> = [&one, &two]
        .into_iter()
        .enumerate()
        .map(|(at, key)| {
            let sig = parsed["signatures"][at]["sig"].as_str().unwrap();
            (sig, b64(key.public_key().to_pem()))
        })
        .collect();
    signatures.sort();
    let listed: Vec<String> = signatures
        .iter()
        .map(|(sig, key)| format!(r#"{{"signature":"{sig}","verifier":"{key}"}}"#))
        .collect();
    // The keys in the other order, and one that is not looked at any more.
    let body = logged(&bench, &dsse(&text, &[&two, &one, &p256()])).await;
    assert_eq!(
        body,
        format!(
            r#"{{"apiVersion":"0.0.1","kind":"dsse","spec":{{"envelopeHash":{{"algorithm":"sha256","value":"{}"}},"payloadHash":{{"algorithm":"sha256","value":"{}"}},"signatures":[{}]}}}}"#,
            hex::encode(sha256(text.as_bytes())),
            hex::encode(sha256(STATEMENT.as_bytes())),
            listed.join(",")
        )
    );
}

#[tokio::test]
async fn an_intoto_keeps_what_the_client_computed() {
    let bench = Bench::new().await;
    let key = p256();
    let proposal = intoto(&key, STATEMENT);
    let sent = &proposal["spec"]["content"];
    let signature = &sent["envelope"]["signatures"][0];
    let body = logged(&bench, &proposal).await;
    assert_eq!(
        body,
        format!(
            r#"{{"apiVersion":"0.0.2","kind":"intoto","spec":{{"content":{{"envelope":{{"payloadType":"application/vnd.in-toto+json","signatures":[{{"publicKey":{},"sig":{}}}]}},"hash":{{"algorithm":"sha256","value":{}}},"payloadHash":{{"algorithm":"sha256","value":"{}"}}}}}}}}"#,
            signature["publicKey"],
            signature["sig"],
            sent["hash"]["value"],
            hex::encode(sha256(STATEMENT.as_bytes())),
        )
    );
    let mut with_id = intoto(&key, "another payload");
    with_id["spec"]["content"]["envelope"]["signatures"][0]["keyid"] = "k".into();
    let body = logged(&bench, &with_id).await;
    assert!(
        body.contains(r#""signatures":[{"keyid":"k","publicKey":""#),
        "{body}"
    );
}

#[tokio::test]
async fn ed25519_signs_envelopes_and_digests() {
    let bench = Bench::new().await;
    let key = SigningKey::generate(KeyAlgorithm::Ed25519).unwrap();
    logged(&bench, &dsse(&envelope(&[&key], "x"), &[&key])).await;
    logged(&bench, &crate::bench::hashed_rekord(&key, b"x")).await;
    let p384 = SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    logged(&bench, &crate::bench::hashed_rekord(&p384, b"x")).await;
}

#[tokio::test]
async fn envelopes_that_do_not_hold_are_refused_by_name() {
    let bench = Bench::new().await;
    let (one, two) = (p256(), p256());
    let good = envelope(&[&one], STATEMENT);
    let other_payload = good.replace(&b64(STATEMENT), &b64("another"));
    let mut no_signature: Value = serde_json::from_str(&good).unwrap();
    no_signature["signatures"] = json!([]);
    let p384 = SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    let no_match = "could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1";
    let mut beside = dsse(&good, &[&one]);
    beside["spec"]["payloadHash"] = json!({"algorithm": "sha256", "value": "0".repeat(64)});
    let mut swapped = intoto(&one, STATEMENT);
    swapped["spec"]["content"]["envelope"]["signatures"][0]["publicKey"] =
        b64(two.public_key().to_pem()).into();
    let mut no_hash = intoto(&one, STATEMENT);
    no_hash["spec"]["content"]["hash"] = Value::Null;
    let mut single = intoto(&one, STATEMENT);
    single["spec"]["content"]["envelope"]["payload"] = "AA==".into();
    let many: Vec<&SigningKey> = std::iter::repeat_n(&one, 11).collect();
    let table = [
        (dsse(&good, &[&two]), no_match),
        (dsse(&other_payload, &[&one]), no_match),
        (
            dsse(&envelope(&[&one, &two], STATEMENT), &[&one]),
            "all signatures must have a key that verifies it: found none for signature 1",
        ),
        // Two signatures by one key: the key stands for the first alone.
        (
            dsse(&envelope(&[&one, &one], STATEMENT), &[&one, &one]),
            "all signatures must have a key that verifies it: found none for signature 1",
        ),
        (
            dsse(&no_signature.to_string(), &[&one]),
            "signatures in envelope is required",
        ),
        (dsse("{}", &[&one]), "payloadType in envelope is required"),
        (
            dsse(&good, &[]),
            "validation failure list:\nproposedContent.verifiers in body is required",
        ),
        (
            dsse(&envelope(&[&p384], "x"), &[&p384]),
            "entry algorithms are not allowed: found ECDSA P-384 with SHA2_256",
        ),
        (
            beside,
            "payloadHash in body must not be set beside proposedContent",
        ),
        (
            dsse(&envelope(&many, "x"), &[&one]),
            "expected at most 10 signatures, found 11",
        ),
        (
            dsse(&good, &many),
            "expected at most 10 verifiers, found 11",
        ),
        (
            swapped,
            "all signatures must have a key that verifies it: found none for signature 0",
        ),
        (
            no_hash,
            "validation failure list:\ncontent.hash in body is required",
        ),
        (
            single,
            "content.envelope.payload in body is not standard base64",
        ),
    ];
    for (proposal, message) in table {
        let text = json!({"code": 400, "message": format!("error processing entry: {message}")});
        let answer = bench.post(ENTRIES, proposal.to_string()).await;
        answer.assert_error(400, &format!("{text}\n"));
    }
    assert_eq!(bench.size().0, 0);
}
