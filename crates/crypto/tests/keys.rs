//! Public and private keys against bytes made by OpenSSL and the RFCs, and everything that must be refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sigbox_crypto::{
    HashAlgorithm::{Sha2_256, Sha2_384, Sha2_512},
    KeyAlgorithm, PublicKey, PublicKeyError, SignatureError, SigningKey, WeakKeyError, digest,
    pem::{self, PemError},
};

const P256: &str = include_str!("vectors/keys/p256.pem");
const RSA_2048: &str = include_str!("vectors/keys/rsa2048.pem");

/// Signatures of `hello` by the keys above, made with `openssl dgst -sign`.
const P256_SHA256: &str = "304402207079b9e8fae894c82ad66fd5745a5fe49a900ec87e748dd00e7542636133ca7002203a15cab791299f1fea8cb505915ae0a248f4232d7437b2216ce16c813defa7cf";
const P256_SHA384: &str = "3044022032d3be0255550197e601e539e620f823f12fd22679ddb9d583c458e9dba35e8c02206e63766aecf4cc386d3ae60236d7f29f2a7334a4d4166ccbfd015edd5d62005e";
const RSA_SHA256: &str = "23b23a8c73464aaf04d2a4ca2b3ea709de3027ed8e08403f0d0f5f1e4e64c23d7dc9f0360f885b1990f616d96490638c2bd97368d8c0a81905ebf61b7715c0678e254a3d75203c3266ea086d9d5522665756c1c4ae31ac18e06704c018d4ce81640c73db1b1a3fbd65f40ed374b03f1b112668cf092470909d28624e4321c068ba34eac3e790f91c777049a0a7fdc626516c332bff5fcd231d3875e701cc0d5a912044c2d9daf8fb672a4174761de87924e6bb07712204bf2ccaa916c62c7dcc5582e883ade3d5557c47085fa24cddafa57a7c9811332b96931bc428a9b99dc49d5eeeb6ff34455e4ae4707e57f0bd937c5fba6d07a1de0b15d1a04ab78e56ca";
const RSA_SHA512: &str = "c2fcdb6634dd08f670ffd639ab6a48472fdde2837a16094a5de043abaaeeafd354c288c74e1be67bdae6dea44bcb4b3d80dccbec2a2ac1a01e69a1a6dd211981009478758d20aad8698e6b7587722504a0e45b63f7222d99de407b41039f1351c4c2bdae46ee08431875b7428870ae3056f6f3e49f96da8241696e352f38c3b1c70e6badadbe7b4700d4d886c74f67aa16f48515d37eed60fc728c677d6ccade2bb83eeb7dd542ffbe39863030af340a5f2e662b0f596a049cd2bf29bca93e76dad81baae997787275b54729e844d1649a1dc82d71435da728bb5b047ead1ce89d3e1599ba79b310c113563ef00f2e30f73836bd3344d8f45a2fc8be041c79d1";

const ED25519_PREFIX: &str = "302a300506032b6570032100";

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

#[test]
fn reads_keys_and_signatures_of_openssl() {
    let p256 = PublicKey::from_pem(P256).unwrap();
    assert_eq!(p256.algorithm(), KeyAlgorithm::EcdsaP256);
    assert_eq!(p256.check_strength(), Ok(()));
    assert_eq!(p256.verify(Sha2_256, b"hello", &unhex(P256_SHA256)), Ok(()));
    assert_eq!(p256.verify(Sha2_384, b"hello", &unhex(P256_SHA384)), Ok(()));
    assert_eq!(
        p256.verify_digest(Sha2_256, &digest(Sha2_256, b"hello"), &unhex(P256_SHA256)),
        Ok(())
    );
    assert_eq!(
        p256.verify_digest(Sha2_384, &digest(Sha2_384, b"hello"), &unhex(P256_SHA384)),
        Ok(())
    );

    let rsa = PublicKey::from_pem(RSA_2048).unwrap();
    assert_eq!(rsa.algorithm(), KeyAlgorithm::Rsa { bits: 2048 });
    assert_eq!(rsa.check_strength(), Ok(()));
    assert_eq!(rsa.verify(Sha2_256, b"hello", &unhex(RSA_SHA256)), Ok(()));
    assert_eq!(rsa.verify(Sha2_512, b"hello", &unhex(RSA_SHA512)), Ok(()));
    assert_eq!(
        rsa.verify_digest(Sha2_256, &digest(Sha2_256, b"hello"), &unhex(RSA_SHA256)),
        Ok(())
    );
    assert_eq!(
        rsa.verify_digest(Sha2_512, &digest(Sha2_512, b"hello"), &unhex(RSA_SHA512)),
        Ok(())
    );
}

#[test]
fn a_pkcs1_block_is_the_same_key() {
    let key = PublicKey::from_pem(include_str!("vectors/keys/rsa2048_pkcs1.pem")).unwrap();
    assert_eq!(key, PublicKey::from_pem(RSA_2048).unwrap());
}

#[test]
fn pem_may_be_wrapped_anyhow_and_is_written_like_openssl_does() {
    let key = PublicKey::from_pem(P256).unwrap();
    assert_eq!(key.to_pem(), P256);
    let body: String = P256.lines().filter(|line| !line.starts_with('-')).collect();
    for text in [
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----"),
        format!("-----BEGIN PUBLIC KEY-----{body}-----END PUBLIC KEY-----"),
        format!(
            "\r\n-----BEGIN PUBLIC KEY-----\r\n{}\r\n{}\r\n-----END PUBLIC KEY-----\r\n",
            &body[..76],
            &body[76..]
        ),
    ] {
        assert_eq!(PublicKey::from_pem(&text).unwrap(), key, "{text}");
    }
    assert_eq!(
        PublicKey::all_from_pem(&format!("{P256}{RSA_2048}"))
            .unwrap()
            .len(),
        2
    );
    assert!(matches!(
        PublicKey::from_pem(&format!("{P256}{RSA_2048}")),
        Err(PublicKeyError::Pem(PemError::BlockCount { found: 2 }))
    ));
    assert!(matches!(
        PublicKey::from_pem(&pem::encode("CERTIFICATE", key.spki_der())),
        Err(PublicKeyError::Pem(PemError::Label {
            expected: "PUBLIC KEY",
            ..
        }))
    ));
}

#[test]
fn refuses_keys_of_other_kinds_by_name() {
    let oid = |error: PublicKeyError| match error {
        PublicKeyError::UnsupportedAlgorithm { oid } => format!("algorithm {oid}"),
        PublicKeyError::UnsupportedCurve { oid } => format!("curve {oid}"),
        other => format!("{other:?}"),
    };
    let table = [
        (include_str!("vectors/keys/p224.pem"), "curve 1.3.132.0.33"),
        (
            include_str!("vectors/keys/secp256k1.pem"),
            "curve 1.3.132.0.10",
        ),
        (
            include_str!("vectors/keys/x25519.pem"),
            "algorithm 1.3.101.110",
        ),
        (
            include_str!("vectors/keys/p256_compressed.pem"),
            "PointEncoding { algorithm: EcdsaP256 }",
        ),
        (
            include_str!("vectors/keys/p256_explicit.pem"),
            "AlgorithmParameters",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(oid(PublicKey::from_pem(text).unwrap_err()), expected);
    }
}

#[test]
fn refuses_points_that_are_none() {
    let good = PublicKey::from_pem(P256).unwrap().spki_der().to_vec();
    let header = good.len() - 65;
    let mut off_curve = good.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    assert!(matches!(
        PublicKey::from_spki_der(&off_curve),
        Err(PublicKeyError::PointNotOnCurve {
            algorithm: KeyAlgorithm::EcdsaP256
        })
    ));
    let mut zero = good.clone();
    zero[header + 1..].fill(0);
    assert!(matches!(
        PublicKey::from_spki_der(&zero),
        Err(PublicKeyError::PointNotOnCurve { .. })
    ));
    let mut beyond_field = good;
    beyond_field[header + 1..].fill(0xff);
    assert!(matches!(
        PublicKey::from_spki_der(&beyond_field),
        Err(PublicKeyError::PointNotOnCurve { .. })
    ));
    // The point at infinity is the single byte 00.
    let infinity = unhex("3019301306072a8648ce3d020106082a8648ce3d03010703020000");
    assert!(matches!(
        PublicKey::from_spki_der(&infinity),
        Err(PublicKeyError::PointEncoding {
            algorithm: KeyAlgorithm::EcdsaP256
        })
    ));
    // y = 2 is on no point of Ed25519.
    let no_point = unhex(&format!("{ED25519_PREFIX}02{}", "00".repeat(31)));
    assert!(matches!(
        PublicKey::from_spki_der(&no_point),
        Err(PublicKeyError::PointNotOnCurve {
            algorithm: KeyAlgorithm::Ed25519
        })
    ));
}

#[test]
fn refuses_bytes_that_are_not_one_spki() {
    let good = PublicKey::from_pem(P256).unwrap().spki_der().to_vec();
    let malformed = |der: &[u8]| {
        matches!(
            PublicKey::from_spki_der(der),
            Err(PublicKeyError::Malformed { .. })
        )
    };
    assert!(malformed(&[]));
    assert!(
        malformed(&[good.clone(), vec![0]].concat()),
        "trailing byte"
    );
    assert!(malformed(&good[..good.len() - 1]), "short");
    // The same length in the long form is BER, not DER.
    assert!(
        malformed(&[&[0x30, 0x81, 0x59], &good[2..]].concat()),
        "long form"
    );
    let mut unused_bits = good;
    let at = unused_bits.len() - 66;
    unused_bits[at] = 1;
    assert!(matches!(
        PublicKey::from_spki_der(&unused_bits),
        Err(PublicKeyError::UnusedBits)
    ));
}

#[test]
fn judges_weak_keys_by_rule() {
    let small_order = unhex(&format!("{ED25519_PREFIX}01{}", "00".repeat(31)));
    let table = [
        (
            PublicKey::from_pem(include_str!("vectors/keys/rsa1024.pem")),
            WeakKeyError::RsaSize { bits: 1024 },
        ),
        (
            PublicKey::from_pem(include_str!("vectors/keys/rsa2560.pem")),
            WeakKeyError::RsaSize { bits: 2560 },
        ),
        (
            PublicKey::from_pem(include_str!("vectors/keys/rsa2048_e3.pem")),
            WeakKeyError::RsaExponent { exponent: Some(3) },
        ),
        (
            PublicKey::from_spki_der(&small_order),
            WeakKeyError::SmallOrder,
        ),
    ];
    for (key, expected) in table {
        assert_eq!(key.unwrap().check_strength(), Err(expected));
    }
    let rsa1024 = PublicKey::from_pem(include_str!("vectors/keys/rsa1024.pem")).unwrap();
    assert_eq!(
        rsa1024.verify(Sha2_256, b"", &[0; 128]),
        Err(SignatureError::RsaKeyTooSmall { bits: 1024 })
    );
}

#[test]
fn refuses_signatures_in_any_other_form() {
    let key = PublicKey::from_pem(P256).unwrap();
    let good = unhex(P256_SHA256);
    let mut long_form = vec![0x30, 0x81];
    long_form.extend_from_slice(&good[1..]);
    let mut padded_r = vec![0x30, good[1] + 1, 0x02, good[3] + 1, 0x00];
    padded_r.extend_from_slice(&good[4..]);
    let fixed: Vec<u8> = [&good[4..36], &good[good.len() - 32..]].concat();
    let table: [(&str, Vec<u8>); 8] = [
        ("empty", vec![]),
        ("trailing byte", [good.clone(), vec![0]].concat()),
        ("long-form length", long_form),
        ("r with a needless zero", padded_r),
        ("r || s", fixed),
        ("r = s = 0", unhex("3006020100020100")),
        ("r = 0, s = 1", unhex("3006020100020101")),
        ("one bit of s", {
            let mut flipped = good.clone();
            *flipped.last_mut().unwrap() ^= 1;
            flipped
        }),
    ];
    let mismatch = Err(SignatureError::Mismatch {
        algorithm: KeyAlgorithm::EcdsaP256,
    });
    for (name, signature) in table {
        assert_eq!(
            key.verify(Sha2_256, b"hello", &signature),
            mismatch,
            "{name}"
        );
        assert_eq!(
            key.verify_digest(Sha2_256, &digest(Sha2_256, b"hello"), &signature),
            mismatch,
            "{name}"
        );
    }
    assert_eq!(key.verify(Sha2_256, b"hello!", &good), mismatch);
    assert_eq!(key.verify(Sha2_384, b"hello", &good), mismatch);
    assert_eq!(
        key.verify_digest(Sha2_256, b"short", &good),
        Err(SignatureError::DigestLength {
            expected: 32,
            found: 5
        })
    );
}

#[test]
fn answers_the_ed25519_vectors_of_rfc_8032() {
    let key_of = |seed: &str| {
        SigningKey::from_pkcs8_der(&unhex(&format!("302e020100300506032b657004220420{seed}")))
    };
    // §7.1, test 1
    let pure = key_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
    let signature = unhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    assert_eq!(
        pure.public_key().spki_der(),
        unhex(&format!(
            "{ED25519_PREFIX}d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        ))
    );
    assert_eq!(pure.sign(b"").unwrap(), signature);
    assert_eq!(pure.public_key().verify(Sha2_512, b"", &signature), Ok(()));
    // §7.3, Ed25519ph of "abc"
    let prehashed =
        key_of("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42").unwrap();
    let signature = unhex(
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
    );
    let sha512: [u8; 64] = digest(Sha2_512, b"abc").try_into().unwrap();
    let key = prehashed.public_key();
    assert_eq!(prehashed.sign_digest(&sha512).unwrap(), signature);
    assert_eq!(key.verify_digest(Sha2_512, &sha512, &signature), Ok(()));
    assert_eq!(key.verify_ed25519ph(&sha512, &signature), Ok(()));
    // The two kinds of signature must not stand for each other.
    let mismatch = Err(SignatureError::Mismatch {
        algorithm: KeyAlgorithm::Ed25519,
    });
    assert_eq!(key.verify(Sha2_512, b"abc", &signature), mismatch);
    assert_eq!(
        key.verify_digest(Sha2_512, &sha512, &prehashed.sign(b"abc").unwrap()),
        mismatch
    );
    assert_eq!(
        key.verify_digest(Sha2_256, &digest(Sha2_256, b"abc"), &signature),
        Err(SignatureError::Ed25519phHash { hash: Sha2_256 })
    );
}
