//! What every command that signs can be told.

use std::path::PathBuf;

use super::{OidcArgs, ServiceArgs};

/// How to sign: with which key or identity, by which services, and where the result goes.
#[derive(Clone, Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct SigningArgs {
    /// Where to write the bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// Sign with this encrypted private key instead of an identity: a file, env://VARIABLE, or an http(s) address
    #[arg(long, value_name = "KEY", value_hint = clap::ValueHint::FilePath)]
    pub(crate) key: Option<String>,

    /// The certificate for the key of --key, from an authority of your own, PEM
    #[arg(long, alias = "cert", value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,

    /// The way from --certificate to that authority: intermediates and, last, the root, PEM
    #[arg(long, alias = "cert-chain", value_name = "FILE")]
    pub(crate) certificate_chain: Option<PathBuf>,

    /// Ask the certificate authority for a certificate for the key of --key, too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) issue_certificate: bool,

    /// Taken for scripts, and without effect: what is signed is checked if there is a trusted root
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) insecure_skip_verify: bool,

    /// Skip confirmation prompts; there are none with an instance that is configured
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) yes: bool,

    /// Write a Sigstore bundle; if not, what clients wrote before there were bundles, which only a log of version 1 suits
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) new_bundle_format: bool,

    #[command(flatten)]
    pub(crate) services: ServiceArgs,

    #[command(flatten)]
    pub(crate) oidc: OidcArgs,
}
