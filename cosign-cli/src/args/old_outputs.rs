//! Files that signing writes with --new-bundle-format=false, as clients did before there were bundles.

use std::path::PathBuf;

/// What signing a blob writes besides or instead of a bundle.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "With --new-bundle-format=false")]
pub(crate) struct BlobOutputArgs {
    /// Write the signature to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) output_signature: Option<PathBuf>,

    /// The old name of --output-signature
    #[arg(long, hide = true, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Write the certificate to this file
    #[arg(long, alias = "output-cert", value_name = "FILE")]
    pub(crate) output_certificate: Option<PathBuf>,

    /// Write signature and certificate as base64
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) b64: bool,

    /// Write the timestamp over the signature to this file, JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) rfc3161_timestamp: Option<PathBuf>,
}

/// What attesting writes besides or instead of a bundle.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "With --new-bundle-format=false")]
pub(crate) struct AttestationOutputArgs {
    /// Write the signed envelope to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) output_signature: Option<PathBuf>,

    /// Write the statement to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) output_attestation: Option<PathBuf>,

    /// Write the certificate to this file
    #[arg(long, alias = "output-cert", value_name = "FILE")]
    pub(crate) output_certificate: Option<PathBuf>,

    /// Write the timestamp over the signature to this file, JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) rfc3161_timestamp_bundle: Option<PathBuf>,
}
