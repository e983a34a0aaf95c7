#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use super::*;
use crate::{
    SigningKey,
    hierarchy::{Hierarchy, leaf_request},
};

const TIME: UnixMillis = UnixMillis(0x0000_01a2_05da_a9f5);

fn sct() -> Sct {
    Sct {
        log_id: [0x6b; 32],
        timestamp: TIME,
        extensions: vec![0, 0, 5, 0, 0, 0, 0, 9],
        hash_alg: 4,
        sig_alg: 3,
        signature: vec![0x30, 0x45],
    }
}

fn log_key() -> SigningKey {
    SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

#[test]
fn has_the_bytes_of_the_specification() {
    let expected = format!(
        "00{}000001a205daa9f5{}{}",
        "6b".repeat(32),
        "00080000050000000009",
        "040300023045"
    );
    let one = sct();
    assert_eq!(hex::encode(one.encode().unwrap()), expected);
    assert_eq!(Sct::decode(&one.encode().unwrap()).unwrap(), one);
    let length = expected.len() / 2;
    let list = format!("{:04x}{length:04x}{expected}", length + 2);
    assert_eq!(
        hex::encode(Sct::encode_list(std::slice::from_ref(&one)).unwrap()),
        list
    );
    let two = Sct::encode_list(&[one.clone(), one.clone()]).unwrap();
    assert_eq!(Sct::decode_list(&two).unwrap(), [one.clone(), one]);
}

#[test]
fn signs_the_bytes_of_the_specification() {
    let time = "000001a205daa9f5";
    let precert = sct_signed_data_precert(TIME, &[0xaa; 32], b"tbs", b"ex").unwrap();
    assert_eq!(
        hex::encode(&precert),
        format!("0000{time}0001{}00000374627300026578", "aa".repeat(32))
    );
    assert_eq!(
        merkle_tree_leaf_precert(TIME, &[0xaa; 32], b"tbs", b"ex").unwrap(),
        precert
    );
    let x509 = sct_signed_data_x509(TIME, b"cert", b"").unwrap();
    assert_eq!(
        hex::encode(&x509),
        format!("0000{time}0000000004636572740000")
    );
    assert_eq!(merkle_tree_leaf_x509(TIME, b"cert", b"").unwrap(), x509);
}

#[test]
fn refuses_malformed_bytes_by_name() {
    let good = sct().encode().unwrap();
    let decode = |bytes: &[u8]| Sct::decode(bytes).unwrap_err();
    // Each prefix is cut inside the field that begins before it.
    let fields = [
        (0, "version"),
        (1, "log id"),
        (33, "timestamp"),
        (41, "extensions"),
        (51, "algorithm"),
        (53, "signature"),
    ];
    for length in 0..good.len() {
        let (_, expected) = fields.iter().rfind(|(start, _)| *start <= length).unwrap();
        match decode(&good[..length]) {
            SctError::Truncated { field } => assert_eq!(field, *expected, "{length} bytes"),
            other => panic!("{length} bytes: {other:?}"),
        }
    }
    let trailing = [good.as_slice(), b"\0\0"].concat();
    assert!(matches!(
        decode(&trailing),
        SctError::TrailingBytes {
            what: "SCT",
            count: 2
        }
    ));
    let mut version = good.clone();
    version[0] = 1;
    assert!(matches!(decode(&version), SctError::Version { found: 1 }));

    let list = |bytes: &[u8]| Sct::decode_list(bytes).unwrap_err();
    assert!(matches!(
        list(b""),
        SctError::Truncated { field: "SCT list" }
    ));
    assert!(matches!(list(b"\0\0"), SctError::EmptyList));
    assert!(matches!(
        list(b"\0\x02\0\0"),
        SctError::Truncated { field: "version" }
    ));
    assert!(matches!(
        list(b"\0\x01\0"),
        SctError::Truncated { field: "SCT" }
    ));
    let whole = Sct::encode_list(&[sct()]).unwrap();
    let trailing = [whole.as_slice(), b"\0"].concat();
    assert!(matches!(
        list(&trailing),
        SctError::TrailingBytes {
            what: "SCT list",
            count: 1
        }
    ));
}

#[test]
fn refuses_what_does_not_fit_the_length_fields() {
    let mut long = sct();
    long.extensions = vec![0; 0x1_0000];
    assert!(matches!(
        long.encode(),
        Err(SctError::TooLong {
            field: "extensions",
            length: 0x1_0000
        })
    ));
    let mut long = sct();
    long.signature = vec![0; 0xff00];
    assert!(matches!(
        Sct::encode_list(&[long.clone(), long]),
        Err(SctError::TooLong {
            field: "SCT list",
            ..
        })
    ));
    assert!(matches!(Sct::encode_list(&[]), Err(SctError::EmptyList)));
    let big = vec![0; 0x100_0000];
    let too_long = sct_signed_data_precert(TIME, &[0; 32], &big, b"");
    assert!(matches!(
        too_long,
        Err(SctError::TooLong {
            field: "TBSCertificate",
            length: 0x100_0000
        })
    ));
    assert_eq!(
        sct_signed_data_x509(TIME, &big[1..], b"").unwrap()[12..15],
        [0xff; 3]
    );
}

#[test]
fn verifies_what_it_signs_and_nothing_else() {
    let key = log_key();
    let entry = SctEntry::X509(b"certificate");
    let good = Sct::sign(&key, TIME, entry, vec![1, 2]).unwrap();
    good.verify(entry, key.public_key()).unwrap();
    assert_eq!((good.hash_alg, good.sig_alg), (4, 3));

    let mismatch = |sct: Sct, entry| sct.verify(entry, key.public_key()).unwrap_err();
    let changed = [
        Sct {
            timestamp: UnixMillis(TIME.0 + 1),
            ..good.clone()
        },
        Sct {
            extensions: vec![],
            ..good.clone()
        },
        Sct {
            signature: vec![],
            ..good.clone()
        },
    ];
    for sct in changed {
        assert!(matches!(mismatch(sct, entry), SctError::Signature { .. }));
    }
    assert!(matches!(
        mismatch(good.clone(), SctEntry::X509(b"other")),
        SctError::Signature { .. }
    ));
    let as_precert = SctEntry::Precert {
        issuer_key_hash: &[0; 32],
        tbs: b"certificate",
    };
    assert!(matches!(
        mismatch(good.clone(), as_precert),
        SctError::Signature { .. }
    ));

    let other = log_key();
    match good.verify(entry, other.public_key()) {
        Err(SctError::LogId { expected, found }) => {
            assert_eq!(
                (expected, found),
                (other.public_key().key_id(), key.public_key().key_id())
            );
        }
        other => panic!("{other:?}"),
    }
    for (hash_alg, sig_alg) in [(5, 3), (4, 1), (0, 0), (2, 3)] {
        let sct = Sct {
            hash_alg,
            sig_alg,
            ..good.clone()
        };
        match mismatch(sct, entry) {
            SctError::Algorithm {
                hash_alg: h,
                sig_alg: s,
                key: KeyAlgorithm::EcdsaP256,
            } => {
                assert_eq!((h, s), (hash_alg, sig_alg));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn only_keys_that_sign_with_sha256_can_be_logs() {
    for kind in [KeyAlgorithm::EcdsaP384, KeyAlgorithm::Ed25519] {
        let key = SigningKey::generate(kind).unwrap();
        match Sct::sign(&key, TIME, SctEntry::X509(b"x"), vec![]) {
            Err(SctError::LogKey { key }) => assert_eq!(key, kind),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn embedded_scts_are_bound_to_leaf_and_issuer() {
    let hierarchy = Hierarchy::new();
    let leaf = hierarchy.leaf();
    let log_key = hierarchy.log_key.public_key();
    let scts = Sct::from_certificate(&leaf).unwrap();
    let [sct] = scts.as_slice() else {
        panic!("{scts:?}")
    };
    assert_eq!(sct.extensions, [0, 0, 5, 0, 0, 0, 1, 2], "kept verbatim");
    sct.verify_embedded(&leaf, &hierarchy.ca, log_key).unwrap();
    // Another authority of the same name, and another leaf of the same authority.
    let wrong_issuer = sct.verify_embedded(&leaf, &Hierarchy::new().ca, log_key);
    assert!(
        matches!(wrong_issuer, Err(SctError::Signature { .. })),
        "{wrong_issuer:?}"
    );
    let wrong_leaf = sct.verify_embedded(&hierarchy.leaf(), &hierarchy.ca, log_key);
    assert!(
        matches!(wrong_leaf, Err(SctError::Signature { .. })),
        "{wrong_leaf:?}"
    );
}

#[test]
fn a_certificate_without_the_list_has_none() {
    let hierarchy = Hierarchy::new();
    assert_eq!(Sct::from_certificate(&hierarchy.ca).unwrap(), []);
    let precert = hierarchy.precert(leaf_request(&log_key()));
    assert_eq!(Sct::from_certificate(precert.certificate()).unwrap(), []);
}
