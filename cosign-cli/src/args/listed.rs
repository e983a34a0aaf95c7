//! `cosign dockerfile` and `cosign manifest`: images that a file names.

use std::path::PathBuf;

use clap::Subcommand;

use super::VerifyHowArgs;

/// Verify the images that a Dockerfile builds on
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct DockerfileArgs {
    #[command(subcommand)]
    pub(crate) command: DockerfileCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DockerfileCommand {
    Verify(Box<DockerfileVerifyArgs>),
}

/// Verify signatures of the images that a Dockerfile builds on
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Images of FROM, COPY --from and RUN --mount=from are verified; earlier stages and scratch are left out. A
variable has the value of --build-arg, else the default of its ARG, else that of the environment.
Exit codes are those of `cosign verify`.

Examples:
  cosign dockerfile verify --key cosign.pub Dockerfile

  # only the image below the last stage, or the last one of a FROM if that stage starts from scratch
  cosign dockerfile verify --key cosign.pub --base-image-only Dockerfile

  # as it is built with `docker build --build-arg VERSION=1.2`
  cosign dockerfile verify --key cosign.pub --build-arg VERSION=1.2 Dockerfile")]
pub(crate) struct DockerfileVerifyArgs {
    /// The Dockerfile; - for stdin
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Verify only the image below the last stage
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) base_image_only: bool,

    /// The value of an ARG, as it is built with; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) build_arg: Vec<String>,

    #[command(flatten)]
    pub(crate) how: VerifyHowArgs,
}

/// Verify the images that Kubernetes resources run
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct ManifestArgs {
    #[command(subcommand)]
    pub(crate) command: ManifestCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ManifestCommand {
    Verify(Box<ManifestVerifyArgs>),
}

/// Verify signatures of the images that Kubernetes resources run
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The images of all containers are verified, those of init and ephemeral containers and of image volumes included, in every
document, in lists and in resources of any kind. Exit codes are those of `cosign verify`.

Examples:
  cosign manifest verify --key cosign.pub deployment.yaml")]
pub(crate) struct ManifestVerifyArgs {
    /// The manifest: a .yaml or .yml file
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) how: VerifyHowArgs,
}
