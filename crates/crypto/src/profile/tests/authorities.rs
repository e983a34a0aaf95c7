//! Root, intermediate and timestamping certificates: exact extensions, and every refusal.

use jiff::SignedDuration;

use crate::{
    Certificate, KeyAlgorithm, ObjectIdentifier, PublicKey, SignError, Signer, SigningKey,
    WeakKeyError,
    hierarchy::{Hierarchy, request},
    oid,
    profile::{
        CaIdentity, CaRequest, IntermediateKind, Issuer, ProfileError, make_intermediate,
        make_root, make_tsa_leaf,
    },
};

fn extensions(certificate: &Certificate) -> Vec<(ObjectIdentifier, bool, String)> {
    certificate
        .extensions()
        .map(|(oid, critical, value)| (*oid, critical, hex::encode(value)))
        .collect()
}

#[test]
fn names_stand_organization_first_as_measured() {
    let Hierarchy { root, ca, .. } = Hierarchy::new();
    // SEQUENCE { SET { O = PrintableString example.com }, SET { CN = PrintableString example root } }
    let expected = [
        b"\x30\x2d\x31\x14\x30\x12\x06\x03\x55\x04\x0a\x13\x0bexample.com".as_slice(),
        b"\x31\x15\x30\x13\x06\x03\x55\x04\x03\x13\x0cexample root".as_slice(),
    ]
    .concat();
    assert_eq!(hex::encode(root.subject_der()), hex::encode(&expected));
    assert_eq!(ca.issuer_der(), expected);
    assert_eq!(
        (ca.subject_org(), ca.subject_cn()),
        (Some("example.com"), Some("example intermediate 2026-1"))
    );
}

#[test]
fn a_name_outside_printable_string_is_utf8() {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let mut wanted = request("Wurzel *", 1);
    wanted.identity.organization = "Müller & Söhne".into();
    let root = make_root(&key, &wanted).unwrap();
    assert_eq!(
        (root.subject_org(), root.subject_cn()),
        (Some("Müller & Söhne"), Some("Wurzel *"))
    );
    assert!(
        root.subject_der().windows(2).any(|w| w == [0x0c, 8]),
        "the star makes a UTF8String of 8 bytes"
    );
}

#[test]
fn root_has_exactly_its_extensions() {
    let Hierarchy { root, root_key, .. } = Hierarchy::new();
    let id = hex::encode(root.subject_key_id().unwrap());
    assert_eq!(
        extensions(&root),
        [
            (oid::KEY_USAGE, true, "03020106".into()),
            (oid::BASIC_CONSTRAINTS, true, "30060101ff020101".into()),
            (oid::SUBJECT_KEY_IDENTIFIER, false, format!("0414{id}")),
        ]
    );
    assert!(root.is_self_issued());
    assert_eq!(root.verify_issued_by(&root), Ok(()));
    assert_eq!(
        root.public_key().spki_der(),
        root_key.public_key().spki_der()
    );
    assert_eq!(root.serial(), [0x42; 20]);
    assert_eq!(root.not_before(), Hierarchy::start());
}

#[test]
fn intermediate_has_exactly_its_extensions() {
    let hierarchy = Hierarchy::new();
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    let root_id = hex::encode(hierarchy.root.subject_key_id().unwrap());
    for (kind, purpose) in [
        (IntermediateKind::CodeSigning, "03"),
        (IntermediateKind::TimeStamping, "08"),
    ] {
        let ca = make_intermediate(
            &hierarchy.root_issuer(),
            key.public_key(),
            &request("i", 30),
            kind,
        )
        .unwrap();
        let id = hex::encode(ca.subject_key_id().unwrap());
        assert_eq!(
            extensions(&ca),
            [
                (oid::KEY_USAGE, true, "03020106".into()),
                (
                    oid::EXTENDED_KEY_USAGE,
                    false,
                    format!("300a06082b060105050703{purpose}")
                ),
                (oid::BASIC_CONSTRAINTS, true, "30060101ff020100".into()),
                (oid::SUBJECT_KEY_IDENTIFIER, false, format!("0414{id}")),
                (
                    oid::AUTHORITY_KEY_IDENTIFIER,
                    false,
                    format!("30168014{root_id}")
                ),
            ]
        );
        assert_eq!(ca.verify_issued_by(&hierarchy.root), Ok(()));
    }
}

#[test]
fn timestamping_leaf_has_exactly_its_extensions() {
    let hierarchy = Hierarchy::new();
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let leaf = make_tsa_leaf(
        &hierarchy.root_issuer(),
        key.public_key(),
        &request("tsa", 365),
    )
    .unwrap();
    let id = hex::encode(leaf.subject_key_id().unwrap());
    let root_id = hex::encode(hierarchy.root.subject_key_id().unwrap());
    assert_eq!(
        extensions(&leaf),
        [
            (oid::KEY_USAGE, true, "03020780".into()),
            (oid::SUBJECT_KEY_IDENTIFIER, false, format!("0414{id}")),
            (
                oid::AUTHORITY_KEY_IDENTIFIER,
                false,
                format!("30168014{root_id}")
            ),
            (
                oid::EXTENDED_KEY_USAGE,
                true,
                "300a06082b06010505070308".into()
            ),
        ]
    );
    assert!(!leaf.is_ca());
}

#[test]
fn times_turn_to_generalized_time_in_2050() {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let mut wanted = request("far", 1);
    wanted.not_before = "2049-12-31T23:59:59.9Z".parse().unwrap();
    wanted.not_after = "2050-01-01T00:00:00Z".parse().unwrap();
    let root = make_root(&key, &wanted).unwrap();
    let validity = b"\x30\x20\x17\x0d491231235959Z\x18\x0f20500101000000Z";
    assert!(
        root.tbs_der()
            .windows(validity.len())
            .any(|w| w == validity)
    );
    assert_eq!(root.not_before().to_string(), "2049-12-31T23:59:59Z");
    assert_eq!(root.not_after(), wanted.not_after);
}

#[test]
fn refuses_bad_names_times_and_serials() {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    for (organization, common_name, wrong) in [
        ("", "x", "organization"),
        ("x", "", "common name"),
        ("x", "a\nb", "common name"),
        (&"x".repeat(65), "x", "organization"),
    ] {
        let mut wanted = request("x", 1);
        wanted.identity = CaIdentity {
            organization: organization.into(),
            common_name: common_name.into(),
        };
        match make_root(&key, &wanted) {
            Err(ProfileError::Identity { attribute }) => assert_eq!(attribute, wrong),
            other => panic!("{other:?}"),
        }
    }
    let mut wanted = request("x", 1);
    wanted.not_after = wanted.not_before;
    assert!(matches!(
        make_root(&key, &wanted),
        Err(ProfileError::Validity { .. })
    ));
    wanted.not_before = "1969-12-31T23:59:58Z".parse().unwrap();
    assert!(matches!(
        make_root(&key, &wanted),
        Err(ProfileError::Validity { .. })
    ));
    let mut wanted = request("x", 1);
    wanted.serial = [0; 20];
    assert!(matches!(
        make_root(&key, &wanted),
        Err(ProfileError::ZeroSerial)
    ));
    wanted.serial[0] = 0x80;
    assert!(
        matches!(make_root(&key, &wanted), Err(ProfileError::ZeroSerial)),
        "only the cleared bit was set"
    );
    wanted.serial[19] = 1;
    assert_eq!(make_root(&key, &wanted).unwrap().serial(), [1]);
}

#[test]
fn refuses_what_the_issuer_may_not_issue() {
    let hierarchy = Hierarchy::new();
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let kind = IntermediateKind::CodeSigning;
    let make = |issuer: &Issuer<'_>, key: &PublicKey, wanted: &CaRequest| {
        make_intermediate(issuer, key, wanted, kind)
    };

    let mut late = request("late", 1);
    late.not_after = hierarchy.root.not_after() + SignedDuration::from_secs(1);
    let mut early = request("early", 1);
    early.not_before = hierarchy.root.not_before() - SignedDuration::from_secs(1);
    for outside in [late, early] {
        let result = make(&hierarchy.root_issuer(), key.public_key(), &outside);
        assert!(
            matches!(result, Err(ProfileError::OutsideIssuer { .. })),
            "{result:?}"
        );
    }
    let foreign = Issuer {
        certificate: &hierarchy.root,
        signer: &hierarchy.ca_key,
    };
    let result = make(&foreign, key.public_key(), &request("x", 1));
    assert!(
        matches!(result, Err(ProfileError::SignerMismatch { .. })),
        "{result:?}"
    );
    let result = make(
        &hierarchy.root_issuer(),
        hierarchy.root_key.public_key(),
        &request("x", 1),
    );
    assert!(matches!(result, Err(ProfileError::SharedKey)), "{result:?}");
    let leaf = hierarchy.leaf();
    let not_ca = Issuer {
        certificate: &leaf,
        signer: &key,
    };
    let result = make(&not_ca, key.public_key(), &request("x", 1));
    assert!(
        matches!(result, Err(ProfileError::Issuer { ref issuer }) if issuer == "alice@example.com"),
        "{result:?}"
    );
}

/// Claims one key and signs with another, as a device that was swapped would.
struct Liar {
    claimed: PublicKey,
    used: SigningKey,
}

impl Signer for Liar {
    fn public_key(&self) -> &PublicKey {
        &self.claimed
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.used.sign(message)
    }
}

#[test]
fn a_signature_that_does_not_verify_never_leaves() {
    let honest = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let used = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let liar = Liar {
        claimed: honest.public_key().clone(),
        used,
    };
    let result = make_root(&liar, &request("x", 1));
    assert!(
        matches!(result, Err(ProfileError::Signature { .. })),
        "{result:?}"
    );
}

#[test]
fn a_weak_key_is_not_certified() {
    let hierarchy = Hierarchy::new();
    // Ed25519 point of order 4: the identity's neighbour (0 with sign bit clear).
    let spki = [
        hex::decode("302a300506032b6570032100").unwrap(),
        vec![0; 32],
    ]
    .concat();
    let key = PublicKey::from_spki_der(&spki).unwrap();
    let result = make_tsa_leaf(&hierarchy.root_issuer(), &key, &request("x", 1));
    assert!(
        matches!(
            result,
            Err(ProfileError::WeakKey {
                source: WeakKeyError::SmallOrder
            })
        ),
        "{result:?}"
    );
}
