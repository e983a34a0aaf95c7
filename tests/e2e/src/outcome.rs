//! A program's run: exit code and what it said.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// What a finished program left.
#[derive(Debug)]
pub struct Outcome {
    /// The command line, for messages.
    pub command: String,
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    /// Demands an exit code.
    pub fn expect(self, code: i32) -> Result<Self> {
        ensure!(
            self.code == Some(code),
            "expected exit code {code}, found {:?}: {}\n--- stdout\n{}\n--- stderr\n{}",
            self.code,
            self.command,
            self.stdout,
            self.stderr
        );
        Ok(self)
    }

    /// Demands a text on standard error.
    pub fn says(self, text: &str) -> Result<Self> {
        ensure!(
            self.stderr.contains(text),
            "expected `{text}` on stderr: {}\n--- stderr\n{}",
            self.command,
            self.stderr
        );
        Ok(self)
    }
}

/// Runs a program without standard input and keeps all it says.
pub fn run(command: &mut Command) -> Result<Outcome> {
    let text = format!("{command:?}");
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| text.clone())?;
    Ok(Outcome {
        command: text,
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
