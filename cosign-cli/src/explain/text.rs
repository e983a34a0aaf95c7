//! The chain of evidence as indented text; every foreign text is escaped.

use std::fmt::{self, Display};

use sigbox_verify::{Check, Omission, Outcome};

use super::{Account, POLICY};
use crate::image::{ANNOTATIONS, CLAIMED_IMAGE};
use crate::ui::Escaped;
use crate::verify::{DEMANDED_TIMESTAMP, Finding, PREDICATE_TYPE};

/// The parts of the chain, in the order in which they are judged, with their checks.
const SECTIONS: [(&str, &[Check], &[&str]); 7] = [
    ("Bundle", &[Check::BundleShape], &[]),
    (
        "Transparency log",
        &[
            Check::EntryBinding,
            Check::TransparencyLog,
            Check::Checkpoint,
            Check::InclusionProof,
            Check::InclusionPromise,
        ],
        &[],
    ),
    ("Time", &[Check::SignedTime], &[DEMANDED_TIMESTAMP]),
    (
        "Certificate",
        &[Check::CertificateChain, Check::CertificateTransparency],
        &[],
    ),
    (
        "Signature",
        &[
            Check::ArtifactDigest,
            Check::Signature,
            Check::StatementSubject,
        ],
        &[PREDICATE_TYPE],
    ),
    (
        "Signer",
        &[
            Check::CertificateIdentity,
            Check::CertificateIssuer,
            Check::CertificateExtension,
        ],
        &[],
    ),
    ("Claims", &[], &[CLAIMED_IMAGE, ANNOTATIONS, POLICY]),
];

impl Account<'_> {
    /// The text of `--explain`, which ends with a line end.
    pub(crate) fn to_text(&self) -> String {
        self.to_string()
    }
}

impl Display for Account<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let artifact = self.artifact.as_deref().unwrap_or("not compared");
        writeln!(f, "Artifact: {}", Escaped(artifact))?;
        writeln!(f, "Bundle: {}", Escaped(&self.bundle))?;
        let trust = self.trust.as_deref().unwrap_or("not read");
        writeln!(f, "Trust: {}", Escaped(trust))?;
        writeln!(f, "Clock: {}", self.clock())?;
        write!(f, "{}", Chain(self))
    }
}

/// The checks alone, and what they come to.
pub(super) struct Chain<'a>(pub(super) &'a Account<'a>);

impl Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(account) = self;
        for (title, checks, own) in SECTIONS {
            let belongs = |finding: &&Finding| {
                let mut names = checks
                    .iter()
                    .map(|check| check.name())
                    .chain(own.iter().copied());
                names.any(|name| name == finding.check)
            };
            let mut findings = account.findings.iter().filter(belongs).peekable();
            if findings.peek().is_some() {
                writeln!(f, "\n{title}")?;
            }
            for finding in findings {
                write_finding(f, finding)?;
            }
        }
        writeln!(f)?;
        account.conclusion(f)
    }
}

impl Account<'_> {
    fn conclusion(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Err(failure) = self.outcome else {
            let off: Vec<&str> = self
                .findings
                .iter()
                .filter(|finding| is_switched_off(finding))
                .map(|finding| finding.check)
                .collect();
            return if off.is_empty() {
                writeln!(f, "Verified: every check that was demanded holds")
            } else {
                writeln!(
                    f,
                    "Verified: every check that was demanded holds; switched off: {}",
                    off.join(", ")
                )
            };
        };
        match self.findings.iter().find(|finding| finding.is_failed()) {
            Some(failed) => writeln!(f, "Refused by {}", failed.check),
            None => writeln!(f, "Not judged: {}", Escaped(&failure.headline)),
        }
    }
}

fn is_switched_off(finding: &Finding) -> bool {
    matches!(
        finding.outcome,
        Outcome::NotMade {
            because: Omission::SwitchedOff,
            ..
        }
    )
}

fn write_finding(f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
    let (word, text) = match &finding.outcome {
        Outcome::Passed { detail } => ("passed", detail),
        Outcome::Failed { detail, .. } => ("failed", detail),
        Outcome::NotMade { reason, .. } => ("not made", reason),
        // An outcome that is not known here must not look like a good one.
        _ => ("not known", &String::new()),
    };
    writeln!(f, "  {word:<8}  {}: {}", finding.check, Escaped(text))?;
    if let Outcome::Failed {
        expected, found, ..
    } = &finding.outcome
    {
        for (label, value) in [("expected", expected), ("found", found)] {
            if let Some(value) = value {
                writeln!(f, "              {label}: {}", Escaped(value))?;
            }
        }
    }
    for evidence in &finding.evidence {
        let value = Escaped(&evidence.value);
        writeln!(f, "              {}: {value}", evidence.name)?;
    }
    Ok(())
}
