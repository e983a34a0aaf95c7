//! `cosign verify-blob-attestation`.

use std::path::PathBuf;

use super::suggested::PREDICATES;
use super::{DetachedArgs, ReportArgs, VerifyingArgs};

/// Verify an attestation: who signed it, that it is about a file, and of which type it is; needs no network
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # verify against the instance of `eval \"$(sigbox env)\"`
  cosign verify-blob-attestation --bundle app.provenance.json --type slsaprovenance1 \\
      --certificate-identity alice@example.com \\
      --certificate-oidc-issuer https://sigstore.example.com/oidc app.tar.gz

  # verify what was signed with a key
  cosign verify-blob-attestation --key cosign.pub --bundle app.provenance.json \\
      --type slsaprovenance1 app.tar.gz

  # tell every check, also of a refusal
  cosign verify-blob-attestation --explain --key cosign.pub --bundle app.provenance.json \\
      --type slsaprovenance1 app.tar.gz

  # verify by digest, without the file
  cosign verify-blob-attestation --key cosign.pub --bundle app.provenance.json \\
      --type slsaprovenance1 --digestAlg sha256 --digest 2cf24dba…8b9824")]
pub(crate) struct VerifyBlobAttestationArgs {
    /// The file that the attestation must be about, - for stdin, or its digest as sha256:HEX
    #[arg(value_name = "BLOB", value_hint = clap::ValueHint::AnyPath)]
    pub(crate) blobs: Vec<String>,

    /// The bundle that holds the attestation, of today's format or of the one before it
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// The type that the predicate must have: a short name or a URI
    #[arg(long = "type", value_name = "TYPE", default_value = "custom", value_parser = PREDICATES, hide_possible_values = true)]
    pub(crate) predicate_type: String,

    /// Demand that the attestation is about the file
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) check_claims: bool,

    /// The file's digest, instead of the file
    #[arg(long, value_name = "HEX")]
    pub(crate) digest: Option<String>,

    /// The hash that made the digest: sha256, sha384 or sha512
    #[arg(long = "digestAlg", value_name = "HASH")]
    pub(crate) digest_alg: Option<String>,

    /// Taken for the sake of scripts: there is one attestation
    #[arg(long, hide = true, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_workers: u16,

    #[command(flatten)]
    pub(crate) verifying: VerifyingArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,

    #[command(flatten)]
    pub(crate) detached: DetachedArgs,
}
