//! The commands that list, move and remove what registries hold about images.

use std::path::PathBuf;

use clap::ValueHint;

use super::suggested::Suggested;
use super::{RegistryArgs, ReportFormat};
use crate::image::TagKind;

/// List what a registry holds about an image: signatures, attestations, bills of materials
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Who finds what, and what is damaged: `cosign image doctor`.

Examples:
  cosign tree registry.example.com/app:v1

  # for programs
  cosign tree -o json registry.example.com/app:v1 | jq -r '.artifacts[].name'")]
pub(crate) struct TreeArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// How to print it
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: ReportFormat,

    /// Taken for the sake of old scripts: what refers to an image is always listed
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) experimental_oci11: bool,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Print the tag under which signatures of an image are kept, where they are kept under tags
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # where signatures are
  cosign triangulate registry.example.com/app:v1

  # what a tag stands for now
  cosign triangulate --type digest registry.example.com/app:v1")]
pub(crate) struct TriangulateArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// What is looked for: signature, attestation, sbom or digest
    #[arg(long = "type", value_name = "TYPE", default_value = "signature",
          value_parser = Suggested(&["signature", "attestation", "sbom", "digest"]), hide_possible_values = true)]
    pub(crate) kind: String,

    /// How to print it
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: ReportFormat,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Remove signatures, attestations and bills of materials of an image from its registry
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # remove everything, after a question
  cosign clean registry.example.com/app:v1

  # remove bundles only, without a question
  cosign clean --type referrer -f registry.example.com/app:v1")]
pub(crate) struct CleanArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// What is removed: signature, attestation, sbom (those under tags), referrer (bundles), or all
    #[arg(long = "type", value_name = "TYPE", default_value = "all",
          value_parser = Suggested(&["signature", "attestation", "sbom", "referrer", "all"]), hide_possible_values = true)]
    pub(crate) kind: String,

    /// Do not ask
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Write an image and all that its registry holds about it to a directory
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The directory is an OCI image layout. It may be one of an earlier run: what is there already is not fetched again.

Examples:
  # take an image to a network without this registry, and verify it there
  cosign save --dir app registry.example.com/app:v1
  cosign verify --local-image --key cosign.pub app
  cosign load --dir app registry.internal/app:v1")]
pub(crate) struct SaveArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// The directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Store an image and all that is known about it, from a directory that was saved, in a registry
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Everything in the directory is checked before anything is stored.

Examples:
  cosign load --dir app registry.internal/app:v1")]
pub(crate) struct LoadArgs {
    /// The image's name in the registry
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// The directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Copy an image and all that its registry holds about it to another name or registry
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # an image with its signatures and attestations, in both storages
  cosign copy registry.example.com/app:v1 registry.internal/app:v1

  # only what is known about it
  cosign copy --only sig,att registry.example.com/app:v1 registry.internal/app:v1

  # the image of one platform
  cosign copy --platform linux/arm64 registry.example.com/app:v1 registry.internal/app:v1-arm64")]
pub(crate) struct CopyArgs {
    /// The image, and its new name
    #[arg(value_name = "SOURCE DESTINATION")]
    pub(crate) images: Vec<String>,

    /// Copy only this of what is known about the image, and not the image
    #[arg(long, value_name = "PART", value_delimiter = ',', value_enum)]
    pub(crate) only: Vec<CopyPart>,

    /// Copy only signatures (the same as --only sig)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, hide = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new())]
    pub(crate) sig_only: bool,

    /// Replace another image of the new name
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) force: bool,

    /// Copy the image of this platform only, os/arch or os/arch/variant
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<String>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Parts of what is known about an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum CopyPart {
    /// Signatures, in both storages.
    Sig,
    /// Attestations, in both storages.
    Att,
    /// Bills of materials under tags.
    Sbom,
}

impl CopyPart {
    /// The tag that such a part is kept under.
    pub(crate) fn kind(self) -> TagKind {
        match self {
            Self::Sig => TagKind::Signature,
            Self::Att => TagKind::Attestation,
            Self::Sbom => TagKind::Sbom,
        }
    }
}
