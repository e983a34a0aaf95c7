//! `rekor-lite`: what an operator or an auditor does to logs.
//!
//! The wiring of the program: it reads the clock and the environment, and hands them down.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use sigbox_log_tools::cli::{self, BackupArgs, FsckArgs, RestoreArgs};

/// Tools of transparency logs: checks, backups.
#[derive(Debug, Parser)]
#[command(name = "rekor-lite", version, about, max_term_width = 110)]
#[command(after_help = "Examples:
  rekor-lite fsck --data /srv/sigbox
  rekor-lite backup --data /srv/sigbox --to /backup/sigbox.db")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Derive every log anew and compare it with all that was signed; beside a running server, too
    #[command(after_help = sigbox_log_tools::fsck_examples!("rekor-lite"))]
    Fsck(FsckArgs),
    /// Copy the logs, verified; beside a running server, too
    #[command(after_help = sigbox_log_tools::backup_examples!("rekor-lite"))]
    Backup(BackupArgs),
    /// Put a backup's logs where there are none, never behind what was signed
    #[command(after_help = sigbox_log_tools::restore_examples!("rekor-lite"))]
    Restore(RestoreArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        return failed(&anyhow::anyhow!("a crypto provider is installed already"));
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    runtime
        .block_on(run(cli.command))
        .unwrap_or_else(|error| failed(&error))
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Fsck(mut args) => {
            if args.names_nothing() {
                args.data = data(None);
            }
            args.run().await
        }
        Command::Backup(mut args) => {
            args.data = data(args.data);
            args.run(now()).await
        }
        Command::Restore(mut args) => {
            args.data = data(args.data);
            args.run().await
        }
    }
}

/// `--data`, else `SIGBOX_DATA`.
#[expect(
    clippy::disallowed_methods,
    reason = "a binary's wiring reads the environment"
)]
fn data(given: Option<PathBuf>) -> Option<PathBuf> {
    let variable = || std::env::var_os("SIGBOX_DATA").filter(|value| !value.is_empty());
    given.or_else(|| variable().map(PathBuf::from))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a binary's wiring reads the clock and hands it down"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// `Error:` first, then the causes, then what to do.
#[expect(clippy::print_stderr, reason = "the last words of a failed command")]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("Error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  cause: {cause}");
    }
    if let Some(hint) = cli::hint(error) {
        eprintln!("hint: {hint}");
    }
    ExitCode::FAILURE
}
