//! A verification with everything that was found on the way, for showing how its outcome came about.

use serde::Serialize;
use sigbox_verify::{Check, Evidence, Omission, Outcome, Step, TimeSource, VerifiedBundle};
use sigbox_wire::BundleContent;

use super::{VerifyError, VerifyRequest, judge, read, refused};
use crate::attestation::PredicateType;
use crate::signature_files::SignatureOver;

/// The name of the check that a statement is of the demanded type.
pub(crate) const PREDICATE_TYPE: &str = "predicate-type";
/// The name of the check that a timestamp authority has stamped the signature.
pub(crate) const DEMANDED_TIMESTAMP: &str = "demanded-timestamp";

/// A verification: each finding in the order in which it was made, and the outcome.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) findings: Vec<Finding>,
    pub(crate) result: Result<VerifiedBundle, VerifyError>,
}

/// One check on one thing: the library's, or one that the client makes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// The stable name.
    pub(crate) check: &'static str,
    /// What came out.
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
    /// The facts that the outcome rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) evidence: Vec<Evidence>,
}

impl From<Step> for Finding {
    fn from(step: Step) -> Self {
        Self {
            check: step.check.name(),
            outcome: step.outcome,
            evidence: step.evidence,
        }
    }
}

impl Finding {
    pub(crate) fn passed(check: &'static str, detail: &str, evidence: Vec<Evidence>) -> Self {
        let detail = detail.to_owned();
        Self {
            check,
            outcome: Outcome::Passed { detail },
            evidence,
        }
    }

    pub(crate) fn failed(check: &'static str, detail: &str, expected: &str, found: &str) -> Self {
        let outcome = Outcome::Failed {
            detail: detail.to_owned(),
            expected: Some(expected.to_owned()),
            found: Some(found.to_owned()),
        };
        Self {
            check,
            outcome,
            evidence: Vec::new(),
        }
    }

    pub(crate) fn not_made(
        check: &'static str,
        because: Omission,
        reason: impl Into<String>,
    ) -> Self {
        let reason = reason.into();
        Self {
            check,
            outcome: Outcome::NotMade { because, reason },
            evidence: Vec::new(),
        }
    }

    /// Whether the check did not hold.
    pub(crate) fn is_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }
}

/// Verifies a blob, or a statement of the given type about it, and keeps every finding.
///
/// Each check is accounted for, also where nothing could be judged.
pub(crate) fn judged(request: &VerifyRequest, wanted: Option<&PredicateType>) -> Judged {
    let mut findings = Vec::new();
    let result = run(request, wanted, &mut findings);
    if let Err(error) = &result {
        let own = own_checks(request.expect.signed_timestamps, wanted.is_some());
        account_for_the_rest(&mut findings, &error.to_string(), own);
    }
    Judged { findings, result }
}

fn run(
    request: &VerifyRequest,
    wanted: Option<&PredicateType>,
    findings: &mut Vec<Finding>,
) -> Result<VerifiedBundle, VerifyError> {
    let policy = request.expect.policy()?;
    let over = match wanted {
        Some(_) => SignatureOver::Statement,
        None => SignatureOver::Blob,
    };
    let found = read(request, over)?;
    if wanted.is_some() && !matches!(found.bundle.content, BundleContent::DsseEnvelope(_)) {
        return Err(VerifyError::NoStatement);
    }
    let (steps, result) = judge(request, found, policy)?.into_parts();
    findings.extend(steps.into_iter().map(Finding::from));
    let verified = result.map_err(|error| refused(&request.trust, error))?;
    if request.expect.signed_timestamps {
        demand_timestamp(&verified, findings)?;
    }
    if let Some(wanted) = wanted {
        demand_type(&verified, wanted, findings)?;
    }
    Ok(verified)
}

/// Demands that a timestamp authority has stamped the signature.
///
/// # Errors
/// [`VerifyError::NoSignedTimestamp`].
pub(crate) fn demand_timestamp(
    verified: &VerifiedBundle,
    findings: &mut Vec<Finding>,
) -> Result<(), VerifyError> {
    let stamped = verified.times.iter().find_map(|time| match &time.source {
        TimeSource::TimestampAuthority { uri } => Some(uri.clone()),
        _ => None,
    });
    let Some(authority) = stamped else {
        let detail = "no timestamp authority has stamped the signature";
        findings.push(Finding::failed(DEMANDED_TIMESTAMP, detail, "1", "0"));
        return Err(VerifyError::NoSignedTimestamp);
    };
    let detail = "a timestamp authority has stamped the signature";
    let evidence = evidence("authority", authority);
    findings.push(Finding::passed(DEMANDED_TIMESTAMP, detail, evidence));
    Ok(())
}

fn demand_type(
    verified: &VerifiedBundle,
    wanted: &PredicateType,
    findings: &mut Vec<Finding>,
) -> Result<(), VerifyError> {
    let statement = verified
        .statement
        .as_ref()
        .ok_or(VerifyError::NoStatement)?;
    let found = &statement.predicate_type;
    if found != wanted.uri() {
        let detail = "the statement is of another type";
        findings.push(Finding::failed(PREDICATE_TYPE, detail, wanted.uri(), found));
        return Err(VerifyError::PredicateType {
            expected: wanted.name().to_owned(),
            found: found.clone(),
        });
    }
    let detail = "the statement is of the demanded type";
    let evidence = evidence("predicate type", found.clone());
    findings.push(Finding::passed(PREDICATE_TYPE, detail, evidence));
    Ok(())
}

fn evidence(name: &'static str, value: String) -> Vec<Evidence> {
    vec![Evidence { name, value }]
}

/// Lists what a failure has prevented, of the library's checks and of the client's own.
pub(crate) fn account_for_the_rest(
    findings: &mut Vec<Finding>,
    error: &str,
    own: impl IntoIterator<Item = &'static str>,
) {
    let failed = findings.iter().find(|finding| finding.is_failed());
    let reason = failed.map_or_else(
        || error.to_owned(),
        |failed| format!("{} failed before it", failed.check),
    );
    let all = Check::ALL.iter().map(|check| check.name()).chain(own);
    for check in all {
        if findings.iter().all(|made| made.check != check) {
            findings.push(Finding::not_made(check, Omission::Prevented, &*reason));
        }
    }
}

/// The client's own checks that are demanded of a blob.
fn own_checks(timestamp: bool, predicate_type: bool) -> impl Iterator<Item = &'static str> {
    let own = [
        timestamp.then_some(DEMANDED_TIMESTAMP),
        predicate_type.then_some(PREDICATE_TYPE),
    ];
    own.into_iter().flatten()
}

/// Every check, not made for this reason; the client's own ones if they are demanded.
pub(crate) fn nothing_judged(reason: &str, timestamp: bool, predicate_type: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    account_for_the_rest(&mut findings, reason, own_checks(timestamp, predicate_type));
    findings
}
