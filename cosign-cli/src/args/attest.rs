//! `cosign attest`.

use std::path::PathBuf;

use super::suggested::PREDICATES;
use super::{RegistryArgs, SigningArgs, Storage};

/// Sign a statement about images in a registry, an attestation, and store it beside them
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The predicate types are those of `cosign attest-blob`.

Examples:
  # attest where an image comes from; your browser opens for the login
  cosign attest --predicate provenance.json --type slsaprovenance1 \\
      registry.example.com/app@sha256:2cf24dba…8b9824

  # attest what is in it, with a key of your own
  cosign attest --key cosign.key --predicate sbom.spdx.json --type spdxjson \\
      registry.example.com/app@sha256:2cf24dba…8b9824")]
pub(crate) struct AttestArgs {
    /// The images, best by digest
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// The predicate: what is said about the image; - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) predicate: Option<PathBuf>,

    /// The predicate's type: a short name or a URI
    #[arg(long = "type", value_name = "TYPE", default_value = "custom", value_parser = PREDICATES, hide_possible_values = true)]
    pub(crate) predicate_type: String,

    /// Do not store the attestation in the registry
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) no_upload: bool,

    /// Where in the registry: as a bundle that refers to the image, under a tag, or both
    #[arg(long, value_enum, value_name = "STORAGE")]
    pub(crate) storage: Option<Storage>,

    /// Remove attestations of the same type first (storage tag)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) replace: bool,

    /// Record when the attestation was stored (storage tag)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) record_creation_timestamp: bool,

    /// Taken for the sake of old scripts: an attestation is always logged as dsse, as by cosign itself
    #[arg(long, hide = true, value_name = "TYPE", value_parser = ["dsse", "intoto"])]
    pub(crate) rekor_entry_type: Option<String>,

    #[command(flatten)]
    pub(crate) signing: SigningArgs,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}
