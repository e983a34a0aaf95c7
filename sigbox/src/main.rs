//! A private Sigstore in one command: certificate authority, logs, timestamps and trust on one port.
//!
//! This crate is wiring: it reads the clock, the environment and the files, and hands them to the services.

mod args;
mod ceremony;
mod clock;
mod config;
mod data;
mod database;
mod demo;
mod dispatch;
mod env;
mod issuers;
mod keys;
mod layout;
mod logs;
mod make;
mod server;
mod services;
mod sharding;
mod shards;
mod status;
mod token;
mod trust;
mod up;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use args::{Cli, Command};

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

#[expect(clippy::print_stdout, reason = "the commands' data")]
async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(&args).await?,
        Command::Up(args) => up::up(&args).await?,
        Command::Init(args) => {
            let dir = up::init(&args).await?;
            println!("Made an instance in {}", dir.path().display());
            println!(
                "Move its root keys away from this machine: {}",
                dir.offline().display()
            );
        }
        Command::Env(args) => {
            let dir = data::data_dir(&args.data)?;
            print!("{}", env::render(&env::variables(&dir)?, args.shell)?);
        }
        Command::Token(args) => println!("{}", token::mint(&args)?),
        Command::Status(args) => {
            let (text, healthy) = status::report(&args).await?;
            print!("{text}");
            return Ok(if healthy {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
        Command::Fsck(mut args) => {
            if args.names_nothing() {
                args.data = Some(data::given_or_default(None)?);
            }
            return args.run().await;
        }
        Command::Backup(mut args) => {
            args.data = Some(data::given_or_default(args.data)?);
            return args.run(clock::now()).await;
        }
        Command::Restore(mut args) => {
            args.data = Some(data::given_or_default(args.data)?);
            return args.run().await;
        }
        Command::Shard(action) => print!("{}", sharding::run(&action).await?),
        Command::Cosign { args } => return Ok(cosign(args).await),
        Command::Completion { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "sigbox", &mut std::io::stdout());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The client reads its own command line, its name first.
async fn cosign(args: Vec<OsString>) -> ExitCode {
    let line = std::iter::once(OsString::from("cosign")).chain(args);
    cosign_cli::run(line, clock::clock()).await
}

/// `Error:` first, then the causes.
#[expect(clippy::print_stderr, reason = "the last words of a failed command")]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("Error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  cause: {cause}");
    }
    if let Some(hint) = sigbox_log_tools::cli::hint(error) {
        eprintln!("hint: {hint}");
    }
    ExitCode::FAILURE
}
