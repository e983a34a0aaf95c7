//! Several entries at once.

use serde_json::{Value, json};

use crate::bench::{
    Bench, ENTRIES, RETRIEVE, STATEMENT, b64, body_of, dsse, envelope, hashed_rekord, intoto, p256,
};

#[tokio::test]
async fn entries_are_found_by_name_content_and_index() {
    let bench = Bench::new().await;
    let proposal = hashed_rekord(&p256(), b"a");
    let first = bench.create(&proposal).await;
    let ids = bench.fill(3).await;
    let query = json!({
        "logIndexes": [0, 77],
        "entries": [proposal],
        // The one without a tree comes after the one with it, and what is unknown is left out.
        "entryUUIDs": [first[16..], ids[1], "0".repeat(64)],
        "unknown": [],
    });
    for path in [RETRIEVE, "/api/v1/log/entries/retrieve/"] {
        let answer = bench.post(path, query.to_string()).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        assert!(answer.text().ends_with("]\n"));
        let found = answer.json();
        let found = found.as_array().unwrap();
        let indexes = [2, 0, 0, 0];
        assert_eq!(found.len(), indexes.len());
        for (object, index) in found.iter().zip(indexes) {
            bench.check_entry(object, index);
        }
    }
}

#[tokio::test]
async fn an_empty_query_finds_nothing() {
    let bench = Bench::new().await;
    bench.fill(1).await;
    for body in ["{}", "null", r#"{"logIndexes":[77],"entries":null}"#] {
        let answer = bench.post(RETRIEVE, body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            (200, "[]\n"),
            "{body}"
        );
        assert_eq!(answer.header("cache-control"), "");
    }
}

/// Every kind is found by its proposal, by the body that is logged, and by the older form of the same.
#[tokio::test]
async fn a_logged_body_finds_itself() {
    let bench = Bench::new().await;
    let key = p256();
    let text = envelope(&[&key], STATEMENT);
    let proposals = [
        hashed_rekord(&key, b"a"),
        dsse(&text, &[&key]),
        intoto(&key, STATEMENT),
    ];
    for (index, proposal) in (0..).zip(&proposals) {
        bench.create(proposal).await;
        let stored = bench.get(&format!("{ENTRIES}?logIndex={index}")).await;
        let body: Value = serde_json::from_str(&body_of(&stored.json())).unwrap();
        let answer = bench
            .post(RETRIEVE, json!({"entries": [body, proposal]}).to_string())
            .await;
        let found = answer.json();
        let found = found.as_array().unwrap();
        assert_eq!(found.len(), 2, "{}", answer.text());
        for object in found {
            bench.check_entry(object, index);
        }
    }
    // Old cosign asks for both forms at once; the old one was never logged.
    let old = json!({"apiVersion": "0.0.1", "kind": "intoto", "spec": {
        "publicKey": b64(key.public_key().to_pem()), "content": {"envelope": text},
    }});
    let hash = json!({"algorithm": "sha256", "value": "0".repeat(64)});
    let logged = json!({"apiVersion": "0.0.1", "kind": "intoto", "spec": {
        "publicKey": b64(key.public_key().to_pem()), "content": {"hash": hash, "payloadHash": hash},
    }});
    let query = json!({"entries": [proposals[1], old, logged]});
    let answer = bench.post(RETRIEVE, query.to_string()).await;
    assert_eq!(answer.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn counts_are_bounded() {
    let bench = Bench::new().await;
    let hash = "0".repeat(64);
    let table = [
        (
            json!({"entryUUIDs": [], "logIndexes": [1]}),
            r#"{"code":612,"message":"entryUUIDs in body should have at least 1 items"}"#,
        ),
        (
            json!({"logIndexes": vec![0; 11]}),
            r#"{"code":611,"message":"logIndexes in body should have at most 10 items"}"#,
        ),
        (
            json!({"logIndexes": vec![0; 6], "entryUUIDs": vec![hash; 5]}),
            "{\"code\":422,\"message\":\"more than max allowed 10 entries in request\"}\n",
        ),
        (
            json!({"logIndexes": [0, -1]}),
            r#"{"code":609,"message":"logIndexes.1 in body should be greater than or equal to 0"}"#,
        ),
    ];
    for (query, text) in table {
        bench
            .post(RETRIEVE, query.to_string())
            .await
            .assert_error(422, text);
    }
    bench
        .post(RETRIEVE, "")
        .await
        .assert_error(422, r#"{"code":602,"message":"entry in body is required"}"#);
}

#[tokio::test]
async fn one_bad_item_fails_the_whole_request() {
    let bench = Bench::new().await;
    let good = hashed_rekord(&p256(), b"a");
    bench.create(&good).await;
    let mut bad = good.clone();
    bad["spec"]["data"]["hash"]["value"] = "00".repeat(32).into();
    let old = "8000000000000000".to_owned() + &"0".repeat(64);
    let table = [
        (
            json!({"entries": [good, bad]}),
            "error processing entry: verifying signature: invalid signature: signature does not verify under the ECDSA P-256 key".to_owned(),
        ),
        (
            json!({"entries": [{"apiVersion": "0.0.1", "kind": "foo", "spec": {}}]}),
            "error processing entry: invalid kind value: \"foo\"; this log takes hashedrekord 0.0.1, dsse 0.0.1, intoto 0.0.1 and 0.0.2, rekord 0.0.1, rfc3161 0.0.1".to_owned(),
        ),
        (
            json!({"entries": [{"apiVersion": "0.0.1", "spec": {}}]}),
            "error processing entry: kind in body is required".to_owned(),
        ),
        (json!({"entryUUIDs": ["abc"]}), "invalid entryID abc".to_owned()),
        (json!({"entryUUIDs": [old]}), format!("invalid entryID {old}")),
    ];
    for (query, message) in table {
        let text = format!("{}\n", json!({"code": 400, "message": message}));
        bench
            .post(RETRIEVE, query.to_string())
            .await
            .assert_error(400, &text);
    }
    let answer = bench.post(RETRIEVE, "[1]").await;
    answer.assert_error(
        400,
        r#"{"code":400,"message":"parsing body body from \"\" failed, because the value at line 1 column 0 is not a JSON object"}"#,
    );
}
