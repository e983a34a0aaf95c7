//! Keys and signatures that random damage does not hit: the corners of each algorithm.

use super::{HASHES, KEYS, Pair, parse};
use crate::{HashAlgorithm, KeyAlgorithm};

/// The orders of the curves, big endian.
const ORDERS: [(KeyAlgorithm, &str); 3] = [
    (
        KeyAlgorithm::EcdsaP256,
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    ),
    (
        KeyAlgorithm::EcdsaP384,
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    (
        KeyAlgorithm::EcdsaP521,
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
];

/// A definite-length element; lengths below 256.
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    let mut out = vec![tag];
    if length >= 0x80 {
        out.push(0x81);
    }
    out.push(length);
    out.extend(value);
    out
}

/// DER of a non-negative big-endian number.
fn integer(value: &[u8]) -> Vec<u8> {
    let start = value.iter().position(|byte| *byte != 0);
    let mut digits = start.map_or(&[][..], |start| &value[start..]).to_vec();
    if digits.first().is_none_or(|byte| *byte >= 0x80) {
        digits.insert(0, 0);
    }
    tlv(2, &digits)
}

/// `r` and `s` of a DER signature without leading zeros.
fn split(signature: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let start = if signature[1] == 0x81 { 3 } else { 2 };
    let r_end = start + 2 + usize::from(signature[start + 1]);
    (
        signature[start + 2..r_end].to_vec(),
        signature[r_end + 2..].to_vec(),
    )
}

/// `a + b` or `a - b` of big-endian numbers, the smaller one padded; no result is negative here.
fn add(a: &[u8], b: &[u8], minus: bool) -> Vec<u8> {
    let length = a.len().max(b.len()) + 1;
    let pad = |number: &[u8]| [vec![0; length - number.len()], number.to_vec()].concat();
    let (a, b) = (pad(a), pad(b));
    let mut out = vec![0; length];
    let mut carry = 0_i32;
    for place in (0..length).rev() {
        let digit = i32::from(b[place]);
        let sum = i32::from(a[place]) + if minus { -digit } else { digit } + carry;
        out[place] = u8::try_from(sum.rem_euclid(256)).unwrap();
        carry = sum.div_euclid(256);
    }
    out
}

fn sequence(r: &[u8], s: &[u8]) -> Vec<u8> {
    tlv(0x30, &[r, s].concat())
}

#[test]
fn odd_ecdsa_signatures_have_one_verdict() {
    for (algorithm, order) in ORDERS {
        let order = hex::decode(order).unwrap();
        for key in KEYS.iter().filter(|key| key.algorithm() == algorithm) {
            let public = parse(algorithm, key.public_key_bits()).unwrap();
            let hash = algorithm.default_hash();
            let signature = key.sign(b"message").unwrap();
            let (r, s) = split(&signature);
            let verdict = |signature: &[u8]| public.verdict(hash, b"message", signature);
            assert!(verdict(&sequence(&integer(&r), &integer(&s))));
            // The other square root is a signature too, for both: the message is what is bound.
            assert!(verdict(&sequence(
                &integer(&r),
                &integer(&add(&order, &s, true))
            )));
            let refused = [
                sequence(&integer(&add(&r, &order, false)), &integer(&s)),
                sequence(&integer(&r), &integer(&add(&s, &order, false))),
                sequence(&integer(&order), &integer(&s)),
                sequence(&integer(&r), &integer(&order)),
                sequence(&integer(&[]), &integer(&s)),
                sequence(&integer(&r), &integer(&[])),
                sequence(&integer(&[]), &integer(&[])),
                sequence(&integer(&[1]), &integer(&[1])),
                sequence(&integer(&s), &integer(&r)),
                // Not DER: a leading zero too many, one too few, an empty number, long lengths, an end marker.
                sequence(&tlv(2, &[&[0, 0], &r[..]].concat()), &integer(&s)),
                sequence(&tlv(2, &[]), &integer(&s)),
                sequence(&integer(&r), &tlv(2, &[&[0xff], &s[..]].concat())),
                sequence(&tlv(0x82, &r), &integer(&s)),
                [&[0x31], &signature[1..]].concat(),
                [&signature[..], &[0, 0]].concat(),
                tlv(0x30, &[integer(&r), integer(&s), integer(&[1])].concat()),
                tlv(0x30, &integer(&r)),
                tlv(0x30, &[]),
                [&[0x30, 0x80][..], &integer(&r), &integer(&s), &[0, 0]].concat(),
                [
                    &[0x30, 0x82, 0, u8::try_from(r.len() + s.len() + 4).unwrap()][..],
                    &signature[2..],
                ]
                .concat(),
                [
                    vec![0; order.len() - r.len().min(order.len())],
                    r.clone(),
                    s.clone(),
                ]
                .concat(),
                Vec::new(),
                vec![0; 64],
                vec![0x30],
            ];
            for signature in refused {
                assert!(
                    !verdict(&signature),
                    "{algorithm} {}",
                    hex::encode(signature)
                );
            }
        }
    }
}

#[test]
fn odd_points_have_one_verdict() {
    for key in KEYS.iter().filter(|key| key.algorithm().is_ecdsa()) {
        let algorithm = key.algorithm();
        let good = key.public_key_bits();
        let half = (good.len() - 1) / 2;
        let (x, y) = good[1..].split_at(half);
        let zero = vec![0; half];
        let ones = vec![0xff; half];
        for (x, y) in [
            (&zero[..], &zero[..]),
            (&zero, y),
            (x, &zero),
            (x, x),
            (y, x),
            (&ones, &ones),
            (x, &ones),
        ] {
            let bits = [&[4], x, y].concat();
            assert!(parse(algorithm, &bits).is_none(), "{algorithm}");
        }
    }
}

/// The points of small order in every encoding (RFC 8032 §5.1.3 decodes the canonical ones only), from the survey
/// "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020).
const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

#[test]
fn odd_ed25519_keys_and_signatures_have_one_verdict() {
    let decode = |text: &str| hex::decode(text).unwrap();
    // L, the order of the base point, little endian.
    let order = decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let keys: Vec<Vec<u8>> = SMALL_ORDER.iter().map(|text| decode(text)).collect();
    for key in &keys {
        let Some(public) = parse(KeyAlgorithm::Ed25519, key) else {
            continue;
        };
        for r in &keys {
            for s in [vec![0; 32], order.clone()] {
                for message in [b"".as_slice(), b"a", b"b"] {
                    public.verdict(
                        HashAlgorithm::Sha2_512,
                        message,
                        &[r.clone(), s.clone()].concat(),
                    );
                }
            }
        }
    }
    for key in KEYS
        .iter()
        .filter(|key| key.algorithm() == KeyAlgorithm::Ed25519)
    {
        let public = parse(KeyAlgorithm::Ed25519, key.public_key_bits()).unwrap();
        let signature = key.sign(b"message").unwrap();
        let (r, s) = signature.split_at(32);
        let reversed = |number: &[u8]| number.iter().rev().copied().collect::<Vec<u8>>();
        // S + L: the same scalar in another encoding, refused since RFC 8032.
        let sum = add(&reversed(s), &reversed(&order), false);
        let malleable = [r, &reversed(&sum[1..])].concat();
        assert!(!public.verdict(HashAlgorithm::Sha2_512, b"message", &malleable));
        let swapped = [s, r].concat();
        assert!(!public.verdict(HashAlgorithm::Sha2_512, b"message", &swapped));
        for length in [0, 32, 63, 65] {
            let mut other = signature.clone();
            other.resize(length, 0);
            assert!(!public.verdict(HashAlgorithm::Sha2_512, b"message", &other));
        }
    }
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Pair> {
    let bits = tlv_long(
        0x30,
        &[tlv_long(2, modulus), tlv_long(2, exponent)].concat(),
    );
    let spki = crate::spki_form::encode(KeyAlgorithm::Rsa { bits: 0 }, &bits).unwrap();
    let form = crate::spki_form::parse(&spki).ok()?;
    parse(form.algorithm, form.bits)
}

/// As [`tlv`] for lengths up to 65,535.
fn tlv_long(tag: u8, value: &[u8]) -> Vec<u8> {
    if value.len() < 256 {
        return tlv(tag, value);
    }
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[tag, 0x82][..], &length, value].concat()
}

#[test]
fn odd_rsa_keys_have_one_verdict() {
    let long: Vec<Vec<u8>> = [64, 127, 128, 256, 257, 384, 512, 1024]
        .iter()
        .map(|length| [&[0, 0xd5][..], &vec![0x5b; length - 1]].concat())
        .collect();
    for modulus in &long {
        let mut even = modulus.clone();
        *even.last_mut().unwrap() = 0x5a;
        for exponent in [
            &[][..],
            &[0],
            &[1],
            &[2],
            &[3],
            &[4],
            &[0x11],
            &[1, 0, 1],
            &[1, 0, 0],
            &[1, 0, 0, 0, 1],
            &[1, 0xff, 0xff, 0xff, 0xff],
            &[2, 0, 0, 0, 1],
            &[1, 0, 0, 0, 0, 0, 0, 0, 1],
            &modulus[..],
        ] {
            for modulus in [modulus, &even] {
                let Some(public) = rsa(modulus, exponent) else {
                    continue;
                };
                let length = modulus.len() - 1;
                if length < 256 {
                    continue;
                }
                let mut one = vec![0; length];
                one[length - 1] = 1;
                for signature in [
                    vec![0; length],
                    one,
                    vec![0xff; length],
                    modulus[1..].to_vec(),
                    Vec::new(),
                ] {
                    for hash in HASHES {
                        assert!(!public.verdict(hash, b"message", &signature));
                    }
                }
            }
        }
    }
}

#[test]
fn rsa_signatures_verify_with_their_hash_only() {
    use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature as lc};
    let paddings: [(HashAlgorithm, &'static dyn lc::RsaEncoding); 3] = [
        (HashAlgorithm::Sha2_256, &lc::RSA_PKCS1_SHA256),
        (HashAlgorithm::Sha2_384, &lc::RSA_PKCS1_SHA384),
        (HashAlgorithm::Sha2_512, &lc::RSA_PKCS1_SHA512),
    ];
    for key in KEYS
        .iter()
        .filter(|key| matches!(key.algorithm(), KeyAlgorithm::Rsa { .. }))
    {
        let pair = KeyPair::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        let public = parse(key.algorithm(), key.public_key_bits()).unwrap();
        for (hash, padding) in paddings {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &SystemRandom::new(), b"message", &mut signature)
                .unwrap();
            for other in HASHES {
                assert_eq!(public.verdict(other, b"message", &signature), other == hash);
            }
        }
        let mut pss = vec![0; pair.public_modulus_len()];
        pair.sign(
            &lc::RSA_PSS_SHA256,
            &SystemRandom::new(),
            b"message",
            &mut pss,
        )
        .unwrap();
        assert!(!public.verdict(HashAlgorithm::Sha2_256, b"message", &pss));
    }
}
