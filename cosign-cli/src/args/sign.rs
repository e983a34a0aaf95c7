//! `cosign sign`.

use std::path::PathBuf;

use super::{RegistryArgs, SigningArgs};

/// Sign images in a registry; the signatures are stored beside them
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # sign an image by its digest; your browser opens for the login
  cosign sign registry.example.com/app@sha256:2cf24dba…8b9824

  # sign with a key of your own, with annotations
  cosign sign --key cosign.key -a commit=4f2a -a stage=prod registry.example.com/app@sha256:2cf24dba…8b9824

  # sign an image for several platforms, and each of its images
  cosign sign --recursive registry.example.com/app@sha256:2cf24dba…8b9824

  # store the signature under a tag, for verifiers that know no bundles
  cosign sign --storage tag registry.example.com/app@sha256:2cf24dba…8b9824

  # keep the signature on this machine
  cosign sign --upload=false --bundle app.sigstore.json registry.example.com/app@sha256:2cf24dba…8b9824")]
pub(crate) struct SignArgs {
    /// The images, best by digest
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// An annotation to sign with the image
    #[arg(long, short, value_name = "KEY=VALUE", value_delimiter = ',')]
    pub(crate) annotations: Vec<String>,

    /// Sign also what an index lists
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) recursive: bool,

    /// Whether to store the signature in the registry
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) upload: bool,

    /// Where in the registry: as a bundle that refers to the image, under a tag, or both
    #[arg(long, value_enum, value_name = "STORAGE")]
    pub(crate) storage: Option<Storage>,

    /// Sign this file as the payload (storage tag)
    #[arg(long, value_name = "FILE")]
    pub(crate) payload: Option<PathBuf>,

    /// Names of the image to sign instead of its repository, one signature each (storage tag)
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) sign_container_identity: Vec<String>,

    /// Record when the signature was stored (storage tag)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) record_creation_timestamp: bool,

    /// Write the signatures to this file as well, base64 (storage tag)
    #[arg(long, value_name = "FILE")]
    pub(crate) output_signature: Option<PathBuf>,

    /// Write the payloads to this file as well (storage tag)
    #[arg(long, value_name = "FILE")]
    pub(crate) output_payload: Option<PathBuf>,

    /// Write the certificate to this file as well
    #[arg(long, alias = "output-cert", value_name = "FILE")]
    pub(crate) output_certificate: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) signing: SigningArgs,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Where signatures are stored in a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Storage {
    /// As bundles in manifests that refer to the image.
    Referrers,
    /// As layers under a tag.
    Tag,
    /// Both.
    Both,
}

impl Storage {
    /// What the flags say: a storage, or one of the two formats.
    pub(crate) fn of(storage: Option<Self>, new_bundle_format: bool) -> Self {
        match storage {
            Some(storage) => storage,
            None if new_bundle_format => Self::Referrers,
            None => Self::Tag,
        }
    }

    pub(crate) fn has_bundles(self) -> bool {
        self != Self::Tag
    }

    pub(crate) fn has_tags(self) -> bool {
        self != Self::Referrers
    }
}
