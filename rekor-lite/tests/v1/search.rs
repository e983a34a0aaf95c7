//! The search index.

use rekor_lite::v1::{Limits, RekorV1Config};
use serde_json::{Value, json};
use sigbox_crypto::{SigningKey, sha256};

use crate::bench::{
    Bench, STATEMENT, b64, dsse, envelope, hashed_rekord, hashed_rekord_with, intoto, p256,
};

const SEARCH: &str = "/api/v1/index/retrieve";

async fn found(bench: &Bench, query: Value) -> Vec<String> {
    let answer = bench.post(SEARCH, query.to_string()).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert!(answer.text().ends_with("]\n"));
    serde_json::from_slice(&answer.body).unwrap()
}

fn certificate(key: &SigningKey, email: &str) -> String {
    let pair = rcgen::KeyPair::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.subject_alt_names = vec![rcgen::SanType::Rfc822Name(email.try_into().unwrap())];
    params.self_signed(&pair).unwrap().pem()
}

fn by_key(pem: &str) -> Value {
    json!({"publicKey": {"format": "x509", "content": b64(pem)}})
}

#[tokio::test]
async fn entries_are_found_by_digest_name_and_key() {
    let bench = Bench::new().await;
    let (one, two) = (p256(), p256());
    let pem = certificate(&one, "Jane@Example.com");
    let blob = bench.create(&hashed_rekord_with(&one, b"a", &pem)).await;
    let text = envelope(&[&two], STATEMENT);
    let attested = bench.create(&dsse(&text, &[&two])).await;
    let older = bench.create(&intoto(&two, STATEMENT)).await;

    let hex = |bytes: &[u8]| hex::encode(sha256(bytes));
    let envelopes = vec![attested.clone(), older.clone()];
    let table = [
        (json!({"hash": hex(b"a")}), vec![blob.clone()]),
        (
            json!({"hash": format!("sha256:{}", hex(b"a").to_uppercase())}),
            vec![blob.clone()],
        ),
        (json!({"email": "jane@example.COM"}), vec![blob.clone()]),
        (json!({"subject": "JANE@example.com"}), vec![blob.clone()]),
        (by_key(&pem), vec![blob.clone()]),
        // Upstream finds no envelope by its key; here both spellings are indexed.
        (by_key(&two.public_key().to_pem()), envelopes.clone()),
        (
            json!({"hash": hex(STATEMENT.as_bytes())}),
            envelopes.clone(),
        ),
        (
            json!({"hash": hex(text.as_bytes())}),
            vec![attested.clone()],
        ),
        // Subjects of the statement, which is not kept: they are stored beside the leaf.
        (json!({"subject": "sha256:aabb00"}), envelopes.clone()),
        (
            json!({"email": "jane@example.com", "hash": hex(STATEMENT.as_bytes())}),
            vec![blob.clone(), attested.clone(), older.clone()],
        ),
        (
            json!({"email": "jane@example.com", "hash": hex(b"a"), "operator": "and"}),
            vec![blob.clone()],
        ),
        (
            json!({"email": "jane@example.com", "hash": hex(b"b"), "operator": "and"}),
            vec![],
        ),
        (json!({"email": "nobody@example.com"}), vec![]),
        (json!({"hash": "0".repeat(128)}), vec![]),
        (json!({}), vec![]),
        (Value::Null, vec![]),
    ];
    for (query, ids) in table {
        assert_eq!(found(&bench, query.clone()).await, ids, "{query}");
    }
    // What is logged later is found by the next search.
    let later = bench.create(&hashed_rekord(&two, b"later")).await;
    assert_eq!(found(&bench, json!({"hash": hex(b"later")})).await, [later]);
}

#[tokio::test]
async fn a_query_that_is_none_names_the_rule() {
    let bench = Bench::new().await;
    let table = [
        (
            json!({"email": "no address"}),
            422,
            r#"{"code":601,"message":"email in body must be of type email: \"no address\""}"#,
        ),
        (
            json!({"hash": "sha256:00"}),
            422,
            r#"{"code":605,"message":"hash in body should match '^(sha512:)?[0-9a-fA-F]{128}$|^(sha256:)?[0-9a-fA-F]{64}$|^(sha1:)?[0-9a-fA-F]{40}$'"}"#,
        ),
        (
            json!({"operator": "xor"}),
            422,
            r#"{"code":606,"message":"operator in body should be one of [and or]"}"#,
        ),
        (
            json!({"publicKey": {"format": "x", "content": ""}}),
            422,
            r#"{"code":606,"message":"publicKey.format in body should be one of [x509 pgp minisign ssh tuf]"}"#,
        ),
        (
            json!({"publicKey": {"format": "pgp", "content": "AA=="}}),
            400,
            "{\"code\":400,\"message\":\"this log holds x509, ssh and minisign keys, found format pgp\"}\n",
        ),
        (
            json!({"publicKey": {"format": "x509", "content": "AA=="}}),
            400,
            "{\"code\":400,\"message\":\"invalid public key: failure decoding PEM: no PEM block found\"}\n",
        ),
        // L04: nothing is ever fetched.
        (
            json!({"publicKey": {"format": "x509", "url": "http://127.0.0.1/"}}),
            400,
            "{\"code\":400,\"message\":\"publicKey.url in body is not followed; send publicKey.content\"}\n",
        ),
    ];
    for (query, status, text) in table {
        bench
            .post(SEARCH, query.to_string())
            .await
            .assert_error(status, text);
    }
    bench
        .post(SEARCH, "")
        .await
        .assert_error(422, r#"{"code":602,"message":"query in body is required"}"#);
}

#[tokio::test]
async fn abuse_b18_answers_and_memory_are_bounded() {
    let key = p256();
    let bench = |limits: Limits| {
        Bench::with_config(RekorV1Config {
            limits,
            ..RekorV1Config::default()
        })
    };
    let few = bench(Limits {
        search_results: 2,
        ..Limits::default()
    })
    .await;
    let mut ids = Vec::new();
    for number in 0..4_u8 {
        ids.push(few.create(&hashed_rekord(&key, &[number])).await);
    }
    let query = by_key(&key.public_key().to_pem());
    assert_eq!(found(&few, query.clone()).await, ids[2..]);

    // Three search keys an entry: the second entry fills it, the third is not indexed.
    let small = bench(Limits {
        search_postings: 6,
        ..Limits::default()
    })
    .await;
    for number in 0..2_u8 {
        small.create(&hashed_rekord(&key, &[number])).await;
    }
    assert_eq!(found(&small, query.clone()).await.len(), 2);
    small.create(&hashed_rekord(&key, &[9])).await;
    small.post(SEARCH, query.to_string()).await.assert_error(
        501,
        "{\"code\":501,\"message\":\"Search API not enabled in this Rekor instance: the index is full after 2 entries\"}\n",
    );
}
