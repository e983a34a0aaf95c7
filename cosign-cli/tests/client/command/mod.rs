//! Runs the `cosign` program and shows what a user would see.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A run of the program in an environment that holds nothing but what the test gives.
pub(crate) struct Cosign {
    command: Command,
}

impl Cosign {
    /// A run with these arguments.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cosign"));
        command.env_clear().args(arguments).stdin(Stdio::null());
        Self { command }
    }

    /// The same with a variable set.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The same in another directory, so that messages hold relative names only.
    pub(crate) fn directory(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// The same with stdin.
    pub(crate) fn stdin(mut self, file: &Path) -> Self {
        self.command.stdin(std::fs::File::open(file).unwrap());
        self
    }

    /// Exit code, stdout and stderr as one text for a snapshot.
    pub(crate) fn run(mut self) -> String {
        let output = self.command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert!(
            !stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'),
            "an escape reached the terminal: {stdout:?} {stderr:?}"
        );
        let code = output.status.code().unwrap();
        format!("exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

/// Every command below this one, hidden ones too, with its words and whether other commands are below it.
pub(crate) fn commands<'a>(
    command: &'a clap::Command,
    words: &mut Vec<&'a str>,
    visitor: &mut dyn FnMut(&[&'a str], bool),
) {
    for inner in command
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
    {
        words.push(inner.get_name());
        visitor(words, inner.has_subcommands());
        commands(inner, words, visitor);
        words.pop();
    }
}

/// The verification cases of the public conformance suite, or `None` and a loud word if they are not there.
pub(crate) fn conformance() -> Option<PathBuf> {
    let shared =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance/bundle-verify");
    if shared.is_dir() {
        return Some(shared);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "no conformance cases"
    );
    // Past the test runner, which keeps what a passing test prints.
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("SKIPPED: no conformance cases at {}\n", shared.display()),
    );
    None
}
