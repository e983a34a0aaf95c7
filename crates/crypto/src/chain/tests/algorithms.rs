//! Signature algorithms of chains.

use rcgen::KeyPair;

use super::forge::{Node, authority, leaf, now, verify};
use crate::{
    Certificate, ChainError, ChainPurpose, SignatureAlgorithm, SignatureError, verify_chain,
};

#[test]
fn every_algorithm_of_ours_verifies() {
    let rsa = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)
        .unwrap()
        .serialize_pem();
    let table = [
        (
            &rcgen::PKCS_ECDSA_P256_SHA256,
            SignatureAlgorithm::EcdsaSha256,
        ),
        (
            &rcgen::PKCS_ECDSA_P384_SHA384,
            SignatureAlgorithm::EcdsaSha384,
        ),
        (
            &rcgen::PKCS_ECDSA_P521_SHA512,
            SignatureAlgorithm::EcdsaSha512,
        ),
        (
            &rcgen::PKCS_ECDSA_P521_SHA256,
            SignatureAlgorithm::EcdsaSha256,
        ),
        (&rcgen::PKCS_ED25519, SignatureAlgorithm::Ed25519),
        (&rcgen::PKCS_RSA_SHA256, SignatureAlgorithm::RsaSha256),
        (&rcgen::PKCS_RSA_SHA384, SignatureAlgorithm::RsaSha384),
        (&rcgen::PKCS_RSA_SHA512, SignatureAlgorithm::RsaSha512),
    ];
    for (kind, expected) in table {
        let is_rsa = expected.name().ends_with("RSA");
        let key = if is_rsa {
            KeyPair::from_pem_and_sign_algo(&rsa, kind).unwrap()
        } else {
            KeyPair::generate_for(kind).unwrap()
        };
        let root = Node::self_signed_with(authority("root"), key);
        let leaf = root.issue(leaf());
        assert_eq!(leaf.certificate.signature_algorithm(), Ok(expected));
        assert_eq!(
            verify(&leaf, &[], &[&root]).unwrap(),
            ["leaf", "root"],
            "{expected}"
        );
    }
}

#[test]
fn algorithms_that_are_not_ours_are_refused() {
    let root = Node::self_signed(authority("root"));
    let leaf = root.issue(leaf());
    // ecdsa-with-SHA1 (…4.1) in the places of ecdsa-with-SHA256 (…4.3.2): same meaning to a careless reader.
    let der = leaf.certificate.der().to_vec();
    let [sha256, sha1] = [
        b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
        b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x01",
    ];
    let mut weak = der.clone();
    let places: Vec<usize> = (0..der.len() - 10)
        .filter(|at| der[*at..].starts_with(sha256))
        .collect();
    assert_eq!(places.len(), 2);
    for at in places {
        weak[at..at + 10].copy_from_slice(sha1);
    }
    let weak = Certificate::from_der(&weak).unwrap();
    let result = verify_chain(
        &weak,
        &[],
        std::slice::from_ref(&root.certificate),
        now(),
        ChainPurpose::CodeSigning,
    );
    match result {
        Err(ChainError::Signature {
            source: SignatureError::UnsupportedAlgorithm { oid },
            ..
        }) => {
            assert_eq!(oid.to_string(), "1.2.840.10045.4.3.1");
        }
        other => panic!("{other:?}"),
    }
}
