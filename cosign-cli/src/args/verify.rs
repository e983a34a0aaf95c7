//! `cosign verify`.

use std::path::PathBuf;

use super::suggested::FORMATS;
use super::{RegistryArgs, VerifyingArgs};

/// Verify signatures of images in a registry, and the identity that must have signed
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Signatures are looked for as bundles first, and under the image's tag if no bundle holds;
--explain looks at all of them. No host but the registry is contacted.
Exit codes: 10 there is no signature, 11 there is no such tag, 12 no signature matches, 13 no signature has a
certificate.

Examples:
  # verify against the instance of `eval \"$(sigbox env)\"`
  cosign verify --certificate-identity alice@example.com \\
      --certificate-oidc-issuer https://sigstore.example.com/oidc registry.example.com/app:v1

  # verify what was signed with a key, and that a certain annotation was signed with it
  cosign verify --key cosign.pub -a stage=prod registry.example.com/app@sha256:2cf24dba…8b9824

  # verify an image for several platforms, and each of its images
  cosign verify --key cosign.pub --recursive registry.example.com/app:v1

  # verify what was signed with a key and stored without its certificate
  cosign verify --certificate leaf.pem --certificate-chain chain.pem --certificate-identity build@example.com \\
      --certificate-oidc-issuer-regexp '.*' registry.example.com/app:v1

  # see why it is refused, or by which evidence it holds
  cosign verify --explain --key cosign.pub registry.example.com/app:v1")]
pub(crate) struct VerifyArgs {
    /// The images
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    #[command(flatten)]
    pub(crate) how: VerifyHowArgs,
}

/// What verifying signatures of images takes, wherever their names come from.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct VerifyHowArgs {
    /// An annotation that must have been signed
    #[arg(long, short, value_name = "KEY=VALUE", value_delimiter = ',')]
    pub(crate) annotations: Vec<String>,

    /// How to print what was verified: json, which is the default, or text, which is the default with --explain
    #[arg(long, short, value_name = "FORMAT", value_parser = FORMATS, hide_possible_values = true)]
    pub(crate) output: Option<String>,

    /// Count any statement about the image as a signature, attestations too, as cosign does
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) accept_attestations: bool,

    #[command(flatten)]
    pub(crate) common: VerifyImageArgs,

    #[command(flatten)]
    pub(crate) verifying: VerifyingArgs,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// What both commands that verify images take.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct VerifyImageArgs {
    /// Whether what was signed must be about this image
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) check_claims: bool,

    /// Verify the images of directories that `cosign save` has written, instead of a registry's
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) local_image: bool,

    /// Print every check on every signature to stdout, in the place of what was verified: passed, failed with what was
    /// expected and found, or not made and why
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) explain: bool,

    /// Verify also what an index lists, indexes in it included; each image must hold by itself, and is named by its digest
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) recursive: bool,

    /// The signer's certificate, for signatures under a tag that were stored without it: a file, PEM or base64 of PEM
    #[arg(long, alias = "cert", value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,

    /// The SCT of a certificate that carries none inside: a file, JSON as a CT log answers it
    #[arg(long, value_name = "FILE")]
    pub(crate) sct: Option<PathBuf>,

    /// How many images, and signatures of one, are read at once
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_workers: u16,
}
