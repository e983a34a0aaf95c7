#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use der::{Decode, Tagged};

use super::super::test_authority::{Authority, Leaf, SERIAL, STAMPED, noon, query};
use super::super::{DEFAULT_POLICY, Nonce, TimeStampResponse, TspError};
use super::*;
use crate::{HashAlgorithm, KeyAlgorithm};

/// The signed data of a response, and its one signer.
fn taken_apart(response: &[u8]) -> (SignedData, SignerInfo) {
    let response = TimeStampResp::from_der(response).unwrap();
    let token: ContentInfo = response.token.unwrap().decode_as().unwrap();
    let signed: SignedData = token.content.decode_as().unwrap();
    let signer = signed.signer_infos.get(0).unwrap().decode_as().unwrap();
    (signed, signer)
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    let needle = hex::decode(needle).unwrap();
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[test]
fn the_outer_form_is_that_of_the_recorded_exchange() {
    let authority = Authority::new();
    let response = authority.response();
    // TimeStampResp { status { 0 }, ContentInfo signedData [0] …: see the recorded response of the reference server.
    assert_eq!(response[0], 0x30);
    assert_eq!(hex::encode(&response[4..9]), "3003020100");
    assert_eq!(hex::encode(&response[13..24]), "06092a864886f70d010702");
    let (signed, signer) = taken_apart(&response);
    assert_eq!(signed.version, CmsVersion::V3);
    assert_eq!(signed.certificates, None);
    assert_eq!(signed.crls, None);
    let digest_algorithms: Vec<_> = signed.digest_algorithms.iter().collect();
    assert_eq!(
        digest_algorithms,
        [&AlgorithmIdentifierOwned {
            oid: oid::SHA_256,
            parameters: None
        }]
    );
    assert_eq!(signed.encap_content_info.econtent_type, oid::TST_INFO);
    assert_eq!(signer.version, CmsVersion::V1);
    assert_eq!(
        signer.sid.to_der().unwrap()[0],
        0x30,
        "issuerAndSerialNumber"
    );
    assert_eq!(signer.unsigned_attrs, None);
    assert_eq!(
        signer.signature_algorithm,
        SignatureAlgorithm::EcdsaSha256.identifier()
    );
}

#[test]
fn signed_attributes_are_stored_in_the_order_in_which_they_are_signed() {
    let (_, signer) = taken_apart(&Authority::new().response());
    let stored = signer.signed_attrs.unwrap();
    let encoded: Vec<Vec<u8>> = stored
        .iter()
        .map(|attribute| attribute.to_der().unwrap())
        .collect();
    assert!(encoded.is_sorted());
    let types: Vec<_> = stored
        .iter()
        .map(|attribute| attribute.decode_as::<Attribute>().unwrap().oid)
        .collect();
    assert_eq!(
        types,
        [
            oid::CONTENT_TYPE,
            oid::SIGNING_TIME,
            oid::MESSAGE_DIGEST,
            oid::SIGNING_CERTIFICATE_V2
        ]
    );
    // signingTime is a UTCTime: 261123120000Z.
    assert!(contains(&encoded[1], "170d3236313132333132303030305a"));
    let bound: Attribute = stored[3].decode_as().unwrap();
    let bound: SigningCertificateV2 = bound.values.get(0).unwrap().decode_as().unwrap();
    assert_eq!(bound.certs[0].hash_algorithm, None);
    assert!(bound.certs[0].issuer_serial.is_some());
}

#[test]
fn the_content_has_every_field_in_its_place() {
    let authority = Authority::new();
    let nonce = Nonce::from_unsigned(&[0xff, 0xee]).unwrap();
    let response = authority
        .issuer()
        .issue(&query().with_nonce(nonce), SERIAL, noon())
        .unwrap();
    let (signed, _) = taken_apart(&response);
    let content = signed.encap_content_info.econtent.unwrap();
    let digest = hex::encode(digest(HashAlgorithm::Sha2_256, STAMPED));
    let expected = [
        "020101",                                                   // version
        "06092b0601040183bf3002",                                   // policy
        &format!("3031300d060960864801650304020105000420{digest}"), // imprint, NULL parameters
        &format!("0215009a{}", "9a".repeat(19)),                    // serial, 160 bits, positive
        "180f32303236313132333132303030305a",                       // 20261123120000Z
        "3003020101",                                               // accuracy: one second
        "020300ffee",                                               // nonce
        &format!(
            "a0{:02x}a4{:02x}",
            authority.leaf().subject_der().len() + 2,
            authority.leaf().subject_der().len()
        ),
        &hex::encode(authority.leaf().subject_der()), // tsa: directoryName
    ]
    .concat();
    let body = hex::encode(content.value());
    assert_eq!(&body[body.len() - expected.len()..], expected);
    assert_eq!(content.tag(), Tag::OctetString);
}

#[test]
fn carries_the_leaf_alone_when_certificates_are_asked_for() {
    let authority = Authority::new();
    let response = authority
        .issuer()
        .issue(&query().with_certificates(), SERIAL, noon())
        .unwrap();
    let response = TimeStampResponse::parse(&response).unwrap();
    assert_eq!(response.embedded_certificates(), [authority.leaf().der()]);
}

#[test]
fn what_is_issued_verifies_for_each_hash_and_curve() {
    for curve in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
    ] {
        let authority = Authority::with(curve, Leaf::default());
        for hash in [
            HashAlgorithm::Sha2_256,
            HashAlgorithm::Sha2_384,
            HashAlgorithm::Sha2_512,
        ] {
            let request = TimeStampRequest::new(hash, digest(hash, STAMPED)).unwrap();
            let response = authority.issuer().issue(&request, SERIAL, noon()).unwrap();
            let response = TimeStampResponse::parse(&response).unwrap();
            assert_eq!(response.check_answers(&request), Ok(()));
            let verified = response.verify(STAMPED, &authority.chain).unwrap();
            assert_eq!(verified.gen_time, "2026-11-23T12:00:00Z".parse().unwrap());
            assert_eq!((verified.hash, verified.policy), (hash, DEFAULT_POLICY));
            assert_eq!(verified.serial, [[0].as_slice(), &SERIAL].concat());
        }
    }
}

#[test]
fn refuses_what_it_does_not_offer() {
    let authority = Authority::new();
    let issuer = authority.issuer();
    let other = ObjectIdentifier::new_unwrap("1.2.3");
    assert!(matches!(
        issuer.issue(&query().with_policy(other), SERIAL, noon()),
        Err(IssueError::PolicyNotAccepted { requested, accepted }) if requested == other && accepted == DEFAULT_POLICY
    ));
    assert!(
        issuer
            .issue(&query().with_policy(DEFAULT_POLICY), SERIAL, noon())
            .is_ok()
    );
    assert!(matches!(
        issuer.issue(&query(), [0; 20], noon()),
        Err(IssueError::ZeroSerial)
    ));
    let mut with_extension = query().to_der().unwrap();
    with_extension.extend_from_slice(&[0xa0, 0x02, 0x30, 0x00]);
    with_extension[1] += 4;
    let with_extension = TimeStampRequest::parse(&with_extension).unwrap();
    assert!(matches!(
        issuer.issue(&with_extension, SERIAL, noon()),
        Err(IssueError::ExtensionsNotAccepted)
    ));
}

#[test]
fn stamps_only_while_the_whole_chain_holds() {
    let issuer = Authority::with(
        &rcgen::PKCS_ECDSA_P256_SHA256,
        Leaf {
            last_year: 2028,
            ..Leaf::default()
        },
    )
    .issuer();
    for good in ["2026-01-01T00:00:00Z", "2028-01-01T00:00:00.9Z"] {
        assert!(
            issuer
                .issue(&query(), SERIAL, good.parse().unwrap())
                .is_ok(),
            "{good}"
        );
    }
    for bad in ["2025-12-31T23:59:59.9Z", "2028-01-01T00:00:01Z"] {
        let refused = issuer.issue(&query(), SERIAL, bad.parse().unwrap());
        assert!(
            matches!(refused, Err(IssueError::OutsideValidity { .. })),
            "{bad}"
        );
    }
}

#[test]
fn an_authority_needs_a_fitting_key_and_certificate() {
    let p256 = &rcgen::PKCS_ECDSA_P256_SHA256;
    let new = |authority: &Authority, chain: Vec<Certificate>| {
        TimestampIssuer::new(authority.key.clone(), chain, DEFAULT_POLICY).map(|_| ())
    };
    let good = Authority::new();
    assert!(matches!(
        new(&good, Vec::new()),
        Err(IssuerError::ChainTooShort { found: 0 })
    ));
    assert!(matches!(
        new(&good, good.chain[..1].to_vec()),
        Err(IssuerError::ChainTooShort { found: 1 })
    ));
    assert!(matches!(
        new(&good, Authority::new().chain),
        Err(IssuerError::KeyMismatch)
    ));
    let lax = Authority::with(
        p256,
        Leaf {
            usages_critical: false,
            ..Leaf::default()
        },
    );
    assert!(matches!(
        new(&lax, lax.chain.clone()),
        Err(IssuerError::Profile {
            source: TspError::ExtendedKeyUsageNotCritical
        })
    ));
    let ca = Authority::with(
        p256,
        Leaf {
            ca: true,
            ..Leaf::default()
        },
    );
    assert!(matches!(
        new(&ca, ca.chain.clone()),
        Err(IssuerError::Profile {
            source: TspError::SignerIsCa
        })
    ));
    let edwards = Authority::with(&rcgen::PKCS_ED25519, Leaf::default());
    assert!(matches!(
        new(&edwards, edwards.chain.clone()),
        Err(IssuerError::KeyAlgorithm {
            found: KeyAlgorithm::Ed25519
        })
    ));
}
