//! Damage to times, certificates, signatures and what is signed.

use sigbox_crypto::tsp::TspError;
use sigbox_crypto::{ChainError, SctError};
use sigbox_verify::{
    ArtifactError, BoundField, ChainFailure, EntryError, EntryKind, NoTrustMaterial, SctFailure,
    SignatureFailure, StatementFailure, TimeError, VerifyError as E,
};
use sigbox_wire::{BundleContent, HashAlgorithm, MessageDigest, MessageSignature, TimeRange};

use crate::good::{Good, flip};

#[test]
fn timestamps() {
    refused!(v2, good => { let last = good.timestamp().len() - 1; flip(good.timestamp(), last); },
        E::Time(TimeError::Timestamp { position: 0, source: TspError::Signature { .. }, .. }));
    refused!(v2, good => good.timestamp().truncate(100), E::Time(TimeError::Malformed { position: 0, .. }));
    refused!(v2, good => good.timestamp().clear(), E::Time(TimeError::Malformed { position: 0, .. }));
    refused!(v2, good => good.root.timestamp_authorities.clear(), E::Material(NoTrustMaterial { .. }));
    refused!(v2, good => good.root.timestamp_authorities[0].cert_chain.clear(), E::Material(NoTrustMaterial { .. }));
    refused!(v2, good => good.root.timestamp_authorities[0].valid_for = TimeRange {
        start: None,
        end: Some("2025-06-12T12:02:19Z".parse().unwrap()),
    }, E::Time(TimeError::Window { .. }));
    refused!(v2, good => {
        // A retired entry of the same authority beside a present one of another must not lend it its window.
        let mut other = good.root.timestamp_authorities[0].clone();
        other.cert_chain = good.root.certificate_authorities[0].cert_chain.clone();
        good.root.timestamp_authorities[0].valid_for.end = Some("2025-06-12T12:02:19Z".parse().unwrap());
        good.root.timestamp_authorities.push(other);
    }, E::Time(TimeError::Window { .. }));
}

#[test]
fn windows() {
    let before = || TimeRange {
        start: Some("2020-01-01T00:00:00Z".parse().unwrap()),
        end: Some("2025-06-12T12:02:19Z".parse().unwrap()),
    };
    refused!(v2, good => good.root.tlogs.iter_mut().for_each(|log| log.public_key.valid_for = before()),
        E::Entry(EntryError::Window { .. }));
    refused!(v2, good => good.root.certificate_authorities.iter_mut().for_each(|ca| ca.valid_for = before()),
        E::Chain(ChainFailure::Window { .. }));
    refused!(v2, good => good.root.ctlogs.iter_mut().for_each(|log| log.public_key.valid_for.end = before().start),
        E::Sct(SctFailure::Window { .. }));
    refused!(v2, good => good.root.tlogs.iter_mut().for_each(|log| log.public_key.valid_for.start = None),
        E::Material(NoTrustMaterial { .. }));
    refused!(key, good => good.policy = good.key_policy(before()), E::Chain(ChainFailure::KeyWindow { .. }));
}

#[test]
fn windows_are_closed_intervals() {
    let Some(mut good) = Good::v2() else { return };
    let at = good.judge().unwrap().times[0].time;
    let only = TimeRange {
        start: Some(at),
        end: Some(at),
    };
    good.root
        .tlogs
        .iter_mut()
        .for_each(|log| log.public_key.valid_for = only);
    good.root
        .certificate_authorities
        .iter_mut()
        .for_each(|ca| ca.valid_for = only);
    good.root
        .timestamp_authorities
        .iter_mut()
        .for_each(|tsa| tsa.valid_for = only);
    good.judge().unwrap();
}

#[test]
fn certificate_and_scts() {
    refused!(v2, good => good.root.certificate_authorities.clear(), E::Material(NoTrustMaterial { .. }));
    refused!(v2, good => good.root.certificate_authorities.iter_mut().for_each(|ca| { ca.cert_chain.remove(0); }),
        E::Chain(ChainFailure::UnknownIssuer { source: ChainError::NoIssuer { .. }, .. }));
    refused!(v2, good => good.root.ctlogs.clear(), E::Material(NoTrustMaterial { .. }));
    // Both logs' keys are P-256; the id goes with the key, so that the swapped pair is left out.
    refused!(v2, good => {
        let other = good.root.tlogs.iter().find(|log| log.public_key.raw_bytes.len() > 60).unwrap();
        let spki = other.public_key.raw_bytes.clone();
        good.root.ctlogs.iter_mut().for_each(|log| log.public_key.raw_bytes.clone_from(&spki));
    }, E::Material(NoTrustMaterial { .. }));
    // A leaf is bound by the log entry first; its own signature is looked at when the entry agrees.
    refused!(v2, good => { let last = good.leaf().len() - 1; flip(good.leaf(), last); },
        E::Entry(EntryError::Binding { field: BoundField::Key, .. }));
    refused!(unlogged, good => { let last = good.leaf().len() - 1; flip(good.leaf(), last); },
        E::Chain(ChainFailure::Chain { source: ChainError::Signature { .. }, .. }));
    refused!(unlogged, good => { good.damage_sct(); },
        E::Chain(ChainFailure::Chain { source: ChainError::Signature { .. }, .. })
        | E::Sct(SctFailure::Sct { source: SctError::Signature { .. }, .. }));
}

#[test]
fn artifact_and_signature() {
    refused!(v2, good => good.artifact.push(b'x'), E::Artifact(ArtifactError::Digest { .. }));
    refused!(v2, good => good.artifact.clear(), E::Artifact(ArtifactError::Digest { .. }));
    refused!(v2, good => { good.message().message_digest = None; good.artifact.push(b'x'); },
        E::Entry(EntryError::Binding { field: BoundField::Digest, .. }));
    refused!(v2, good => flip(&mut good.declared().digest, 0),
        E::Entry(EntryError::Binding { field: BoundField::Digest, .. }));
    refused!(unlogged, good => flip(&mut good.declared().digest, 0), E::Artifact(ArtifactError::Digest { .. }));
    refused!(unlogged, good => good.declared().digest.clear(),
        E::Artifact(ArtifactError::DeclaredLength { expected: 32, found: 0, .. }));
    refused!(v2, good => flip(&mut good.message().signature, 9),
        E::Entry(EntryError::Binding { field: BoundField::Signature, .. }));
    // The timestamp is over the signature, and judged before it.
    refused!(unlogged, good => flip(&mut good.message().signature, 9),
        E::Time(TimeError::Timestamp { source: TspError::Imprint { .. }, .. }));
    refused!(untimed, good => flip(&mut good.message().signature, 9), E::Signature(SignatureFailure::Mismatch(_)));
    refused!(untimed, good => {
        // The attacker's file with the attacker's word for its digest: the signature is what counts.
        good.artifact.push(b'x');
        let digest = sigbox_crypto::sha256(&good.artifact).to_vec();
        good.message().message_digest = Some(MessageDigest { algorithm: HashAlgorithm::Sha2_256, digest });
    }, E::Signature(SignatureFailure::Mismatch(_)));
    refused!(untimed, good => { good.message().message_digest = None; good.artifact.push(b'x'); },
        E::Signature(SignatureFailure::Mismatch(_)));
    refused!(v2, good => {
        let signature = good.message().signature.clone();
        let envelope = sigbox_wire::DsseEnvelope {
            payload: good.artifact.clone(),
            payload_type: String::new(),
            signatures: vec![sigbox_wire::DsseSignature { sig: signature, keyid: String::new() }],
        };
        good.bundle.content = BundleContent::DsseEnvelope(envelope);
    }, E::Entry(EntryError::Binding { field: BoundField::Digest, .. }));
}

#[test]
fn a_missing_message_digest_is_no_fault() {
    let Some(mut good) = Good::v2() else { return };
    good.message().message_digest = None;
    good.judge().unwrap();
}

#[test]
fn envelope_and_statement() {
    refused!(dsse, good => flip(&mut good.envelope().payload, 3),
        E::Entry(EntryError::Binding { field: BoundField::Digest, .. }));
    refused!(dsse, good => good.envelope().payload_type.push('x'),
        E::Entry(EntryError::Binding { field: BoundField::Digest, .. }));
    refused!(dsse, good => good.artifact.push(b'x'), E::Statement(StatementFailure::Subject { .. }));
    refused!(dsse_v1, good => flip(&mut good.envelope().payload, 3),
        E::Entry(EntryError::Binding { field: BoundField::Digest, .. }));
    // Rekor v1 does not log the payload type; the signature covers it.
    refused!(dsse_v1, good => good.envelope().payload_type.push('x'), E::Signature(SignatureFailure::Envelope(_)));
    refused!(dsse_v1, good => {
        let signature = good.envelope().signatures[0].sig.clone();
        good.bundle.content = BundleContent::MessageSignature(MessageSignature { message_digest: None, signature });
    }, E::Entry(EntryError::NoEnvelope { kind: EntryKind::DsseV001 }));
}
