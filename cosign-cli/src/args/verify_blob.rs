//! `cosign verify-blob`.

use std::path::PathBuf;

use super::{DetachedArgs, ReportArgs, VerifyingArgs};

/// Verify a file against its bundle and the identity that must have signed it; needs no network
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # verify against the instance of `eval \"$(sigbox env)\"`
  cosign verify-blob --bundle app.sigstore.json --certificate-identity alice@example.com \\
      --certificate-oidc-issuer https://sigstore.example.com/oidc app.tar.gz

  # the same, with a trusted root that was carried to this machine
  cosign verify-blob --bundle app.sigstore.json --trusted-root trusted_root.json \\
      --certificate-identity alice@example.com \\
      --certificate-oidc-issuer https://sigstore.example.com/oidc app.tar.gz

  # verify what was signed with a key
  cosign verify-blob --key cosign.pub --bundle app.sigstore.json app.tar.gz

  # tell every check, also of a refusal
  cosign verify-blob --explain --key cosign.pub --bundle app.sigstore.json app.tar.gz

  # the outcome for a program: who signed, when, and where it is logged
  cosign verify-blob --output json --key cosign.pub --bundle app.sigstore.json app.tar.gz

  # verify a bundle by an authority of your own
  cosign verify-blob --bundle app.sigstore.json --certificate-chain ca.pem \\
      --certificate-identity alice@example.com \\
      --certificate-oidc-issuer https://sigstore.example.com/oidc app.tar.gz

  # verify everything in a folder, each FILE with its FILE.sigstore.json
  cosign verify-blob --key cosign.pub dist/

  # verify a signature from before there were bundles, by its entry in a log
  cosign verify-blob --signature app.sig --certificate app.crt --rekor-url https://rekor.example.com \\
      --certificate-identity alice@example.com \\
      --certificate-oidc-issuer https://sigstore.example.com/oidc app.tar.gz

  # verify by digest, without the file
  cosign verify-blob --bundle app.sigstore.json --certificate-identity alice@example.com \\
      --certificate-oidc-issuer https://sigstore.example.com/oidc sha256:2cf24dba…8b9824")]
pub(crate) struct VerifyBlobArgs {
    /// The file to verify, its http(s) address, - for stdin, or its digest as sha256:HEX; several, and all in a directory, are verified
    /// each with the bundle beside it
    #[arg(value_name = "BLOB", value_hint = clap::ValueHint::AnyPath)]
    pub(crate) blobs: Vec<String>,

    /// Take the names of files from this list as well, one a line
    #[arg(long, value_name = "LIST")]
    pub(crate) files_from: Option<PathBuf>,

    /// The bundle that was written when the file was signed, of today's format or of the one
    /// before it; without, FILE.sigstore.json, FILE.sigstore or
    /// FILE.bundle beside the file
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// How many files are verified at the same time
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) max_workers: usize,

    #[command(flatten)]
    pub(crate) verifying: VerifyingArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,

    #[command(flatten)]
    pub(crate) detached: DetachedArgs,
}
