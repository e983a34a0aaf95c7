//! How a failure looks: `Error: …`, what caused it, and how to find out more.

use std::error::Error;
use std::fmt;
use std::io;

use crate::ui::{Escaped, io_reason};

/// A failed command: what the user sees and the exit code.
///
/// `Display` is the whole text: an `Error: …` line, one indented line for each cause, and at most one
/// `hint: …` line. Every part is escaped, so that no foreign text can look like a line of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line that users' scripts know.
    pub headline: String,
    /// What led to it, outermost first, and what was compared.
    pub details: Vec<Detail>,
    /// How to find out or repair; never how to check less.
    pub hint: Option<String>,
    /// Whose fault it is.
    pub fault: Fault,
}

/// One indented line below the headline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What the line says: `cause`, `check`, `expected`, `found`.
    pub label: &'static str,
    /// The text.
    pub text: String,
}

/// Why a command ends without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A check failed, or the input or the surroundings are wrong.
    Refused,
    /// Something that cannot happen happened.
    Unexpected,
    /// There is no signature to judge.
    NoSignatures,
    /// The registry has no such tag.
    TagNotFound,
    /// There are signatures, and none is what was demanded.
    NoMatch,
    /// There are signatures, and none has a certificate, which was demanded.
    NoCertificate,
    /// A service or a registry could not be reached or is down: nothing was judged, and the same may succeed later.
    Unreachable,
}

impl Fault {
    /// The process's exit code.
    ///
    /// Source: cosign `cmd/cosign/errors/exit_codes.go` for 10 to 13.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Unexpected => 2,
            Self::NoSignatures => 10,
            Self::TagNotFound => 11,
            Self::NoMatch => 12,
            Self::NoCertificate => 13,
            Self::Unreachable => 3,
        }
    }
}

impl Failure {
    /// A refusal of one line.
    pub fn new(headline: impl Into<String>) -> Self {
        Self {
            headline: headline.into(),
            details: Vec::new(),
            hint: None,
            fault: Fault::Refused,
        }
    }

    /// A refusal that says an error and its sources.
    pub fn from_error(error: &(dyn Error + 'static)) -> Self {
        Self::new(error.to_string()).caused_by_source(error)
    }

    /// The same with one more cause.
    #[must_use]
    pub fn cause(self, cause: impl Into<String>) -> Self {
        let cause = cause.into();
        // The headline and transparent wrappers would say the same thing twice.
        let is_said = self.headline.contains(&cause)
            || self
                .details
                .last()
                .is_some_and(|last| last.text.contains(&cause));
        if is_said {
            self
        } else {
            self.detail("cause", cause)
        }
    }

    /// The same with one more line.
    #[must_use]
    pub fn detail(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.details.push(Detail {
            label,
            text: text.into(),
        });
        self
    }

    /// The same with an error and its sources as causes.
    #[must_use]
    pub fn caused_by(self, error: &(dyn Error + 'static)) -> Self {
        self.cause(text(error)).caused_by_source(error)
    }

    /// The same with an error's sources as causes, but not the error itself.
    #[must_use]
    pub fn caused_by_source(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut source = error.source();
        while let Some(error) = source {
            self = self.cause(text(error));
            source = error.source();
        }
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same as something that cannot happen.
    #[must_use]
    pub fn unexpected(mut self) -> Self {
        self.fault = Fault::Unexpected;
        self
    }

    /// The same as trouble of the network, if it is.
    #[must_use]
    pub fn unreachable_if(mut self, trouble: bool) -> Self {
        if trouble {
            self.fault = Fault::Unreachable;
        }
        self
    }
}

/// An error's own text; of the system's errors the words that users know, without the number.
fn text(error: &(dyn Error + 'static)) -> String {
    error
        .downcast_ref::<io::Error>()
        .map_or_else(|| error.to_string(), io_reason)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error: {}", Escaped(&self.headline))?;
        for Detail { label, text } in &self.details {
            write!(f, "\n  {label}: {}", Escaped(text))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {}", Escaped(hint))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("inner \u{1b}[31m\nhint: forged")]
    struct Inner;

    #[test]
    fn causes_are_listed_and_escaped() {
        let failure = Failure::new("cannot do it")
            .caused_by(&Outer(Inner))
            .hint("do this");
        assert_eq!(
            failure.to_string(),
            "Error: cannot do it\n  cause: outer\n  cause: inner \\u{1b}[31m\\u{a}hint: forged\nhint: do this"
        );
    }

    #[test]
    fn nothing_is_said_twice() {
        let failure = Failure::new("outer").caused_by(&Outer(Inner));
        let texts: Vec<&str> = failure
            .details
            .iter()
            .map(|detail| detail.text.as_str())
            .collect();
        assert_eq!(texts, ["inner \u{1b}[31m\nhint: forged"]);
    }
}
