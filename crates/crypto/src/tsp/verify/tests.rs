#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use der::Decode;
use der::asn1::{Any, OctetString};
use x509_cert::time::Time;

use super::super::gen_time::GenTime;
use super::super::test_authority::{
    Authority, Leaf, Parts, STAMPED, judge, refused, set_bound_hash,
};
use super::*;
use crate::{ChainError, KeyAlgorithm};

const OTHER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3");

#[test]
fn taking_apart_and_putting_together_changes_no_verdict() {
    let authority = Authority::new();
    let honest = judge(&authority.response(), &authority.chain).unwrap();
    assert_eq!(
        judge(&authority.forged(|_| ()), &authority.chain),
        Ok(honest.clone())
    );
    assert_eq!(
        judge(
            &authority.forged(|parts| parts.sign_anew = false),
            &authority.chain
        ),
        Ok(honest)
    );
}

#[test]
fn is_over_one_thing_only() {
    let authority = Authority::new();
    let response = TimeStampResponse::parse(&authority.response()).unwrap();
    let expected = Octets(digest(HashAlgorithm::Sha2_256, b"another"));
    let found = Octets(digest(HashAlgorithm::Sha2_256, STAMPED));
    let hash = HashAlgorithm::Sha2_256;
    assert_eq!(
        response.verify(b"another", &authority.chain),
        Err(TspError::Imprint {
            hash,
            expected,
            found
        })
    );
}

#[test]
fn trusts_nothing_without_a_chain() {
    let authority = Authority::new();
    let response = authority.response();
    assert_eq!(judge(&response, &[]), Err(TspError::NoTrustMaterial));
    assert_eq!(
        judge(&response, &authority.chain[..1]),
        Err(TspError::ChainTooShort { found: 1 })
    );
}

#[test]
fn an_authority_of_the_same_name_and_serial_number_is_another_one() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let expected = Octets(digest(HashAlgorithm::Sha2_256, ours.leaf().der()));
    let found = Octets(digest(HashAlgorithm::Sha2_256, theirs.leaf().der()));
    assert_eq!(
        judge(&theirs.response(), &ours.chain),
        Err(TspError::SigningCertificateHash { expected, found })
    );
    // And when it claims our certificate, its signature does not fit.
    let algorithm = KeyAlgorithm::EcdsaP256;
    let claimed = theirs
        .forged(|parts| set_bound_hash(parts, digest(HashAlgorithm::Sha2_256, ours.leaf().der())));
    let source = SignatureError::Mismatch { algorithm };
    assert_eq!(
        judge(&claimed, &ours.chain),
        Err(TspError::Signature { source })
    );
    // A certificate brought along does not become trusted either.
    let brought =
        theirs.forged(|parts| parts.signed.certificates = Some(vec![any(theirs.leaf().der())]));
    assert_eq!(
        judge(&brought, &ours.chain),
        Err(TspError::EmbeddedCertificate { found: 1 })
    );
}

#[test]
fn the_trusted_certificate_counts_wherever_it_stands_among_the_embedded() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let bag =
        [ours.leaf(), &ours.chain[1], theirs.leaf()].map(|certificate| any(certificate.der()));
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let bag = order.map(|at| bag[at].clone()).to_vec();
        let der = ours.forged(|parts| parts.signed.certificates = Some(bag.clone()));
        assert!(judge(&der, &ours.chain).is_ok(), "{order:?}");
        let der = theirs.forged(|parts| parts.signed.certificates = Some(bag));
        let verdict = judge(&der, &ours.chain);
        assert!(
            matches!(verdict, Err(TspError::SigningCertificateHash { .. })),
            "{order:?}: {verdict:?}"
        );
    }
}

#[test]
fn the_signer_must_be_named_as_the_trusted_certificate() {
    let set_sid = |parts: &mut Parts, change: fn(&mut IssuerAndSerialNumber)| {
        let mut named: IssuerAndSerialNumber = parts.signer.sid.decode_as().unwrap();
        change(&mut named);
        parts.signer.sid = Any::encode_from(&named).unwrap();
    };
    let expected = || Octets(vec![0x7f, 1, 2, 3]);
    assert_eq!(
        refused(|parts| set_sid(parts, |named| named.serial_number = Int::new(&[9]).unwrap())),
        TspError::Signer {
            expected: expected(),
            found: Octets(vec![9])
        }
    );
    assert_eq!(
        refused(|parts| set_sid(parts, |named| named.issuer =
            Any::new(Tag::Sequence, []).unwrap())),
        TspError::Signer {
            expected: expected(),
            found: expected()
        }
    );
}

#[test]
fn the_signer_may_be_named_by_its_key_identifier() {
    let authority = Authority::new();
    let tag = Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(0),
    };
    let named = |identifier: &[u8]| {
        let sid = Any::new(tag, identifier).unwrap();
        judge(
            &authority.forged(|parts| parts.signer.sid = sid),
            &authority.chain,
        )
    };
    let ours = authority.leaf().subject_key_id().unwrap();
    assert!(named(ours).is_ok());
    for other in [[].as_slice(), &[1, 2]] {
        assert_eq!(
            named(other),
            Err(TspError::Signer {
                expected: ours.into(),
                found: other.into()
            })
        );
    }
    let wrong = judge(
        &authority.forged(|parts| parts.signer.sid = Any::null()),
        &authority.chain,
    );
    assert!(
        matches!(
            wrong,
            Err(TspError::Malformed {
                part: TspPart::SignerIdentifier,
                ..
            })
        ),
        "{wrong:?}"
    );
}

#[test]
fn the_certificate_must_be_for_time_stamping_alone() {
    let p256 = &rcgen::PKCS_ECDSA_P256_SHA256;
    let judge_leaf = |leaf| {
        judge(
            &Authority::new().response(),
            &Authority::with(p256, leaf).chain,
        )
    };
    assert_eq!(
        judge_leaf(Leaf {
            ca: true,
            ..Leaf::default()
        }),
        Err(TspError::SignerIsCa)
    );
    assert_eq!(
        judge_leaf(Leaf {
            usages_critical: false,
            ..Leaf::default()
        }),
        Err(TspError::ExtendedKeyUsageNotCritical)
    );
    let both: &[u8] = &[
        0x30, 0x14, 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 8, // time stamping
        0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 3, // code signing
    ];
    assert_eq!(
        judge_leaf(Leaf {
            usages: both,
            ..Leaf::default()
        }),
        Err(TspError::ExtendedKeyUsage {
            found: vec![TIME_STAMPING, crate::oid::CODE_SIGNING]
        })
    );
}

#[test]
fn the_chain_is_judged_at_the_time_of_the_token() {
    let leaf = Leaf {
        last_year: 2028,
        ..Leaf::default()
    };
    let authority = Authority::with(&rcgen::PKCS_ECDSA_P256_SHA256, leaf);
    let at = |time: &str| {
        let time = GenTime(time.parse().unwrap());
        judge(
            &authority.forged(|parts| parts.info.gen_time = time),
            &authority.chain,
        )
    };
    assert!(
        at("2028-01-01T00:00:00Z").is_ok(),
        "the last second belongs to it"
    );
    let late = at("2028-01-01T00:00:00.5Z");
    assert!(
        matches!(
            late,
            Err(TspError::Chain {
                source: ChainError::Expired { .. },
                ..
            })
        ),
        "{late:?}"
    );
    let early = at("2025-12-31T23:59:59Z");
    assert!(
        matches!(
            early,
            Err(TspError::Chain {
                source: ChainError::NotYetValid { .. },
                ..
            })
        ),
        "{early:?}"
    );
}

#[test]
fn the_root_must_have_issued_the_certificate() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let mixed = [ours.chain[0].clone(), theirs.chain[1].clone()];
    let verdict = judge(&ours.response(), &mixed);
    assert!(
        matches!(verdict, Err(TspError::Chain { .. })),
        "{verdict:?}"
    );
}

#[test]
fn the_signature_covers_every_attribute() {
    let source = SignatureError::Mismatch {
        algorithm: KeyAlgorithm::EcdsaP256,
    };
    let unsigned = refused(|parts| {
        parts.sign_anew = false;
        let later = std::time::UNIX_EPOCH + std::time::Duration::from_hours(1);
        parts.set_attribute(oid::SIGNING_TIME, &Time::try_from(later).unwrap());
    });
    assert_eq!(
        unsigned,
        TspError::Signature {
            source: source.clone()
        }
    );
    let no_signature = refused(|parts| {
        parts.sign_anew = false;
        parts.signer.signature = OctetString::new([0; 0]).unwrap();
    });
    assert_eq!(no_signature, TspError::Signature { source });
}

#[test]
fn the_signature_algorithm_must_go_with_the_key() {
    let algorithm = KeyAlgorithm::EcdsaP256;
    let other = crate::oid::SHA256_WITH_RSA;
    assert_eq!(
        refused(|parts| parts.signer.signature_algorithm.oid = other),
        TspError::Signature {
            source: SignatureError::AlgorithmKeyMismatch {
                oid: other,
                algorithm
            }
        }
    );
    assert_eq!(
        refused(|parts| parts.signer.signature_algorithm.oid = oid::RSA),
        TspError::Signature {
            source: SignatureError::AlgorithmKeyMismatch {
                oid: other,
                algorithm
            }
        }
    );
    assert_eq!(
        refused(|parts| parts.signer.signature_algorithm.oid = OTHER),
        TspError::Signature {
            source: SignatureError::UnsupportedAlgorithm { oid: OTHER }
        }
    );
}

#[test]
fn no_changed_bit_makes_another_time_of_it() {
    let authority = Authority::new();
    let whole = authority
        .forged(|parts| parts.signed.certificates = Some(vec![any(authority.leaf().der())]));
    let honest = judge(&whole, &authority.chain).unwrap();
    for at in 0..whole.len() {
        for bit in [0x01, 0x80] {
            let mut changed = whole.clone();
            changed[at] ^= bit;
            if let Ok(verdict) = judge(&changed, &authority.chain) {
                assert_eq!(verdict, honest, "byte {at}, bit {bit:#x}");
            }
        }
    }
}

fn any(der: &[u8]) -> Any {
    Any::from_der(der).unwrap()
}
