//! Certificates, requests, keys, SCTs and timestamps: only DER is read, and what is written again is what was read.

use std::sync::LazyLock;

use sigbox_crypto::tsp::{TimeStampRequest, TimeStampResponse};
use sigbox_crypto::{Certificate, Csr, KeyAlgorithm, PublicKey, Sct, SigningKey};
use sigbox_testkit::virtual_sigstore::VirtualSigstore;

use super::choose;
use crate::bounds::{bounded, twice};
use crate::second::is_strict_der;

/// An authority that has signed nothing that the engine could know.
static STRANGERS: LazyLock<Vec<Certificate>> = LazyLock::new(|| {
    let root = VirtualSigstore::new().trusted_root();
    let chain = root.timestamp_authorities[0].cert_chain.iter();
    chain
        .map(|der| Certificate::from_der(der).unwrap())
        .collect()
});

pub(super) fn target(data: &[u8]) {
    match choose(data, 6) {
        Some((0, der)) => certificate(der),
        Some((1, der)) => request(der),
        Some((2, der)) => key(der),
        Some((3, bytes)) => scts(bytes),
        Some((4, der)) => stamp(der),
        Some((_, der)) => stamp_request(der),
        None => {}
    }
}

fn certificate(der: &[u8]) {
    let Ok(certificate) = bounded(der.len(), || Certificate::from_der(der)) else {
        return;
    };
    assert_eq!(certificate.der(), der);
    assert!(is_strict_der(der, 3), "not DER: {der:02x?}");
    assert!(is_strict_der(certificate.tbs_der(), 2));
    assert!(is_strict_der(&certificate.precert_tbs(), 2));
    let again = Certificate::from_pem(&certificate.to_pem()).unwrap();
    assert_eq!(again.der(), der);
    // What prints and what judges: none of it may stop on what the parser let through.
    let _ = (certificate.display_name(), certificate.fulcio_issuer());
    let _ = certificate.verify_issued_by(&certificate).is_ok();
    let _ = Sct::from_certificate(&certificate).map(|scts| scts.len());
    assert!(certificate.extensions().count() <= der.len() / 2);
    assert!(certificate.verify_issued_by(&STRANGERS[0]).is_err());
}

fn request(der: &[u8]) {
    if let Ok(request) = bounded(der.len(), || Csr::from_der(der)) {
        assert!(is_strict_der(der, 2), "not DER: {der:02x?}");
        let _ = request.verify().is_ok();
        let _ = request.check_hash().is_ok();
    }
}

fn key(der: &[u8]) {
    if let Ok(key) = bounded(der.len(), || PublicKey::from_spki_der(der)) {
        assert_eq!(key.spki_der(), der);
        assert!(is_strict_der(der, 9), "not DER: {der:02x?}");
        assert_eq!(PublicKey::from_pem(&key.to_pem()).unwrap().spki_der(), der);
        let _ = key.check_strength().is_ok();
        assert!(!matches!(key.algorithm(), KeyAlgorithm::Rsa { bits } if bits > 16_384));
        assert!(
            key.verify(key.algorithm().default_hash(), b"message", der)
                .is_err()
        );
    }
    if let Ok(key) = bounded(der.len(), || SigningKey::from_pkcs8_der(der)) {
        let written = key.to_pkcs8_der().unwrap();
        let again = SigningKey::from_pkcs8_der(&written).unwrap();
        assert_eq!(again.public_key().spki_der(), key.public_key().spki_der());
    }
}

fn scts(bytes: &[u8]) {
    if let Some(scts) = twice(bytes.len(), || Sct::decode_list(bytes)) {
        assert_eq!(Sct::encode_list(&scts).unwrap(), bytes);
    }
    if let Some(sct) = twice(bytes.len(), || Sct::decode(bytes)) {
        assert_eq!(sct.encode().unwrap(), bytes);
    }
}

fn stamp(der: &[u8]) {
    if let Ok(stamp) = bounded(der.len(), || TimeStampResponse::parse(der)) {
        assert!(is_strict_der(der, 5), "not DER: {der:02x?}");
        let (time, again) = (stamp.gen_time(), TimeStampResponse::parse(der).unwrap());
        assert_eq!((again.gen_time(), again.imprint()), (time, stamp.imprint()));
        assert!(stamp.verify(b"signature", &STRANGERS).is_err());
    }
}

fn stamp_request(der: &[u8]) {
    let Some(request) = twice(der.len(), || TimeStampRequest::parse(der)) else {
        return;
    };
    assert!(is_strict_der(der, 2), "not DER: {der:02x?}");
    // Extensions are not kept, nor is the spelling of absent hash parameters.
    let again = TimeStampRequest::parse(&request.to_der().unwrap()).unwrap();
    let same = (
        again.hash(),
        again.digest(),
        again.policy(),
        again.nonce(),
        again.cert_req(),
    );
    assert_eq!(
        same,
        (
            request.hash(),
            request.digest(),
            request.policy(),
            request.nonce(),
            request.cert_req()
        )
    );
}
