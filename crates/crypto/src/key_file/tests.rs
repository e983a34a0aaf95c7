use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{EncryptedKey, KeyFileError, MAX_TEXT_BYTES, OLD_LABEL, ScryptCost};
use crate::{KeyAlgorithm, PublicKey, SigningKey, SigningKeyError, pem, pem::PemError};

/// Written by cosign v3.1.3 with the password `pw`.
const REAL: &str = include_str!("../../tests/key_files/cosign-v3.1.3.key");
const REAL_PUBLIC: &str = include_str!("../../tests/key_files/cosign-v3.1.3.pub");
const PASSWORD: &[u8] = b"pw";

/// A key under the password `pw`, at a cost that no file can have.
fn cheap() -> EncryptedKey {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    EncryptedKey::seal_with(&key, PASSWORD, ScryptCost::Cheap, [1; 32], [2; 24]).unwrap()
}

fn json_of(text: &str) -> Value {
    serde_json::from_slice(&pem::decode_one(text).unwrap().der).unwrap()
}

fn file_of(json: &[u8]) -> String {
    pem::encode(super::LABEL, json)
}

/// The real key file with one member changed; removed where the new value is null.
fn changed(member: &str, to: Value) -> String {
    let mut json = json_of(REAL);
    *json.pointer_mut(member).unwrap() = to;
    file_of(json.to_string().as_bytes())
}

#[test]
fn opens_a_key_file_of_the_real_cosign() {
    let key = EncryptedKey::parse(REAL).unwrap().open(PASSWORD).unwrap();
    assert_eq!(*key.public_key(), PublicKey::from_pem(REAL_PUBLIC).unwrap());
    assert_eq!(key.public_key().to_pem(), REAL_PUBLIC);
}

#[test]
fn writes_the_bytes_that_the_real_cosign_writes() {
    let read = EncryptedKey::parse(REAL).unwrap();
    assert_eq!(read.to_pem(), REAL);
    let key = read.open(PASSWORD).unwrap();
    let sealed = EncryptedKey::seal_with(&key, PASSWORD, read.cost, read.salt, read.nonce).unwrap();
    assert_eq!(sealed.to_pem(), REAL);
}

#[test]
fn reads_every_cost_in_the_wild_and_the_old_label() {
    let key = SigningKey::generate(KeyAlgorithm::Ed25519).unwrap();
    for (cost, n) in [
        (ScryptCost::Legacy, 32_768),
        (ScryptCost::Standard, 65_536),
        (ScryptCost::Owasp, 131_072),
    ] {
        let sealed = EncryptedKey::seal_with(&key, b"", cost, [1; 32], [2; 24]).unwrap();
        let text = sealed.to_pem();
        assert_eq!(json_of(&text)["kdf"]["params"]["N"], n);
        let old = pem::encode(OLD_LABEL, &pem::decode_one(&text).unwrap().der);
        let read = EncryptedKey::parse(&old).unwrap();
        assert_eq!(read, sealed);
        assert_eq!(read.open(b"").unwrap().public_key(), key.public_key());
    }
}

#[test]
fn a_new_file_has_the_usual_cost_and_its_own_salt_and_nonce() {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let one = EncryptedKey::seal(&key, PASSWORD).unwrap();
    let two = EncryptedKey::seal(&key, PASSWORD).unwrap();
    assert_eq!(one.cost, ScryptCost::Standard);
    assert_ne!(one.salt, two.salt);
    assert_ne!(one.nonce, two.nonce);
    assert_ne!(one.sealed, two.sealed);
}

#[test]
fn keeps_every_kind_of_key() {
    for algorithm in [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
        KeyAlgorithm::Rsa { bits: 2048 },
    ] {
        let key = SigningKey::generate(algorithm).unwrap();
        let sealed =
            EncryptedKey::seal_with(&key, b"", ScryptCost::Cheap, [1; 32], [2; 24]).unwrap();
        let opened = sealed.open(b"").unwrap();
        assert_eq!(opened.public_key(), key.public_key(), "{algorithm}");
        // The cost of the tests cannot come in through a file.
        let refused = EncryptedKey::parse(&sealed.to_pem()).unwrap_err();
        assert!(matches!(refused, KeyFileError::ScryptCost { n: 16, .. }));
    }
}

#[test]
fn a_wrong_password_and_a_changed_file_are_refused_alike() {
    let real = cheap();
    assert!(real.open(PASSWORD).is_ok());
    for password in [&b""[..], b"pw\n", b"PW"] {
        let refused = real.open(password).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::WrongPassword),
            "{refused:?}"
        );
    }
    let flip = |bytes: &mut [u8], at: usize| bytes[at] ^= 1;
    let (mut tag, mut body, mut salt, mut nonce) =
        (real.clone(), real.clone(), real.clone(), real.clone());
    flip(&mut tag.sealed, 0);
    flip(&mut body.sealed, 40);
    flip(&mut salt.salt, 31);
    flip(&mut nonce.nonce, 23);
    let mut cut = real.clone();
    cut.sealed.truncate(super::TAG_BYTES);
    for changed in [tag, body, salt, nonce, cut] {
        let refused = changed.open(PASSWORD).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::WrongPassword),
            "{refused:?}"
        );
    }
}

#[test]
fn what_is_under_the_password_must_be_a_private_key() {
    use crypto_secretbox::{AeadInPlace as _, Nonce};
    let mut secret = b"no private key".to_vec();
    let real = cheap();
    let tag = super::cipher(real.cost, PASSWORD, &real.salt)
        .unwrap()
        .encrypt_in_place_detached(Nonce::from_slice(&real.nonce), &[], &mut secret)
        .unwrap();
    let sealed = [tag.as_slice(), &secret].concat();
    let refused = EncryptedKey { sealed, ..real }.open(PASSWORD).unwrap_err();
    assert!(
        matches!(refused, KeyFileError::Key(SigningKeyError::Malformed)),
        "{refused:?}"
    );
}

#[test]
fn a_cost_that_no_cosign_has_written_is_refused_before_any_work() {
    let cases = [
        (0, 8, 1),
        (1, 8, 1),
        (16_384, 8, 1),
        (65_535, 8, 1),
        (65_537, 8, 1),
        (262_144, 8, 1),
        (1 << 40, 8, 1),
        (u64::MAX, u64::MAX, u64::MAX),
        (65_536, 0, 1),
        (65_536, 9, 1),
        (65_536, 1 << 30, 1),
        (65_536, 8, 0),
        (65_536, 8, 2),
        (65_536, 8, 1 << 30),
    ];
    for (n, r, p) in cases {
        let text = changed("/kdf/params", json!({"N": n, "r": r, "p": p}));
        let refused = EncryptedKey::parse(&text).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::ScryptCost { n: a, r: b, p: c } if (a, b, c) == (n, r, p)),
            "{refused:?}"
        );
    }
    let refused = EncryptedKey::parse(&changed("/kdf/params/N", json!(1_u64 << 40))).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "unsupported scrypt parameters: N 1099511627776, r 8, p 1 (known: N 32768, 65536, 131072, r 8, p 1)"
    );
}

#[test]
fn a_member_of_another_kind_is_named() {
    let cases = [
        ("/kdf/name", json!(1), "a string"),
        ("/kdf/params/N", json!(-65_536), "a whole number"),
        ("/kdf/params/N", json!(65_536.5), "a whole number"),
        ("/kdf/params/r", json!("8"), "a whole number"),
        ("/kdf/params/p", Value::Null, "a whole number"),
        ("/kdf/salt", json!([1, 2]), "a string"),
        ("/kdf/salt", json!("not base64!"), "base64"),
        ("/cipher/name", json!({}), "a string"),
        ("/cipher/nonce", json!("AAA"), "base64"),
        ("/ciphertext", Value::Null, "a string"),
    ];
    for (member, to, what) in cases {
        let refused = EncryptedKey::parse(&changed(member, to)).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::Member { member: at, expected } if at == member && expected == what),
            "{member}: {refused:?}"
        );
    }
    // What reads by position takes a list for an object.
    let list = json!([["scrypt", [65_536, 8, 1], ""], ["nacl/secretbox", ""], ""]);
    let refused = EncryptedKey::parse(&file_of(list.to_string().as_bytes())).unwrap_err();
    assert!(
        matches!(
            refused,
            KeyFileError::Member {
                member: "/kdf/name",
                ..
            }
        ),
        "{refused:?}"
    );
}

#[test]
fn other_algorithms_and_lengths_are_refused_by_name() {
    let refuse = |member, to| EncryptedKey::parse(&changed(member, to)).unwrap_err();
    let refused = refuse("/kdf/name", json!("argon2id"));
    assert!(matches!(refused, KeyFileError::UnknownDerivation { found } if found == "argon2id"));
    let refused = refuse("/cipher/name", json!("aes-256-gcm"));
    assert!(matches!(refused, KeyFileError::UnknownCipher { found } if found == "aes-256-gcm"));
    let refused = refuse("/ciphertext", json!(STANDARD.encode([0; 15])));
    assert!(matches!(
        refused,
        KeyFileError::CiphertextTooShort { found: 15 }
    ));
    for (member, expected) in [("/kdf/salt", 32), ("/cipher/nonce", 24)] {
        for length in [0, expected - 1, expected + 1] {
            let refused = refuse(member, json!(STANDARD.encode(vec![0; length])));
            assert!(
                matches!(refused, KeyFileError::Length { member: at, expected: wanted, found }
                    if (at, wanted, found) == (member, expected, length)),
                "{refused:?}"
            );
        }
    }
}

#[test]
fn what_is_no_key_file_is_refused_by_name() {
    let refused = EncryptedKey::parse("hello").unwrap_err();
    assert!(matches!(refused, KeyFileError::Pem(PemError::NoBlock)));
    let refused = EncryptedKey::parse(&format!("{REAL}{REAL}")).unwrap_err();
    assert!(matches!(
        refused,
        KeyFileError::Pem(PemError::BlockCount { found: 2 })
    ));
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let refused = EncryptedKey::parse(&key.to_pkcs8_pem().unwrap()).unwrap_err();
    assert!(matches!(&refused, KeyFileError::Label { found } if found == "PRIVATE KEY"));
    assert_eq!(refused.to_string(), "unsupported pem type: PRIVATE KEY");
    for body in [&b""[..], b"{", b"\xff", b"{} {}", &b"[".repeat(4096)] {
        let refused = EncryptedKey::parse(&file_of(body)).unwrap_err();
        assert!(matches!(refused, KeyFileError::Json(_)), "{refused:?}");
    }
    let long = " ".repeat(MAX_TEXT_BYTES + 1);
    let refused = EncryptedKey::parse(&long).unwrap_err();
    assert!(matches!(
        refused,
        KeyFileError::TooLong { found } if found == MAX_TEXT_BYTES + 1
    ));
}

#[test]
fn further_members_are_left_alone() {
    let mut json = json_of(REAL);
    json["comment"] = json!("mine");
    let read = EncryptedKey::parse(&file_of(json.to_string().as_bytes())).unwrap();
    assert_eq!(read, EncryptedKey::parse(REAL).unwrap());
}

#[test]
fn a_damaged_file_is_refused_or_read_as_what_it_then_says() {
    let json = String::from_utf8(pem::decode_one(REAL).unwrap().der.to_vec()).unwrap();
    let damaged = |text: &str, at: usize, to: &str| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        Some(format!("{before}{to}{after}"))
    };
    let read = |text: &str| {
        if let Ok(key) = EncryptedKey::parse(text) {
            // Whatever came in, it asks for no cost but the known ones, and is written as it was read.
            assert!(ScryptCost::ALL.contains(&key.cost));
            assert_eq!(EncryptedKey::parse(&key.to_pem()).unwrap(), key);
        }
    };
    for to in ["", "0", "9", "A", "{", "\"", "]", "-", "\n", "\u{0}"] {
        for at in 0..json.len() {
            if let Some(json) = damaged(&json, at, to) {
                read(&file_of(json.as_bytes()));
            }
        }
        for at in 0..REAL.len() {
            if let Some(text) = damaged(REAL, at, to) {
                read(&text);
            }
        }
    }
}
