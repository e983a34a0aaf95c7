//! Damage to the shape of a bundle.

use sigbox_crypto::CertificateError;
use sigbox_crypto::tsp::TspError;
use sigbox_verify::{EntryError, ProofError, SctFailure, ShapeError, TimeError, VerifyError as E};
use sigbox_wire::{BodyError, BundleVersion, VerificationContent};

use crate::good::{Good, flip};

#[test]
fn shape() {
    refused!(v2, good => good.bundle.version = BundleVersion::V0_2,
        E::Shape(ShapeError::CertificateInOldVersion { version: BundleVersion::V0_2 }));
    refused!(v2, good => {
        let leaf = good.leaf().clone();
        good.bundle.verification_material.content = VerificationContent::CertificateChain(vec![leaf]);
    }, E::Shape(ShapeError::ChainInV03));
    refused!(v2, good => {
        good.bundle.verification_material.content = VerificationContent::PublicKeyHint(String::new());
    }, E::Shape(ShapeError::NoCertificate));
    refused!(key, good => {
        good.bundle.verification_material.content = VerificationContent::Certificate(vec![0x30, 0]);
    }, E::Shape(ShapeError::UnexpectedCertificate));
    refused!(v2, good => *good.leaf() = vec![0x30, 0],
        E::Shape(ShapeError::Certificate(CertificateError::Malformed { .. })));
    refused!(v2, good => good.message().signature.clear(), E::Shape(ShapeError::Empty("signature")));
    refused!(dsse, good => good.envelope().signatures.clear(), E::Shape(ShapeError::SignatureCount { found: 0 }));
    refused!(dsse, good => {
        let signature = good.envelope().signatures[0].clone();
        good.envelope().signatures.push(signature);
    }, E::Shape(ShapeError::SignatureCount { found: 2 }));
}

#[test]
fn adv_c54_counts() {
    refused!(v2, good => {
        let again = good.entry().clone();
        good.bundle.verification_material.tlog_entries.push(again);
    }, E::Shape(ShapeError::Duplicate { what: "log entry", position: 1 }));
    refused!(v2, good => {
        // Another proof for the same place in the same log is still the same entry.
        let mut again = good.entry().clone();
        again.inclusion_proof = None;
        good.bundle.verification_material.tlog_entries.push(again);
    }, E::Shape(ShapeError::Duplicate { what: "log entry", position: 1 }));
    refused!(v2, good => {
        let again = good.timestamp().clone();
        good.bundle.verification_material.rfc3161_timestamps.push(again);
    }, E::Shape(ShapeError::Duplicate { what: "timestamp", position: 1 }));
    refused!(v2, good => {
        let entry = good.entry().clone();
        good.bundle.verification_material.tlog_entries = vec![entry; 33];
    }, E::Shape(ShapeError::TooMany { what: "log entries", found: 33, limit: 32 }));
    refused!(v2, good => {
        let timestamp = good.timestamp().clone();
        good.bundle.verification_material.rfc3161_timestamps = vec![timestamp; 33];
    }, E::Shape(ShapeError::TooMany { what: "timestamps", found: 33, limit: 32 }));
    refused!(v2, good => good.bundle.verification_material.tlog_entries.clear(),
        E::Entry(EntryError::NoEntry { required: 1 }));
    refused!(v2, good => good.bundle.verification_material.rfc3161_timestamps.clear(),
        E::Time(TimeError::NoVerifiedTime));
    refused!(v2, good => good.policy = good.policy.clone().with_logs(2),
        E::Entry(EntryError::TooFewLogs { required: 2, found: 1 }));
    refused!(v2, good => good.policy = good.policy.clone().with_times(2),
        E::Time(TimeError::TooFew { required: 2, found: 1 }));
    refused!(v2, good => good.policy = good.policy.clone().with_scts(2),
        E::Sct(SctFailure::TooFew { required: 2, found: 1 }));
}

#[test]
fn a_bad_second_element_is_not_overlooked() {
    refused!(v2, good => {
        let mut second = good.timestamp().clone();
        let last = second.len() - 1;
        flip(&mut second, last);
        good.bundle.verification_material.rfc3161_timestamps.push(second);
    }, E::Time(TimeError::Timestamp { position: 1, source: TspError::Signature { .. }, .. }));
    refused!(v2, good => {
        let mut second = good.entry().clone();
        second.log_index = 1;
        good.bundle.verification_material.tlog_entries.push(second);
    }, E::Proof(ProofError::IndexMismatch { entry: 1, .. }));
    refused!(v2, good => {
        // Of a log that nobody knows, and about something else: the binding is checked all the same.
        let mut second = good.entry().clone();
        second.log_id = vec![0; 32];
        second.canonicalized_body = b"{}".to_vec();
        good.bundle.verification_material.tlog_entries.push(second);
    }, E::Entry(EntryError::Body(BodyError::Json(_))));
}
