//! Yes or no, and codes.

use std::io::{self, BufRead as _, Read as _, Write as _};

use crate::ui::{Escaped, io_reason};

/// A longer line is no answer.
const MAX_ANSWER_BYTES: u64 = 1024;

/// Whether the user is still to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The command line has said yes already (`--yes`).
    Before,
    /// Not yet.
    Now,
}

/// The user did not say yes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PromptError {
    /// No, or nothing.
    #[error("user declined the prompt")]
    Declined,
    /// Something else.
    #[error("invalid input \"{}\" (allowed values y, n)", Escaped(.answer))]
    Answer {
        /// What was typed.
        answer: String,
    },
    /// Stdin cannot be read.
    #[error("reading the answer: {}", io_reason(.0))]
    Stdin(#[source] io::Error),
}

/// Asks whether to go on, and reads one line from stdin; what comes after the line stays there.
pub(crate) fn confirm(asked: Asked) -> Result<(), PromptError> {
    if asked == Asked::Before {
        return Ok(());
    }
    let line = line("Are you sure you would like to continue? [y/N] ");
    judge(&line.map_err(PromptError::Stdin)?)
}

/// Asks for the code that a provider has shown in a browser elsewhere.
///
/// # Errors
/// Those of stdin.
pub(crate) fn verification_code() -> io::Result<String> {
    line("Enter verification code: ")
}

fn line(question: &str) -> io::Result<String> {
    // Not locked while it waits: others must be able to say that the time is over.
    let mut stderr = io::stderr();
    drop(write!(stderr, "{question}"));
    drop(stderr.flush());
    let mut line = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_ANSWER_BYTES)
        .read_until(b'\n', &mut line)?;
    if !line.ends_with(b"\n") {
        // Whoever typed nothing has not ended the line of the question either.
        drop(writeln!(stderr));
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

fn judge(line: &str) -> Result<(), PromptError> {
    match line.trim() {
        "y" | "Y" => Ok(()),
        "" | "n" | "N" => Err(PromptError::Declined),
        answer => Err(PromptError::Answer {
            answer: answer.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{PromptError, judge};

    #[test]
    fn only_y_is_yes() {
        for yes in ["y\n", "Y\n", "y", " y \r\n"] {
            assert!(matches!(judge(yes), Ok(())), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "N\n"] {
            assert!(matches!(judge(no), Err(PromptError::Declined)), "{no:?}");
        }
        for other in ["yes\n", "maybe\n", "yn\n"] {
            assert!(
                matches!(judge(other), Err(PromptError::Answer { answer }) if answer == other.trim()),
                "{other:?}"
            );
        }
        let shown = judge("\u{1b}[2J").unwrap_err().to_string();
        assert_eq!(shown, "invalid input \"\\u{1b}[2J\" (allowed values y, n)");
    }
}
