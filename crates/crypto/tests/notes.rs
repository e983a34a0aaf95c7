//! Note signatures: recorded checkpoints of real logs, and our own signers against our verifiers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sigbox_crypto::{
    EcdsaNoteSigner, Ed25519NoteSigner, KeyAlgorithm, NoteKeyError, PublicKey, Rfc6962NoteSigner,
    Rfc6962NoteVerifier, SigningKey, note_verifier, rekor_v2_log_id,
};
use sigbox_tlog::{NoteSigner, NoteVerifier as _, SignedNote, UnixMillis, sign_note};

const CHECKPOINT: &str = "log.example/ct\n2\nu7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64=\n";

/// The key of the verifier key `<name>+<hint>+<base64>`.
fn key_of_vkey(vkey: &str) -> PublicKey {
    let typed = STANDARD
        .decode(vkey.splitn(3, '+').nth(2).unwrap())
        .unwrap();
    assert_eq!(typed[0], 1);
    let mut spki = hex::decode("302a300506032b6570032100").unwrap();
    spki.extend_from_slice(&typed[1..]);
    PublicKey::from_spki_der(&spki).unwrap()
}

fn signer(algorithm: KeyAlgorithm) -> Arc<SigningKey> {
    Arc::new(SigningKey::generate(algorithm).unwrap())
}

#[test]
fn key_ids_are_those_of_recorded_logs() {
    let table = [
        (
            "rekor-local",
            key_of_vkey("rekor-local+d80b4420+AURLycjWRo1+gdwwCLg9wU4PayMFdNBmPF4ORVPiBQ1E"),
            "2AtEIMfG6Y41yK0tcwRTBS2tjhOrjKGIpDkHFgp65g0=",
        ),
        (
            "rekor.local",
            key_of_vkey("rekor.local+42aa7e32+AbAapwfTnJSrmojTt1yGj6ePklVDI/Rmu8JsOUBu3yfV"),
            "Qqp+Mk2DNDeLi2EMRbHKjFFeQdzNyNEhKCpluiQ/FsQ=",
        ),
        (
            "rekor.local",
            ecdsa_log_key(),
            "0cZQKvcmDihBiobpsIaDMa28Bb4G0KMMF4+HgiLk2ms=",
        ),
    ];
    for (origin, key, expected) in table {
        assert_eq!(STANDARD.encode(rekor_v2_log_id(origin, &key)), expected);
        assert_eq!(
            &note_verifier(origin, &key).unwrap().hint().0[..],
            &rekor_v2_log_id(origin, &key)[..4]
        );
    }
}

fn ecdsa_log_key() -> PublicKey {
    let spki = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbE3Gr1NfzizG/HGR5ZxiH0m459Lq1XiDRZe24uF7JtNVPLmG9xW7pVqGeq8tPln76pJGaR4BqAcMgUi5WrT88w==";
    PublicKey::from_spki_der(&STANDARD.decode(spki).unwrap()).unwrap()
}

#[test]
fn verifies_the_recorded_checkpoints_of_both_key_types() {
    let table = [
        (
            key_of_vkey("rekor.local+42aa7e32+AbAapwfTnJSrmojTt1yGj6ePklVDI/Rmu8JsOUBu3yfV"),
            "rekor.local\n1\nu7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64=\n\n— rekor.local Qqp+Mo7Ic2ZpM24T47nK7n6ghMz/UMEKaAeEO4lyfCQzB75VpGzlny3sOE3AMNOO8c+RLSEwEuRM1KPGJQkgmITwKwI=\n",
        ),
        (
            ecdsa_log_key(),
            "rekor.local\n1\n1u3547zduIpincRcz7LHwK85GpMCnL3rMjrbKfQrEpo=\n\n— rekor.local 0cZQKjBEAiBMTUeb/RbOzXaN0TqDVz0QpV+1YC5NQPR5akZH65NgawIgJ1xbz3ZGXOU4cUf4+cKSOx2XAzFn1kZrYzCb0gR+feA=\n",
        ),
    ];
    for (key, text) in table {
        let note = SignedNote::parse(text).unwrap();
        let verifier = note_verifier("rekor.local", &key).unwrap();
        let line = &note.signatures()[0];
        assert_eq!(
            (line.name.as_str(), line.hint),
            (verifier.name(), verifier.hint())
        );
        assert!(verifier.verify(note.text(), &line.signature));
        assert!(!verifier.verify(&note.text().replace("\n1\n", "\n2\n"), &line.signature));
    }
}

#[test]
fn own_signers_are_verified_by_own_verifiers() {
    let p256 = signer(KeyAlgorithm::EcdsaP256);
    let ed25519 = signer(KeyAlgorithm::Ed25519);
    let ecdsa_signer = EcdsaNoteSigner::new("log.example".to_owned(), p256.clone()).unwrap();
    assert_eq!(ecdsa_signer.key_id(), p256.public_key().key_id());
    let ed25519_signer = Ed25519NoteSigner::new("log.example".to_owned(), ed25519.clone()).unwrap();
    assert_eq!(
        ed25519_signer.key_id(),
        rekor_v2_log_id("log.example", ed25519.public_key())
    );
    let table: [(&dyn NoteSigner, &PublicKey); 2] = [
        (&ecdsa_signer, p256.public_key()),
        (&ed25519_signer, ed25519.public_key()),
    ];
    for (signer, key) in table {
        let note = sign_note(CHECKPOINT.to_owned(), signer, UnixMillis(7)).unwrap();
        let verifier = note_verifier("log.example", key).unwrap();
        let line = &note.signatures()[0];
        assert_eq!(
            (line.name.as_str(), line.hint),
            ("log.example", verifier.hint())
        );
        assert!(verifier.verify(note.text(), &line.signature));
        assert!(!verifier.verify("another text\n", &line.signature));
    }
}

#[test]
fn a_ct_checkpoint_is_a_tree_head_signature_with_its_time() {
    let key = signer(KeyAlgorithm::EcdsaP256);
    let name = "log.example/ct".to_owned();
    let signer = Rfc6962NoteSigner::new(name.clone(), key.clone()).unwrap();
    let mut preimage = b"log.example/ct\n\x05".to_vec();
    preimage.extend_from_slice(&key.public_key().key_id());
    assert_eq!(signer.key_id(), sigbox_crypto::sha256(&preimage));

    let note = sign_note(CHECKPOINT.to_owned(), &signer, UnixMillis(0x0102_0304)).unwrap();
    let line = &note.signatures()[0];
    assert_eq!(
        line.signature[..12],
        [0, 0, 0, 0, 1, 2, 3, 4, 4, 3, 0, line.signature[11]]
    );
    let verifier = Rfc6962NoteVerifier::new(name, key.public_key().clone()).unwrap();
    assert!(verifier.verify(CHECKPOINT, &line.signature));
    let mut other_time = line.signature.clone();
    other_time[7] ^= 1;
    assert!(!verifier.verify(CHECKPOINT, &other_time));
    assert!(!verifier.verify(&CHECKPOINT.replace("\n2\n", "\n3\n"), &line.signature));
    assert!(!verifier.verify(&format!("{CHECKPOINT}extension\n"), &line.signature));
    assert!(
        !note_verifier("log.example/ct", key.public_key())
            .unwrap()
            .verify(CHECKPOINT, &line.signature)
    );
}

#[test]
fn keys_of_another_kind_are_refused() {
    let name = || "log".to_owned();
    let p384 = signer(KeyAlgorithm::EcdsaP384);
    let ed25519 = signer(KeyAlgorithm::Ed25519);
    let wrong = |expected, found| NoteKeyError::KeyKind { expected, found };
    assert_eq!(
        EcdsaNoteSigner::new(name(), p384.clone()).unwrap_err(),
        wrong("ECDSA P-256", KeyAlgorithm::EcdsaP384)
    );
    assert_eq!(
        Rfc6962NoteSigner::new(name(), ed25519.clone()).unwrap_err(),
        wrong("ECDSA P-256", KeyAlgorithm::Ed25519)
    );
    assert_eq!(
        Ed25519NoteSigner::new(name(), p384).unwrap_err(),
        wrong("Ed25519", KeyAlgorithm::EcdsaP384)
    );
    assert_eq!(
        Rfc6962NoteVerifier::new(name(), ed25519.public_key().clone()).unwrap_err(),
        wrong("ECDSA", KeyAlgorithm::Ed25519)
    );
}
