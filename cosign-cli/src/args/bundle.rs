//! `cosign bundle`.

use std::path::PathBuf;

use clap::Subcommand;

/// Put bundles together, bring old ones up to date, and look into them
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct BundleArgs {
    #[command(subcommand)]
    pub(crate) command: BundleCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    Create(Box<CreateArgs>),
    Upgrade(UpgradeArgs),
    Inspect(InspectArgs),
}

/// Put a bundle together from a signature and what belongs to it
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # of a signature and a certificate, with the entry that the log has
  cosign bundle create --artifact app.tar.gz --signature app.sig --certificate app.pem \\
      --rekor-url https://sigstore.example.com --out app.sigstore.json

  # of a key's signature that was never logged
  cosign bundle create --artifact app.tar.gz --signature app.sig --key cosign.pub \\
      --ignore-tlog --out app.sigstore.json

  # of the file that signing wrote before there were bundles; the log adds its proof
  cosign bundle create --artifact app.tar.gz --bundle app.cosign.bundle \\
      --rekor-url https://sigstore.example.com --out app.sigstore.json")]
pub(crate) struct CreateArgs {
    /// The file that was signed
    #[arg(long, value_name = "FILE")]
    pub(crate) artifact: Option<String>,

    /// What signing wrote before there were bundles: signature, certificate and log entry in one file
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// The signature as base64
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Option<PathBuf>,

    /// The signer's certificate as PEM, or as base64 of PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,

    /// A signed attestation (DSSE envelope) instead of a signature over the file
    #[arg(long, value_name = "FILE")]
    pub(crate) attestation: Option<PathBuf>,

    /// The public key, where there is no certificate: a file, or env://VARIABLE
    #[arg(long, value_name = "KEY", value_hint = clap::ValueHint::FilePath)]
    pub(crate) key: Option<String>,

    /// A timestamp over the signature, as cosign writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) rfc3161_timestamp: Option<PathBuf>,

    /// Leave the log entry out, for a signature that was never logged
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) ignore_tlog: bool,

    /// The Rekor v1 log that has the signature; no other host is contacted
    #[arg(long, value_name = "URL")]
    pub(crate) rekor_url: Option<String>,

    /// Where to write the bundle, instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Bring a bundle of version 0.1 or 0.2 to version 0.3
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # a bundle whose entries have their proofs needs no network
  cosign bundle upgrade old.sigstore.json --out app.sigstore.json

  # with the proofs that are missing, from the log that has the entries
  cosign bundle upgrade old.sigstore.json --rekor-url https://sigstore.example.com \\
      --out app.sigstore.json")]
pub(crate) struct UpgradeArgs {
    /// The bundle
    #[arg(value_name = "FILE")]
    pub(crate) bundle: PathBuf,

    /// The Rekor v1 log that missing inclusion proofs are fetched from; no other host is contacted
    #[arg(long, value_name = "URL")]
    pub(crate) rekor_url: Option<String>,

    /// Where to write the bundle, instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Print what a bundle holds; nothing of it is verified
#[derive(Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// The bundle
    #[arg(value_name = "FILE")]
    pub(crate) bundle: PathBuf,

    /// How to print it
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: InspectOutput,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum InspectOutput {
    Text,
    Json,
}
