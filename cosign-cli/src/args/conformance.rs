//! `cosign conformance`: the command line that Sigstore's conformance suite speaks to every client.

use std::path::PathBuf;

use clap::Subcommand;

/// Speak the protocol of sigstore-conformance
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct ConformanceArgs {
    #[command(subcommand)]
    pub(crate) command: ConformanceCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConformanceCommand {
    SignBundle(SignBundleArgs),
    VerifyBundle(VerifyBundleArgs),
}

/// Sign a file with a given token
#[derive(Debug, clap::Args)]
pub(crate) struct SignBundleArgs {
    /// Use the public staging instance; refused, because no instance is built in
    #[arg(long, hide = true)]
    pub(crate) staging: bool,

    /// Sign the file as an in-toto statement, into an envelope
    #[arg(long)]
    pub(crate) in_toto: bool,

    /// The identity token, or a file that holds it
    #[arg(long, value_name = "TOKEN")]
    pub(crate) identity_token: String,

    /// Where to write the bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,

    /// The trusted root to check the finished bundle against
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,

    /// The signing config
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_config: Option<PathBuf>,

    /// The file to sign
    #[arg(value_name = "FILE")]
    pub(crate) artifact: String,
}

/// Verify a file or its digest against a bundle
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyBundleArgs {
    /// Use the public staging instance; refused, because no instance is built in
    #[arg(long, hide = true)]
    pub(crate) staging: bool,

    /// The bundle to verify
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,

    /// The identity that the certificate must name
    #[arg(long, value_name = "IDENTITY")]
    pub(crate) certificate_identity: Option<String>,

    /// The OpenID provider that must have vouched for it
    #[arg(long, value_name = "URL")]
    pub(crate) certificate_oidc_issuer: Option<String>,

    /// The public key that must have signed, instead of an identity
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) key: Option<String>,

    /// The trusted root to verify against
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,

    /// The file to verify, or its digest as sha256:HEX
    #[arg(value_name = "FILE_OR_DIGEST")]
    pub(crate) artifact: String,
}
