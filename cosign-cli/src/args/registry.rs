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

    /// The name that the registry's TLS certificate must hold, if it is not the one in the image's name; connects without a proxy
    #[arg(long, value_name = "NAME")]
    pub(crate) registry_server_name: Option<String>,

    /// A token service on another host that may see the registry's credentials; may be given several times
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) registry_token_host: Vec<String>,

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
