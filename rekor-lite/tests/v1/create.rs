//! The write and its duplicate.

use rekor_lite::DuplicatePolicy;
use rekor_lite::v1::RekorV1Config;
use serde_json::{Value, json};

use crate::bench::{Bench, ENTRIES, NOW, b64, body_of, hashed_rekord, p256};

/// Recorded from rekor-server 1.5.4: a proposal, its body and its leaf hash.
const VECTOR: &str = r#"{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}},"signature":{"content":"MEQCIGfPj5dmW8D7Bf4Fk5MPtjWxkkq+WJwpWdyzotMB1Cc6AiAskPCjwL7guExOe/cAWj4yulaXtoNLsZNAG2OyHgshhg==","publicKey":{"content":"LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFZTVCTGM4OTNOWGtzZDgyZU1mT1NvbFUrQkRnYQp0OUVmNFhQQ2taUy9GR1pXZjlFb3E2aGc4M2Z0S3VoMGIvZmMxeEdqakg4OStab3ZvV0d6ZTJpcEpBPT0KLS0tLS1FTkQgUFVCTElDIEtFWS0tLS0tCg=="}}}}"#;
const VECTOR_HASH: &str = "d418d0deed0281eeec34a9aeaac8d009d742a10811019f7277b4e47d1da2419c";

#[tokio::test]
async fn the_recorded_proposal_makes_the_recorded_leaf() {
    let bench = Bench::new().await;
    // Other spacing, order and members, and the key without line breaks: the leaf is the same.
    let mut proposal: Value = serde_json::from_str(VECTOR).unwrap();
    proposal["extra"] = json!({"not": "logged"});
    proposal["spec"]["extra"] = json!(1);
    let answer = bench
        .post(ENTRIES, serde_json::to_string_pretty(&proposal).unwrap())
        .await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    let object = answer.json();
    assert_eq!(body_of(&object), VECTOR);
    bench.check_entry(&object, 0);
    let id = format!("{:016x}{VECTOR_HASH}", bench.tree.get());
    assert_eq!(answer.header("etag"), id);
    assert_eq!(answer.header("location"), format!("{ENTRIES}/{id}"));
}

/// sigstore-rs cuts the text at fixed places, so every byte of the frame counts.
#[tokio::test]
async fn the_answer_is_compact_and_ends_in_one_line_feed() {
    let bench = Bench::new().await;
    let answer = bench
        .post(ENTRIES, hashed_rekord(&p256(), b"a").to_string())
        .await;
    let object = answer.json();
    let (id, entry) = object.as_object().unwrap().iter().next().unwrap();
    let verification = &entry["verification"];
    let proof = &verification["inclusionProof"];
    let checkpoint = proof["checkpoint"].as_str().unwrap().replace('\n', "\\n");
    assert_eq!(
        answer.text(),
        format!(
            concat!(
                r#"{{"{}":{{"body":{},"integratedTime":1800000000,"logID":"{}","logIndex":0,"#,
                r#""verification":{{"inclusionProof":{{"checkpoint":"{}","hashes":[],"logIndex":0,"rootHash":{},"treeSize":1}},"#,
                r#""signedEntryTimestamp":{}}}}}}}"#,
                "\n"
            ),
            id,
            entry["body"],
            bench.log_id(),
            checkpoint,
            proof["rootHash"],
            verification["signedEntryTimestamp"]
        )
    );
    assert!(checkpoint.contains("\\n\\n— rekor.local "), "{checkpoint}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "");
    assert_eq!(NOW.0 % 1000, 999);
}

#[tokio::test]
async fn proofs_and_promises_hold_as_the_log_grows() {
    let bench = Bench::new().await;
    for index in 0..9_u8 {
        let answer = bench
            .post(ENTRIES, hashed_rekord(&p256(), &[index]).to_string())
            .await;
        assert_eq!(answer.status.as_u16(), 201);
        bench.check_entry(&answer.json(), index.into());
    }
}

#[tokio::test]
async fn a_duplicate_is_a_conflict_that_names_the_first() {
    let bench = Bench::new().await;
    let proposal = hashed_rekord(&p256(), b"a");
    let id = bench.create(&proposal).await;
    bench.fill(2).await;
    let answer = bench.post(ENTRIES, proposal.to_string()).await;
    answer.assert_error(
        409,
        &format!(
            "{{\"code\":409,\"message\":\"an equivalent entry already exists in the transparency log with UUID {id}\"}}\n"
        ),
    );
    assert_eq!(answer.header("location"), format!("{ENTRIES}/{id}"));
    assert_eq!(answer.header("etag"), "");
    assert_eq!(bench.size().0, 3);
}

#[tokio::test]
async fn a_duplicate_may_be_answered_with_the_first_and_a_fresh_proof() {
    let bench = Bench::with_config(RekorV1Config {
        duplicates: DuplicatePolicy::ReturnExisting,
        ..RekorV1Config::default()
    })
    .await;
    let proposal = hashed_rekord(&p256(), b"a");
    let id = bench.create(&proposal).await;
    bench.fill(2).await;
    let answer = bench.post(ENTRIES, proposal.to_string()).await;
    assert_eq!(answer.status.as_u16(), 201);
    assert_eq!(answer.header("etag"), id);
    assert_eq!(answer.header("location"), format!("{ENTRIES}/{id}"));
    let object = answer.json();
    bench.check_entry(&object, 0);
    assert_eq!(object[&id]["verification"]["inclusionProof"]["treeSize"], 3);
    assert_eq!(bench.size().0, 3);
}

/// PEM of any line width is one key, so it is one entry.
#[tokio::test]
async fn the_key_is_logged_in_canonical_form() {
    let bench = Bench::new().await;
    let key = p256();
    let proposal = hashed_rekord(&key, b"a");
    let pem = key.public_key().to_pem();
    let unwrapped: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut odd = proposal.clone();
    odd["spec"]["signature"]["publicKey"]["content"] = b64(format!(
        "  \r\n-----BEGIN PUBLIC KEY-----\r\n{unwrapped}\r\n-----END PUBLIC KEY-----"
    ))
    .into();
    let digest = proposal["spec"]["data"]["hash"]["value"].as_str().unwrap();
    odd["spec"]["data"]["hash"]["value"] = digest.to_uppercase().into();
    bench.create(&odd).await;
    assert_eq!(
        bench
            .post(ENTRIES, proposal.to_string())
            .await
            .status
            .as_u16(),
        409
    );
}

#[tokio::test]
async fn the_first_entry_of_a_new_log_is_one_of_its_own() {
    let pending = rekor_lite::v1::genesis_entry(&p256()).unwrap();
    let body: Value = serde_json::from_slice(&pending.body).unwrap();
    assert_eq!(body["kind"], "hashedrekord");
    // The log takes it as a proposal too, so it is a valid entry.
    Bench::new().await.create(&body).await;
}
