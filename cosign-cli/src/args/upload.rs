//! `cosign upload` and `cosign generate`.

use std::path::PathBuf;

use clap::Subcommand;

use super::RegistryArgs;

/// Store files in a registry
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct UploadArgs {
    #[command(subcommand)]
    pub(crate) command: UploadCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UploadCommand {
    Blob(Box<UploadBlobArgs>),
    Wasm(Box<UploadWasmArgs>),
}

/// Store files in a registry, several as one index with a platform each
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cosign upload blob -f app.tar.gz registry.example.com/files/app:v1

  # one for each platform
  cosign upload blob -f app-linux:linux/amd64 -f app-mac:darwin/arm64 registry.example.com/files/app:v1")]
pub(crate) struct UploadBlobArgs {
    /// Where to store them
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// A file, and the platform that it is for
    #[arg(long, short, value_name = "FILE[:OS[/ARCH]]", value_delimiter = ',')]
    pub(crate) files: Vec<String>,

    /// The media type; without it, what the content looks like
    #[arg(
        long,
        value_name = "TYPE",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) ct: String,

    /// An annotation of the manifest
    #[arg(long, short, value_name = "KEY=VALUE")]
    pub(crate) annotation: Vec<String>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Store a WebAssembly module in a registry
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cosign upload wasm -f app.wasm registry.example.com/modules/app:v1")]
pub(crate) struct UploadWasmArgs {
    /// Where to store it
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// The module
    #[arg(long, short, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Print what a signature of an image signs, to sign it with your own tool
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The payload has no line end, and every byte of it is signed.

Examples:
  cosign generate registry.example.com/app:v1 > payload.json

  # with an annotation
  cosign generate -a stage=prod registry.example.com/app:v1 > payload.json")]
pub(crate) struct GenerateArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// An annotation to sign
    #[arg(long, short, value_name = "KEY=VALUE", value_delimiter = ',')]
    pub(crate) annotations: Vec<String>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}
