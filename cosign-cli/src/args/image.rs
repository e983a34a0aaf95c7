//! `cosign image`.

use clap::Subcommand;

use super::{RegistryArgs, ReportFormat};

/// Find out what a registry holds about an image, and who finds it
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct ImageArgs {
    #[command(subcommand)]
    pub(crate) command: ImageCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImageCommand {
    Doctor(Box<DoctorArgs>),
}

/// List the signatures and attestations of an image, who finds each, what is damaged, and what would add what is missing
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Looked at are the bundles that refer to the image, by the registry's list of them or by that of the clients at the
tag sha256-<digest>, and the tags .sig, .att and .sbom. cosign v1 and v2 read the tags, cosign v3 reads bundles, and
the tags only of an image without a bundle; this cosign reads both. Nothing is verified: that a signature is found
says nothing of who made it. Of an index, the index itself is looked at; its images are asked about by their digests.
Exit codes: 0 everything can be read, whether or not something is missing; 1 something is damaged.

Examples:
  cosign image doctor registry.example.com/app:v1

  # what some reader looks for in vain, and what would add it
  cosign image doctor -o json registry.example.com/app:v1 | jq .missing")]
pub(crate) struct DoctorArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// How to print it
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: ReportFormat,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}
