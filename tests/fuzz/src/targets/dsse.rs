//! Envelopes and statements: the payload comes back unchanged, and no two envelopes sign the same bytes.

use std::str::from_utf8;

use serde_json::Value;
use sigbox_wire::rekor_v1::Envelope;
use sigbox_wire::{Bundle, BundleContent, DsseEnvelope, DsseSignature, Statement, pae};
use sigbox_wire::{VerificationContent, VerificationMaterial};

use super::choose;
use crate::bounds::twice;

pub(super) fn target(data: &[u8]) {
    match choose(data, 3) {
        Some((0, rest)) => encoding(rest),
        Some((1, rest)) => statement(rest),
        Some((_, rest)) => envelope(rest),
        None => {}
    }
}

/// The first byte is the length of the payload type, the rest is type and payload.
fn encoding(data: &[u8]) {
    let Some((length, rest)) = data.split_first() else {
        return;
    };
    let Some((kind, payload)) = rest.split_at_checked(usize::from(*length)) else {
        return;
    };
    let Ok(kind) = from_utf8(kind) else { return };
    let encoded = pae(kind, payload);
    assert_eq!(decode(&encoded), (kind.as_bytes(), payload));

    let envelope = DsseEnvelope {
        payload: payload.to_vec(),
        payload_type: kind.to_owned(),
        signatures: vec![DsseSignature::default()],
    };
    let material = VerificationMaterial {
        content: VerificationContent::PublicKeyHint(String::new()),
        tlog_entries: Vec::new(),
        rfc3161_timestamps: Vec::new(),
    };
    let bundle = Bundle::new_v0_3(material, BundleContent::DsseEnvelope(envelope.clone()));
    let read = Bundle::parse(bundle.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(read.content, BundleContent::DsseEnvelope(envelope));
}

/// Takes the encoding apart again: what has an inverse maps no two envelopes to one text.
fn decode(encoded: &[u8]) -> (&[u8], &[u8]) {
    fn field(bytes: &[u8]) -> (&[u8], &[u8]) {
        let end = bytes.iter().position(|byte| *byte == b' ').unwrap();
        let length: usize = from_utf8(&bytes[..end]).unwrap().parse().unwrap();
        bytes[end + 1..].split_at(length)
    }
    let (kind, rest) = field(encoded.strip_prefix(b"DSSEv1 ").unwrap());
    let (payload, rest) = field(rest.strip_prefix(b" ").unwrap());
    assert_eq!(rest, b"");
    (kind, payload)
}

fn statement(data: &[u8]) {
    let Some(statement) = twice(data.len(), || Statement::parse(data)) else {
        return;
    };
    assert!(from_utf8(data).is_ok(), "JSON is UTF-8");
    // A reader that knows nothing of statements sees the same. It looks into the predicate too, where it refuses half
    // surrogates and numbers past its range; we leave the predicate to those who know its type.
    let Ok(value) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    assert_eq!(value["_type"], statement.statement_type.as_str());
    assert_eq!(value["predicateType"], statement.predicate_type.as_str());
    let subjects = value["subject"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(subjects.len(), statement.subjects.len());
    for (seen, subject) in subjects.iter().zip(&statement.subjects) {
        assert_eq!(seen["name"].as_str().unwrap_or_default(), subject.name);
        let digests = seen["digest"].as_object().map_or(0, serde_json::Map::len);
        assert_eq!(digests, subject.digest.len());
        for (algorithm, digest) in &subject.digest {
            assert_eq!(seen["digest"][algorithm], digest.as_str());
        }
    }
    let json = serde_json::to_vec(&statement).unwrap();
    assert_eq!(Statement::parse(&json).unwrap(), statement);
}

fn envelope(data: &[u8]) {
    let Ok(text) = from_utf8(data) else { return };
    if let Some(envelope) = twice(data.len(), || Envelope::parse(text)) {
        let encoded = envelope.pae();
        let parts = (
            envelope.payload_type.as_bytes(),
            envelope.payload.as_slice(),
        );
        assert_eq!(decode(&encoded), parts);
    }
}
