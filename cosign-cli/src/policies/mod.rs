//! Policies that attestations must pass: Rego in this process, CUE by the `cue` program.
//!
//! Nothing is read and no engine is started before the first attestation is there to be judged.

mod cue;
mod go_text;
mod program;
mod rego;
mod source;

use std::path::Path;
use std::time::Duration;

pub(crate) use self::program::{CueProgram, CueProgramError};
use crate::ui::Escaped;

/// For one policy evaluation over one attestation.
const PATIENCE: Duration = Duration::from_secs(10);

/// The policies of a command line cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PolicyError {
    /// A file of neither language.
    #[error("invalid policy format, expected .cue or .rego")]
    Format {
        /// The file.
        name: String,
    },
    /// There are CUE policies, and nothing to evaluate them with.
    #[error(transparent)]
    Program(#[from] CueProgramError),
}

/// The policies of a command line, by language.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    cue: Vec<String>,
    rego: Vec<String>,
    program: Option<CueProgram>,
}

/// What policies say of one attestation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// Which policies were asked, as lines for the user.
    pub(crate) asked: Vec<String>,
    /// Why it does not pass; nothing if it does.
    pub(crate) faults: Vec<String>,
}

impl Policies {
    /// Sorts the names by their endings; CUE's program is looked for only if there is CUE.
    ///
    /// # Errors
    /// [`PolicyError`].
    ///
    /// Source: cosign `cmd/cosign/cli/verify/verify_attestation.go`, `Exec`.
    pub(crate) fn new(
        names: &[String],
        program: impl FnOnce() -> Result<CueProgram, CueProgramError>,
    ) -> Result<Self, PolicyError> {
        let mut policies = Self::default();
        for name in names {
            match extension(name) {
                Some("rego") => policies.rego.push(name.clone()),
                Some("cue") => policies.cue.push(name.clone()),
                _ => return Err(PolicyError::Format { name: name.clone() }),
            }
        }
        if !policies.cue.is_empty() {
            policies.program = Some(program()?);
        }
        Ok(policies)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.cue.is_empty() && self.rego.is_empty()
    }

    /// Judges a statement, given as the bytes that were signed: by the CUE policies first, by Rego's if it passes those.
    pub(crate) fn judge(&self, statement: &[u8]) -> Judgement {
        let mut asked = Vec::new();
        if let Some(program) = &self.program {
            asked.push(asking("CUE", &self.cue));
            if let Err(error) = cue::check(program, &self.cue, statement, PATIENCE) {
                let faults = vec![error.to_string()];
                return Judgement { asked, faults };
            }
        }
        let mut faults = Vec::new();
        if !self.rego.is_empty() {
            asked.push(asking("Rego", &self.rego));
            if let Err(error) = rego::check(&self.rego, statement, PATIENCE) {
                faults = error.lines();
            }
        }
        Judgement { asked, faults }
    }
}

fn extension(name: &str) -> Option<&str> {
    // Of a URL's path the last piece counts as well; a query behind it would hide the ending.
    Path::new(name).extension()?.to_str()
}

fn asking(language: &str, names: &[String]) -> String {
    let names = names.join(" ");
    format!(
        "will be validating against {language} policies: [{}]",
        Escaped(&names)
    )
}

#[cfg(test)]
mod tests;
