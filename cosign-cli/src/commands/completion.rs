//! `cosign completion`.

use clap_complete::Shell;

use crate::args::{self, CompletionArgs, CompletionShell};
use crate::report::Failure;
use crate::ui::Output;

/// Writes the completion script of one shell.
pub(crate) fn completion(args: &CompletionArgs, output: &Output) -> Result<(), Failure> {
    let shell = match args.shell {
        CompletionShell::Bash => Shell::Bash,
        CompletionShell::Zsh => Shell::Zsh,
        CompletionShell::Fish => Shell::Fish,
        CompletionShell::Powershell => Shell::PowerShell,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), "cosign", &mut script);
    output
        .write(&script)
        .map_err(|error| Failure::new("writing the script").caused_by(&error))
}
