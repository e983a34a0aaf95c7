//! Both back ends on the same keys and signatures, sound and damaged: the verdict is the same, always.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod odd;

use std::sync::LazyLock;

use proptest::{collection::vec, prelude::*, sample::select};

use super::{SigningBackend, VerifyingBackend, aws_lc, ed25519ph, rust_crypto};
use crate::{HashAlgorithm, KeyAlgorithm, spki_form};

const HASHES: [HashAlgorithm; 3] = [
    HashAlgorithm::Sha2_256,
    HashAlgorithm::Sha2_384,
    HashAlgorithm::Sha2_512,
];

const SIGNING: [KeyAlgorithm; 4] = [
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
    KeyAlgorithm::EcdsaP521,
    KeyAlgorithm::Ed25519,
];

/// One key of each kind, from both generators where both have one.
static KEYS: LazyLock<Vec<Box<dyn SigningBackend>>> = LazyLock::new(|| {
    let mut keys: Vec<_> = SIGNING
        .iter()
        .flat_map(|kind| [aws_lc::generate(*kind), rust_crypto::generate(*kind)])
        .collect::<Result<_, _>>()
        .unwrap();
    keys.extend(
        [2048, 3072, 4096].map(|bits| aws_lc::generate(KeyAlgorithm::Rsa { bits }).unwrap()),
    );
    keys
});

struct Pair {
    c: Box<dyn VerifyingBackend>,
    rust: Box<dyn VerifyingBackend>,
    algorithm: KeyAlgorithm,
}

/// The key as both back ends parse it, which they do or do not as one.
fn parse(algorithm: KeyAlgorithm, bits: &[u8]) -> Option<Pair> {
    let c = aws_lc::parse_public(algorithm, bits);
    let rust = rust_crypto::parse_public(algorithm, bits);
    assert_eq!(
        c.is_ok(),
        rust.is_ok(),
        "{algorithm}: {}",
        hex::encode(bits)
    );
    Some(Pair {
        c: c.ok()?,
        rust: rust.ok()?,
        algorithm,
    })
}

impl Pair {
    /// The verdict of both on a message and on its digest.
    fn verdict(&self, hash: HashAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let good = self.c.verify(hash, message, signature);
        let digest = crate::digest(hash, message);
        let prehashed = self.c.verify_digest(hash, &digest, signature);
        let seen = [
            self.rust.verify(hash, message, signature),
            self.rust.verify_digest(hash, &digest, signature),
        ];
        let shown = hex::encode(signature);
        assert_eq!(
            seen,
            [good, prehashed],
            "{} {hash:?} {shown}",
            self.algorithm
        );
        good
    }
}

/// What may become of bytes on their way.
#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    Truncate(prop::sample::Index),
    Append(Vec<u8>),
    Repeat,
    Replace(Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>;
    let telling = || select(vec![0, 1, 2, 0x30, 0x7f, 0x80, 0x81, 0xff]);
    prop_oneof![
        (place(), 0_u8..8).prop_map(|(at, bit)| Damage::Flip(at, 1 << bit)),
        (place(), telling()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        place().prop_map(Damage::Remove),
        (place(), telling()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        place().prop_map(Damage::Truncate),
        vec(any::<u8>(), 1..4).prop_map(Damage::Append),
        Just(Damage::Repeat),
        vec(any::<u8>(), 0..140).prop_map(Damage::Replace),
    ]
}

fn apply(damages: &[Damage], mut bytes: Vec<u8>) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match damage {
            Damage::Flip(at, mask) => bytes[at.index(length)] ^= mask,
            Damage::Set(at, byte) => bytes[at.index(length)] = *byte,
            Damage::Remove(at) => drop(bytes.remove(at.index(length))),
            Damage::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Damage::Truncate(at) => bytes.truncate(at.index(length)),
            Damage::Append(more) => bytes.extend(more),
            Damage::Repeat => bytes.extend(bytes.clone()),
            Damage::Replace(other) => bytes.clone_from(other),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_signatures_have_one_verdict(
        place in any::<prop::sample::Index>(),
        message in vec(any::<u8>(), 0..200),
        hash in select(HASHES.to_vec()),
        damages in vec(damage(), 0..3),
    ) {
        let key = &KEYS[place.index(KEYS.len())];
        let public = parse(key.algorithm(), key.public_key_bits()).unwrap();
        let signature = key.sign(&message).unwrap();
        prop_assert!(public.verdict(key.algorithm().default_hash(), &message, &signature));
        let damaged = apply(&damages, signature.clone());
        let good = public.verdict(hash, &message, &damaged);
        let same = damaged == signature
            && (hash == key.algorithm().default_hash() || key.algorithm() == KeyAlgorithm::Ed25519);
        prop_assert_eq!(good, same);
    }

    #[test]
    fn damaged_keys_have_one_verdict(
        place in any::<prop::sample::Index>(),
        damages in vec(damage(), 1..3),
        message in vec(any::<u8>(), 0..50),
    ) {
        let key = &KEYS[place.index(KEYS.len())];
        let spki = spki_form::encode(key.algorithm(), key.public_key_bits()).unwrap();
        let bits = apply(&damages, key.public_key_bits().to_vec());
        let inside = spki_form::encode(key.algorithm(), &bits).unwrap();
        for spki in [apply(&damages, spki), inside] {
            // What the crate asks of a key before a back end sees it.
            let Ok(form) = spki_form::parse(&spki) else { continue };
            let sound = <&[u8; 32]>::try_from(form.bits).map(ed25519ph::point_is_sound);
            if form.algorithm == KeyAlgorithm::Ed25519 && !matches!(sound, Ok(Ok(_))) {
                continue;
            }
            let Some(public) = parse(form.algorithm, form.bits) else { continue };
            let signature = key.sign(&message).unwrap();
            for hash in HASHES {
                public.verdict(hash, &message, &signature);
            }
        }
    }
}

/// An ECDSA signature of a digest by any hash.
fn sign_any_digest(key: &dyn SigningBackend, digest: &[u8]) -> Vec<u8> {
    use p256::{ecdsa::signature::hazmat::PrehashSigner as _, pkcs8::DecodePrivateKey as _};
    let der = key.to_pkcs8().unwrap();
    match key.algorithm() {
        KeyAlgorithm::EcdsaP256 => {
            let key = p256::ecdsa::SigningKey::from_pkcs8_der(&der).unwrap();
            let signature: p256::ecdsa::DerSignature = key.sign_prehash(digest).unwrap();
            signature.as_bytes().to_vec()
        }
        KeyAlgorithm::EcdsaP384 => {
            let key = p384::ecdsa::SigningKey::from_pkcs8_der(&der).unwrap();
            let signature: p384::ecdsa::DerSignature = key.sign_prehash(digest).unwrap();
            signature.as_bytes().to_vec()
        }
        _ => {
            let key = p521::ecdsa::SigningKey::from_pkcs8_der(&der).unwrap();
            let signature: p521::ecdsa::DerSignature = key.sign_prehash(digest).unwrap();
            signature.as_bytes().to_vec()
        }
    }
}

#[test]
fn every_pair_of_curve_and_hash_has_one_verdict() {
    for key in KEYS.iter().filter(|key| key.algorithm().is_ecdsa()) {
        let public = parse(key.algorithm(), key.public_key_bits()).unwrap();
        for hash in HASHES {
            let signature = sign_any_digest(&**key, &crate::digest(hash, b"message"));
            for other in HASHES {
                assert_eq!(public.verdict(other, b"message", &signature), other == hash);
            }
        }
    }
}

#[test]
fn private_keys_cross_over() {
    type Parse = fn(super::SecretForm, &[u8]) -> Result<Box<dyn SigningBackend>, super::Refused>;
    for kind in SIGNING {
        let from_c = aws_lc::generate(kind).unwrap();
        let from_rust = rust_crypto::generate(kind).unwrap();
        let readers: [(_, Parse); 2] = [
            (from_c, rust_crypto::parse_secret),
            (from_rust, aws_lc::parse_secret),
        ];
        for (key, read) in readers {
            let other = read(super::SecretForm::Pkcs8, &key.to_pkcs8().unwrap()).unwrap();
            assert_eq!(other.algorithm(), kind);
            assert_eq!(other.public_key_bits(), key.public_key_bits());
            assert_eq!(other.ed25519_seed(), key.ed25519_seed());
            assert_eq!(
                *other.to_pkcs8().unwrap(),
                *key.to_pkcs8().unwrap(),
                "{kind}"
            );
            let public = parse(kind, key.public_key_bits()).unwrap();
            let signature = other.sign(b"message").unwrap();
            assert!(public.verdict(kind.default_hash(), b"message", &signature));
            let digest = crate::digest(kind.default_hash(), b"message");
            let prehashed = other
                .sign_digest(&digest)
                .map(|signature| public.verdict(kind.default_hash(), b"message", &signature));
            let expected = if kind == KeyAlgorithm::Ed25519 {
                Err(super::Refused)
            } else {
                Ok(true)
            };
            assert_eq!(prehashed, expected);
            assert_eq!(other.sign_digest(b"short").err(), Some(super::Refused));
        }
    }
}

#[test]
fn the_pure_back_end_only_verifies_rsa() {
    let rsa = KeyAlgorithm::Rsa { bits: 2048 };
    assert_eq!(rust_crypto::generate(rsa).err(), Some(super::Refused));
    let key = aws_lc::generate(rsa).unwrap().to_pkcs8().unwrap();
    for form in [
        super::SecretForm::Pkcs8,
        super::SecretForm::Pkcs1,
        super::SecretForm::Sec1,
    ] {
        assert_eq!(
            rust_crypto::parse_secret(form, &key).err(),
            Some(super::Refused)
        );
    }
}

#[test]
fn digests_and_randomness_come_from_both() {
    for hash in HASHES {
        let mut c = aws_lc::HashState::new(hash);
        let mut rust = rust_crypto::HashState::new(hash);
        for piece in [b"a".as_slice(), b"", &[7; 1000]] {
            c.update(piece);
            rust.update(piece);
        }
        assert_eq!(c.finish(), rust.finish());
    }
    let (mut one, mut two) = ([0; 32], [0; 32]);
    rust_crypto::fill_random(&mut one).unwrap();
    rust_crypto::fill_random(&mut two).unwrap();
    assert_ne!(one, two);
}
