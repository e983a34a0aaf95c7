//! Entries that are taken: what the answer says, and that the log holds it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use rekor_lite::entry::ProposedEntry;
use rekor_lite::{DuplicatePolicy, RekorConfig, genesis_entry};
use sigbox_crypto::profile::{CaIdentity, CaRequest, make_root};
use sigbox_crypto::{HashAlgorithm, KeyAlgorithm, SigningKey, digest};
use sigbox_tlog::{
    Frontier, Hash, LeafIndex, TreeSize, entry_bundle, leaf_hash, tile_hash, verify_consistency,
    verify_inclusion,
};
use sigbox_wire::{
    CreateEntryRequest, DsseEnvelope, DsseRequest, DsseSignature, HashedRekordV002, KeyDetails,
    TransparencyLogEntry, Verifier, VerifierKey,
};
use support::{Answer, Bench, ENTRIES, json, p256, request};

/// Everything that a client checks of an answer; returns the entry.
fn check_answer(bench: &Bench, answer: &Answer) -> TransparencyLogEntry {
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    let entry = TransparencyLogEntry::parse_response(&answer.body).unwrap();
    assert_eq!(entry.log_id, bench.log_id);
    assert_eq!(
        (
            entry.kind_version.kind.as_str(),
            entry.kind_version.version.as_str()
        ),
        ("hashedrekord", "0.0.2")
    );
    assert_eq!(
        (entry.integrated_time, &entry.inclusion_promise),
        (0, &None)
    );
    let proof = entry.inclusion_proof.as_ref().unwrap();
    assert_eq!(proof.log_index, entry.log_index);
    let checkpoint = bench.checkpoint(&proof.checkpoint);
    assert_eq!(checkpoint.size.0, proof.tree_size.cast_unsigned());
    assert_eq!(checkpoint.root.as_bytes(), proof.root_hash.as_slice());
    let hashes: Vec<Hash> = proof
        .hashes
        .iter()
        .map(|hash| Hash::try_from_slice(hash).unwrap())
        .collect();
    let (leaf, index) = (
        leaf_hash(&entry.canonicalized_body),
        LeafIndex(entry.log_index.cast_unsigned()),
    );
    assert_eq!(
        verify_inclusion(leaf, index, checkpoint.size, &hashes, checkpoint.root),
        Ok(())
    );
    entry
}

#[tokio::test]
async fn the_answer_has_the_exact_form() {
    let bench = Bench::new().await;
    let request = request(&p256(), b"hello");
    let answer = bench.post(json(&request)).await;
    let entry = check_answer(&bench, &answer);
    let proof = entry.inclusion_proof.unwrap();
    let body = STANDARD.encode(&entry.canonicalized_body);
    let expected = format!(
        r#"{{"logIndex":"0","logId":{{"keyId":"{}"}},"kindVersion":{{"kind":"hashedrekord","version":"0.0.2"}},"integratedTime":"0","inclusionPromise":null,"inclusionProof":{{"logIndex":"0","rootHash":"{}","treeSize":"1","hashes":[],"checkpoint":{{"envelope":{}}}}},"canonicalizedBody":"{body}"}}"#,
        STANDARD.encode(bench.log_id),
        STANDARD.encode(&proof.root_hash),
        serde_json::Value::from(proof.checkpoint),
    );
    assert_eq!(answer.text(), expected);
    let logged = HashedRekordV002::parse_body(&entry.canonicalized_body).unwrap();
    assert_eq!(logged.algorithm, HashAlgorithm::Sha2_256);
    assert_eq!(
        (logged.digest, logged.signature),
        (request.digest, request.signature)
    );
    assert_eq!(logged.verifier, request.verifier);
}

#[tokio::test]
async fn every_answer_proves_its_entry_and_the_tiles_lead_to_the_root() {
    let bench = Bench::new().await;
    let key = p256();
    let mut earlier = Vec::new();
    for number in 0..300_u32 {
        let entry = check_answer(
            &bench,
            &bench
                .post(json(&request(&key, &number.to_be_bytes())))
                .await,
        );
        assert_eq!(entry.log_index, i64::from(number));
        earlier.push(entry);
    }
    let last = bench.checkpoint(bench.get("/checkpoint").await.text());
    assert_eq!(last.size, TreeSize(300));

    let mut frontier = Frontier::new();
    for (path, expected) in [
        ("entries/000", &earlier[..256]),
        ("entries/001.p/44", &earlier[256..]),
    ] {
        let bundle = bench.get(&format!("/tile/{path}")).await;
        for (body, entry) in entry_bundle::decode(&bundle.body)
            .unwrap()
            .into_iter()
            .zip(expected)
        {
            assert_eq!(body, entry.canonicalized_body);
            frontier.append(leaf_hash(&body));
        }
    }
    assert_eq!((frontier.size(), frontier.root()), (last.size, last.root));

    let leaves = bench.get("/tile/0/000").await;
    let hashes: Vec<Hash> = leaves
        .body
        .chunks(32)
        .map(|hash| Hash::try_from_slice(hash).unwrap())
        .collect();
    assert_eq!(hashes.len(), 256);
    let above = bench.get("/api/v2/tile/1/000.p/1").await;
    assert_eq!(above.body, tile_hash(&hashes).as_bytes().as_slice());

    for entry in earlier.iter().step_by(37) {
        let proof = entry.inclusion_proof.as_ref().unwrap();
        let (first, root) = (
            TreeSize(proof.tree_size.cast_unsigned()),
            Hash::try_from_slice(&proof.root_hash).unwrap(),
        );
        let consistency = bench.log.consistency_proof(first, last.size).await.unwrap();
        assert_eq!(
            verify_consistency(first, last.size, &consistency, root, last.root),
            Ok(())
        );
    }
}

#[tokio::test]
async fn adv_l07_concurrent_answers_each_verify_against_their_own_checkpoint() {
    let bench = std::sync::Arc::new(Bench::new().await);
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..8_u8 {
        let bench = std::sync::Arc::clone(&bench);
        tasks.spawn(async move {
            let key = p256();
            for number in 0..10_u8 {
                check_answer(
                    &bench,
                    &bench.post(json(&request(&key, &[writer, number]))).await,
                );
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(bench.size(), 80);
}

#[tokio::test]
async fn every_permitted_key_and_both_spellings_are_taken() {
    let bench = Bench::new().await;
    let algorithms = [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
        KeyAlgorithm::Rsa { bits: 2048 },
    ];
    for algorithm in algorithms {
        let request = request(&SigningKey::generate(algorithm).unwrap(), b"x");
        let entry = check_answer(&bench, &bench.post(json(&request)).await);
        let logged = HashedRekordV002::parse_body(&entry.canonicalized_body).unwrap();
        assert_eq!(logged.algorithm, algorithm.default_hash(), "{algorithm}");
    }
    let snake = json(&request(&p256(), b"snake"))
        .replace("hashedRekordRequestV002", "hashed_rekord_request_v002")
        .replace("publicKey", "public_key")
        .replace("rawBytes", "raw_bytes")
        .replace("keyDetails", "key_details")
        .replace("\"PKIX_ECDSA_P256_SHA_256\"", "5");
    let entry = check_answer(&bench, &bench.post(snake).await);
    let logged = HashedRekordV002::parse_body(&entry.canonicalized_body).unwrap();
    assert_eq!(logged.verifier.key_details, KeyDetails::PkixEcdsaP256Sha256);
    assert_eq!(logged.canonical_body().unwrap(), entry.canonicalized_body);
}

/// sigstore-js and sigstore-rust state P-256 for every key; upstream believes the hash alone.
#[tokio::test]
async fn of_the_key_details_only_the_hash_counts_and_they_are_logged_as_sent() {
    let bench = Bench::new().await;
    let table = [
        (
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyDetails::PkixEcdsaP256Sha256,
        ),
        (
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyDetails::PkixRsaPkcs1v15_4096Sha256,
        ),
        (
            KeyAlgorithm::EcdsaP256,
            KeyDetails::PkixRsaPkcs1v15_2048Sha256,
        ),
        (KeyAlgorithm::EcdsaP521, KeyDetails::PkixEd25519Ph),
    ];
    for (algorithm, details) in table {
        let mut request = request(&SigningKey::generate(algorithm).unwrap(), b"x");
        request.verifier.key_details = details.clone();
        let entry = check_answer(&bench, &bench.post(json(&request)).await);
        let logged = HashedRekordV002::parse_body(&entry.canonicalized_body).unwrap();
        assert_eq!(logged.verifier.key_details, details);
    }
}

#[tokio::test]
async fn a_certificate_is_logged_byte_for_byte() {
    let bench = Bench::new().await;
    let key = p256();
    let identity = CaIdentity {
        organization: "example".to_owned(),
        common_name: "signer".to_owned(),
    };
    // Out of date on purpose: whether a certificate was in time is for verifiers to judge.
    let [not_before, not_after] =
        [0, 600].map(|second| jiff::Timestamp::from_second(second).unwrap());
    let certificate = make_root(
        &key,
        &CaRequest {
            identity,
            not_before,
            not_after,
            serial: [1; 20],
        },
    )
    .unwrap();
    let mut request = request(&key, b"x");
    request.verifier.key = VerifierKey::X509Certificate(certificate.der().to_vec());
    let entry = check_answer(&bench, &bench.post(json(&request)).await);
    let logged = HashedRekordV002::parse_body(&entry.canonicalized_body).unwrap();
    assert_eq!(logged.verifier, request.verifier);
}

#[tokio::test]
async fn a_dsse_request_is_logged_as_a_hashedrekord_over_its_pae() {
    let bench = Bench::new().await;
    let key = p256();
    let request = dsse(&key, vec![b'x'; 1 << 20]);
    let answer = bench
        .post(CreateEntryRequest::Dsse(request.clone()).to_json().unwrap())
        .await;
    let entry = check_answer(&bench, &answer);
    let logged = HashedRekordV002::parse_body(&entry.canonicalized_body).unwrap();
    assert_eq!(
        logged.digest,
        digest(HashAlgorithm::Sha2_256, &request.envelope.pae())
    );
    assert_eq!(logged.signature, request.envelope.signatures[0].sig);
    assert_eq!(logged.verifier, request.verifiers[0]);
}

fn dsse(key: &SigningKey, payload: Vec<u8>) -> DsseRequest {
    let mut envelope = DsseEnvelope {
        payload,
        payload_type: "application/vnd.in-toto+json".to_owned(),
        signatures: vec![],
    };
    envelope.signatures = vec![DsseSignature {
        sig: key.sign(&envelope.pae()).unwrap(),
        keyid: "k".to_owned(),
    }];
    let key = VerifierKey::PublicKey(key.public_key().spki_der().to_vec());
    DsseRequest {
        envelope,
        verifiers: vec![Verifier {
            key,
            key_details: KeyDetails::PkixEcdsaP256Sha256,
        }],
    }
}

#[tokio::test]
async fn a_duplicate_is_a_conflict_that_names_the_first_one() {
    let bench = Bench::new().await;
    let key = p256();
    check_answer(&bench, &bench.post(json(&request(&key, b"other"))).await);
    let request = request(&key, b"x");
    check_answer(&bench, &bench.post(json(&request)).await);
    let answer = bench.post(json(&request)).await;
    answer.assert_error(
        409,
        6,
        "an equivalent entry already exists in the transparency log with index 1",
    );
    assert_eq!(answer.header("x-log-index"), "1");
    assert_eq!(bench.size(), 2);
}

#[tokio::test]
async fn a_duplicate_can_be_answered_with_the_first_one_and_a_fresh_proof() {
    let config = RekorConfig {
        duplicates: DuplicatePolicy::ReturnExisting,
        ..RekorConfig::default()
    };
    let bench = Bench::with_config(config).await;
    let key = p256();
    let first = request(&key, b"x");
    check_answer(&bench, &bench.post(json(&first)).await);
    check_answer(&bench, &bench.post(json(&request(&key, b"other"))).await);
    let again = check_answer(&bench, &bench.post(json(&first)).await);
    assert_eq!(
        (again.log_index, again.inclusion_proof.unwrap().tree_size),
        (0, 2)
    );
    assert_eq!(bench.size(), 2);
}

#[tokio::test]
async fn headers_of_the_request_do_not_matter() {
    let bench = Bench::new().await;
    let request = Request::post(ENTRIES)
        .header("content-type", "text/plain")
        .header("accept", "image/png")
        .header("content-encoding", "identity")
        .body(json(&request(&p256(), b"x")).into())
        .unwrap();
    check_answer(&bench, &bench.send(request).await);
}

/// An exchange with a real rekor-server: the same request gives the same 489 bytes and the same leaf hash.
#[test]
fn the_recorded_entry_of_a_real_server_comes_out_byte_for_byte() {
    let spki = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHljOvJsI1FA01CKijSZFuofl+Dt2Gwsjs9oxfwEX3EN69xQIY7IAhblRMnr3HTLibCOtSrM/UCrUbY07cBFRNA==";
    let signature = "MEUCIQDjPwtmoLgwuFB4Ssrray2TOysa1+MZNho0EIjhMvhR2wIgcZqXlsV4lsA3PtXNYhCMt70mY8YdGszr9APUzx8lq1k=";
    let digest = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    let body = format!(
        r#"{{"hashedRekordRequestV002":{{"digest":"{digest}","signature":{{"content":"{signature}","verifier":{{"publicKey":{{"rawBytes":"{spki}"}},"keyDetails":"PKIX_ECDSA_P256_SHA_256"}}}}}}}}"#
    );
    let config = RekorConfig::default();
    let proposed = ProposedEntry::parse(body.as_bytes(), &config).unwrap();
    let entry = proposed
        .verify(&config.algorithms)
        .unwrap()
        .canonicalize()
        .unwrap();
    let expected = format!(
        r#"{{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{{"hashedRekordV002":{{"data":{{"algorithm":"SHA2_256","digest":"{digest}"}},"signature":{{"content":"{signature}","verifier":{{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{{"rawBytes":"{spki}"}}}}}}}}}}}}"#
    );
    assert_eq!(std::str::from_utf8(entry.body()).unwrap(), expected);
    assert_eq!(entry.body().len(), 489);
    assert_eq!(
        entry.leaf_hash().to_base64(),
        "u7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64="
    );
}

#[test]
fn the_first_leaf_is_a_valid_entry() {
    for algorithm in [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::Rsa { bits: 2048 },
    ] {
        let key = SigningKey::generate(algorithm).unwrap();
        let pending = genesis_entry(&key).unwrap();
        let logged = HashedRekordV002::parse_body(&pending.body).unwrap();
        assert_eq!(logged.canonical_body().unwrap(), pending.body);
        assert_eq!(
            logged.digest,
            digest(algorithm.default_hash(), b"sigbox log genesis\n")
        );
        let signed =
            key.public_key()
                .verify_digest(logged.algorithm, &logged.digest, &logged.signature);
        assert_eq!(signed, Ok(()));
        assert_eq!(&pending.dedup_key, leaf_hash(&pending.body).as_bytes());
    }
}
