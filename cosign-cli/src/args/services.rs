//! Which services to sign with, and what to check the result against.

use std::path::PathBuf;

/// The instance to use.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Instance")]
pub(crate) struct ServiceArgs {
    /// The signing config: which certificate authority, log and timestamp authority to use
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_config: Option<PathBuf>,

    /// Whether a signing config decides which services are used; there is no other way here
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) use_signing_config: bool,

    /// The trusted root to check the certificate and the finished bundle against
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,
}
