//! Every stored conformance case: the verdict that its name demands, and the check that must refuse it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

mod cases;

use cases::Case;
use sigbox_crypto::{ChainError, PublicKeyError, sha256};
use sigbox_tlog::{CheckpointError, NoteError};
use sigbox_verify::{
    Artifact, ArtifactError, BoundField, ChainFailure, Check, EntryError, Outcome, Policy,
    ProofError, SctFailure, ShapeError, TimeError, TrustMaterial, VerifyError, verify,
};
use sigbox_wire::{BodyError, Bundle, BundleError};

/// What must come of a case.
enum Expected {
    Accepted,
    /// The bundle cannot be read.
    Unreadable(fn(&BundleError) -> bool),
    /// The key to verify with cannot be read.
    NoKey(fn(&PublicKeyError) -> bool),
    /// The check refuses it, by this rule.
    Refused(Check, fn(&VerifyError) -> bool),
}

macro_rules! rule {
    ($pattern:pat $(if $guard:expr)?) => {
        |error| matches!(error, $pattern $(if $guard)?)
    };
}

use Expected::{Accepted, NoKey, Refused, Unreadable};
use VerifyError as E;

#[rustfmt::skip]
const CASES: &[(&str, Expected)] = &[
    ("bundle-from-wrong-instance_fail", Refused(Check::TransparencyLog, rule!(E::Entry(EntryError::UnknownLog { .. })))),
    ("bundle-negative-log-index_fail", Refused(Check::InclusionProof, rule!(E::Proof(ProofError::Negative { found: -1, .. })))),
    ("bundle-unknown-version_fail", Unreadable(rule!(BundleError::MediaType { .. }))),
    ("bundle-with-root-cert_fail", Refused(Check::BundleShape, rule!(E::Shape(ShapeError::RootInChain { position: 1 })))),
    ("checkpoint-bad-keyhint_fail", Refused(Check::Checkpoint, rule!(E::Proof(ProofError::KeyHint { .. })))),
    ("checkpoint-wrong-roothash_fail", Refused(Check::Checkpoint, rule!(E::Proof(ProofError::Size { .. })))),
    ("dsse-invalid-sig_fail", Refused(Check::EntryBinding, rule!(E::Entry(EntryError::Binding { field: BoundField::Signature, .. })))),
    ("dsse-mismatch-envelope_fail", Refused(Check::EntryBinding, rule!(E::Entry(EntryError::Binding { field: BoundField::Digest, .. })))),
    ("happy-path-intoto-in-dsse-v3", Accepted),
    ("happy-path-v0.2", Accepted),
    ("happy-path-v0.3", Accepted),
    ("integrated-time-in-future_fail", Refused(Check::CertificateChain, rule!(E::Chain(ChainFailure::Chain { source: ChainError::Expired { .. }, .. })))),
    ("intoto-log-entry-mismatch_fail", Refused(Check::EntryBinding, rule!(E::Entry(EntryError::Body(BodyError::MissingField("signatures.sig")))))),
    ("intoto-set-outside-signing-cert-validity_fail", Refused(Check::CertificateChain, rule!(E::Chain(ChainFailure::Chain { source: ChainError::Expired { .. }, .. })))),
    ("invalid-ct-key_fail", Refused(Check::CertificateTransparency, rule!(E::Sct(SctFailure::UnknownLog { .. })))),
    ("invalid-inclusion-proof_fail", Refused(Check::Checkpoint, rule!(E::Proof(ProofError::MissingCheckpoint)))),
    ("managed-key-and-trusted-root", Accepted),
    ("managed-key-wrong-key_fail", NoKey(rule!(PublicKeyError::Pem(_)))),
    ("message-digest-mismatch_fail", Refused(Check::EntryBinding, rule!(E::Entry(EntryError::Binding { field: BoundField::Digest, .. })))),
    ("rekor2-checkpoint-missing-log-signature_fail", Refused(Check::Checkpoint, rule!(E::Proof(ProofError::Note(NoteError::NoSignature))))),
    ("rekor2-checkpoint-missing-root-hash_fail", Refused(Check::Checkpoint, rule!(E::Proof(ProofError::Checkpoint(CheckpointError::MissingRoot))))),
    // The root hash stands where the size should.
    ("rekor2-checkpoint-missing-size_fail", Refused(Check::Checkpoint, rule!(E::Proof(ProofError::Checkpoint(CheckpointError::MalformedSize))))),
    ("rekor2-checkpoint-multiple-cosigs", Accepted),
    ("rekor2-checkpoint-two-sigs-from-origin", Accepted),
    ("rekor2-dsse-happy-path", Accepted),
    ("rekor2-dsse-mismatch-envelope_fail", Refused(Check::EntryBinding, rule!(E::Entry(EntryError::Binding { field: BoundField::Digest, .. })))),
    ("rekor2-dsse-mismatch-sig_fail", Refused(Check::EntryBinding, rule!(E::Entry(EntryError::Binding { field: BoundField::Signature, .. })))),
    ("rekor2-happy-path", Accepted),
    ("rekor2-no-timestamp_fail", Refused(Check::SignedTime, rule!(E::Time(TimeError::NoVerifiedTime)))),
    ("rekor2-timestamp-outside-trust-root-tsa-validity_fail", Refused(Check::SignedTime, rule!(E::Time(TimeError::Window { .. })))),
    ("rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail", Refused(Check::SignedTime, rule!(E::Time(TimeError::UnknownAuthority { .. })))),
    ("rekor2-timestamp-with-embedded-cert", Accepted),
    ("rekor2-timestamp-with-incorrect-time_fail", Refused(Check::CertificateChain, rule!(E::Chain(ChainFailure::Chain { source: ChainError::Expired { .. }, .. })))),
    ("trust-root-tsa-validity-end-inclusive", Accepted),
    ("wrong-hashedrekord-artifact_fail", Refused(Check::EntryBinding, rule!(E::Entry(EntryError::Binding { field: BoundField::Digest, .. })))),
    ("wrong-material_fail", Refused(Check::ArtifactDigest, rule!(E::Artifact(ArtifactError::Digest { .. })))),
];

#[test]
fn every_case_has_its_verdict_by_file_and_by_digest() {
    let Some(folder) = cases::folder() else {
        return;
    };
    let mut stored: Vec<String> = std::fs::read_dir(folder.join("bundle-verify"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    stored.sort();
    let named: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    assert_eq!(stored, named, "the table and the stored cases differ");
    for (name, expected) in CASES {
        assert_eq!(
            name.ends_with("fail"),
            !matches!(expected, Accepted),
            "{name}"
        );
        run(name, expected, &Case::load(&folder, name));
    }
}

fn run(name: &str, expected: &Expected, case: &Case) {
    let policy = match (&case.policy, expected) {
        (Ok(policy), _) => policy,
        (Err(error), NoKey(rule)) => return assert!(rule(error), "{name}: {error:?}"),
        (Err(error), _) => panic!("{name}: {error:?}"),
    };
    let bundle = match (Bundle::parse(&case.bundle), expected) {
        (Ok(bundle), _) => bundle,
        (Err(error), Unreadable(rule)) => return assert!(rule(&error), "{name}: {error:?}"),
        (Err(error), _) => panic!("{name}: {error:?}"),
    };
    judge(
        name,
        expected,
        case,
        &bundle,
        Artifact::Bytes(&case.artifact),
        policy,
    );
    let digest = Artifact::Sha256Digest(sha256(&case.artifact));
    judge(name, expected, case, &bundle, digest, policy);
    let mut stream = case.artifact.as_slice();
    judge(
        name,
        expected,
        case,
        &bundle,
        Artifact::Reader(&mut stream),
        policy,
    );
}

fn judge(
    name: &str,
    expected: &Expected,
    case: &Case,
    bundle: &Bundle,
    artifact: Artifact<'_>,
    policy: &Policy,
) {
    let now = "2026-11-24T00:00:00Z".parse().unwrap();
    let trust = TrustMaterial::from_trusted_root(&case.trusted_root).unwrap();
    let verdict = verify(bundle, artifact, policy, &trust, now);
    let last = verdict
        .steps()
        .iter()
        .rfind(|step| matches!(step.outcome, Outcome::Failed { .. }));
    // Whatever the outcome, each check is accounted for.
    for check in Check::ALL {
        let listed = verdict.steps().iter().any(|step| step.check == check);
        assert!(listed, "{name}: {check} is in no step");
    }
    match (verdict.result(), expected) {
        (Ok(_), Accepted) => assert_eq!(last, None, "{name}"),
        (Err(error), Refused(check, rule)) => {
            assert!(rule(error), "{name}: {error:?}");
            assert_eq!(error.check(), *check, "{name}");
            assert_eq!(last.map(|step| step.check), Some(*check), "{name}");
            assert!(
                error.to_string().starts_with(&format!("{check}: ")),
                "{name}: {error}"
            );
        }
        (Ok(verified), _) => panic!("{name} was accepted: {verified:?}"),
        (Err(error), _) => panic!("{name}: {error:?}"),
    }
}
