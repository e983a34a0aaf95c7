//! `cosign attest-blob`.

use std::path::PathBuf;

use super::{OidcArgs, ServiceArgs};

/// Sign a statement about a file, an attestation, and write a bundle that holds it
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Predicate types: custom (any text), slsaprovenance, slsaprovenance02, slsaprovenance1, link, spdxjson, cyclonedx,
vuln, openvex (each a JSON object, taken as it is), or a URI for a JSON object of your own.

Examples:
  # attest where a file comes from; your browser opens for the login
  cosign attest-blob --predicate provenance.json --type slsaprovenance1 \\
      --bundle app.provenance.json app.tar.gz

  # the same with a key of your own
  cosign attest-blob --key cosign.key --predicate provenance.json --type slsaprovenance1 \\
      --bundle app.provenance.json app.tar.gz

  # sign a finished in-toto statement byte for byte
  cosign attest-blob --statement statement.json --bundle app.attestation.json app.tar.gz")]
pub(crate) struct AttestBlobArgs {
    /// The file that the attestation is about, or - for stdin
    #[arg(value_name = "BLOB")]
    pub(crate) blobs: Vec<String>,

    /// The predicate: what is said about the file
    #[arg(long, value_name = "FILE")]
    pub(crate) predicate: Option<PathBuf>,

    /// The predicate's type: a short name or a URI
    #[arg(long = "type", value_name = "TYPE", default_value = "custom")]
    pub(crate) predicate_type: String,

    /// A finished in-toto statement, instead of a predicate; about BLOB, if one is given
    #[arg(long, value_name = "FILE")]
    pub(crate) statement: Option<PathBuf>,

    /// The file's SHA-256, so that BLOB is only its name and is not read
    #[arg(long, value_name = "HEX")]
    pub(crate) hash: Option<String>,

    /// Where to write the bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// Sign with this encrypted private key instead of an identity: a file, or env://VARIABLE
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,

    /// Skip confirmation prompts; there are none with a private instance
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) yes: bool,

    /// Write the Sigstore bundle format; there is no other here
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) new_bundle_format: bool,

    #[command(flatten)]
    pub(crate) services: ServiceArgs,

    #[command(flatten)]
    pub(crate) oidc: OidcArgs,
}
