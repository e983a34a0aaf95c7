//! Signatures, digests and keys that are refused: exact status and JSON, and a log that has not grown.

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
use rekor_lite::RekorConfig;
use rekor_lite::entry::PermittedAlgorithms;
use serde_json::json;
use sigbox_crypto::{KeyAlgorithm, SigningKey, digest};
use sigbox_wire::{KeyDetails, VerifierKey};
use support::{Bench, changed, json as body, p256, refuse_all, request};

#[tokio::test]
async fn signatures_that_do_not_hold() {
    let bench = Bench::new().await;
    let bad = "invalid hashedrekord request: signature.content: expected a signature of the digest by the verifier's key: signature does not verify under the ECDSA P-256 key";
    let other = p256();
    let table = [
        (changed(|request| request.digest[0] ^= 1), bad),
        (
            changed(|request| *request.signature.last_mut().unwrap() ^= 1),
            bad,
        ),
        (changed(|request| request.signature.truncate(10)), bad),
        (changed(|request| request.signature.push(0)), bad),
        (changed(|request| request.signature = vec![0; 64]), bad),
        (
            changed(|request| {
                request.verifier.key =
                    VerifierKey::PublicKey(other.public_key().spki_der().to_vec());
            }),
            bad,
        ),
    ];
    refuse_all(&bench, table).await;
    // The neighbour without the fault is taken.
    assert_eq!(bench.post(changed(|_| {})).await.status.as_u16(), 201);
}

#[tokio::test]
async fn adv_l08_digests_of_another_length_and_algorithms_without_digest() {
    let bench = Bench::new().await;
    for (length, message) in [
        (
            20,
            "invalid hashedrekord request: digest: expected 32 bytes of SHA2_256, found 20",
        ),
        (
            31,
            "invalid hashedrekord request: digest: expected 32 bytes of SHA2_256, found 31",
        ),
        (
            48,
            "invalid hashedrekord request: digest: expected 32 bytes of SHA2_256, found 48",
        ),
        (
            64,
            "invalid hashedrekord request: digest: expected 32 bytes of SHA2_256, found 64",
        ),
    ] {
        refuse_all(
            &bench,
            [(changed(|request| request.digest.resize(length, 7)), message)],
        )
        .await;
    }
    let p384 = SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    let mut short = request(&p384, b"x");
    short.digest.truncate(32);
    let message = "invalid hashedrekord request: digest: expected 48 bytes of SHA2_384, found 32";
    refuse_all(&bench, [(body(&short), message)]).await;

    let ed25519 = SigningKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let mut pure = request(&ed25519, b"x");
    pure.signature = ed25519.sign(b"x").unwrap();
    pure.verifier.key_details = KeyDetails::PkixEd25519;
    let message = "invalid hashedrekord request: verifier.keyDetails: expected an algorithm that signs a digest, such as PKIX_ED25519_PH, found PKIX_ED25519";
    refuse_all(&bench, [(body(&pure), message)]).await;
    // A pure signature under the prehashed name does not become one of the digest.
    pure.verifier.key_details = KeyDetails::PkixEd25519Ph;
    let message = "invalid hashedrekord request: signature.content: expected a signature of the digest by the verifier's key: signature does not verify under the Ed25519 key";
    refuse_all(&bench, [(body(&pure), message)]).await;
}

#[tokio::test]
async fn adv_l08_every_key_takes_the_digest_of_its_own_length_only() {
    let bench = Bench::new().await;
    let algorithms = [
        KeyAlgorithm::Rsa { bits: 2048 },
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
    ];
    for algorithm in algorithms {
        let good = request(&SigningKey::generate(algorithm).unwrap(), b"x");
        let hash = algorithm.default_hash();
        for length in [20, 28, 32, 48, 64] {
            let size = bench.size();
            let mut request = good.clone();
            request.digest.resize(length, 0);
            let answer = bench.post(body(&request)).await;
            if length == hash.digest_len() {
                assert_eq!(answer.status.as_u16(), 201, "{algorithm} {length}");
                continue;
            }
            let expected = hash.digest_len();
            let message = format!(
                "invalid hashedrekord request: digest: expected {expected} bytes of {hash}, found {length}"
            );
            answer.assert_error(400, 3, &message);
            assert_eq!(bench.size(), size);
        }
    }
    assert_eq!(bench.size(), 5);
}

#[tokio::test]
async fn keys_that_are_none() {
    let bench = Bench::new().await;
    let key = p256();
    let pem = key.public_key().to_pem().into_bytes();
    let mut trailing = key.public_key().spki_der().to_vec();
    trailing.push(0);
    let mut off_curve = key.public_key().spki_der().to_vec();
    *off_curve.last_mut().unwrap() ^= 1;
    let with_key = |key: VerifierKey| changed(|request| request.verifier.key = key);
    let table = [
        (
            with_key(VerifierKey::PublicKey(pem.clone())),
            "invalid hashedrekord request: verifier.publicKey.rawBytes: expected DER, found PEM",
        ),
        (
            with_key(VerifierKey::X509Certificate(pem)),
            "invalid hashedrekord request: verifier.x509Certificate.rawBytes: expected DER, found PEM",
        ),
        (
            with_key(VerifierKey::PublicKey(off_curve)),
            "invalid hashedrekord request: verifier.publicKey.rawBytes: expected a public key: ECDSA P-256 public key is not a point of its curve",
        ),
        (
            changed(|request| request.verifier.key_details = KeyDetails::from_name("ML_DSA_65")),
            "invalid hashedrekord request: verifier.keyDetails: expected a known algorithm, found `ML_DSA_65`",
        ),
    ];
    refuse_all(&bench, table).await;
    let size = bench.size();
    for (key, start) in [
        (
            VerifierKey::PublicKey(trailing),
            "invalid hashedrekord request: verifier.publicKey.rawBytes: expected a public key: public key is not a DER SubjectPublicKeyInfo: ",
        ),
        (
            VerifierKey::PublicKey(b"rubbish".to_vec()),
            "invalid hashedrekord request: verifier.publicKey.rawBytes: expected a public key: public key is not a DER SubjectPublicKeyInfo: ",
        ),
        (
            // A key where a certificate is wanted.
            VerifierKey::X509Certificate(key.public_key().spki_der().to_vec()),
            "invalid hashedrekord request: verifier.x509Certificate.rawBytes: expected a certificate: malformed certificate: ",
        ),
    ] {
        // What follows is the DER reader's own text.
        let answer = bench.post(with_key(key)).await;
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
    assert_eq!(bench.size(), size);
}

#[tokio::test]
async fn keys_and_hashes_that_are_no_permitted_pair() {
    let bench = Bench::new().await;
    let table = [
        (
            KeyAlgorithm::EcdsaP256,
            KeyDetails::PkixEcdsaP384Sha384,
            "invalid hashedrekord request: verifier.keyDetails: expected a permitted pair of key and hash, found ECDSA P-256 with SHA2_384",
        ),
        (
            KeyAlgorithm::EcdsaP384,
            KeyDetails::PkixEcdsaP256Sha256,
            "invalid hashedrekord request: verifier.keyDetails: expected a permitted pair of key and hash, found ECDSA P-384 with SHA2_256",
        ),
        (
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyDetails::PkixEd25519Ph,
            "invalid hashedrekord request: verifier.keyDetails: expected a permitted pair of key and hash, found RSA-2048 with SHA2_512",
        ),
        (
            KeyAlgorithm::Ed25519,
            KeyDetails::PkixEcdsaP256Sha256,
            "invalid hashedrekord request: verifier.keyDetails: expected a permitted pair of key and hash, found Ed25519 with SHA2_256",
        ),
    ];
    for (algorithm, details, message) in table {
        let key = SigningKey::generate(algorithm).unwrap();
        let mut request = request(&key, b"x");
        request.digest = digest(details.hash().unwrap(), b"x");
        request.verifier.key_details = details;
        refuse_all(&bench, [(body(&request), message)]).await;
    }
}

#[tokio::test]
async fn keys_that_are_too_weak() {
    let bench = Bench::new().await;
    let table = [
        (
            rsa_spki(&[0xc3; 128], &[1, 0, 1]),
            "invalid hashedrekord request: verifier.keyDetails: expected a permitted pair of key and hash, found RSA-1024 with SHA2_256",
        ),
        (
            // 0xc3c3…c3 is a multiple of 3.
            rsa_spki(&[0xc3; 256], &[1, 0, 1]),
            "invalid hashedrekord request: verifier.publicKey.rawBytes: expected a sound key: RSA modulus is divisible by 3",
        ),
        (
            rsa_spki(&[0xc3; 256], &[3]),
            "invalid hashedrekord request: verifier.publicKey.rawBytes: expected a sound key: RSA public exponent is not 65537",
        ),
    ];
    let table = table.map(|(spki, message)| {
        (
            changed(|request| request.verifier.key = VerifierKey::PublicKey(spki)),
            message,
        )
    });
    refuse_all(&bench, table).await;
}

/// The SPKI of an RSA key whose numbers are below 64 KiB and have their highest bit set or are small.
fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let sign: &[u8] = if bytes[0] >= 0x80 { &[0] } else { &[] };
        tlv(0x02, &[sign, bytes].concat())
    };
    let key = tlv(0x30, &[integer(modulus), integer(exponent)].concat());
    let rsa_encryption = STANDARD.decode("MA0GCSqGSIb3DQEBAQUA").unwrap();
    tlv(
        0x30,
        &[rsa_encryption, tlv(0x03, &[vec![0], key].concat())].concat(),
    )
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    let head = match length {
        0..=0x7f => vec![tag, u8::try_from(length).unwrap()],
        _ => [vec![tag, 0x82], length.to_be_bytes().to_vec()].concat(),
    };
    let head = if (0x80..=0xff).contains(&length) {
        vec![tag, 0x81, head[3]]
    } else {
        head
    };
    [head, value.to_vec()].concat()
}

#[tokio::test]
async fn an_operator_can_permit_fewer_algorithms() {
    let algorithms = PermittedAlgorithms::from_flags(["ecdsa-sha2-384-nistp384"]).unwrap();
    let bench = Bench::with_config(RekorConfig {
        algorithms,
        ..RekorConfig::default()
    })
    .await;
    let message = "invalid hashedrekord request: verifier.keyDetails: expected a permitted pair of key and hash, found ECDSA P-256 with SHA2_256";
    refuse_all(&bench, [(changed(|_| {}), message)]).await;
    let p384 = SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    assert_eq!(
        bench
            .post(body(&request(&p384, b"x")))
            .await
            .status
            .as_u16(),
        201
    );
}
