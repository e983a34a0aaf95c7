//! `cosign sign-blob`.

use std::path::PathBuf;

use super::{BlobOutputArgs, SigningAlgorithm, SigningArgs};

/// Sign a file and write a bundle: the signature, its certificate and the proof that both were logged
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # use the instance that `sigbox up` serves on this machine
  eval \"$(sigbox env)\"

  # sign a file; your browser opens for the login
  cosign sign-blob --bundle app.sigstore.json app.tar.gz

  # sign with a token, for example in CI
  SIGSTORE_ID_TOKEN=\"$TOKEN\" cosign sign-blob --bundle app.sigstore.json app.tar.gz

  # sign with a key of your own; the password is asked for
  cosign sign-blob --key cosign.key --bundle app.sigstore.json app.tar.gz

  # the same, with the certificate that an authority of your own gave for the key
  cosign sign-blob --key cosign.key --certificate leaf.pem --certificate-chain chain.pem \\
      --bundle app.sigstore.json app.tar.gz

  # sign everything in a folder with one login; beside each FILE is its FILE.sigstore.json then
  cosign sign-blob dist/

  # sign with a key, and without any service
  cosign sign-blob --key cosign.key --tlog-upload=false --bundle app.sigstore.json app.tar.gz

  # sign by services that are named one by one
  cosign sign-blob --fulcio-url https://sigstore.example.com --rekor-url https://sigstore.example.com \\
      --oidc-issuer https://sigstore.example.com/oidc --trusted-root trusted_root.json \\
      --bundle app.sigstore.json app.tar.gz

  # sign what comes on stdin, with an instance named by flags
  cat app.tar.gz | cosign sign-blob --signing-config signing_config.v0.2.json \\
      --trusted-root trusted_root.json --identity-token token.txt --bundle app.sigstore.json -")]
pub(crate) struct SignBlobArgs {
    /// The file to sign, or - for stdin; of several, and of all in a directory, each gets a bundle
    /// FILE.sigstore.json beside it, with one login for all
    #[arg(value_name = "BLOB", value_hint = clap::ValueHint::AnyPath)]
    pub(crate) blobs: Vec<String>,

    /// Take the names of files from this list as well, one a line
    #[arg(long, value_name = "LIST")]
    pub(crate) files_from: Option<PathBuf>,

    /// The kind of key that is made for an identity
    #[arg(
        long,
        value_enum,
        value_name = "ALGORITHM",
        default_value = "ecdsa-sha2-256-nistp256"
    )]
    pub(crate) signing_algorithm: SigningAlgorithm,

    #[command(flatten)]
    pub(crate) signing: SigningArgs,

    #[command(flatten)]
    pub(crate) outputs: BlobOutputArgs,
}
