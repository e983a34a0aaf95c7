//! The command line: what may be said. What happens then is in `commands`.

mod algorithm;
mod attach;
mod attest;
mod attest_blob;
mod bind;
mod branch;
mod bundle;
mod conformance;
mod deprecated;
mod detached;
mod docs;
mod download;
mod duration;
mod evidence;
mod identity;
mod image;
mod image_tools;
mod instance;
mod keys;
mod listed;
mod oidc;
mod old_outputs;
mod refused;
mod registry;
mod repair;
mod report;
mod roots;
mod services;
mod sign;
mod sign_blob;
mod signing;
mod stated;
mod suggested;
mod trust_documents;
mod upload;
mod verify;
mod verify_attestation;
mod verify_blob;
mod verify_blob_attestation;
mod verifying;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgMatches, FromArgMatches, Parser, Subcommand};

pub(crate) use self::algorithm::SigningAlgorithm;
pub(crate) use self::attach::{
    AttachArgs, AttachAttestationArgs, AttachCommand, AttachSbomArgs, AttachSignatureArgs,
};
pub(crate) use self::attest::AttestArgs;
pub(crate) use self::attest_blob::AttestBlobArgs;
pub(crate) use self::bind::variable;
pub(crate) use self::bundle::{
    BundleArgs, BundleCommand, CreateArgs, InspectArgs, InspectOutput, UpgradeArgs,
};
pub(crate) use self::conformance::{
    ConformanceArgs, ConformanceCommand, SignBundleArgs, VerifyBundleArgs,
};
pub(crate) use self::detached::DetachedArgs;
pub(crate) use self::docs::{DocsArgs, DocsCommand};
pub(crate) use self::download::{
    DownloadArgs, DownloadAttestationArgs, DownloadCommand, DownloadSbomArgs, DownloadSignatureArgs,
};
pub(crate) use self::evidence::EvidenceArgs;
pub(crate) use self::identity::IdentityArgs;
pub(crate) use self::image::{DoctorArgs, ImageArgs, ImageCommand};
pub(crate) use self::image_tools::{
    CleanArgs, CopyArgs, LoadArgs, SaveArgs, TreeArgs, TriangulateArgs,
};
pub(crate) use self::instance::{InstanceArgs, InstanceCommand};
pub(crate) use self::keys::{GenerateKeyPairArgs, ImportKeyPairArgs, PublicKeyArgs};
pub(crate) use self::listed::{
    DockerfileArgs, DockerfileCommand, DockerfileVerifyArgs, ManifestArgs, ManifestCommand,
    ManifestVerifyArgs,
};
pub(crate) use self::oidc::{AuthFlow, OidcArgs};
pub(crate) use self::old_outputs::{AttestationOutputArgs, BlobOutputArgs};
pub(crate) use self::refused::{ArgumentError, Of, refusal_of_environment};
pub(crate) use self::registry::RegistryArgs;
pub(crate) use self::repair::repair;
pub(crate) use self::report::{ReportArgs, ReportFormat};
pub(crate) use self::roots::RootsArgs;
pub(crate) use self::services::ServiceArgs;
pub(crate) use self::sign::{SignArgs, Storage};
pub(crate) use self::sign_blob::SignBlobArgs;
pub(crate) use self::signing::SigningArgs;
pub(crate) use self::stated::Stated;
pub(crate) use self::trust_documents::{
    CreateSigningConfigArgs, CreateTrustedRootArgs, SigningConfigArgs, SigningConfigCommand,
    TrustedRootArgs, TrustedRootCommand,
};
pub(crate) use self::upload::{
    GenerateArgs, UploadArgs, UploadBlobArgs, UploadCommand, UploadWasmArgs,
};
pub(crate) use self::verify::{VerifyArgs, VerifyHowArgs, VerifyImageArgs};
pub(crate) use self::verify_attestation::VerifyAttestationArgs;
pub(crate) use self::verify_blob::VerifyBlobArgs;
pub(crate) use self::verify_blob_attestation::VerifyBlobAttestationArgs;
pub(crate) use self::verifying::VerifyingArgs;

use crate::instances::{Instance, InstanceError, Selected, select};

const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 a check failed, or the input is wrong; 2 something unexpected;
3 a service or a registry could not be reached or is down, so that trying again may help.

Every long flag of a command can also be set by COSIGN_<FLAG>, in upper case with underscores
(COSIGN_BUNDLE, COSIGN_SIGNING_CONFIG, …). A flag on the command line wins.";

/// Signs and verifies artifacts against a private Sigstore.
#[derive(Debug, Parser)]
#[command(
    name = "cosign",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = AFTER_HELP
)]
pub(crate) struct Cli<C: Subcommand = Command> {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: C,
}

/// Flags of every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The instance to sign with and to verify against, by its name (see `cosign instance`); no other source beside it
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) instance: Option<String>,

    /// Write a command's data to this file instead of stdout
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,

    /// Give up on services after this time, for example 90s or 2m30s
    #[arg(long, short, global = true, value_name = "DURATION", default_value = "3m0s", value_parser = duration::parse)]
    pub(crate) timeout: Duration,

    /// Tell each HTTP request on stderr (no headers, no bodies)
    #[arg(long, short = 'd', global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Sign(Box<SignArgs>),
    Verify(Box<VerifyArgs>),
    Attest(Box<AttestArgs>),
    VerifyAttestation(Box<VerifyAttestationArgs>),
    Tree(TreeArgs),
    Save(SaveArgs),
    Load(LoadArgs),
    Copy(CopyArgs),
    Clean(CleanArgs),
    Image(ImageArgs),
    Dockerfile(DockerfileArgs),
    Manifest(ManifestArgs),
    Triangulate(TriangulateArgs),
    SignBlob(Box<SignBlobArgs>),
    VerifyBlob(Box<VerifyBlobArgs>),
    AttestBlob(Box<AttestBlobArgs>),
    VerifyBlobAttestation(Box<VerifyBlobAttestationArgs>),
    Bundle(BundleArgs),
    Download(DownloadArgs),
    Attach(AttachArgs),
    Upload(UploadArgs),
    Generate(Box<GenerateArgs>),
    GenerateKeyPair(GenerateKeyPairArgs),
    ImportKeyPair(ImportKeyPairArgs),
    PublicKey(PublicKeyArgs),
    TrustedRoot(TrustedRootArgs),
    SigningConfig(SigningConfigArgs),
    Instance(InstanceArgs),
    Version(VersionArgs),
    Env(EnvArgs),
    Completion(CompletionArgs),
    #[command(hide = true)]
    Docs(DocsArgs),
    #[command(hide = true)]
    Conformance(ConformanceArgs),
}

/// Print the version
#[derive(Debug, clap::Args)]
pub(crate) struct VersionArgs {
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print the environment variables that cosign reads, and their values
#[derive(Debug, clap::Args)]
pub(crate) struct EnvArgs {
    /// Print what each variable is for
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) show_descriptions: bool,

    /// Print values that are secrets
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) show_sensitive_values: bool,
}

/// Print a script that completes commands and flags in your shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # bash, for this shell
  source <(cosign completion bash)

  # zsh
  cosign completion zsh > \"${fpath[1]}/_cosign\"

  # fish
  cosign completion fish > ~/.config/fish/completions/cosign.fish

  # PowerShell
  cosign completion powershell | Out-String | Invoke-Expression")]
pub(crate) struct CompletionArgs {
    /// The shell to complete in
    #[arg(value_enum)]
    pub(crate) shell: CompletionShell,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum CompletionShell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

/// The whole command line with its `COSIGN_…` bindings.
pub(crate) fn command() -> clap::Command {
    bind::bind_environment(<Cli as clap::CommandFactory>::command())
}

/// A command line that is read.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) cli: Cli,
    /// Which values came from the command line and which from the environment.
    pub(crate) matches: ArgMatches,
    /// The instance that the command uses, if one is named.
    pub(crate) instance: Option<Selected>,
}

/// Reads a command line; an instance stands where trusted root and signing config would.
///
/// # Errors
/// clap's own value for help texts, [`ArgumentError`] inside [`ParseOutcome`] for mistakes.
pub(crate) fn parse<I>(args: I) -> Result<Parsed, ParseOutcome>
where
    I: IntoIterator<Item = OsString>,
{
    let args: Vec<OsString> = args.into_iter().collect();
    let read = |command: clap::Command| {
        command
            .try_get_matches_from(&args)
            .map_err(ParseOutcome::from_clap)
    };
    let tree = || branch::branch(&args).map_or_else(command, bind::bind_environment);
    let mut matches = read(tree())?;
    let instance = select(&matches, variable).map_err(ParseOutcome::Instance)?;
    if let Some(selected) = &instance {
        matches = read(with_instance(tree(), &selected.instance))?;
    }
    let cli = Cli::from_arg_matches(&matches).map_err(ParseOutcome::from_clap)?;
    Ok(Parsed {
        cli,
        matches,
        instance,
    })
}

/// The instance's files as defaults, at any depth, so that no command can forget them.
fn with_instance(command: clap::Command, instance: &Instance) -> clap::Command {
    let default = |arg: clap::Arg| {
        let file = match arg.get_id().as_str() {
            "trusted_root" => Some(instance.trusted_root()),
            "signing_config" => instance.signing_config(),
            _ => None,
        };
        match file {
            Some(file) => arg.default_value(file.into_os_string()),
            None => arg,
        }
    };
    command
        .mut_args(default)
        .mut_subcommands(|subcommand| with_instance(subcommand, instance))
}

/// Why there is nothing to run.
#[derive(Debug)]
pub(crate) enum ParseOutcome {
    /// Help was asked for; the text goes to stdout and the exit code is 0.
    Help(String),
    /// The command line is wrong.
    Wrong(ArgumentError),
    /// The instance cannot be used.
    Instance(InstanceError),
}

impl ParseOutcome {
    fn from_clap(error: clap::Error) -> Self {
        use clap::error::ErrorKind::{
            DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion,
        };
        match error.kind() {
            DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand => {
                Self::Help(error.render().to_string())
            }
            _ => Self::Wrong(ArgumentError::from_clap(&error)),
        }
    }
}
