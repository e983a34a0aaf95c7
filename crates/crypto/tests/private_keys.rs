//! Private keys: generation, the three file forms, signatures, refusals.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use pkcs8::PrivateKeyInfoRef;
use sigbox_crypto::{
    KeyAlgorithm, SignError, Signer, SigningKey, SigningKeyError, digest,
    pem::{self, PemError},
};

fn all_kinds() -> [KeyAlgorithm; 5] {
    [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
        KeyAlgorithm::Rsa { bits: 2048 },
    ]
}

#[test]
fn every_kind_signs_verifies_and_survives_pkcs8() {
    for algorithm in all_kinds() {
        let key = SigningKey::generate(algorithm).unwrap();
        let again = SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
        assert_eq!(again.public_key(), key.public_key(), "{algorithm}");
        assert_eq!(again.algorithm(), algorithm);
        let hash = algorithm.default_hash();
        let signature = again.sign(b"message").unwrap();
        assert_eq!(
            key.public_key().verify(hash, b"message", &signature),
            Ok(()),
            "{algorithm}"
        );
        let prehashed = key.sign_digest(&digest(hash, b"message")).unwrap();
        assert_eq!(
            Signer::public_key(&key).verify_digest(hash, &digest(hash, b"message"), &prehashed),
            Ok(()),
            "{algorithm}"
        );
        assert!(matches!(
            key.sign_digest(&[0; 20]),
            Err(SignError::DigestLength { found: 20, expected, .. }) if expected == hash.digest_len()
        ));
        let debug = format!("{key:?}");
        assert!(
            debug.starts_with("SigningKey { public: PublicKey("),
            "{debug}"
        );
    }
}

#[test]
fn reads_sec1_and_pkcs1_private_keys() {
    for (algorithm, label) in [
        (KeyAlgorithm::EcdsaP256, "EC PRIVATE KEY"),
        (KeyAlgorithm::EcdsaP384, "EC PRIVATE KEY"),
        (KeyAlgorithm::Rsa { bits: 2048 }, "RSA PRIVATE KEY"),
    ] {
        let key = SigningKey::generate(algorithm).unwrap();
        let pkcs8 = key.to_pkcs8_der().unwrap();
        let inner = PrivateKeyInfoRef::try_from(pkcs8.as_slice())
            .unwrap()
            .private_key
            .as_bytes()
            .to_vec();
        let text = pem::encode(label, &inner);
        assert_eq!(
            SigningKey::from_pem(&text).unwrap().public_key(),
            key.public_key(),
            "{algorithm}"
        );
        assert!(matches!(
            SigningKey::from_pkcs8_pem(&text),
            Err(SigningKeyError::Pem(PemError::Label {
                expected: "PRIVATE KEY",
                ..
            }))
        ));
    }
}

#[test]
fn refuses_private_keys_by_name() {
    let encrypted = pem::encode("ENCRYPTED PRIVATE KEY", b"x");
    assert!(matches!(
        SigningKey::from_pem(&encrypted),
        Err(SigningKeyError::Encrypted)
    ));
    let junk = pem::encode("PRIVATE KEY", b"x");
    assert!(matches!(
        SigningKey::from_pem(&junk),
        Err(SigningKeyError::Malformed)
    ));
    assert!(matches!(
        SigningKey::from_pem(""),
        Err(SigningKeyError::Pem(PemError::NoBlock))
    ));
    assert!(matches!(
        SigningKey::generate(KeyAlgorithm::Rsa { bits: 1024 }),
        Err(SigningKeyError::Generate {
            algorithm: KeyAlgorithm::Rsa { bits: 1024 }
        })
    ));
    let mut other_half = SigningKey::generate(KeyAlgorithm::EcdsaP256)
        .unwrap()
        .to_pkcs8_der()
        .unwrap()
        .to_vec();
    let public = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let at = other_half.len() - 65;
    other_half[at..].copy_from_slice(public.public_key().subject_public_key_bits());
    assert!(matches!(
        SigningKey::from_pkcs8_der(&other_half),
        Err(SigningKeyError::Malformed)
    ));
}
