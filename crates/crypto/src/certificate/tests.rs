#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod damage;

use der::{Encode as _, Tag, TagNumber};

use super::{tlv::wrap, *};
use crate::hierarchy::Hierarchy;

const EXTENSIONS: Tag = Tag::ContextSpecific {
    constructed: true,
    number: TagNumber(3),
};

/// Takes the fields of the signed part, lets `edit` change them, and puts them back under the old signature.
fn edited(certificate: &Certificate, edit: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    let outer = tlv::children(tlv::single(certificate.der()).unwrap().value).unwrap();
    let mut fields: Vec<Vec<u8>> = tlv::children(outer[0].value)
        .unwrap()
        .iter()
        .map(|field| field.raw.to_vec())
        .collect();
    edit(&mut fields);
    let tbs = wrap(Tag::Sequence, &fields.concat()).unwrap();
    wrap(
        Tag::Sequence,
        &[tbs.as_slice(), outer[1].raw, outer[2].raw].concat(),
    )
    .unwrap()
}

/// The certificate with other extensions, each given as its whole DER.
fn with_extensions(certificate: &Certificate, extensions: &[Vec<u8>]) -> Vec<u8> {
    edited(certificate, |fields| {
        let list = wrap(Tag::Sequence, &extensions.concat()).unwrap();
        *fields.last_mut().unwrap() = wrap(EXTENSIONS, &list).unwrap();
    })
}

fn extension(oid: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    let value = der::asn1::OctetString::new(value).unwrap();
    x509_cert::ext::Extension {
        extn_id: oid,
        critical: false,
        extn_value: value,
    }
    .to_der()
    .unwrap()
}

fn error(der: &[u8]) -> CertificateError {
    Certificate::from_der(der).map(drop).unwrap_err()
}

#[test]
fn keeps_exact_bytes_and_reads_the_parts() {
    let hierarchy = Hierarchy::new();
    let leaf = hierarchy.leaf();
    let again = Certificate::from_pem(&leaf.to_pem()).unwrap();
    assert_eq!(again, leaf);
    assert_eq!(again.der(), leaf.der());
    assert_eq!(
        leaf.subject_alt_names(),
        [SubjectAltName::Email("alice@example.com".into())]
    );
    assert_eq!(leaf.fulcio_extension(1), leaf.fulcio_extension(8));
    assert_eq!(leaf.fulcio_extension(24), Some("alice@example.com"));
    assert_eq!(leaf.fulcio_extension(9), None);
    assert!(
        leaf.has_eku(&oid::CODE_SIGNING)
            && !leaf.eku_critical()
            && leaf.key_usage_digital_signature()
    );
    assert!(!leaf.is_ca() && !leaf.key_usage_cert_sign() && !leaf.is_self_issued());
    assert_eq!(leaf.authority_key_id(), hierarchy.ca.subject_key_id());
    assert_eq!(hierarchy.ca.path_len_constraint(), Some(0));
    assert_eq!(leaf.display_name(), "alice@example.com");
    assert_eq!(
        hierarchy.ca.display_name(),
        "CN=example intermediate 2026-1,O=example.com"
    );
    assert_eq!(leaf.issuer_display_name(), hierarchy.ca.display_name());
    assert_eq!(leaf.fingerprint(), sha256(leaf.der()));
}

#[test]
fn reads_chains_of_pem() {
    let hierarchy = Hierarchy::new();
    let text = format!(
        "subject=x\n{}\n\n{}",
        hierarchy.ca.to_pem(),
        hierarchy.root.to_pem()
    );
    assert_eq!(
        Certificate::chain_from_pem(&text).unwrap(),
        [hierarchy.ca.clone(), hierarchy.root]
    );
    assert!(matches!(
        Certificate::from_pem(&text),
        Err(CertificateError::Pem {
            source: PemError::BlockCount { found: 2 }
        })
    ));
    assert!(matches!(
        Certificate::chain_from_pem(""),
        Err(CertificateError::Pem {
            source: PemError::NoBlock
        })
    ));
    let key = pem::encode("PRIVATE KEY", hierarchy.ca.der());
    match Certificate::from_pem(&key) {
        Err(CertificateError::Pem {
            source: PemError::Label { expected, found },
        }) => {
            assert_eq!((expected, found.as_str()), ("CERTIFICATE", "PRIVATE KEY"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn adv_l21_refuses_what_is_not_exactly_one_der_certificate() {
    let der = Hierarchy::new().leaf().der().to_vec();
    let trailing = [der.as_slice(), b"\0"].concat();
    let body = &der[4..];
    // The same content under a length of three octets, and under the indefinite one.
    let long_length = [&[0x30, 0x83, 0x00], &der[2..4], body].concat();
    let indefinite = [b"\x30\x80", body, b"\0\0"].concat();
    for bytes in [
        &[][..],
        b"\x30\x00",
        &trailing,
        &der[..der.len() - 1],
        &long_length,
        &indefinite,
    ] {
        assert!(
            matches!(error(bytes), CertificateError::Malformed { .. }),
            "{:02x?}",
            &bytes[..bytes.len().min(8)]
        );
    }
    match error(&vec![0x30; 64 * 1024 + 1]) {
        CertificateError::TooLarge { size, limit } => assert_eq!((size, limit), (65_537, 65_536)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn refuses_other_versions_serials_and_algorithms() {
    let leaf = Hierarchy::new().leaf();
    let v1 = edited(&leaf, |fields| drop(fields.remove(0)));
    assert!(matches!(error(&v1), CertificateError::Version { found: 1 }));
    let v2 = edited(&leaf, |fields| fields[0] = b"\xa0\x03\x02\x01\x01".to_vec());
    assert!(matches!(error(&v2), CertificateError::Version { found: 2 }));
    let negative = edited(&leaf, |fields| fields[1] = b"\x02\x01\x80".to_vec());
    assert!(matches!(
        error(&negative),
        CertificateError::SerialNumber { length: 1 }
    ));
    let long = edited(&leaf, |fields| {
        fields[1] = [b"\x02\x16".as_slice(), &[1; 22]].concat();
    });
    assert!(matches!(error(&long), CertificateError::Malformed { .. }));
    let other = SignatureAlgorithm::EcdsaSha384
        .identifier()
        .to_der()
        .unwrap();
    match error(&edited(&leaf, |fields| fields[2] = other)) {
        CertificateError::AlgorithmMismatch { signed, outer } => {
            assert_eq!(
                (signed, outer),
                (oid::ECDSA_WITH_SHA384, oid::ECDSA_WITH_SHA256)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn refuses_repeated_and_damaged_extensions() {
    let leaf = Hierarchy::new().leaf();
    let unknown = ObjectIdentifier::new_unwrap("1.2.3.4");
    let twice = [
        extension(unknown, b"a"),
        extension(oid::CT_POISON, b"\x05\x00"),
        extension(unknown, b"b"),
    ];
    match error(&with_extensions(&leaf, &twice)) {
        CertificateError::DuplicateExtension { oid } => assert_eq!(oid, unknown),
        other => panic!("{other:?}"),
    }
    let issuer_v2 = oid::FULCIO_ISSUER_V2;
    let malformed: [(ObjectIdentifier, &[u8]); 9] = [
        (oid::KEY_USAGE, b"\x04\x02\x07\x80"),
        (oid::EXTENDED_KEY_USAGE, b"\x30\x01\x06"),
        (oid::BASIC_CONSTRAINTS, b"\x30\x03\x01\x01\x01"),
        (oid::SUBJECT_KEY_IDENTIFIER, b"\x04\x02\x01"),
        (oid::AUTHORITY_KEY_IDENTIFIER, b"\x30\x80\x00\x00"),
        (oid::SUBJECT_ALT_NAME, b"\x31\x00"),
        (issuer_v2, b"https://issuer"),
        (issuer_v2, b"\x13\x01x"),
        (issuer_v2, b"\x0c\x01x\x00"),
    ];
    for (wanted, value) in malformed {
        match error(&with_extensions(&leaf, &[extension(wanted, value)])) {
            CertificateError::MalformedExtension { oid, .. } => assert_eq!(oid, wanted),
            other => panic!("{wanted}: {other:?}"),
        }
    }
    let broken: [(ObjectIdentifier, &[u8], ExtensionRule); 4] = [
        (oid::EXTENDED_KEY_USAGE, b"\x30\x00", ExtensionRule::Empty),
        (
            oid::BASIC_CONSTRAINTS,
            b"\x30\x03\x02\x01\x01",
            ExtensionRule::PathLengthWithoutCa,
        ),
        (oid::FULCIO_ISSUER, b"\xff", ExtensionRule::NotUtf8),
        (oid::CT_POISON, b"\x04\x00", ExtensionRule::NotNull),
    ];
    for (wanted, value, expected) in broken {
        match error(&with_extensions(&leaf, &[extension(wanted, value)])) {
            CertificateError::ExtensionValue { oid, rule } => {
                assert_eq!((oid, rule), (wanted, expected));
            }
            other => panic!("{wanted}: {other:?}"),
        }
    }
}

#[test]
fn numbers_that_fulcio_does_not_use_yet_are_not_judged() {
    let leaf = Hierarchy::new().leaf();
    let [seven, later] = ["1.3.6.1.4.1.57264.1.7", "1.3.6.1.4.1.57264.1.25"];
    let extensions =
        [seven, later].map(|oid| extension(ObjectIdentifier::new_unwrap(oid), b"\x05\x00"));
    let certificate = Certificate::from_der(&with_extensions(&leaf, &extensions)).unwrap();
    assert_eq!(
        (
            certificate.fulcio_extension(7),
            certificate.fulcio_extension(25)
        ),
        (None, None)
    );
}

#[test]
fn names_are_shown_harmlessly() {
    let leaf = Hierarchy::new().leaf();
    let shown = |tag_and_text: &[u8]| {
        let attribute = [b"\x06\x03\x55\x04\x03", tag_and_text].concat();
        let [set, sequence] = [Tag::Set, Tag::Sequence];
        let name = wrap(
            sequence,
            &wrap(set, &wrap(sequence, &attribute).unwrap()).unwrap(),
        )
        .unwrap();
        let certificate = Certificate::from_der(&edited(&leaf, |fields| fields[5] = name)).unwrap();
        (
            certificate.subject_cn().map(str::to_owned),
            certificate.display_name(),
        )
    };
    assert_eq!(shown(b"\x0c\x03abc"), (Some("abc".into()), "CN=abc".into()));
    assert_eq!(
        shown(b"\x0c\x03a\nb").1.chars().find(|c| c.is_control()),
        None
    );
    let (bmp, _) = shown(b"\x1e\x04\0a\0b");
    assert_eq!(bmp, None, "a BMPString is not UTF-8");
}

#[test]
fn the_newer_issuer_extension_overrides_the_older() {
    let leaf = Hierarchy::new().leaf();
    let (one, eight) = (
        extension(oid::FULCIO_ISSUER, b"old"),
        extension(oid::FULCIO_ISSUER_V2, b"\x0c\x03new"),
    );
    let issuer = |extensions: &[Vec<u8>]| {
        let certificate = Certificate::from_der(&with_extensions(&leaf, extensions)).unwrap();
        certificate.fulcio_issuer().map(str::to_owned)
    };
    assert_eq!(
        issuer(&[one.clone(), eight.clone()]).as_deref(),
        Some("new")
    );
    assert_eq!(issuer(&[one]).as_deref(), Some("old"));
    assert_eq!(
        issuer(&[extension(oid::FULCIO_TOKEN_SUBJECT, b"\x0c\x01x")]),
        None
    );
}

#[test]
fn cutting_keeps_every_other_byte() {
    let leaf = Hierarchy::new().leaf();
    let unknown = ObjectIdentifier::new_unwrap("1.2.3.4");
    // An explicit `critical FALSE`, which an encoder would drop, and a value of non-DER bytes.
    let odd = b"\x30\x0b\x06\x03\x2a\x03\x05\x01\x01\x00\x04\x01\xff".to_vec();
    let rest = [odd.clone(), extension(unknown, b"\x80\x80")];
    let poison = extension(oid::CT_POISON, b"\x05\x00");
    let scts = extension(oid::CT_SCT_LIST, b"\x04\x00");
    let cut = |extensions: &[Vec<u8>]| {
        Certificate::from_der(&with_extensions(&leaf, extensions))
            .unwrap()
            .precert_tbs()
    };
    let plain = Certificate::from_der(&with_extensions(&leaf, &rest)).unwrap();
    assert_eq!(plain.precert_tbs(), plain.tbs_der(), "nothing to cut");
    let [first, second] = rest;
    for mixed in [
        vec![poison.clone(), first.clone(), second.clone()],
        vec![first.clone(), scts.clone(), second.clone()],
        vec![first.clone(), second.clone(), poison.clone()],
        vec![scts.clone(), first, second, poison.clone()],
    ] {
        assert_eq!(cut(&mixed), plain.tbs_der());
    }
    let bare = cut(&[poison]);
    assert!(
        !bare.windows(2).any(|w| w == [0xa3, 0x02]),
        "an empty list of extensions is left out"
    );
    assert_eq!(
        tlv::children(tlv::single(&bare).unwrap().value)
            .unwrap()
            .len(),
        7
    );
}

#[test]
fn a_signature_needs_the_right_key_and_kind() {
    let hierarchy = Hierarchy::new();
    assert_eq!(hierarchy.ca.verify_issued_by(&hierarchy.root), Ok(()));
    let wrong = hierarchy.ca.verify_issued_by(&hierarchy.ca);
    assert!(
        matches!(wrong, Err(SignatureError::Mismatch { .. })),
        "{wrong:?}"
    );
    let ed25519 =
        Hierarchy::with_keys(crate::KeyAlgorithm::Ed25519, crate::KeyAlgorithm::EcdsaP256);
    let wrong = hierarchy.ca.verify_issued_by(&ed25519.root);
    assert!(
        matches!(wrong, Err(SignatureError::AlgorithmKeyMismatch { .. })),
        "{wrong:?}"
    );
    // Changing one byte of what is signed.
    let changed = edited(&hierarchy.ca, |fields| fields[1] = b"\x02\x01\x01".to_vec());
    let changed = Certificate::from_der(&changed).unwrap();
    assert!(matches!(
        changed.verify_issued_by(&hierarchy.root),
        Err(SignatureError::Mismatch { .. })
    ));
}
