//! What is not DER, before every reader of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use sigbox_crypto::tsp::{TimeStampRequest, TimeStampResponse, TspError, TspRequestError};
use sigbox_crypto::{
    Certificate, CertificateError, Csr, CsrError, KeyAlgorithm, PublicKey, PublicKeyError,
    SigningKey, SigningKeyError,
};

/// Sequences in sequences, each with its length.
fn nested(depth: usize) -> Vec<u8> {
    let mut der = Vec::new();
    for _ in 0..depth {
        let length = u16::try_from(der.len()).unwrap().to_be_bytes();
        let mut outer = vec![0x30, 0x82, length[0], length[1]];
        outer.extend(der);
        der = outer;
    }
    der
}

#[test]
fn adv_l21_no_reader_takes_what_is_not_der() {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let good = key.public_key().spki_der().to_vec();
    assert!(PublicKey::from_spki_der(&good).is_ok());
    let long_form = [&[0x30, 0x82, 0, good[1]], &good[2..]].concat();
    let indefinite = [&[0x30, 0x80], &good[2..], &[0, 0]].concat();
    let trailing = [good.as_slice(), &[0]].concat();
    let corpus: [&[u8]; 11] = [
        &[],
        &[0x1f, 0x80],
        &[0x30, 0x80],
        &[0x30, 0x81],
        &[0x30, 0x84, 0x01],
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &nested(1_000),
        &long_form,
        &indefinite,
        &trailing,
    ];
    for bytes in corpus {
        let malformed = [
            matches!(
                PublicKey::from_spki_der(bytes),
                Err(PublicKeyError::Malformed { .. })
            ),
            matches!(
                Certificate::from_der(bytes),
                Err(CertificateError::Malformed { .. })
            ),
            matches!(Csr::from_der(bytes), Err(CsrError::Malformed { .. })),
            matches!(
                TimeStampRequest::parse(bytes),
                Err(TspRequestError::Malformed { .. })
            ),
            matches!(
                TimeStampResponse::parse(bytes),
                Err(TspError::Malformed { .. })
            ),
            matches!(
                SigningKey::from_pkcs8_der(bytes),
                Err(SigningKeyError::Malformed)
            ),
        ];
        assert_eq!(malformed, [true; 6], "{bytes:02x?}");
    }
}
