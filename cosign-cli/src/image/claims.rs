//! Judges what a signature that verifies claims, and accounts for each check.

use std::collections::BTreeMap;

use serde_json::Value;
use sigbox_oci::Digest;
use sigbox_verify::{Evidence, Omission, VerifiedBundle};
use sigbox_wire::BundleContent;

use super::annotations::Annotations;
use super::collect::Found;
use super::judge::{Claim, Refusal};
use super::payload::SimpleSigning;
use super::statement::{SIGN_PREDICATE, subject_annotations};
use crate::verify::{Finding, PREDICATE_TYPE};

/// The name of the check that a payload is of the image.
pub(crate) const CLAIMED_IMAGE: &str = "claimed-image";
/// The name of the check that the demanded annotations are signed.
pub(crate) const ANNOTATIONS: &str = "annotations";
/// The checks on a claim, in the order in which they are made.
pub(super) const CHECKS: [&str; 3] = [CLAIMED_IMAGE, PREDICATE_TYPE, ANNOTATIONS];

const OFF: &str = "switched off by --check-claims=false";

/// What a signature must claim.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    /// Whether claims are looked at (`--check-claims`).
    pub(crate) checked: bool,
    /// The annotations that must be signed.
    pub(crate) annotations: Annotations,
    /// Whether any statement about the image counts, not only one that signs it.
    pub(crate) any_statement: bool,
}

impl Claims {
    /// Judges a payload; its image and annotations are looked at only if claims are checked.
    ///
    /// Source: cosign `pkg/cosign/verify.go`, `SimpleClaimVerifier`.
    pub(super) fn payload(
        &self,
        payload: &[u8],
        image: &Digest,
        findings: &mut Vec<Finding>,
    ) -> Result<Claim, Refusal> {
        let expected = image.to_string();
        let payload = SimpleSigning::parse(payload).inspect_err(|error| {
            let found = "a payload that cannot be read";
            let detail = error.to_string();
            findings.push(Finding::failed(CLAIMED_IMAGE, &detail, &expected, found));
        })?;
        if !self.checked {
            findings.push(switched_off(CLAIMED_IMAGE));
        } else if payload.digest == expected {
            let (detail, image) = ("the payload is of this image", evidence("image", expected));
            findings.push(Finding::passed(CLAIMED_IMAGE, detail, image));
        } else {
            let (detail, found) = ("the payload is of another image", payload.digest);
            findings.push(Finding::failed(CLAIMED_IMAGE, detail, &expected, &found));
            return Err(Refusal::OtherImage { expected, found });
        }
        findings.push(Finding::not_made(
            PREDICATE_TYPE,
            Omission::NotPresent,
            "a payload is signed, not a statement",
        ));
        self.annotations_of(&payload.annotations.clone().unwrap_or_default(), findings)?;
        Ok(Claim::Payload(payload))
    }

    /// Judges a statement, whose subject has been compared with the image already.
    ///
    /// Where any statement counts, its type is not looked at here: all of an image have to be known first.
    ///
    /// Source: cosign `pkg/cosign/verify.go`, `IntotoSubjectClaimVerifier`.
    pub(super) fn statement(
        &self,
        found: &Found,
        verified: &VerifiedBundle,
        image: &Digest,
        findings: &mut Vec<Finding>,
    ) -> Result<Claim, Refusal> {
        findings.push(Finding::not_made(
            CLAIMED_IMAGE,
            Omission::NotPresent,
            "a statement names its image as its subject",
        ));
        let (Some(statement), BundleContent::DsseEnvelope(envelope)) =
            (verified.statement.as_ref(), &found.bundle.content)
        else {
            let detail = "the manifest itself is signed, not a statement about the image";
            findings.push(Finding::failed(
                PREDICATE_TYPE,
                detail,
                SIGN_PREDICATE,
                "none",
            ));
            return Err(Refusal::NoStatement);
        };
        let predicate_type = statement.predicate_type.clone();
        if !self.any_statement {
            if predicate_type != SIGN_PREDICATE {
                let detail = "the statement is an attestation, not a signature";
                let (expected, found) = (SIGN_PREDICATE, &predicate_type);
                findings.push(Finding::failed(PREDICATE_TYPE, detail, expected, found));
                return Err(Refusal::Attestation { predicate_type });
            }
            let evidence = evidence("predicate type", predicate_type.clone());
            let detail = "the statement signs the image";
            findings.push(Finding::passed(PREDICATE_TYPE, detail, evidence));
        }
        let annotations = subject_annotations(&envelope.payload, image.hex());
        self.annotations_of(&annotations, findings)?;
        Ok(Claim::Statement {
            predicate_type,
            annotations,
        })
    }

    fn annotations_of(
        &self,
        signed: &BTreeMap<String, Value>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Refusal> {
        if self.annotations.is_empty() {
            let reason = "no annotations are demanded";
            findings.push(Finding::not_made(
                ANNOTATIONS,
                Omission::NotDemanded,
                reason,
            ));
            return Ok(());
        }
        if !self.checked {
            findings.push(switched_off(ANNOTATIONS));
            return Ok(());
        }
        self.annotations.check(signed).inspect_err(|mismatch| {
            let pair = |value: &str| format!("{}={value}", mismatch.name);
            let found = mismatch.found.as_deref().unwrap_or("nothing");
            let detail = "a demanded annotation is not signed, or with another value";
            let (expected, found) = (pair(&mismatch.expected), pair(found));
            findings.push(Finding::failed(ANNOTATIONS, detail, &expected, &found));
        })?;
        let pairs = self.annotations.iter();
        let signed = pairs.flat_map(|(name, value)| evidence("signed", format!("{name}={value}")));
        let detail = "every demanded annotation is signed";
        findings.push(Finding::passed(ANNOTATIONS, detail, signed.collect()));
        Ok(())
    }
}

fn switched_off(check: &'static str) -> Finding {
    Finding::not_made(check, Omission::SwitchedOff, OFF)
}

fn evidence(name: &'static str, value: String) -> Vec<Evidence> {
    vec![Evidence { name, value }]
}
