//! `cosign attest-blob`.

use std::path::PathBuf;

use super::suggested::PREDICATES;
use super::{AttestationOutputArgs, SigningArgs};

/// Sign a statement about a file, an attestation, and write a bundle that holds it
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Predicate types: custom (any text), slsaprovenance, slsaprovenance02, slsaprovenance1, link, vuln (a JSON object whose
members fit the type), spdxjson, cyclonedx, openvex (any JSON object), or a URI for a JSON object of your own. What is
signed is the object as you give it.

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
    #[arg(value_name = "BLOB", value_hint = clap::ValueHint::AnyPath)]
    pub(crate) blobs: Vec<String>,

    /// The predicate: what is said about the file; - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) predicate: Option<PathBuf>,

    /// The predicate's type: a short name or a URI
    #[arg(long = "type", value_name = "TYPE", default_value = "custom", value_parser = PREDICATES, hide_possible_values = true)]
    pub(crate) predicate_type: String,

    /// A finished in-toto statement, instead of a predicate; about BLOB, if one is given; - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) statement: Option<PathBuf>,

    /// The file's SHA-256, so that BLOB is only its name and is not read
    #[arg(long, value_name = "HEX")]
    pub(crate) hash: Option<String>,

    /// Taken for the sake of old scripts: an attestation is always logged as dsse, as by cosign itself
    #[arg(long, hide = true, value_name = "TYPE", value_parser = ["dsse", "intoto"])]
    pub(crate) rekor_entry_type: Option<String>,

    #[command(flatten)]
    pub(crate) signing: SigningArgs,

    #[command(flatten)]
    pub(crate) outputs: AttestationOutputArgs,
}
