use std::collections::BTreeMap;

use sigbox_testkit::virtual_sigstore::{Identity, VirtualSigstore};
use sigbox_wire::{BundleContent, BundleVersion, KindVersion, VerificationContent};

use super::{
    ATTESTATION_MEDIA_TYPE, Layer, LayerContent, LayerError, SIGNATURE_MEDIA_TYPE,
    TransparencyLogEntry,
};
use sigbox_crypto::Certificate;

fn certificate() -> Certificate {
    let signed = VirtualSigstore::new().sign(
        b"x",
        &Identity::email("a@example.test", "https://oidc.example.test"),
    );
    let VerificationContent::Certificate(der) = signed.bundle.verification_material.content else {
        panic!("no certificate");
    };
    Certificate::from_der(&der).unwrap()
}

fn entry() -> TransparencyLogEntry {
    TransparencyLogEntry {
        log_index: 3,
        log_id: vec![0xac],
        kind_version: KindVersion {
            kind: "hashedrekord".to_owned(),
            version: "0.0.1".to_owned(),
        },
        integrated_time: 9,
        inclusion_promise: Some(vec![1]),
        inclusion_proof: None,
        canonicalized_body: br#"{"apiVersion":"0.0.1","kind":"hashedrekord"}"#.to_vec(),
    }
}

fn signature() -> Layer {
    Layer {
        content: LayerContent::Signature {
            payload: b"payload".to_vec(),
            signature: vec![1, 2, 3],
        },
        certificate: None,
        entry: None,
        timestamp: None,
    }
}

/// What is written, read again.
fn read(
    layer: &Layer,
    change: impl Fn(&mut BTreeMap<String, String>),
) -> Result<Layer, LayerError> {
    let mut annotations = layer.annotations().unwrap();
    change(&mut annotations);
    Layer::read(layer.media_type(), &annotations, layer.blob().to_vec())
}

#[test]
fn a_keys_signature_has_one_annotation() {
    let layer = signature();
    assert_eq!(layer.media_type(), SIGNATURE_MEDIA_TYPE);
    let annotations = layer.annotations().unwrap();
    let expected = [("dev.cosignproject.cosign/signature", "AQID")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(annotations, BTreeMap::from(expected));
    let read = read(&layer, |_| ()).unwrap();
    assert_eq!(read.content, layer.content);
    let bundle = read.to_bundle().unwrap();
    assert_eq!(bundle.version, BundleVersion::V0_1);
    assert!(matches!(
        bundle.verification_material.content,
        VerificationContent::PublicKeyHint(_)
    ));
    assert!(
        matches!(bundle.content, BundleContent::MessageSignature(signed) if signed.signature == [1, 2, 3] && signed.message_digest.is_none())
    );
}

#[test]
fn certificate_entry_and_timestamp_survive() {
    let layer = Layer {
        certificate: Some(certificate()),
        entry: Some(entry()),
        timestamp: Some(vec![4, 5]),
        ..signature()
    };
    let annotations = layer.annotations().unwrap();
    let names: Vec<&str> = annotations.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "dev.cosignproject.cosign/signature",
            "dev.sigstore.cosign/bundle",
            "dev.sigstore.cosign/certificate",
            "dev.sigstore.cosign/chain",
            "dev.sigstore.cosign/rfc3161timestamp",
        ]
    );
    assert_eq!(annotations["dev.sigstore.cosign/chain"], "");
    let stamp = &annotations["dev.sigstore.cosign/rfc3161timestamp"];
    assert_eq!(stamp, r#"{"SignedRFC3161Timestamp":"BAU="}"#);
    let bundle = read(&layer, |_| ()).unwrap().to_bundle().unwrap();
    let material = bundle.verification_material;
    let leaf = certificate();
    assert!(
        matches!(&material.content, VerificationContent::CertificateChain(chain) if chain.len() == 1 && Certificate::from_der(&chain[0]).unwrap().display_name() == leaf.display_name())
    );
    assert_eq!(material.tlog_entries, [entry()]);
    assert_eq!(material.rfc3161_timestamps, [vec![4, 5]]);
}

#[test]
fn an_attestation_is_its_envelope() {
    let text = br#"{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":"AQID"}]}"#;
    let layer = Layer {
        content: LayerContent::Attestation {
            text: text.to_vec(),
            predicate_type: "https://slsa.dev/provenance/v1".to_owned(),
        },
        ..signature()
    };
    assert_eq!(layer.media_type(), ATTESTATION_MEDIA_TYPE);
    let expected = [
        ("dev.cosignproject.cosign/signature", ""),
        ("predicateType", "https://slsa.dev/provenance/v1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(layer.annotations().unwrap(), BTreeMap::from(expected));
    let bundle = read(&layer, |_| ()).unwrap().to_bundle().unwrap();
    let BundleContent::DsseEnvelope(envelope) = bundle.content else {
        panic!("no envelope");
    };
    assert_eq!(envelope.payload, b"{}");
    assert_eq!(envelope.signatures[0].sig, [1, 2, 3]);
}

#[test]
fn every_rule_refuses() {
    let layer = Layer {
        certificate: Some(certificate()),
        entry: Some(entry()),
        timestamp: Some(vec![4, 5]),
        ..signature()
    };
    let set = |name: &'static str, value: &'static str| {
        read(&layer, move |annotations| {
            annotations.insert(name.to_owned(), value.to_owned());
        })
    };
    let signature = "dev.cosignproject.cosign/signature";
    assert!(matches!(set(signature, ""), Err(LayerError::NoSignature)));
    assert!(matches!(
        set(signature, "?"),
        Err(LayerError::Base64 { name }) if name == signature
    ));
    let certificate = set("dev.sigstore.cosign/certificate", "x");
    assert!(matches!(certificate, Err(LayerError::Certificate(_))));
    let bundle = set("dev.sigstore.cosign/bundle", "{}");
    assert!(matches!(bundle, Err(LayerError::Entry(_))));
    for stamp in ["{}", r#"{"SignedRFC3161Timestamp":""}"#, "x"] {
        let stamp = set("dev.sigstore.cosign/rfc3161timestamp", stamp);
        assert!(matches!(stamp, Err(LayerError::Timestamp)));
    }
    let read = Layer::read(ATTESTATION_MEDIA_TYPE, &BTreeMap::new(), b"{}".to_vec()).unwrap();
    assert!(matches!(read.to_bundle(), Err(LayerError::Envelope(_))));
    let read = Layer::read(ATTESTATION_MEDIA_TYPE, &BTreeMap::new(), vec![0xff]).unwrap();
    assert!(matches!(read.to_bundle(), Err(LayerError::NotText)));
}
