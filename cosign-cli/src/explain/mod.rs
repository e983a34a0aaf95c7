//! A verification told to a user: every check with its outcome as text, or the outcome as JSON.
//!
//! Nothing is told that was not checked: what a refusal left open stands as `not made`, and facts about signer, log and
//! time are told only of what was verified.
//!
//! ```text
//! image   the same of all signatures of an image
//! text    --explain: the chain of evidence, for people
//! json    --output json: the outcome, and with --explain every check, for programs
//! claims  what a certificate says about a workflow, by name
//! ```

mod claims;
mod image;
mod json;
mod text;

use jiff::Timestamp;
use sigbox_verify::{Check, Omission, Outcome, VerifiedBundle};

pub(crate) use self::claims::claims;
pub(crate) use self::image::{ImageReport, Part};
use crate::args::{ReportArgs, ReportFormat};
use crate::report::Failure;
use crate::ui::Output;
use crate::verify::Finding;

/// The name of the check that a policy accepts an attestation.
pub(crate) const POLICY: &str = "policy";

/// One verification, ready to be told.
#[derive(Debug)]
pub(crate) struct Account<'a> {
    /// What was to be verified, as the user named it; `None` if nothing was to be compared with the statement.
    pub(crate) artifact: Option<String>,
    /// Where its evidence is, as the user named it.
    pub(crate) bundle: String,
    /// Who was believed, if that was settled.
    pub(crate) trust: Option<String>,
    /// The instance that the trusted root belongs to, if it is one's.
    pub(crate) instance: Option<String>,
    /// The time by the machine's clock, which counts only where nothing signed tells one.
    pub(crate) now: Timestamp,
    /// Every check.
    pub(crate) findings: Vec<Finding>,
    /// What came out.
    pub(crate) outcome: Result<&'a VerifiedBundle, &'a Failure>,
}

impl Account<'_> {
    /// The machine's time in whole seconds, as people and programs write times.
    fn clock(&self) -> Timestamp {
        Timestamp::from_second(self.now.as_second()).unwrap_or(self.now)
    }
}

/// The flags that switch checks off, as the user knows them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Switches {
    /// The flag by which transparency logs are not asked.
    pub(crate) tlog: &'static str,
    /// The flag by which CT logs are not asked.
    pub(crate) sct: &'static str,
    /// The flag by which a statement may be about anything, if it is given.
    pub(crate) subject: Option<&'static str>,
}

impl Switches {
    /// Says by which flag a check was switched off.
    pub(crate) fn name(self, mut finding: Finding) -> Finding {
        let about_something = finding.check == Check::StatementSubject.name();
        if let Some(flag) = self
            .subject
            .filter(|_| about_something && !finding.is_failed())
        {
            // A subject of the statement was compared with itself, which says nothing.
            finding.evidence.clear();
            finding.outcome = Outcome::NotMade {
                because: Omission::SwitchedOff,
                reason: format!("switched off by {flag}"),
            };
            return finding;
        }
        // The client's own checks say it themselves.
        let library = Check::ALL.iter().any(|check| check.name() == finding.check);
        if let Outcome::NotMade {
            because: Omission::SwitchedOff,
            reason,
        } = &mut finding.outcome
            && library
        {
            let flag = if finding.check == Check::CertificateTransparency.name() {
                self.sct
            } else {
                self.tlog
            };
            *reason = format!("switched off by {flag}");
        }
        finding
    }
}

impl ReportArgs {
    /// Writes what is asked for; without a flag that is nothing.
    pub(crate) fn tell(self, account: &Account<'_>, output: &Output) -> Result<(), Failure> {
        let text = match (self.output, self.explain) {
            (ReportFormat::Text, false) => return Ok(()),
            (ReportFormat::Text, true) => account.to_text(),
            (ReportFormat::Json, with_checks) => account
                .to_json(with_checks)
                .map_err(|error| Failure::from_error(&error).unexpected())?,
        };
        output
            .write(text.as_bytes())
            .map_err(|error| Failure::new("writing the output").caused_by(&error))
    }
}
