#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use der::Encode as _;

use super::*;
use crate::{SigningKey, certificate::tlv::wrap};

/// A request with this key and signature algorithm, signed by `signer`; the rest is what no one reads.
fn request(key: &PublicKey, algorithm: SignatureAlgorithm, signer: &SigningKey) -> Vec<u8> {
    // Subject `CN=bob`, attributes with an extension request for CA:TRUE in an order DER would not have.
    let subject = b"\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03bob";
    let attributes = wrap(
        Tag::ContextSpecific {
            constructed: true,
            number: der::TagNumber(0),
        },
        b"\x30\x03\x02\x01\x05\x30\x03\x02\x01\x01",
    );
    let info = [
        b"\x02\x01\x00".as_slice(),
        subject,
        key.spki_der(),
        &attributes.unwrap(),
    ]
    .concat();
    let info = wrap(Tag::Sequence, &info).unwrap();
    let signature = signer.sign(&info).unwrap();
    assemble(&info, algorithm, &signature)
}

fn assemble(info: &[u8], algorithm: SignatureAlgorithm, signature: &[u8]) -> Vec<u8> {
    let bits = der::asn1::BitString::from_bytes(signature)
        .unwrap()
        .to_der()
        .unwrap();
    let parts = [
        info,
        algorithm.identifier().to_der().unwrap().as_slice(),
        &bits,
    ]
    .concat();
    wrap(Tag::Sequence, &parts).unwrap()
}

fn key(algorithm: KeyAlgorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap()
}

#[test]
fn reads_both_labels_and_nothing_but_the_key() {
    let key = key(KeyAlgorithm::EcdsaP256);
    let der = request(key.public_key(), SignatureAlgorithm::EcdsaSha256, &key);
    for label in LABELS {
        let csr = Csr::from_pem(pem::encode(label, &der).as_bytes()).unwrap();
        csr.verify().unwrap();
        csr.check_hash().unwrap();
        assert_eq!(csr.public_key().spki_der(), key.public_key().spki_der());
        assert_eq!(csr.signature_algorithm(), SignatureAlgorithm::EcdsaSha256);
    }
}

#[test]
fn reads_what_rcgen_writes_for_each_kind_of_key() {
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
        (&rcgen::PKCS_ED25519, SignatureAlgorithm::Ed25519),
        (&rcgen::PKCS_RSA_SHA256, SignatureAlgorithm::RsaSha256),
    ];
    for (kind, expected) in table {
        let key = rcgen::KeyPair::generate_for(kind).unwrap();
        let params = rcgen::CertificateParams::new(vec!["evil.example".to_owned()]).unwrap();
        let csr = Csr::from_pem(
            params
                .serialize_request(&key)
                .unwrap()
                .pem()
                .unwrap()
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(csr.signature_algorithm(), expected);
        csr.verify().unwrap();
        csr.check_hash().unwrap();
    }
}

#[test]
fn the_hash_must_go_with_the_curve() {
    let key = key(KeyAlgorithm::EcdsaP384);
    // Signed with SHA-384 but said to be SHA-256: the signature fails, the hash rule too.
    let csr = Csr::from_der(&request(
        key.public_key(),
        SignatureAlgorithm::EcdsaSha256,
        &key,
    ))
    .unwrap();
    assert!(matches!(
        csr.verify(),
        Err(CsrError::Signature {
            source: SignatureError::Mismatch { .. }
        })
    ));
    match csr.check_hash() {
        Err(CsrError::HashNotPermitted {
            key,
            expected,
            found,
        }) => {
            assert_eq!(key, KeyAlgorithm::EcdsaP384);
            assert_eq!(
                (expected, found),
                (HashAlgorithm::Sha2_384, HashAlgorithm::Sha2_256)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn refuses_a_signature_by_another_key_or_kind() {
    let (a, b) = (key(KeyAlgorithm::EcdsaP256), key(KeyAlgorithm::EcdsaP256));
    let csr = Csr::from_der(&request(
        a.public_key(),
        SignatureAlgorithm::EcdsaSha256,
        &b,
    ))
    .unwrap();
    assert!(matches!(
        csr.verify(),
        Err(CsrError::Signature {
            source: SignatureError::Mismatch { .. }
        })
    ));
    let ed = key(KeyAlgorithm::Ed25519);
    let csr = Csr::from_der(&request(a.public_key(), SignatureAlgorithm::Ed25519, &ed)).unwrap();
    assert!(matches!(
        csr.verify(),
        Err(CsrError::Signature {
            source: SignatureError::AlgorithmKeyMismatch { .. }
        })
    ));
}

#[test]
fn refuses_by_name() {
    let key = key(KeyAlgorithm::EcdsaP256);
    let good = request(key.public_key(), SignatureAlgorithm::EcdsaSha256, &key);
    let error = |der: &[u8]| Csr::from_der(der).map(drop).unwrap_err();

    assert!(matches!(Csr::from_pem(b"\xff"), Err(CsrError::NotText)));
    assert!(matches!(
        Csr::from_pem(&good),
        Err(CsrError::NotText
            | CsrError::Pem {
                source: PemError::NoBlock
            })
    ));
    let wrong_label = pem::encode("CERTIFICATE", &good);
    assert!(matches!(
        Csr::from_pem(wrong_label.as_bytes()),
        Err(CsrError::Pem {
            source: PemError::Label {
                expected: "CERTIFICATE REQUEST",
                ..
            }
        })
    ));
    assert!(matches!(
        error(&[good.as_slice(), b"\0"].concat()),
        CsrError::Malformed { .. }
    ));
    assert!(matches!(
        error(&good[..good.len() - 1]),
        CsrError::Malformed { .. }
    ));

    let version_2 = assemble(
        b"\x30\x03\x02\x01\x01",
        SignatureAlgorithm::EcdsaSha256,
        b"",
    );
    assert!(
        matches!(error(&version_2), CsrError::Malformed { .. }),
        "too few fields"
    );
    let info = wrap(
        Tag::Sequence,
        &[b"\x02\x01\x01\x30\x00", key.public_key().spki_der()].concat(),
    )
    .unwrap();
    assert!(matches!(
        error(&assemble(&info, SignatureAlgorithm::EcdsaSha256, b"")),
        CsrError::Version
    ));
    let info = wrap(Tag::Sequence, b"\x02\x01\x00\x30\x00\x30\x00").unwrap();
    assert!(matches!(
        error(&assemble(&info, SignatureAlgorithm::EcdsaSha256, b"")),
        CsrError::PublicKey { .. }
    ));

    // sha1WithRSAEncryption in the place of ecdsa-with-SHA256.
    let info = wrap(
        Tag::Sequence,
        &[b"\x02\x01\x00\x30\x00", key.public_key().spki_der()].concat(),
    )
    .unwrap();
    let sha1 = [
        info.as_slice(),
        b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05",
        b"\x03\x01\x00",
    ]
    .concat();
    match error(&wrap(Tag::Sequence, &sha1).unwrap()) {
        CsrError::SignatureAlgorithm {
            source: SignatureAlgorithmError::Unsupported { oid },
        } => {
            assert_eq!(oid.to_string(), "1.2.840.113549.1.1.5");
        }
        other => panic!("{other:?}"),
    }
}
