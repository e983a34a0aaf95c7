//! Which services to sign with, and what to check the result against.

use std::path::PathBuf;

/// The instance to use.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Instance")]
pub(crate) struct ServiceArgs {
    /// The signing config: which certificate authority, log and timestamp authority to use
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_config: Option<PathBuf>,

    /// Whether a signing config decides which services are used; if not, their addresses are given one by one
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) use_signing_config: bool,

    /// The trusted root to check the certificate and the finished bundle against
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,

    /// The certificate authority, instead of the signing config's
    #[arg(long, value_name = "URL")]
    pub(crate) fulcio_url: Option<String>,

    /// The transparency log, instead of the signing config's; of version 1, unless the signing config or
    /// --rekor-version says otherwise
    #[arg(long, value_name = "URL")]
    pub(crate) rekor_url: Option<String>,

    /// The version of the log's API: 1 or 2
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u32).range(1..=2))]
    pub(crate) rekor_version: Option<u32>,

    /// Whether to log the signature
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) tlog_upload: bool,

    /// The timestamp authority, with its path, instead of the signing config's
    #[arg(long, value_name = "URL")]
    pub(crate) timestamp_server_url: Option<String>,

    #[command(flatten)]
    pub(crate) timestamp_tls: TimestampTlsArgs,
}

/// How to speak to a timestamp authority that wants to know its clients.
#[derive(Clone, Debug, clap::Args)]
#[expect(
    clippy::struct_field_names,
    reason = "each is a flag of the command line"
)]
#[command(next_help_heading = "Timestamp authority")]
pub(crate) struct TimestampTlsArgs {
    /// The only TLS authorities whose certificate the timestamp authority may show (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) timestamp_client_cacert: Option<PathBuf>,

    /// The certificate to show to the timestamp authority (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) timestamp_client_cert: Option<PathBuf>,

    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) timestamp_client_key: Option<PathBuf>,

    /// The name that the timestamp authority's certificate must have, instead of the address's host
    #[arg(long, value_name = "NAME")]
    pub(crate) timestamp_server_name: Option<String>,
}
