//! `cosign instance`.

use std::path::PathBuf;

use clap::Subcommand;

use super::ReportFormat;

/// Keep instances by name, to use with --instance
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct InstanceArgs {
    #[command(subcommand)]
    pub(crate) command: InstanceCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InstanceCommand {
    /// List the names of all instances
    List {
        /// How to print them
        #[arg(long, short, value_enum, value_name = "FORMAT", default_value = "text")]
        output: ReportFormat,
    },
    /// Keep the trust files of an instance under a name; never over the network
    #[command(after_help = "\
Examples:
  # what a sigbox on this machine hands out
  cosign instance add prod --from /var/lib/sigbox/trust
  cosign sign-blob --instance prod --bundle app.sigstore.json app.tar.gz")]
    Add {
        /// The name: lower-case letters, digits, '-', '_' and '.'
        #[arg(value_name = "NAME")]
        name: String,
        /// The directory with trusted_root.json and, to sign, signing_config.v0.2.json
        #[arg(long, value_name = "DIR", required = true, value_hint = clap::ValueHint::DirPath)]
        from: PathBuf,
    },
    /// Print where an instance's files are and which services it names
    Show {
        /// The instance
        #[arg(value_name = "NAME")]
        name: String,
        /// How to print it
        #[arg(long, short, value_enum, value_name = "FORMAT", default_value = "text")]
        output: ReportFormat,
    },
    /// Remove an instance; nothing but its copies of the files is lost
    Remove {
        /// The instance
        #[arg(value_name = "NAME")]
        name: String,
    },
}
