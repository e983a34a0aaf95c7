//! A whole deployment in memory that lies in one place at a time: each lie is refused by the rule that guards it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod deployment;

use sigbox_crypto::tsp::TspError;
use sigbox_crypto::{ChainError, SctError, sha256};
use sigbox_testkit::virtual_sigstore::{IN_TOTO, Identity, Lie, VirtualSigstore};
use sigbox_tlog::InclusionError;
use sigbox_verify::{
    Artifact, BoundField, ChainFailure, Check, EntryError, Omission, Outcome, ProofError,
    SctFailure, ShapeError, SignatureFailure, TimeError, Verdict, VerifyError,
};

use VerifyError as E;
use deployment::{ARTIFACT, ISSUER, SUBJECT, alice, judge, refused};

type Rule = fn(&VerifyError) -> bool;

macro_rules! rule {
    ($pattern:pat) => {
        |error| matches!(error, $pattern)
    };
}

#[rustfmt::skip]
const LIES: &[(Lie, Rule)] = &[
    // The signature is by another key: the timestamp and the entry are over that signature, so only the key objects.
    (Lie::WrongSignature, rule!(E::Signature(SignatureFailure::Mismatch(_)))),
    (Lie::WrongMessageDigest, rule!(E::Entry(EntryError::Binding { field: BoundField::Digest, .. }))),
    (Lie::UntrustedCa, rule!(E::Chain(ChainFailure::UnknownIssuer { source: ChainError::KeyIdentifier { .. }, .. }))),
    (Lie::ExpiredCert, rule!(E::Chain(ChainFailure::Chain { source: ChainError::Expired { .. }, .. }))),
    (Lie::FutureCert, rule!(E::Chain(ChainFailure::Chain { source: ChainError::NotYetValid { .. }, .. }))),
    (Lie::CaOutsideWindow, rule!(E::Chain(ChainFailure::Window { .. }))),
    (Lie::WrongCtKey, rule!(E::Sct(SctFailure::UnknownLog { .. }))),
    (Lie::ForgedSct, rule!(E::Sct(SctFailure::Sct { source: SctError::Signature { .. }, .. }))),
    (Lie::NoSct, rule!(E::Sct(SctFailure::Missing { required: 1 }))),
    (Lie::CtLogOutsideWindow, rule!(E::Sct(SctFailure::Window { .. }))),
    (Lie::NoTimestamp, rule!(E::Time(TimeError::NoVerifiedTime))),
    (Lie::UnauthenticatedTime, rule!(E::Time(TimeError::NoVerifiedTime))),
    (Lie::WrongImprint, rule!(E::Time(TimeError::Timestamp { source: TspError::Imprint { .. }, .. }))),
    (Lie::UntrustedTsa, rule!(E::Time(TimeError::UnknownAuthority { source: TspError::Signer { .. }, .. }))),
    (Lie::ForgedTimestamp, rule!(E::Time(TimeError::Timestamp { source: TspError::Signature { .. }, .. }))),
    (Lie::TimestampOutsideWindow, rule!(E::Time(TimeError::Window { .. }))),
    (Lie::TimestampOutsideCert, rule!(E::Chain(ChainFailure::Chain { source: ChainError::Expired { .. }, .. }))),
    (Lie::DuplicateTimestamp, rule!(E::Shape(ShapeError::Duplicate { what: "timestamp", position: 1 }))),
    (Lie::OtherSignature, rule!(E::Entry(EntryError::Binding { field: BoundField::Signature, .. }))),
    (Lie::OtherDigest, rule!(E::Entry(EntryError::Binding { field: BoundField::Digest, .. }))),
    (Lie::OtherKey, rule!(E::Entry(EntryError::Binding { field: BoundField::Key, .. }))),
    (Lie::WrongKind, rule!(E::Entry(_))),
    (Lie::BodySpelling, rule!(E::Entry(EntryError::NotCanonical))),
    (Lie::NoEntry, rule!(E::Entry(EntryError::NoEntry { required: 1 }))),
    (Lie::DuplicateEntry, rule!(E::Shape(ShapeError::Duplicate { what: "log entry", position: 1 }))),
    (Lie::UnknownLog, rule!(E::Entry(EntryError::UnknownLog { .. }))),
    (Lie::LogOutsideWindow, rule!(E::Entry(EntryError::Window { .. }))),
    (Lie::NoInclusionProof, rule!(E::Proof(ProofError::Missing))),
    (Lie::WrongIndex, rule!(E::Proof(ProofError::Inclusion(_)))),
    (Lie::WrongProofHash, rule!(E::Proof(ProofError::Inclusion(InclusionError::RootMismatch { .. })))),
    (Lie::ShortProof, rule!(E::Proof(ProofError::Inclusion(InclusionError::ProofLength { .. })))),
    (Lie::WrongCheckpointRoot, rule!(E::Proof(ProofError::Root { .. }))),
    (Lie::WrongCheckpointSize, rule!(E::Proof(ProofError::Size { .. }))),
    (Lie::WrongCheckpointOrigin, rule!(E::Proof(ProofError::Origin { .. }))),
    (Lie::WrongCheckpointKey, rule!(E::Proof(ProofError::Signature(_)))),
    (Lie::WrongKeyHint, rule!(E::Proof(ProofError::KeyHint { .. }))),
    (Lie::NoCheckpoint, rule!(E::Proof(ProofError::MissingCheckpoint))),
];

#[test]
fn every_lie_about_an_artifact_is_refused_by_its_rule() {
    let named: Vec<Lie> = LIES.iter().map(|(lie, _)| *lie).collect();
    assert_eq!(named, Lie::ALL, "the table and the lies differ");
    let mut sigstore = VirtualSigstore::new();
    for (lie, rule) in LIES {
        let signed = sigstore.sign_with(ARTIFACT, &Identity::default(), *lie);
        let error = refused(&signed, &alice());
        assert!(rule(&error), "{lie:?}: {error:?}");
    }
}

#[test]
fn every_lie_about_an_envelope_is_refused_too() {
    let mut sigstore = VirtualSigstore::new();
    let honest = sigstore.attest(ARTIFACT, &serde_json::json!({}), &Identity::default());
    let statement = match &honest.bundle.content {
        sigbox_wire::BundleContent::DsseEnvelope(envelope) => envelope.payload.clone(),
        other @ sigbox_wire::BundleContent::MessageSignature(_) => panic!("{other:?}"),
    };
    judge(&honest, Artifact::Bytes(ARTIFACT), &alice())
        .into_result()
        .unwrap();
    for (lie, rule) in LIES
        .iter()
        .filter(|(lie, _)| *lie != Lie::WrongMessageDigest)
    {
        let signed = sigstore.attest_with(IN_TOTO, &statement, &Identity::default(), *lie);
        let error = refused(&signed, &alice());
        let by_rule = match error {
            E::Signature(SignatureFailure::Envelope(_)) => *lie == Lie::WrongSignature,
            ref other => rule(other),
        };
        assert!(by_rule, "{lie:?}: {error:?}");
    }
}

#[test]
fn an_honest_bundle_verifies_in_every_form_of_the_artifact() {
    let signed = VirtualSigstore::new().sign(ARTIFACT, &Identity::default());
    let mut stream = ARTIFACT;
    let forms = [
        Artifact::Bytes(ARTIFACT),
        Artifact::Sha256Digest(sha256(ARTIFACT)),
        Artifact::Reader(&mut stream),
    ];
    for artifact in forms {
        let verdict = judge(&signed, artifact, &alice());
        let verified = verdict.result().unwrap();
        assert_eq!(
            (verified.identity(), verified.issuer()),
            (Some(SUBJECT), Some(ISSUER))
        );
        assert_eq!(verified.times.len(), 1);
        assert_eq!(
            verified.log_index(),
            Some(verified.log_entries[0].log_index)
        );
        assert_eq!(verified.ct_logs.len(), 1);
        let failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed { .. });
        assert!(!verdict.steps().iter().any(|step| failed(&step.outcome)));
    }
}

#[test]
fn the_empty_artifact_verifies() {
    let signed = VirtualSigstore::new().sign(b"", &Identity::default());
    judge(&signed, Artifact::Bytes(b""), &alice())
        .into_result()
        .unwrap();
}

#[test]
fn steps_stand_in_order_and_end_with_what_was_not_made() {
    let signed = VirtualSigstore::new().sign_with(ARTIFACT, &Identity::default(), Lie::NoSct);
    let verdict = judge(&signed, Artifact::Bytes(ARTIFACT), &alice());
    let steps: Vec<_> = verdict
        .steps()
        .iter()
        .map(|step| (step.check, outcome(&step.outcome)))
        .collect();
    let expected = [
        (Check::BundleShape, "passed"),
        (Check::EntryBinding, "passed"),
        (Check::Checkpoint, "passed"),
        (Check::InclusionProof, "passed"),
        (Check::InclusionPromise, "not made"),
        (Check::TransparencyLog, "passed"),
        (Check::SignedTime, "passed"),
        (Check::CertificateChain, "passed"),
        (Check::CertificateTransparency, "failed"),
        (Check::ArtifactDigest, "not made"),
        (Check::Signature, "not made"),
        (Check::StatementSubject, "not made"),
        (Check::CertificateIdentity, "not made"),
        (Check::CertificateIssuer, "not made"),
        (Check::CertificateExtension, "not made"),
    ];
    assert_eq!(steps, expected);
    let failed = serde_json::to_value(&verdict.steps()[8]).unwrap();
    assert_eq!(failed["check"], "certificate-transparency");
    assert_eq!(failed["outcome"]["outcome"], "failed");
    assert_eq!(failed["outcome"]["expected"], "1");
    assert_eq!(failed["outcome"]["found"], "0");
}

fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed { .. } => "passed",
        Outcome::Failed { .. } => "failed",
        Outcome::NotMade { .. } => "not made",
        _ => "unknown",
    }
}

/// The checks that were not made for one reason.
fn omitted(verdict: &Verdict, why: Omission) -> Vec<Check> {
    let because =
        |outcome: &Outcome| matches!(outcome, Outcome::NotMade { because, .. } if *because == why);
    let steps = verdict.steps().iter();
    steps
        .filter(|step| because(&step.outcome))
        .map(|step| step.check)
        .collect()
}

#[test]
fn switched_off_checks_are_listed_as_not_made() {
    let mut sigstore = VirtualSigstore::new();
    let signed = sigstore.sign_with(ARTIFACT, &Identity::default(), Lie::UnknownLog);
    let verdict = judge(
        &signed,
        Artifact::Bytes(ARTIFACT),
        &alice().ignore_tlog_unsafe(),
    );
    verdict.result().unwrap();
    assert_eq!(
        omitted(&verdict, Omission::SwitchedOff),
        [
            Check::TransparencyLog,
            Check::Checkpoint,
            Check::InclusionProof,
            Check::InclusionPromise
        ]
    );
    // What an entry says is compared all the same.
    let signed = sigstore.sign_with(ARTIFACT, &Identity::default(), Lie::OtherDigest);
    let error = refused(&signed, &alice().ignore_tlog_unsafe());
    assert!(matches!(
        error,
        E::Entry(EntryError::Binding {
            field: BoundField::Digest,
            ..
        })
    ));
    let signed = sigstore.sign_with(ARTIFACT, &Identity::default(), Lie::NoSct);
    let verdict = judge(
        &signed,
        Artifact::Bytes(ARTIFACT),
        &alice().ignore_sct_unsafe(),
    );
    verdict.result().unwrap();
    assert_eq!(
        omitted(&verdict, Omission::SwitchedOff),
        [Check::CertificateTransparency]
    );
    // Without a log and without a time, an old certificate is judged now.
    let signed = sigstore.sign_with(ARTIFACT, &Identity::default(), Lie::NoTimestamp);
    let error = refused(&signed, &alice().ignore_tlog_unsafe());
    assert!(matches!(
        error,
        E::Chain(ChainFailure::Chain {
            source: ChainError::Expired { .. },
            ..
        })
    ));
}
