//! From a command line to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ArgMatches;
use sigbox_crypto::Clock;

use crate::args::{
    self, BundleCommand, Cli, Command, ConformanceCommand, DockerfileCommand, GlobalArgs,
    ManifestCommand, ParseOutcome, SigningArgs, SigningConfigCommand, Stated, TrustedRootCommand,
};
use crate::commands::{self, ImageToolCommand};
use crate::instances::is_for_programs;
use crate::report::{Failure, Fault};
use crate::ui::{Escaped, Output, allow_meters, say};

/// Runs a command line, its first word being the program's name, inside a runtime that the caller has.
///
/// Data goes to stdout, talk to stderr. Exit code 0 is success, 1 a refusal, 2 something unexpected, 3 trouble of the network.
pub async fn run<I>(args: I, clock: Clock) -> ExitCode
where
    I: IntoIterator<Item = OsString>,
{
    match read(args) {
        Ok((cli, matches)) => {
            let result = match prepare(cli, &matches) {
                Prepared::Done(result) => result,
                Prepared::SignImages(signing) => signing.run(&clock).await,
                Prepared::VerifyImages(verifying) => verifying.run(&clock).await,
                Prepared::VerifyListed(verifying) => verifying.run(&clock).await,
                Prepared::AttestImages(attesting) => attesting.run(&clock).await,
                Prepared::VerifyImageAttestations(verifying) => verifying.run(&clock).await,
                Prepared::Attach(attaching) => attaching.run(&clock).await,
                Prepared::Download(downloading) => downloading.run().await,
                Prepared::Upload(uploading) => uploading.run().await,
                Prepared::Generate(generating) => generating.run().await,
                Prepared::ImageTool(tool) => tool.run().await,
                Prepared::Sign(signing) => signing.run(&clock).await,
                Prepared::Verify(verifying, output) => verifying.run(&clock, &output),
                Prepared::Attest(attesting) => attesting.run(&clock).await,
                Prepared::VerifyAttestation(verifying, output) => verifying.run(&clock, &output),
                Prepared::SignBundle(signing) => signing.run(&clock).await,
                Prepared::VerifyBundle(verifying) => verifying.run(&clock),
                Prepared::CreateBundle(creating) => creating.run().await,
                Prepared::UpgradeBundle(upgrading) => upgrading.run().await,
            };
            finish(result)
        }
        Err(outcome) => refuse(outcome),
    }
}

/// Runs a command line in a program that has no runtime; only signing starts one.
pub fn run_blocking<I>(args: I, clock: Clock) -> ExitCode
where
    I: IntoIterator<Item = OsString>,
{
    match read(args) {
        Ok((cli, matches)) => {
            let result = match prepare(cli, &matches) {
                Prepared::Done(result) => result,
                Prepared::SignImages(signing) => block_on(signing.run(&clock)),
                Prepared::VerifyImages(verifying) => block_on(verifying.run(&clock)),
                Prepared::VerifyListed(verifying) => block_on(verifying.run(&clock)),
                Prepared::AttestImages(attesting) => block_on(attesting.run(&clock)),
                Prepared::VerifyImageAttestations(verifying) => block_on(verifying.run(&clock)),
                Prepared::Attach(attaching) => block_on(attaching.run(&clock)),
                Prepared::Download(downloading) => block_on(downloading.run()),
                Prepared::Upload(uploading) => block_on(uploading.run()),
                Prepared::Generate(generating) => block_on(generating.run()),
                Prepared::ImageTool(tool) => block_on(tool.run()),
                Prepared::Sign(signing) => block_on(signing.run(&clock)),
                Prepared::Verify(verifying, output) => verifying.run(&clock, &output),
                Prepared::Attest(attesting) => block_on(attesting.run(&clock)),
                Prepared::VerifyAttestation(verifying, output) => verifying.run(&clock, &output),
                Prepared::SignBundle(signing) => block_on(signing.run(&clock)),
                Prepared::VerifyBundle(verifying) => verifying.run(&clock),
                Prepared::CreateBundle(creating) => block_on(creating.run()),
                Prepared::UpgradeBundle(upgrading) => block_on(upgrading.run()),
            };
            finish(result)
        }
        Err(outcome) => refuse(outcome),
    }
}

/// Reads the command line, and says what of it is deprecated and which instance is used, unless the command's data do.
fn read<I>(args: I) -> Result<(Cli, ArgMatches), ParseOutcome>
where
    I: IntoIterator<Item = OsString>,
{
    let repaired = args::repair(args);
    repaired
        .warnings
        .iter()
        .for_each(|line| say(&Escaped(line)));
    let parsed = args::parse(repaired.args)?;
    let stated = Stated::of(&parsed.matches);
    stated.deprecations().for_each(|line| say(&line));
    if !is_for_programs(&parsed.matches) {
        allow_meters();
    }
    if let Some(selected) = parsed.instance.filter(|one| !one.is_told_in_data) {
        let directory = selected.instance.directory.to_string_lossy();
        say(&format_args!(
            "Using instance {} ({})",
            selected.instance.name,
            Escaped(&directory)
        ));
    }
    Ok((parsed.cli, parsed.matches))
}

/// A command that is read; those that need neither clock nor network are done already.
enum Prepared {
    Done(Result<(), Failure>),
    SignImages(Box<commands::Sign>),
    VerifyImages(Box<commands::Verify>),
    VerifyListed(Box<commands::VerifyListed>),
    AttestImages(Box<commands::Attest>),
    VerifyImageAttestations(Box<commands::VerifyAttestation>),
    Attach(commands::Attach),
    Download(commands::Download),
    Upload(commands::Upload),
    Generate(Box<commands::Generate>),
    ImageTool(Box<commands::ImageTool>),
    Sign(commands::SignBlob),
    Verify(commands::VerifyBlob, Output),
    Attest(commands::AttestBlob),
    VerifyAttestation(commands::VerifyBlobAttestation, Output),
    SignBundle(commands::SignBundle),
    VerifyBundle(commands::VerifyBundle),
    CreateBundle(commands::CreateBundle),
    UpgradeBundle(commands::UpgradeBundle),
}

fn prepare(cli: Cli, matches: &ArgMatches) -> Prepared {
    let output = Output::new(cli.global.output_file.as_deref());
    match cli.command {
        Command::Sign(args) => Prepared::SignImages(Box::new(commands::Sign {
            signing: signing(cli.global, &args.signing, matches),
            args: *args,
        })),
        Command::Verify(args) => Prepared::VerifyImages(Box::new(commands::Verify {
            global: cli.global,
            args: *args,
        })),
        Command::Dockerfile(args) => match args.command {
            DockerfileCommand::Verify(args) => {
                listed(commands::VerifyListed::Dockerfile(cli.global, args))
            }
        },
        Command::Manifest(args) => match args.command {
            ManifestCommand::Verify(args) => {
                listed(commands::VerifyListed::Manifest(cli.global, args))
            }
        },
        Command::Attest(args) => Prepared::AttestImages(Box::new(commands::Attest {
            signing: signing(cli.global, &args.signing, matches),
            args: *args,
        })),
        Command::VerifyAttestation(args) => {
            Prepared::VerifyImageAttestations(Box::new(commands::VerifyAttestation {
                global: cli.global,
                args: *args,
            }))
        }
        Command::Tree(args) => image_tool(cli.global, ImageToolCommand::Tree(args)),
        Command::Triangulate(args) => image_tool(cli.global, ImageToolCommand::Triangulate(args)),
        Command::Clean(args) => image_tool(cli.global, ImageToolCommand::Clean(args)),
        Command::Save(args) => image_tool(cli.global, ImageToolCommand::Save(args)),
        Command::Load(args) => image_tool(cli.global, ImageToolCommand::Load(args)),
        Command::Copy(args) => image_tool(cli.global, ImageToolCommand::Copy(args)),
        Command::Image(args) => image_tool(cli.global, ImageToolCommand::Image(args.command)),
        Command::SignBlob(args) => Prepared::Sign(commands::SignBlob {
            signing: signing(cli.global, &args.signing, matches),
            args: *args,
        }),
        Command::VerifyBlob(args) => {
            let (global, args) = (cli.global, *args);
            Prepared::Verify(commands::VerifyBlob { global, args }, output)
        }
        Command::AttestBlob(args) => Prepared::Attest(commands::AttestBlob {
            signing: signing(cli.global, &args.signing, matches),
            args: *args,
        }),
        Command::VerifyBlobAttestation(args) => {
            let (global, args) = (cli.global, *args);
            Prepared::VerifyAttestation(commands::VerifyBlobAttestation { global, args }, output)
        }
        Command::Bundle(args) => bundle(cli.global, args.command, output),
        Command::Attach(args) => Prepared::Attach(commands::Attach {
            global: cli.global,
            command: args.command,
        }),
        Command::Download(args) => Prepared::Download(commands::Download {
            global: cli.global,
            command: args.command,
        }),
        Command::Upload(args) => Prepared::Upload(commands::Upload {
            global: cli.global,
            command: args.command,
        }),
        Command::Generate(args) => Prepared::Generate(Box::new(commands::Generate {
            global: cli.global,
            args: *args,
        })),
        Command::GenerateKeyPair(args) => Prepared::Done(commands::generate_key_pair(&args)),
        Command::ImportKeyPair(args) => Prepared::Done(commands::import_key_pair(&args)),
        Command::PublicKey(args) => Prepared::Done(commands::public_key(&args, &output)),
        Command::TrustedRoot(args) => {
            let TrustedRootCommand::Create(args) = args.command;
            let instance = cli.global.instance.as_deref();
            Prepared::Done(commands::create_trusted_root(&args, instance, &output))
        }
        Command::SigningConfig(args) => {
            let SigningConfigCommand::Create(args) = args.command;
            let instance = cli.global.instance.as_deref();
            Prepared::Done(commands::create_signing_config(&args, instance, &output))
        }
        Command::Docs(args) => Prepared::Done(commands::docs(&args, &output)),
        Command::Instance(args) => Prepared::Done(commands::instance(&args, &output)),
        Command::Version(args) => Prepared::Done(commands::version(&args, &output)),
        Command::Env(args) => Prepared::Done(commands::env(&args, &output)),
        Command::Conformance(args) => match args.command {
            ConformanceCommand::SignBundle(args) => Prepared::SignBundle(commands::SignBundle {
                global: cli.global,
                args,
            }),
            ConformanceCommand::VerifyBundle(args) => {
                Prepared::VerifyBundle(commands::VerifyBundle { args })
            }
        },
        Command::Completion(args) => Prepared::Done(commands::completion(&args, &output)),
    }
}

fn bundle(global: GlobalArgs, command: BundleCommand, output: Output) -> Prepared {
    match command {
        BundleCommand::Create(args) => Prepared::CreateBundle(commands::CreateBundle {
            global,
            args: *args,
            output,
        }),
        BundleCommand::Upgrade(args) => Prepared::UpgradeBundle(commands::UpgradeBundle {
            global,
            args,
            output,
        }),
        BundleCommand::Inspect(args) => Prepared::Done(commands::inspect_bundle(&args, &output)),
    }
}

fn image_tool(global: GlobalArgs, command: ImageToolCommand) -> Prepared {
    Prepared::ImageTool(Box::new(commands::ImageTool { global, command }))
}

fn listed(verifying: commands::VerifyListed) -> Prepared {
    Prepared::VerifyListed(Box::new(verifying))
}

/// What all signing commands are told.
fn signing(global: GlobalArgs, args: &SigningArgs, matches: &ArgMatches) -> commands::Signing {
    commands::Signing {
        stated: Stated::of(matches),
        stdin_taken: false,
        global,
        args: args.clone(),
    }
}

/// One thread is enough: the work is a handful of requests, one after the other.
fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => Err(Failure::new("starting the runtime")
            .caused_by(&error)
            .unexpected()),
    }
}

fn finish(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&failure);
            ExitCode::from(failure.fault.exit_code())
        }
    }
}

fn refuse(outcome: ParseOutcome) -> ExitCode {
    match outcome {
        ParseOutcome::Help(text) => match Output::Stdout.write(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(Fault::Refused.exit_code()),
        },
        ParseOutcome::Wrong(error) => finish(Err(commands::argument_failure(&error))),
        ParseOutcome::Instance(error) => finish(Err(commands::instance_failure(&error))),
    }
}
