//! `cosign download`.

use clap::Subcommand;

use super::RegistryArgs;
use super::suggested::PREDICATES;

/// Fetch what is stored beside an image; nothing of it is verified
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct DownloadArgs {
    #[command(subcommand)]
    pub(crate) command: DownloadCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DownloadCommand {
    Signature(Box<DownloadSignatureArgs>),
    Attestation(Box<DownloadAttestationArgs>),
    Sbom(Box<DownloadSbomArgs>),
}

/// Print the signatures of an image, one JSON value a line
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
If bundles refer to the image, they are printed whole, those of attestations among them; else the signatures
under its tag.

Examples:
  # keep what is there
  cosign download signature registry.example.com/app:v1 > signatures.jsonl")]
pub(crate) struct DownloadSignatureArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Print the attestations of an image, one JSON value a line
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
If bundles refer to the image, they are printed whole; else the envelopes under its tag.

Examples:
  # the bills of materials that somebody has attested
  cosign download attestation --predicate-type spdxjson registry.example.com/app:v1

  # those of one image of an index
  cosign download attestation --platform linux/arm64 registry.example.com/app:v1")]
pub(crate) struct DownloadAttestationArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// Only those of this type: a short name such as slsaprovenance1, or a URI
    #[arg(long, value_name = "TYPE", value_parser = PREDICATES, hide_possible_values = true)]
    pub(crate) predicate_type: Option<String>,

    /// Those of the image of an index that runs on this platform
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Option<String>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Print the bill of materials that stands beside an image; nobody has signed it
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cosign download sbom registry.example.com/app:v1 > sbom.spdx.json")]
pub(crate) struct DownloadSbomArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// That of the image of an index that runs on this platform
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Option<String>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}
