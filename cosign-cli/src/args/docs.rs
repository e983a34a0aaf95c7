//! `cosign docs`: the command line described by itself, for those who publish it.

use std::path::PathBuf;

use clap::Subcommand;

/// Print what the command line accepts
#[derive(Debug, clap::Args)]
pub(crate) struct DocsArgs {
    #[command(subcommand)]
    pub(crate) command: DocsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DocsCommand {
    /// The reference of all commands, Markdown
    Reference,
    /// Every command with all flags it accepts, hidden ones too, JSON
    Flags,
    /// A man page for each command, into a directory
    Man {
        /// The directory
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
}
