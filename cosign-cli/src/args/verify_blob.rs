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

  # verify by digest, without the file
  cosign verify-blob --bundle app.sigstore.json --certificate-identity alice@example.com \\
      --certificate-oidc-issuer https://sigstore.example.com/oidc sha256:2cf24dba…8b9824")]
pub(crate) struct VerifyBlobArgs {
    /// The file to verify, - for stdin, or its digest as sha256:HEX
    #[arg(value_name = "BLOB")]
    pub(crate) blobs: Vec<String>,

    /// The bundle that was written when the file was signed, of today's format or of the one before it
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) verifying: VerifyingArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,

    #[command(flatten)]
    pub(crate) detached: DetachedArgs,
}
