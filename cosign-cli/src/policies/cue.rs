//! CUE, evaluated by the `cue` program over copies in a temporary directory.

use std::io;
use std::path::Path;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use tokio::process::Command;

use super::program::CueProgram;
use super::source::{self, SourceError};
use crate::ui::{Escaped, io_reason};

const PAYLOAD: &str = "payload.json";

/// An attestation does not pass a CUE policy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum CueError {
    /// A policy cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The program cannot be run.
    #[error("running {}: {}", Escaped(.program), io_reason(.source))]
    Run {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// It does not fit.
    #[error("{0}")]
    Refused(String),
    /// It takes too long.
    #[error("the policy is not through after {} seconds", .0.as_secs())]
    Time(Duration),
}

/// Has the program unify a statement with the policies, which are taken as one instance.
///
/// It runs without the environment, in a directory that holds nothing else, and with a registry of modules that is
/// none, so that it can fetch nothing.
///
/// Source: cosign `pkg/cosign/cue/cue.go`.
pub(super) fn check(
    program: &CueProgram,
    names: &[String],
    statement: &[u8],
    limit: Duration,
) -> Result<(), CueError> {
    let failed = |source| CueError::Run {
        program: program.path().to_string_lossy().into_owned(),
        source,
    };
    let mut policies = Vec::new();
    for name in names {
        policies.push(source::read(name)?);
    }
    let place = tempfile::tempdir().map_err(failed)?;
    let mut files = Vec::new();
    for (at, policy) in policies.iter().enumerate() {
        let file = format!("policy{at}.cue");
        std::fs::write(place.path().join(&file), policy).map_err(failed)?;
        files.push(file);
    }
    std::fs::write(place.path().join(PAYLOAD), statement).map_err(failed)?;
    let mut command = vet(program.path(), place.path(), &files);
    let ended = within(limit, move || command.spawn()).map_err(failed)?;
    let Some(output) = ended else {
        return Err(CueError::Time(limit));
    };
    if output.status.success() {
        Ok(())
    } else {
        Err(CueError::Refused(fault(&output)))
    }
}

fn vet(program: &Path, place: &Path, files: &[String]) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", place)
        .env("CUE_CACHE_DIR", place.join("cache"))
        .env("CUE_CONFIG_DIR", place.join("config"))
        .env("CUE_REGISTRY", "none")
        .current_dir(place)
        .arg("vet")
        .args(files)
        .arg(PAYLOAD)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Waits for the end in a thread with a runtime of its own, so that callers may or may not have one; `None` past the limit.
fn within(
    limit: Duration,
    spawn: impl FnOnce() -> io::Result<tokio::process::Child> + Send + 'static,
) -> io::Result<Option<Output>> {
    let wait = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let ended = spawn()?.wait_with_output();
            match tokio::time::timeout(limit, ended).await {
                Ok(output) => output.map(Some),
                Err(_) => Ok(None),
            }
        })
    };
    thread::Builder::new()
        .name("cue".to_owned())
        .spawn(wait)?
        .join()
        .unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
}

/// The first message, and how many more there are; the program indents where each comes from.
///
/// Source: CUE `cue/errors`, `list.Error`.
fn fault(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let mut messages = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(char::is_whitespace))
        .map(|line| line.strip_suffix(':').unwrap_or(line));
    let Some(first) = messages.next() else {
        return format!("cue ended with {}", output.status);
    };
    match messages.count() {
        0 => first.to_owned(),
        more => format!("{first} (and {more} more errors)"),
    }
}
