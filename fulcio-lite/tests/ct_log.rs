//! The CT log: submission over HTTP, what it refuses, and the read side that monitors use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use harness::{Answer, CT_ORIGIN, World, ca_request, key_request, request};
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sigbox_crypto::profile::{LeafRequest, LeafSubject, SignedPrecert, Unlinted, make_root};
use sigbox_crypto::{
    Certificate, KeyAlgorithm, Rfc6962NoteVerifier, Sct, SctEntry, SigningKey,
    merkle_tree_leaf_precert, sha256,
};
use sigbox_tlog::{
    Checkpoint, LeafIndex, SignedNote, TreeSize, UnixMillis, leaf_hash, verify_inclusion,
};

const PRE: &str = "/ct/v1/add-pre-chain";

fn precert(world: &World, name: &str) -> SignedPrecert {
    let request = LeafRequest {
        key: SigningKey::generate(KeyAlgorithm::EcdsaP256)
            .unwrap()
            .public_key()
            .clone(),
        subject: LeafSubject::Email(name.to_owned()),
        issuer: harness::EMAIL_ISSUER.to_owned(),
        token_subject: "sub".to_owned(),
        not_before: world.clock.now(),
        not_after: world.clock.now() + SignedDuration::from_mins(10),
    };
    let serial = sigbox_crypto::random_bytes().unwrap();
    let linted = Unlinted::build(&world.intermediate, request, serial)
        .unwrap()
        .lint()
        .unwrap();
    linted.sign_precert(world.ca_key.as_ref()).unwrap()
}

fn chain(certificates: &[&[u8]]) -> String {
    let encoded: Vec<_> = certificates
        .iter()
        .map(|der| STANDARD.encode(der))
        .collect();
    json!({ "chain": encoded }).to_string()
}

/// The SCT of an answer of `add-chain` or `add-pre-chain`.
fn sct(answer: &Answer) -> Sct {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let json: Value = answer.json();
    let bytes = |name: &str| STANDARD.decode(json[name].as_str().unwrap()).unwrap();
    assert_eq!(json["sct_version"], 0);
    let signature = bytes("signature");
    assert_eq!(signature[..2], [4, 3]);
    assert_eq!(
        usize::from(u16::from_be_bytes([signature[2], signature[3]])),
        signature.len() - 4
    );
    Sct {
        log_id: bytes("id").try_into().unwrap(),
        timestamp: UnixMillis(json["timestamp"].as_u64().unwrap()),
        extensions: bytes("extensions"),
        hash_alg: 4,
        sig_alg: 3,
        signature: signature[4..].to_vec(),
    }
}

/// Status line and detail of a refusal, in plain text.
fn refusal(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    (answer.status.as_u16(), answer.text())
}

#[tokio::test]
async fn adv_l19_a_precertificate_gets_an_sct_and_the_same_one_again() {
    let world = World::new().await;
    let precert = precert(&world, "alice@example.com");
    let body = chain(&[precert.der(), world.intermediate.der(), world.root.der()]);
    let first = sct(&world.post(PRE, body.clone()).await);
    let entry = SctEntry::Precert {
        issuer_key_hash: precert.issuer_key_hash(),
        tbs: precert.tbs(),
    };
    first.verify(entry, &world.ct_key).unwrap();
    assert_eq!(
        first.timestamp.0,
        u64::try_from(world.clock.now().as_millisecond()).unwrap()
    );
    assert_eq!(first.extensions, [0, 0, 5, 0, 0, 0, 0, 0]);

    world.clock.advance(SignedDuration::from_mins(30));
    // Root and intermediate may be left out; the precertificate is past its end by now.
    for repeated in [body, chain(&[precert.der()])] {
        let again = sct(&world.post(PRE, repeated).await);
        again.verify(entry, &world.ct_key).unwrap();
        assert_eq!(
            (again.timestamp, again.extensions),
            (first.timestamp, first.extensions.clone())
        );
    }
    assert_eq!(world.ct_size(), 1);
}

#[tokio::test]
async fn a_certificate_is_logged_as_such() {
    let world = World::new().await;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let proof = key.sign(b"alice@example.com").unwrap();
    let token = world.people.token(&world.alice());
    let issued = world
        .sign(&key_request(&token, &key.public_key().to_pem(), &proof))
        .await
        .chain();
    let body = chain(&[issued[0].der(), world.intermediate.der()]);
    let logged = sct(&world.post("/ct/v1/add-chain", body).await);
    logged
        .verify(SctEntry::X509(issued[0].der()), &world.ct_key)
        .unwrap();
    assert_eq!(logged.extensions, [0, 0, 5, 0, 0, 0, 0, 1]);
    let tile = world.get("/ct/tile/data/000.p/2").await;
    let fingerprints = [world.intermediate.fingerprint(), world.root.fingerprint()].concat();
    let end = [&[0, 64][..], &fingerprints].concat();
    assert!(tile.body.ends_with(&end));
}

#[tokio::test]
async fn refuses_by_rule_and_stays_as_it_was() {
    let world = World::new().await;
    let precert = precert(&world, "alice@example.com");
    let stranger_key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let stranger = make_root(
        &stranger_key,
        &ca_request("example root", world.clock.now()),
    )
    .unwrap();
    let eleven: Vec<&[u8]> = vec![precert.der(); 11];
    let mut tampered = precert.der().to_vec();
    *tampered.last_mut().unwrap() ^= 1;
    let bad = |detail: &str| (400, format!("Bad Request\n{detail}\n"));
    let not_json = bad("body is not a JSON object with an array `chain` of base64 texts");
    let table = [
        (String::new(), not_json.clone()),
        ("{\"chain\":[1]}".to_owned(), not_json.clone()),
        ("[[\"AAAA\"]]".to_owned(), not_json),
        (chain(&[]), bad("chain is empty")),
        (
            chain(&eleven),
            bad("chain of 11 certificates is longer than 10"),
        ),
        (
            "{\"chain\":[\"!\"]}".to_owned(),
            bad("chain[0] is not base64"),
        ),
        (
            chain(&[world.intermediate.der()]),
            bad("chain[0] carries no CT poison, expected one that carries the CT poison"),
        ),
        (
            chain(&[precert.der(), stranger.der()]),
            bad(&format!(
                "issuer `{}` is not among the accepted certificates",
                stranger.display_name()
            )),
        ),
    ];
    for (body, expected) in table {
        assert_eq!(refusal(&world.post(PRE, body).await), expected);
    }
    let answer = world
        .post(PRE, chain(&[&tampered, world.intermediate.der()]))
        .await;
    assert!(
        answer
            .text()
            .starts_with("Bad Request\nchain does not lead to an accepted root: "),
        "{}",
        answer.text()
    );
    let wrong_route = world
        .post("/ct/v1/add-chain", chain(&[precert.der()]))
        .await;
    assert_eq!(
        refusal(&wrong_route),
        bad("chain[0] carries the CT poison, expected one that carries no CT poison")
    );
    assert_eq!(world.ct_size(), 0);
}

#[tokio::test]
async fn adv_l18_a_submission_past_the_limit_is_413() {
    let world = World::new().await;
    for path in [PRE, "/ct/v1/add-chain"] {
        let large = "x".repeat(128 * 1024 + 1);
        let expected = "Payload Too Large\nrequest body is larger than 131072 bytes\n".to_owned();
        assert_eq!(refusal(&world.post(path, large).await), (413, expected));
        // One byte less is read, and is none.
        let read = "x".repeat(128 * 1024);
        assert_eq!(refusal(&world.post(path, read).await).0, 400);
    }
    assert_eq!(world.ct_size(), 0);
}

#[tokio::test]
async fn the_read_side_proves_what_the_scts_promise() {
    let world = World::new().await;
    let precerts: Vec<_> = (0..3)
        .map(|n| precert(&world, &format!("user{n}@example.com")))
        .collect();
    let mut scts = Vec::new();
    for precert in &precerts {
        scts.push(sct(&world.post(PRE, chain(&[precert.der()])).await));
    }
    let checkpoint = world.get("/ct/checkpoint").await;
    assert_eq!(checkpoint.headers["cache-control"], "no-cache");
    let note = SignedNote::parse(&checkpoint.text()).unwrap();
    let verifier = Rfc6962NoteVerifier::new(CT_ORIGIN.to_owned(), world.ct_key.clone()).unwrap();
    note.verify(&verifier).unwrap();
    let head = Checkpoint::parse(note.text()).unwrap();
    assert_eq!((head.origin.as_str(), head.size), (CT_ORIGIN, TreeSize(3)));

    let hashes = world.get("/ct/tile/0/000.p/3").await;
    assert_eq!(hashes.headers["content-type"], "application/octet-stream");
    assert_eq!(hashes.headers["cache-control"], "max-age=604800, immutable");
    for (index, (precert, sct)) in precerts.iter().zip(&scts).enumerate() {
        let leaf = merkle_tree_leaf_precert(
            sct.timestamp,
            precert.issuer_key_hash(),
            precert.tbs(),
            &sct.extensions,
        );
        let hash = leaf_hash(&leaf.unwrap());
        assert_eq!(hashes.body[32 * index..32 * (index + 1)], *hash.as_bytes());
        let index = LeafIndex(index as u64);
        let proof = world
            .ct_log()
            .inclusion_proof(index, head.size)
            .await
            .unwrap();
        verify_inclusion(hash, index, head.size, &proof.hashes, head.root).unwrap();
    }
    let data = world.get("/ct/tile/data/000.p/3").await;
    let leaves: Vec<_> = precerts
        .iter()
        .zip(&scts)
        .map(|(precert, sct)| tile_leaf(&world, precert, sct))
        .collect();
    assert_eq!(hex::encode(&data.body), hex::encode(leaves.concat()));
    let partial = world.get("/ct/tile/data/000.p/2").await;
    assert_eq!(
        hex::encode(&partial.body),
        hex::encode(leaves[..2].concat())
    );
}

/// Source: C2SP static-ct-api, `TileLeaf`.
fn tile_leaf(world: &World, precert: &SignedPrecert, sct: &Sct) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..].to_vec();
    let mut out = sct.timestamp.0.to_be_bytes().to_vec();
    out.extend([0, 1]);
    out.extend(precert.issuer_key_hash());
    out.extend(length(precert.tbs()));
    out.extend(precert.tbs());
    out.extend([0, 8]);
    out.extend(&sct.extensions);
    out.extend(length(precert.der()));
    out.extend(precert.der());
    out.extend([0, 64]);
    out.extend(world.intermediate.fingerprint());
    out.extend(world.root.fingerprint());
    out
}

#[tokio::test]
async fn roots_and_issuers_can_be_fetched() {
    let world = World::new().await;
    let roots = world.get("/ct/v1/get-roots").await;
    assert_eq!(
        roots.json(),
        json!({"certificates": [STANDARD.encode(world.root.der())]})
    );
    for certificate in [&world.root, &world.intermediate] {
        let path = format!("/ct/issuer/{}", hex::encode(sha256(certificate.der())));
        let answer = world.get(&path).await;
        assert_eq!(answer.headers["content-type"], "application/pkix-cert");
        assert_eq!(&Certificate::from_der(&answer.body).unwrap(), certificate);
    }
}

#[tokio::test]
async fn nothing_else_is_there() {
    let world = World::new().await;
    sct(&world
        .post(PRE, chain(&[precert(&world, "alice@example.com").der()]))
        .await);
    let fingerprint = hex::encode(sha256(world.root.der()));
    for path in [
        "/ct/tile/0/000",
        "/ct/tile/0/000.p/2",
        "/ct/tile/0/001",
        "/ct/tile/1/000.p/1",
        "/ct/tile/data/000",
        "/ct/tile/data/000.p/2",
        "/ct/tile/entries/000.p/1",
        "/ct/tile/data/../checkpoint",
        "/ct/tile/names/000",
        "/ct/issuer/00",
        &format!("/ct/issuer/{}", fingerprint.to_uppercase()),
        &format!("/ct/issuer/{}", "0".repeat(64)),
        "/ct/v1/get-sth",
        "/ct/nope",
    ] {
        let expected = (
            404,
            "Not Found\nno such resource of the CT log\n".to_owned(),
        );
        assert_eq!(refusal(&world.get(path).await), expected, "{path}");
    }
    let answer = world.get(PRE).await;
    assert_eq!(
        refusal(&answer),
        (405, "Method Not Allowed\nexpected POST\n".to_owned())
    );
    assert_eq!(answer.headers["allow"], "POST");
    let answer = world
        .send(request(Method::DELETE, "/ct/checkpoint", &[], ""))
        .await;
    assert_eq!(
        refusal(&answer),
        (405, "Method Not Allowed\nexpected GET\n".to_owned())
    );
}
