//! The chain of evidence as indented text; every foreign text is escaped.

use std::fmt::{self, Display};

use sigbox_verify::{Check, Omission, Outcome};

use super::Account;
use crate::ui::Escaped;
use crate::verify::{DEMANDED_TIMESTAMP, Finding, PREDICATE_TYPE};

/// The parts of the chain, in the order in which they are judged, with their checks.
const SECTIONS: [(&str, &[Check], Option<&str>); 6] = [
    ("Bundle", &[Check::BundleShape], None),
    (
        "Transparency log",
        &[
            Check::EntryBinding,
            Check::TransparencyLog,
            Check::Checkpoint,
            Check::InclusionProof,
            Check::InclusionPromise,
        ],
        None,
    ),
    ("Time", &[Check::SignedTime], Some(DEMANDED_TIMESTAMP)),
    (
        "Certificate",
        &[Check::CertificateChain, Check::CertificateTransparency],
        None,
    ),
    (
        "Signature",
        &[
            Check::ArtifactDigest,
            Check::Signature,
            Check::StatementSubject,
        ],
        Some(PREDICATE_TYPE),
    ),
    (
        "Signer",
        &[
            Check::CertificateIdentity,
            Check::CertificateIssuer,
            Check::CertificateExtension,
        ],
        None,
    ),
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
        for (title, checks, own) in SECTIONS {
            writeln!(f, "\n{title}")?;
            let belongs = |finding: &&Finding| {
                let mut names = checks.iter().map(|check| check.name()).chain(own);
                names.any(|name| name == finding.check)
            };
            for finding in self.findings.iter().filter(belongs) {
                write_finding(f, finding)?;
            }
        }
        writeln!(f)?;
        self.conclusion(f)
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
