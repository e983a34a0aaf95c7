//! Telling how the verdict on an image came about.

use jiff::Timestamp;
use sigbox_verify::{Evidence, Omission};

use super::explain_image;
use crate::args::ReportFormat;
use crate::attestation::PredicateType;
use crate::explain::{Account, ImageReport, POLICY, Part, Switches};
use crate::image::{Accepted, Claim, Examination, Examined, Wanted};
use crate::report::Failure;
use crate::verify::{Finding, PREDICATE_TYPE};

/// How the verdict on each image is told, by `--explain`.
#[derive(Clone, Debug)]
pub(super) struct TellingImages {
    pub(super) format: ReportFormat,
    pub(super) switches: Switches,
    pub(super) trust: String,
    pub(super) instance: Option<String>,
    pub(super) now: Timestamp,
    pub(super) wanted: Wanted,
    /// The type that attestations must have.
    pub(super) predicate_type: Option<PredicateType>,
    /// Whether policies are to judge the attestations after that.
    pub(super) policies: bool,
}

impl TellingImages {
    /// All there is to tell, before it is known what it comes to; without an examination there is little.
    pub(super) fn report(
        &self,
        image: &str,
        examination: Option<&Examination>,
    ) -> Result<ImageReport, Failure> {
        let mut report = ImageReport {
            image: image.to_owned(),
            digest: None,
            trust: self.trust.clone(),
            instance: self.instance.clone(),
            now: self.now,
            wanted: self.wanted,
            parts: Vec::new(),
            holding: 0,
            unreadable: Vec::new(),
            passed_over: 0,
        };
        let Some(examination) = examination else {
            return Ok(report);
        };
        report.digest = Some(examination.digest.to_string());
        report.passed_over = examination.others;
        report.unreadable = examination
            .unreadable
            .iter()
            .map(ToString::to_string)
            .collect();
        for one in &examination.examined {
            let (part, holds) = self.part(one)?;
            report.parts.push(part);
            report.holding += usize::from(holds);
        }
        Ok(report)
    }

    /// One signature or attestation, and whether it counts.
    fn part(&self, one: &Examined) -> Result<(Part, bool), Failure> {
        let mut findings = one.findings.clone();
        let refused = match &one.outcome {
            Ok(accepted) => self
                .judge_type(accepted, &mut findings)
                .err()
                .map(Failure::new),
            Err(refusal) => Some(explain_image::one_refused(refusal)),
        };
        if self.policies {
            let reason = "policies judge the attestations once all of them are known";
            findings.push(Finding::not_made(POLICY, Omission::NotDemanded, reason));
        }
        let outcome = match (&one.outcome, &refused) {
            (Ok(accepted), None) => Ok(&accepted.verified),
            (_, Some(failure)) => Err(failure),
            (Err(_), None) => return Err(Failure::new("a refusal without a reason").unexpected()),
        };
        let account = Account {
            artifact: None,
            bundle: one.stored.to_string(),
            trust: None,
            instance: None,
            now: self.now,
            findings: findings
                .into_iter()
                .map(|finding| self.switches.name(finding))
                .collect(),
            outcome,
        };
        let part = account
            .to_image_part(self.format)
            .map_err(|error| Failure::from_error(&error).unexpected())?;
        Ok((part, outcome.is_ok()))
    }

    /// Whether an attestation is of the type that is asked for.
    fn judge_type(&self, accepted: &Accepted, findings: &mut Vec<Finding>) -> Result<(), String> {
        let (Some(wanted), Claim::Statement { predicate_type, .. }) =
            (&self.predicate_type, &accepted.claim)
        else {
            return Ok(());
        };
        let (expected, found) = (wanted.uri(), predicate_type.as_str());
        if found == expected {
            let detail = "the statement is of the demanded type";
            findings.push(Finding::passed(
                PREDICATE_TYPE,
                detail,
                vec![Evidence {
                    name: "predicate type",
                    value: found.to_owned(),
                }],
            ));
            return Ok(());
        }
        let detail = "the statement is of another type";
        findings.push(Finding::failed(PREDICATE_TYPE, detail, expected, found));
        Err(format!(
            "invalid predicate type, expected {} got {found}",
            wanted.name()
        ))
    }
}
