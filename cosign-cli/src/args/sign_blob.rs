//! `cosign sign-blob`.

use std::path::PathBuf;

use super::{OidcArgs, ServiceArgs};

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

  # sign what comes on stdin, with an instance named by flags
  cat app.tar.gz | cosign sign-blob --signing-config signing_config.v0.2.json \\
      --trusted-root trusted_root.json --identity-token token.txt --bundle app.sigstore.json -")]
pub(crate) struct SignBlobArgs {
    /// The file to sign, or - for stdin
    #[arg(value_name = "BLOB")]
    pub(crate) blobs: Vec<String>,

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
