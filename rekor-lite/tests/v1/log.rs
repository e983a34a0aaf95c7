//! The log itself: head, consistency, key, version; paths and methods.

use std::sync::Arc;

use http::Method;
use rekor_lite::v1::{RekorV1, RekorV1Config, SetupError};
use serde_json::Value;
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_tlog::{Hash, TreeSize, verify_consistency};

use crate::bench::{Bench, ENTRIES, HOST, RETRIEVE, hash_of, open, p256};

#[tokio::test]
async fn the_head_of_an_empty_log_and_of_one_with_entries() {
    let bench = Bench::new().await;
    for size in [0, 3] {
        let answer = bench.get("/api/v1/log?stable=true").await;
        answer.assert_uncached();
        let info = answer.json();
        let note = info["signedTreeHead"].as_str().unwrap();
        let (checkpoint, _) = bench.checkpoint(note);
        assert_eq!(checkpoint.size.0, size);
        assert_eq!(
            answer.text(),
            format!(
                "{{\"inactiveShards\":null,\"rootHash\":\"{}\",\"signedTreeHead\":{},\"treeID\":\"{}\",\"treeSize\":{size}}}\n",
                checkpoint.root, info["signedTreeHead"], bench.tree
            )
        );
        if size == 0 {
            assert!(checkpoint.root.to_string().starts_with("e3b0c442"));
            bench.fill(3).await;
        }
    }
    assert_eq!(bench.get("/api/v1/log/").await.status.as_u16(), 200);
}

#[tokio::test]
async fn consistency_proofs_hold() {
    let bench = Bench::new().await;
    let mut roots: Vec<Hash> = vec![bench.log.snapshot().root];
    for _ in 0..7 {
        bench.fill(1).await;
        roots.push(bench.log.snapshot().root);
    }
    let current = roots[7].to_string();
    for first in 1..=7_u64 {
        for last in first..=7 {
            let tree = if last % 2 == 0 {
                format!("&treeID={}", bench.tree)
            } else {
                String::new()
            };
            let path = format!("/api/v1/log/proof?firstSize={first}&lastSize={last}{tree}");
            let answer = bench.get(&path).await;
            assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
            answer.assert_uncached();
            let proof = answer.json();
            // The root of now, whatever was asked for.
            assert_eq!(proof["rootHash"], Value::from(current.clone()));
            let hashes = proof["hashes"].as_array().unwrap();
            let hashes: Vec<Hash> = hashes
                .iter()
                .map(|hash| hash_of(hash.as_str().unwrap()))
                .collect();
            verify_consistency(
                TreeSize(first),
                TreeSize(last),
                &hashes,
                roots[usize::try_from(first).unwrap()],
                roots[usize::try_from(last).unwrap()],
            )
            .unwrap();
            if first == last {
                assert_eq!(
                    answer.text(),
                    format!("{{\"hashes\":[],\"rootHash\":\"{current}\"}}\n")
                );
            }
        }
    }
    let answer = bench.get("/api/v1/log/proof?lastSize=7").await;
    assert_eq!(answer.status.as_u16(), 200, "the first size is 1 if absent");
}

#[tokio::test]
async fn a_proof_that_cannot_be_given_names_the_rule() {
    let bench = Bench::new().await;
    bench.fill(3).await;
    let table = [
        (
            "firstSize=3&lastSize=1",
            400,
            "{\"code\":400,\"message\":\"firstSize(3) must be less than lastSize(1)\"}\n",
        ),
        (
            "lastSize=9999",
            400,
            "{\"code\":400,\"message\":\"the tree size requested(9999) was greater than what is currently observable(3)\"}\n",
        ),
        (
            "firstSize=1&lastSize=2&treeID=1",
            400,
            "{\"code\":400,\"message\":\"no log range found for tree ID 1\"}\n",
        ),
        (
            "firstSize=0&lastSize=2",
            422,
            r#"{"code":609,"message":"firstSize in query should be greater than or equal to 1"}"#,
        ),
        (
            "firstSize=1",
            422,
            r#"{"code":602,"message":"lastSize in query is required"}"#,
        ),
        (
            "lastSize=0",
            422,
            r#"{"code":609,"message":"lastSize in query should be greater than or equal to 1"}"#,
        ),
        (
            "lastSize=x",
            422,
            r#"{"code":601,"message":"lastSize in query must be of type int64: \"x\""}"#,
        ),
        (
            "lastSize=2&treeID=x",
            422,
            r#"{"code":605,"message":"treeID in query should match '^[0-9]+$'"}"#,
        ),
    ];
    for (query, status, text) in table {
        let answer = bench.get(&format!("/api/v1/log/proof?{query}")).await;
        answer.assert_error(status, text);
    }
}

#[tokio::test]
async fn the_key_is_pem() {
    let bench = Bench::new().await;
    for path in [
        "/api/v1/log/publicKey".to_owned(),
        "/api/v1/log/publicKey?treeID=".to_owned(),
        format!("/api/v1/log/publicKey?treeID={}", bench.tree),
    ] {
        let answer = bench.get(&path).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(answer.header("content-type"), "application/x-pem-file");
        assert_eq!(answer.text(), bench.key.public_key().to_pem());
        answer.assert_uncached();
    }
    let answer = bench.get("/api/v1/log/publicKey?treeID=1").await;
    assert_eq!(
        (answer.status.as_u16(), answer.text()),
        (400, r#"{"code":400,"message":"Bad Request"}"#)
    );
    assert_eq!(answer.header("content-type"), "application/x-pem-file");
    bench
        .get("/api/v1/log/publicKey?treeID=x")
        .await
        .assert_error(
            422,
            r#"{"code":605,"message":"treeID in query should match '^[0-9]+$'"}"#,
        );
}

#[tokio::test]
async fn the_version_has_upstream_s_members() {
    let answer = Bench::new().await.get("/api/v1/version").await;
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "{{\"builddate\":\"\",\"commit\":\"\",\"treestate\":\"\",\"version\":\"{version}\"}}\n"
    );
    assert_eq!(
        (answer.status.as_u16(), answer.text()),
        (200, expected.as_str())
    );
}

#[tokio::test]
async fn other_methods_are_405_and_say_which_are_allowed() {
    let bench = Bench::new().await;
    let id = format!("{ENTRIES}/{}", "0".repeat(64));
    let table = [
        (ENTRIES, "POST,GET"),
        (id.as_str(), "GET"),
        (RETRIEVE, "POST"),
        ("/api/v1/log", "GET"),
        ("/api/v1/log/proof", "GET"),
        ("/api/v1/log/publicKey", "GET"),
        ("/api/v1/index/retrieve", "POST"),
        ("/api/v1/version", "GET"),
    ];
    for (path, allow) in table {
        for method in ["HEAD", "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            if allow.split(',').any(|known| known == method) {
                continue;
            }
            let answer = bench
                .send(Method::from_bytes(method.as_bytes()).unwrap(), path, "")
                .await;
            assert_eq!(answer.status.as_u16(), 405, "{method} {path}");
            assert_eq!(answer.header("allow"), allow);
            if method != "HEAD" {
                assert_eq!(
                    answer.text(),
                    format!(
                        r#"{{"code":405,"message":"method {method} is not allowed, but [{allow}] are"}}"#
                    )
                );
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_named() {
    let bench = Bench::new().await;
    for path in [
        "/x",
        "/api/v1/log/x",
        "/api/v1/log/entries/a/b",
        "/api/v1/index",
        "/api/v1/index/x",
        "/api/v1/version/x",
        "/api/v2/log/entries",
    ] {
        bench.get(path).await.assert_error(
            404,
            &format!(r#"{{"code":404,"message":"path {path} was not found"}}"#),
        );
    }
}

#[tokio::test]
async fn a_log_without_tree_and_a_key_of_another_curve_are_refused() {
    let key = Arc::new(p256());
    let engine = open(HOST, &key).await;
    let log = engine.log("rekor-v1").unwrap();
    let refused = RekorV1::new(log, key.clone(), RekorV1Config::default());
    assert_eq!(
        refused.err(),
        Some(SetupError::Origin {
            found: HOST.to_owned()
        })
    );
    let engine = open("rekor.local - 7", &key).await;
    let log = engine.log("rekor-v1").unwrap();
    let p384 = SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    let refused = RekorV1::new(log, Arc::new(p384), RekorV1Config::default());
    assert_eq!(
        refused.err(),
        Some(SetupError::KeyKind {
            found: KeyAlgorithm::EcdsaP384
        })
    );
}
