#![allow(clippy::unwrap_used, reason = "tests")]

use der::asn1::{Any, Int};
use x509_cert::ext::Extension;

use super::super::test_authority::{Authority, Parts, SERIAL, noon, query};
use super::super::{DEFAULT_POLICY, Nonce};
use super::*;

const OTHER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3");

fn refused(edit: impl FnOnce(&mut Parts)) -> TspError {
    TimeStampResponse::parse(&Authority::new().forged(edit)).unwrap_err()
}

#[test]
fn shows_what_was_sent() {
    let authority = Authority::new();
    let response = TimeStampResponse::parse(&authority.response()).unwrap();
    assert_eq!(response.gen_time(), "2026-11-23T12:00:00Z".parse().unwrap());
    assert_eq!(response.policy(), DEFAULT_POLICY);
    assert_eq!(
        (response.hash(), response.imprint()),
        (query().hash(), query().digest())
    );
    assert_eq!(response.nonce(), None);
    assert!(response.embedded_certificates().is_empty());
}

#[test]
fn refuses_a_response_that_grants_nothing() {
    assert_eq!(
        refused(|parts| parts.response.status.status = 2),
        TspError::NotGranted { found: 2 }
    );
    // "Granted with modifications" is not what was asked for.
    assert_eq!(
        refused(|parts| parts.response.status.status = 1),
        TspError::NotGranted { found: 1 }
    );
    assert_eq!(
        refused(|parts| parts.response.token = None),
        TspError::MissingToken
    );
}

#[test]
fn refuses_another_kind_of_content() {
    let expected = oid::SIGNED_DATA;
    assert_eq!(
        refused(|parts| parts.token_type = OTHER),
        TspError::TokenType {
            expected,
            found: OTHER
        }
    );
    let expected = oid::TST_INFO;
    assert_eq!(
        refused(|parts| parts.signed.encap_content_info.econtent_type = OTHER),
        TspError::EncapsulatedType {
            expected,
            found: OTHER
        }
    );
    assert_eq!(
        refused(|parts| parts.signed.encap_content_info.econtent = None),
        TspError::MissingContent
    );
}

#[test]
fn demands_exactly_one_signer() {
    assert_eq!(
        refused(|parts| parts.signers = |_| Vec::new()),
        TspError::SignerCount { found: 0 }
    );
    let two = |signer: Any| {
        let mut other: SignerInfo = signer.decode_as().unwrap();
        other.unsigned_attrs = Some(Vec::new());
        vec![signer, Any::encode_from(&other).unwrap()]
    };
    assert_eq!(
        refused(|parts| parts.signers = two),
        TspError::SignerCount { found: 2 }
    );
}

#[test]
fn judges_the_content() {
    assert_eq!(
        refused(|parts| parts.info.version = 2),
        TspError::Version {
            expected: 1,
            found: 2
        }
    );
    let set_hash = |parts: &mut Parts, oid| parts.info.message_imprint.hash_algorithm.oid = oid;
    assert_eq!(
        refused(|parts| set_hash(parts, oid::SHA_1)),
        TspError::WeakImprint { found: oid::SHA_1 }
    );
    assert_eq!(
        refused(|parts| set_hash(parts, OTHER)),
        TspError::ImprintAlgorithm { found: OTHER }
    );
}

#[test]
fn refuses_critical_extensions_only() {
    let authority = Authority::new();
    let with = |critical| {
        authority.forged(|parts| {
            let extn_value = der::asn1::OctetString::new(*b"").unwrap();
            parts.info.extensions = Some(vec![Extension {
                extn_id: OTHER,
                critical,
                extn_value,
            }]);
        })
    };
    assert!(TimeStampResponse::parse(&with(false)).is_ok());
    let error = TimeStampResponse::parse(&with(true)).unwrap_err();
    assert_eq!(error, TspError::CriticalExtension { found: OTHER });
}

#[test]
fn refuses_bytes_that_are_not_der() {
    let whole = Authority::new().response();
    let part_of = |bytes: &[u8]| match TimeStampResponse::parse(bytes).unwrap_err() {
        TspError::Malformed { part, .. } => Some(part),
        _ => None,
    };
    assert_eq!(part_of(b""), Some(TspPart::Response));
    assert_eq!(
        part_of(&[whole.as_slice(), &[0]].concat()),
        Some(TspPart::Response)
    );
    assert_eq!(
        part_of(whole.split_last().unwrap().1),
        Some(TspPart::Response)
    );
    assert_eq!(
        part_of(&[0x30, 0x80, 0x30, 0x03, 0x02, 0x01, 0x00, 0x00, 0x00]),
        Some(TspPart::Response)
    );
    let error = TimeStampResponse::parse(&vec![0x30; MAX_RESPONSE_BYTES + 1]).unwrap_err();
    assert_eq!(
        error,
        TspError::TooLarge {
            limit: MAX_RESPONSE_BYTES,
            found: MAX_RESPONSE_BYTES + 1
        }
    );
}

#[test]
fn accepts_an_empty_certificate_set_as_the_reference_server_writes_it() {
    let der = Authority::new().forged(|parts| parts.signed.certificates = Some(Vec::new()));
    assert!(
        TimeStampResponse::parse(&der)
            .unwrap()
            .embedded_certificates()
            .is_empty()
    );
}

#[test]
fn tells_an_answer_to_another_question() {
    let authority = Authority::new();
    let nonce = |byte| Nonce::from_unsigned(&[byte]).unwrap();
    let asked = query().with_nonce(nonce(7)).with_policy(DEFAULT_POLICY);
    let answer = authority.issuer().issue(&asked, SERIAL, noon()).unwrap();
    let answer = TimeStampResponse::parse(&answer).unwrap();
    assert_eq!(answer.check_answers(&asked), Ok(()));
    assert_eq!(
        answer.check_answers(&query()),
        Ok(()),
        "an unasked nonce does no harm"
    );
    assert_eq!(
        answer.check_answers(&query().with_nonce(nonce(8))),
        Err(TspError::Nonce {
            expected: nonce(8),
            found: Some(nonce(7))
        })
    );
    let silent = TimeStampResponse::parse(&authority.response()).unwrap();
    assert_eq!(
        silent.check_answers(&asked),
        Err(TspError::Nonce {
            expected: nonce(7),
            found: None
        })
    );
    assert_eq!(
        answer.check_answers(&query().with_policy(OTHER)),
        Err(TspError::Policy {
            expected: OTHER,
            found: DEFAULT_POLICY
        })
    );
    let other = TimeStampRequest::new(HashAlgorithm::Sha2_256, vec![1; 32]).unwrap();
    assert_eq!(
        answer.check_answers(&other),
        Err(TspError::Imprint {
            hash: HashAlgorithm::Sha2_256,
            expected: Octets(vec![1; 32]),
            found: Octets::from(query().digest()),
        })
    );
}

#[test]
fn a_nonce_of_any_size_comes_back_whole() {
    let long = Int::new(&[0x40; 200]).unwrap();
    let der = Authority::new().forged(|parts| parts.info.nonce = Some(long.clone()));
    assert_eq!(
        TimeStampResponse::parse(&der)
            .unwrap()
            .nonce()
            .unwrap()
            .der_octets(),
        long.as_bytes()
    );
}
