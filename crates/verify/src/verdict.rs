//! What a verification found, step by step.

use std::error::Error as _;

use serde::Serialize;

use crate::check::Check;
use crate::error::VerifyError;
use crate::verified::VerifiedBundle;

/// The outcome of a verification: every step in order, and the answer.
#[derive(Debug)]
pub struct Verdict {
    steps: Vec<Step>,
    result: Result<VerifiedBundle, VerifyError>,
}

/// One check on one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was asked.
    pub check: Check,
    /// What came out.
    pub outcome: Outcome,
    /// The facts that the outcome rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// What came out of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// It holds.
    Passed {
        /// One line for a reader.
        detail: String,
    },
    /// It does not hold, and the verification ended here.
    Failed {
        /// One line for a reader.
        detail: String,
        /// What would have passed, where that can be said.
        #[serde(skip_serializing_if = "Option::is_none")]
        expected: Option<String>,
        /// What was there instead.
        #[serde(skip_serializing_if = "Option::is_none")]
        found: Option<String>,
    },
    /// It was not made; nothing may be concluded from it.
    NotMade {
        /// Why not, by kind.
        because: Omission,
        /// Why not, in one line for a reader.
        reason: String,
    },
}

/// Why a check was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Omission {
    /// The policy switches it off.
    SwitchedOff,
    /// The policy does not ask for it.
    NotDemanded,
    /// There is nothing of the kind in what was judged.
    NotPresent,
    /// What it would judge is of a party that the trusted root does not hold.
    UnknownParty,
    /// A check before it failed.
    Prevented,
}

/// A named fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What it is, for example `log index`.
    pub name: &'static str,
    /// Its value as text.
    pub value: String,
}

impl Step {
    /// A check that was not made.
    pub fn not_made(check: Check, because: Omission, reason: impl Into<String>) -> Self {
        Self {
            check,
            outcome: Outcome::NotMade {
                because,
                reason: reason.into(),
            },
            evidence: Vec::new(),
        }
    }
}

/// What a failure goes back to, outermost first.
fn causes(error: &VerifyError) -> Vec<Evidence> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(Evidence::new("cause", cause));
        next = cause.source();
    }
    causes
}

impl Evidence {
    pub(crate) fn new(name: &'static str, value: impl ToString) -> Self {
        Self {
            name,
            value: value.to_string(),
        }
    }
}

impl Verdict {
    pub(crate) fn new(trace: Trace, result: Result<VerifiedBundle, VerifyError>) -> Self {
        let mut steps = trace.steps;
        if let Err(error) = &result {
            steps.push(Step {
                check: error.check(),
                outcome: Outcome::Failed {
                    detail: error.message(),
                    expected: error.expected(),
                    found: error.found(),
                },
                evidence: causes(error),
            });
            let reason = format!("{} failed before it", error.check());
            for check in Check::ALL {
                if steps.iter().all(|step| step.check != check) {
                    steps.push(Step::not_made(check, Omission::Prevented, &reason));
                }
            }
        }
        Self { steps, result }
    }

    /// Every step in the order in which it was made; steps that a failure prevented stand at the end.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The verified facts, or the first failure.
    ///
    /// # Errors
    /// The [`VerifyError`] of the step that failed.
    pub fn result(&self) -> Result<&VerifiedBundle, &VerifyError> {
        self.result.as_ref()
    }

    /// As [`Verdict::result`], without the steps.
    ///
    /// # Errors
    /// The [`VerifyError`] of the step that failed.
    pub fn into_result(self) -> Result<VerifiedBundle, VerifyError> {
        self.result
    }

    /// Steps and result at once.
    pub fn into_parts(self) -> (Vec<Step>, Result<VerifiedBundle, VerifyError>) {
        (self.steps, self.result)
    }

    /// Whether every check that was demanded holds.
    pub fn is_verified(&self) -> bool {
        self.result.is_ok()
    }
}

/// Collects the steps while they are made.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    steps: Vec<Step>,
}

impl Trace {
    pub(crate) fn passed(
        &mut self,
        check: Check,
        detail: impl Into<String>,
        evidence: Vec<Evidence>,
    ) {
        let outcome = Outcome::Passed {
            detail: detail.into(),
        };
        self.steps.push(Step {
            check,
            outcome,
            evidence,
        });
    }

    pub(crate) fn not_made(&mut self, check: Check, because: Omission, reason: impl Into<String>) {
        self.steps.push(Step::not_made(check, because, reason));
    }
}
