//! How much evidence a bundle must carry.

use crate::explain::Switches;

/// What is demanded of a bundle beyond the usual, and what is not.
#[derive(Clone, Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(next_help_heading = "Evidence")]
pub(crate) struct EvidenceArgs {
    /// Demand a timestamp by a timestamp authority of the trusted root
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) use_signed_timestamps: bool,

    /// Do not ask the transparency log: a signature made in secret is taken as well
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) insecure_ignore_tlog: bool,

    /// Do not ask whether a certificate transparency log has seen the certificate
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) insecure_ignore_sct: bool,

    /// The old name of --insecure-ignore-tlog
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) private_infrastructure: bool,
}

impl EvidenceArgs {
    /// Whether the transparency log is not asked, by either name.
    pub(crate) fn ignores_tlog(&self) -> bool {
        self.insecure_ignore_tlog || self.private_infrastructure
    }

    /// The flags that switch checks off, by the names that were given.
    pub(crate) fn switches(&self) -> Switches {
        Switches {
            tlog: if self.private_infrastructure && !self.insecure_ignore_tlog {
                "--private-infrastructure"
            } else {
                "--insecure-ignore-tlog"
            },
            sct: "--insecure-ignore-sct",
            subject: None,
        }
    }
}
