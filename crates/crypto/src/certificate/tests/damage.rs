//! Damaged bytes: no panic, and no damage that passes for the certificate.

use crate::{
    Certificate, CertificateError, Csr, CsrError, KeyAlgorithm, Sct, SctError, SignatureError,
    SigningKey,
    hierarchy::{Hierarchy, leaf_request},
};

/// The bytes with one bit of one octet turned, for every octet.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    (0..bytes.len()).map(|at| {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 1 << (at % 8);
        (at, damaged)
    })
}

#[test]
fn no_turned_bit_passes_for_the_certificate() {
    let hierarchy = Hierarchy::new();
    let leaf = hierarchy.leaf();
    let mut read = 0;
    for (at, damaged) in flipped(leaf.der()) {
        let Ok(certificate) = Certificate::from_der(&damaged) else {
            continue;
        };
        read += 1;
        assert_eq!(certificate.der(), damaged, "exact bytes are kept");
        match certificate.verify_issued_by(&hierarchy.ca) {
            Err(SignatureError::Mismatch {
                algorithm: KeyAlgorithm::EcdsaP256,
            }) => {}
            other => panic!("bit turned in octet {at}: {other:?}"),
        }
        // Whatever is left of the SCT list, reading it ends well or badly, but ends.
        let _ = Sct::from_certificate(&certificate).map(|scts| scts.len());
    }
    assert!(
        read > 100,
        "most damage must reach the signature check, {read} did"
    );
}

#[test]
fn no_turned_bit_keeps_the_sct_valid() {
    let hierarchy = Hierarchy::new();
    let leaf = hierarchy.leaf();
    let [sct] = Sct::from_certificate(&leaf).unwrap().try_into().unwrap();
    for (at, damaged) in flipped(&sct.encode().unwrap()) {
        let Ok(damaged) = Sct::decode(&damaged) else {
            continue;
        };
        let result = damaged.verify_embedded(&leaf, &hierarchy.ca, hierarchy.log_key.public_key());
        match result {
            Err(
                SctError::LogId { .. } | SctError::Algorithm { .. } | SctError::Signature { .. },
            ) => {}
            other => panic!("bit turned in octet {at}: {other:?}"),
        }
    }
}

#[test]
fn cut_off_bytes_are_no_certificate_and_no_request() {
    let hierarchy = Hierarchy::new();
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let precert = hierarchy.precert(leaf_request(&key));
    for length in 0..precert.der().len() {
        let cut = &precert.der()[..length];
        let (certificate, request) = (Certificate::from_der(cut), Csr::from_der(cut).map(drop));
        assert!(
            matches!(certificate, Err(CertificateError::Malformed { .. })),
            "{length} octets"
        );
        assert!(
            matches!(request, Err(CsrError::Malformed { .. })),
            "{length} octets"
        );
    }
}
