#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use der::asn1::{Int, OctetString};

use super::super::asn1::{EssCertId, EssCertIdV2};
use super::super::test_authority::{Authority, edit_bound, judge, refused, set_bound_hash};
use super::*;

const OTHER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3");

#[test]
fn the_signed_attributes_must_be_there_once_and_in_order() {
    assert_eq!(
        refused(|parts| parts.signer.signed_attrs = None),
        TspError::MissingSignedAttributes
    );
    assert_eq!(
        refused(|parts| parts.attributes.reverse()),
        TspError::SignedAttributesOrder
    );
    for expected in [
        oid::CONTENT_TYPE,
        oid::MESSAGE_DIGEST,
        oid::SIGNING_CERTIFICATE_V2,
    ] {
        assert_eq!(
            refused(|parts| parts
                .attributes
                .retain(|attribute| attribute.oid != expected)),
            TspError::MissingAttribute { expected }
        );
    }
    let twice = refused(|parts| {
        let mut second = parts.attributes[1].clone();
        second.values = SetOfVec::try_from(vec![Any::null()]).unwrap();
        parts.attributes.insert(0, second);
    });
    assert_eq!(
        twice,
        TspError::DuplicateAttribute {
            found: oid::SIGNING_TIME
        }
    );
    let two_values = refused(|parts| {
        let values = vec![
            Any::encode_from(&oid::TST_INFO).unwrap(),
            Any::encode_from(&OTHER).unwrap(),
        ];
        parts.attribute(oid::CONTENT_TYPE).values = SetOfVec::try_from(values).unwrap();
        parts
            .attributes
            .sort_by_key(|attribute| attribute.to_der().unwrap());
    });
    assert_eq!(
        two_values,
        TspError::AttributeValues {
            attribute: oid::CONTENT_TYPE,
            found: 2
        }
    );
    let wrong_form = refused(|parts| parts.set_attribute(oid::CONTENT_TYPE, &Any::null()));
    assert!(
        matches!(
            wrong_form,
            TspError::AttributeForm {
                attribute: oid::CONTENT_TYPE,
                ..
            }
        ),
        "{wrong_form:?}"
    );
}

#[test]
fn the_signed_attributes_must_be_those_of_the_content() {
    let found = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.1");
    assert_eq!(
        refused(|parts| parts.set_attribute(oid::CONTENT_TYPE, &found)),
        TspError::ContentTypeAttribute {
            expected: oid::TST_INFO,
            found
        }
    );
    let altered = refused(|parts| {
        parts.info.serial_number = Int::new(&[1]).unwrap();
        parts.digest_anew = false;
    });
    assert!(
        matches!(altered, TspError::MessageDigest { .. }),
        "{altered:?}"
    );
    let other_digest = refused(|parts| {
        parts.digest_anew = false;
        parts.set_attribute(oid::MESSAGE_DIGEST, &OctetString::new([1; 32]).unwrap());
    });
    assert!(
        matches!(&other_digest, TspError::MessageDigest { found, .. } if *found == Octets(vec![1; 32])),
        "{other_digest:?}"
    );
    let sha1 = refused(|parts| parts.signer.digest_algorithm.oid = oid::SHA_1);
    assert_eq!(sha1, TspError::DigestAlgorithm { found: oid::SHA_1 });
}

#[test]
fn the_signing_certificate_attribute_must_name_the_trusted_certificate() {
    let wrong_hash = refused(|parts| set_bound_hash(parts, vec![1; 32]));
    assert!(
        matches!(&wrong_hash, TspError::SigningCertificateHash { found, .. } if *found == Octets(vec![1; 32])),
        "{wrong_hash:?}"
    );
    let algorithm = |oid| {
        Some(spki::AlgorithmIdentifierOwned {
            oid,
            parameters: None,
        })
    };
    assert_eq!(
        refused(|parts| edit_bound(parts, |bound| bound.hash_algorithm = algorithm(oid::SHA_1))),
        TspError::SigningCertificateAlgorithm { found: oid::SHA_1 }
    );
    let serial = |bound: &mut EssCertIdV2| {
        bound.issuer_serial.as_mut().unwrap().serial_number = Int::new(&[9]).unwrap();
    };
    assert_eq!(
        refused(|parts| edit_bound(parts, serial)),
        TspError::SigningCertificateIssuer
    );
    let issuer = |bound: &mut EssCertIdV2| bound.issuer_serial.as_mut().unwrap().issuer.clear();
    assert_eq!(
        refused(|parts| edit_bound(parts, issuer)),
        TspError::SigningCertificateIssuer
    );
    let attribute = oid::SIGNING_CERTIFICATE_V2;
    let none = SigningCertificateV2 {
        certs: Vec::new(),
        policies: None,
    };
    let empty = refused(|parts| {
        parts.set_attribute(attribute, &none);
        parts
            .attributes
            .sort_by_key(|attribute| attribute.to_der().unwrap());
    });
    assert_eq!(empty, TspError::SigningCertificateEmpty { attribute });
}

#[test]
fn the_signing_certificate_may_be_bound_by_other_hashes_and_without_its_issuer() {
    let authority = Authority::new();
    for hash in [HashAlgorithm::Sha2_384, HashAlgorithm::Sha2_512] {
        let der = authority.forged(|parts| {
            edit_bound(parts, |bound| {
                bound.hash_algorithm = Some(spki::AlgorithmIdentifierOwned {
                    oid: asn1::oid_of(hash),
                    parameters: None,
                });
                bound.cert_hash = OctetString::new(digest(hash, authority.leaf().der())).unwrap();
                bound.issuer_serial = None;
            });
            parts
                .attributes
                .sort_by_key(|attribute| attribute.to_der().unwrap());
        });
        assert!(judge(&der, &authority.chain).is_ok(), "{hash:?}");
    }
}

#[test]
fn the_old_signing_certificate_attribute_binds_as_well() {
    let authority = Authority::new();
    let with_v1 = |cert_hash: &[u8], keep_v2: bool| {
        let cert_hash = OctetString::new(cert_hash).unwrap();
        let named = SigningCertificate {
            certs: vec![EssCertId {
                cert_hash,
                issuer_serial: None,
            }],
            policies: None,
        };
        let values = SetOfVec::try_from(vec![Any::encode_from(&named).unwrap()]).unwrap();
        let der = authority.forged(|parts| {
            parts
                .attributes
                .retain(|attribute| keep_v2 || attribute.oid != oid::SIGNING_CERTIFICATE_V2);
            parts.attributes.push(Attribute {
                oid: oid::SIGNING_CERTIFICATE,
                values,
            });
            parts
                .attributes
                .sort_by_key(|attribute| attribute.to_der().unwrap());
        });
        judge(&der, &authority.chain)
    };
    let sha1 = sha1::Sha1::digest(authority.leaf().der());
    for keep_v2 in [false, true] {
        assert!(with_v1(&sha1, keep_v2).is_ok());
        let expected = Octets(sha1.to_vec());
        let found = Octets(vec![1; 20]);
        assert_eq!(
            with_v1(&[1; 20], keep_v2),
            Err(TspError::SigningCertificateHash { expected, found })
        );
    }
}
