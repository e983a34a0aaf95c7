//! From request to certificate: the measured bytes, and every refusal on the way.

use der::Encode as _;

use crate::{
    ChainPurpose, KeyAlgorithm, Sct, SctEntry, SctError, SigningKey,
    hierarchy::{Hierarchy, leaf_request},
    oid,
    profile::{IssueError, LeafSubject, ProfileError, Unlinted},
    sha256, verify_chain,
};

fn key() -> SigningKey {
    SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

/// The extensions of a leaf that a real CA issued for the same request, bar the key identifiers and the SCT.
///
/// Source: recorded from fulcio 1.8.8.
#[test]
fn leaf_has_the_measured_extensions_in_the_measured_order() {
    let hierarchy = Hierarchy::new();
    let leaf = hierarchy.leaf();
    let found: Vec<_> = leaf
        .extensions()
        .map(|(oid, critical, value)| (oid.to_string(), critical, hex::encode(value)))
        .collect();
    let ski = hex::encode(leaf.subject_key_id().unwrap());
    let aki = hex::encode(hierarchy.ca.subject_key_id().unwrap());
    let expected = [
        ("2.5.29.15", true, "03020780".to_owned()),
        ("2.5.29.37", false, "300a06082b06010505070303".to_owned()),
        ("2.5.29.14", false, format!("0414{ski}")),
        ("2.5.29.35", false, format!("30168014{aki}")),
        (
            "2.5.29.17",
            true,
            "30138111616c696365406578616d706c652e636f6d".to_owned(),
        ),
        (
            "1.3.6.1.4.1.57264.1.1",
            false,
            hex::encode("http://127.0.0.1:28888"),
        ),
        (
            "1.3.6.1.4.1.57264.1.8",
            false,
            format!("0c16{}", hex::encode("http://127.0.0.1:28888")),
        ),
        (
            "1.3.6.1.4.1.57264.1.24",
            false,
            format!("0c11{}", hex::encode("alice@example.com")),
        ),
    ];
    assert_eq!(found.len(), expected.len() + 1);
    for (found, (oid, critical, value)) in found.iter().zip(expected) {
        assert_eq!(*found, (oid.to_owned(), critical, value));
    }
    let (oid, critical, value) = found.last().unwrap();
    assert_eq!(
        (oid.as_str(), *critical),
        ("1.3.6.1.4.1.11129.2.4.2", false)
    );
    let list = Sct::encode_list(&Sct::from_certificate(&leaf).unwrap()).unwrap();
    let wrapped = der::asn1::OctetString::new(list)
        .and_then(|list| list.to_der())
        .unwrap();
    assert_eq!(*value, hex::encode(wrapped), "two OCTET STRINGs");

    assert_eq!(leaf.subject_der(), [0x30, 0x00]);
    assert_eq!(leaf.issuer_der(), hierarchy.ca.subject_der());
    assert_eq!(leaf.serial(), [0x65; 20]);
    assert_eq!(leaf.signature_algorithm().unwrap().name(), "ECDSA-SHA256");
    assert_eq!(leaf.fulcio_issuer(), Some("http://127.0.0.1:28888"));
}

#[test]
fn precertificate_and_certificate_agree_byte_for_byte() {
    let hierarchy = Hierarchy::new();
    let precert = hierarchy.precert(leaf_request(&key()));
    let logged = precert.certificate().clone();
    assert_eq!(
        logged.extension(&oid::CT_POISON),
        Some((true, b"\x05\x00".as_slice()))
    );
    assert_eq!(
        *precert.issuer_key_hash(),
        sha256(hierarchy.ca.public_key().spki_der())
    );
    let tbs = precert.tbs().to_vec();
    let sct = hierarchy.sct(&precert);
    let leaf = precert
        .issue(&[sct], hierarchy.log_key.public_key(), &hierarchy.ca_key)
        .unwrap();

    assert_eq!(leaf.precert_tbs(), tbs);
    assert_eq!(logged.precert_tbs(), tbs);
    assert_ne!(leaf.tbs_der(), tbs);
    assert!(leaf.extension(&oid::CT_POISON).is_none());
    let chain = [hierarchy.ca.clone()];
    let roots = [hierarchy.root.clone()];
    let at = Hierarchy::start();
    let path = verify_chain(&leaf, &chain, &roots, at, ChainPurpose::CodeSigning).unwrap();
    assert_eq!(path, [leaf, hierarchy.ca.clone(), hierarchy.root.clone()]);
    verify_chain(&logged, &chain, &roots, at, ChainPurpose::Precertificate).unwrap();
}

#[test]
fn every_kind_of_key_is_certified_and_certifies() {
    let subjects = [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
    ];
    for ca in [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::Ed25519,
    ] {
        let hierarchy = Hierarchy::with_keys(KeyAlgorithm::EcdsaP384, ca);
        for subject in subjects {
            let Ok(key) = SigningKey::generate(subject) else {
                continue;
            };
            let mut request = leaf_request(&key);
            request.subject = LeafSubject::Uri(
                "https://github.com/octo/wf/.github/w/b.yml@refs/heads/main".into(),
            );
            let precert = hierarchy.precert(request);
            let sct = hierarchy.sct(&precert);
            let leaf = precert
                .issue(&[sct], hierarchy.log_key.public_key(), &hierarchy.ca_key)
                .unwrap();
            assert_eq!(leaf.verify_issued_by(&hierarchy.ca), Ok(()));
            assert_eq!(leaf.public_key().algorithm(), subject);
        }
    }
}

#[test]
fn an_empty_token_subject_is_left_out() {
    let hierarchy = Hierarchy::new();
    let mut request = leaf_request(&key());
    request.token_subject = String::new();
    let precert = hierarchy.precert(request);
    assert_eq!(precert.certificate().fulcio_extension(24), None);
}

#[test]
fn refuses_any_number_of_scts_but_one() {
    let hierarchy = Hierarchy::new();
    for count in [0, 2] {
        let precert = hierarchy.precert(leaf_request(&key()));
        let scts = vec![hierarchy.sct(&precert); count];
        let result = precert.issue(&scts, hierarchy.log_key.public_key(), &hierarchy.ca_key);
        assert!(
            matches!(result, Err(IssueError::SctCount { found }) if found == count),
            "{result:?}"
        );
    }
}

#[test]
fn refuses_an_sct_that_does_not_hold() {
    let hierarchy = Hierarchy::new();
    let log_key = hierarchy.log_key.public_key();

    let precert = hierarchy.precert(leaf_request(&key()));
    let of_another_leaf = hierarchy.sct(&hierarchy.precert(leaf_request(&key())));
    let result = precert.issue(&[of_another_leaf], log_key, &hierarchy.ca_key);
    assert!(
        matches!(
            result,
            Err(IssueError::Sct {
                source: SctError::Signature { .. }
            })
        ),
        "{result:?}"
    );

    let precert = hierarchy.precert(leaf_request(&key()));
    let sct = hierarchy.sct(&precert);
    let result = precert.issue(&[sct], key().public_key(), &hierarchy.ca_key);
    assert!(
        matches!(
            result,
            Err(IssueError::Sct {
                source: SctError::LogId { .. }
            })
        ),
        "{result:?}"
    );

    // Same authority name, other key: the issuer key hash tells them apart.
    let precert = hierarchy.precert(leaf_request(&key()));
    let entry = SctEntry::Precert {
        issuer_key_hash: &[7; 32],
        tbs: precert.tbs(),
    };
    let sct = Sct::sign(
        &hierarchy.log_key,
        sigbox_tlog::UnixMillis(1),
        entry,
        Vec::new(),
    )
    .unwrap();
    let result = precert.issue(&[sct], log_key, &hierarchy.ca_key);
    assert!(
        matches!(
            result,
            Err(IssueError::Sct {
                source: SctError::Signature { .. }
            })
        ),
        "{result:?}"
    );
}

#[test]
fn refuses_a_signer_other_than_the_issuers() {
    let hierarchy = Hierarchy::new();
    let linted = Unlinted::build(&hierarchy.ca, leaf_request(&key()), [1; 20])
        .unwrap()
        .lint()
        .unwrap();
    let result = linted.sign_precert(&hierarchy.root_key);
    assert!(
        matches!(result, Err(ProfileError::SignerMismatch { .. })),
        "{result:?}"
    );

    let precert = hierarchy.precert(leaf_request(&key()));
    let sct = hierarchy.sct(&precert);
    let result = precert.issue(&[sct], hierarchy.log_key.public_key(), &key());
    assert!(
        matches!(
            result,
            Err(IssueError::Profile {
                source: ProfileError::SignerMismatch { .. }
            })
        ),
        "a key rotated in between must not sign the certificate: {result:?}"
    );
}
