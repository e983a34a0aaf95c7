//! How registries are spoken to.

use std::path::PathBuf;

/// How registries are spoken to, and as whom.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Registry")]
pub(crate) struct RegistryArgs {
    /// Speak plain HTTP to a registry that does not speak TLS; always so to this machine
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) allow_http_registry: bool,

    /// Speak to a registry whose TLS certificate cannot be verified, or plain HTTP
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) allow_insecure_registry: bool,

    /// The user name at the registry
    #[arg(long, value_name = "NAME")]
    pub(crate) registry_username: Option<String>,

    /// The password at the registry
    #[arg(long, value_name = "PASSWORD")]
    pub(crate) registry_password: Option<String>,

    /// A token for the registry, instead of name and password
    #[arg(long, value_name = "TOKEN")]
    pub(crate) registry_token: Option<String>,

    /// The only TLS authorities whose certificate the registry may show (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) registry_cacert: Option<PathBuf>,

    /// The certificate to show to the registry (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) registry_client_cert: Option<PathBuf>,

    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) registry_client_key: Option<PathBuf>,

    /// What the names of the tags of signatures and attestations begin with
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) attachment_tag_prefix: String,
}

impl std::fmt::Debug for RegistryArgs {
    /// Passwords and tokens stay out of every dump.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistryArgs").finish_non_exhaustive()
    }
}
