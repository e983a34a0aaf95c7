//! `cosign bundle`.

use std::path::PathBuf;

use clap::Subcommand;

/// Look into bundles
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct BundleArgs {
    #[command(subcommand)]
    pub(crate) command: BundleCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    Inspect(InspectArgs),
}

/// Print what a bundle holds; nothing of it is verified
#[derive(Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// The bundle
    #[arg(value_name = "FILE")]
    pub(crate) bundle: PathBuf,

    /// How to print it
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: InspectOutput,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum InspectOutput {
    Text,
    Json,
}
