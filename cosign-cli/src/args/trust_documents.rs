//! `cosign trusted-root` and `cosign signing-config`.

use std::path::PathBuf;

use clap::Subcommand;

/// Make a trusted root: whom verifiers believe
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct TrustedRootArgs {
    #[command(subcommand)]
    pub(crate) command: TrustedRootCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrustedRootCommand {
    Create(Box<CreateTrustedRootArgs>),
}

/// Make a signing config: which services signers use
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct SigningConfigArgs {
    #[command(subcommand)]
    pub(crate) command: SigningConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SigningConfigCommand {
    Create(Box<CreateSigningConfigArgs>),
}

/// Make a trusted root of certificate chains and public keys
///
/// Each service is one flag with comma-separated keys and values. With no flag at all the root is empty.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # a private instance, with a log of version 2 (its origin is the host in its checkpoints)
  cosign trusted-root create \\
      --fulcio url=https://sigstore.example.com,certificate-chain=fulcio_chain.pem \\
      --ctfe url=https://sigstore.example.com/ct,public-key=ctfe.pub,start-time=2026-01-01T00:00:00Z \\
      --rekor url=https://sigstore.example.com,public-key=rekor.pub,start-time=2026-01-01T00:00:00Z,origin=sigstore.example.com \\
      --tsa url=https://sigstore.example.com/api/v1/timestamp,certificate-chain=tsa_chain.pem \\
      --out trusted_root.json

  # an authority that was replaced: the old one is believed for what it signed until then
  cosign trusted-root create \\
      --fulcio url=https://sigstore.example.com,certificate-chain=old.pem,end-time=2026-06-30T00:00:00Z \\
      --fulcio url=https://sigstore.example.com,certificate-chain=new.pem --out trusted_root.json

  # the root of an instance, and one more log
  cosign trusted-root create --instance prod --with-default-services \\
      --rekor url=https://log.example.com,public-key=log.pub,start-time=2026-01-01T00:00:00Z")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct CreateTrustedRootArgs {
    /// A certificate authority: url=URL,certificate-chain=FILE[,start-time=TIME][,end-time=TIME]; the root is the
    /// file's last certificate, and the start is the root's own unless it is given
    #[arg(long, value_name = "SPEC")]
    pub(crate) fulcio: Vec<String>,

    /// A signature log: url=URL,public-key=FILE,start-time=TIME[,end-time=TIME][,origin=NAME]; a log of version 2
    /// needs its origin
    #[arg(long, value_name = "SPEC")]
    pub(crate) rekor: Vec<String>,

    /// A certificate transparency log: url=URL,public-key=FILE,start-time=TIME[,end-time=TIME][,origin=NAME]
    #[arg(long, value_name = "SPEC")]
    pub(crate) ctfe: Vec<String>,

    /// A timestamp authority: url=URL,certificate-chain=FILE[,start-time=TIME][,end-time=TIME]; who signs comes first
    /// in the file, the root last
    #[arg(long, value_name = "SPEC")]
    pub(crate) tsa: Vec<String>,

    /// Begin with the trusted root of the instance (--instance) or of COSIGN_TRUSTED_ROOT; none is built in
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) with_default_services: bool,

    /// Leave its certificate authorities out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) no_default_fulcio: bool,

    /// Leave its certificate transparency logs out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) no_default_ctfe: bool,

    /// Leave its signature logs out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) no_default_rekor: bool,

    /// Leave its timestamp authorities out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) no_default_tsa: bool,

    /// Where to write the trusted root, instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) old: OldTrustedRootArgs,
}

/// The flags of cosign 2: the first of each belong together, then the second, and so on.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OldTrustedRootArgs {
    /// Certificate authorities; deprecated, use --fulcio
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) certificate_chain: Vec<String>,
    /// Their addresses; deprecated, use --fulcio
    #[arg(long, value_name = "URL", hide = true)]
    pub(crate) fulcio_uri: Vec<String>,
    /// Keys of certificate transparency logs; deprecated, use --ctfe
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) ctfe_key: Vec<String>,
    /// Their starts; deprecated, use --ctfe
    #[arg(long, value_name = "TIME", hide = true)]
    pub(crate) ctfe_start_time: Vec<String>,
    /// Their ends; deprecated, use --ctfe
    #[arg(long, value_name = "TIME", hide = true)]
    pub(crate) ctfe_end_time: Vec<String>,
    /// Their addresses; deprecated, use --ctfe
    #[arg(long, value_name = "URL", hide = true)]
    pub(crate) ctfe_url: Vec<String>,
    /// Keys of signature logs, FILE or FILE,ORIGIN; deprecated, use --rekor
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) rekor_key: Vec<String>,
    /// Their starts; deprecated, use --rekor
    #[arg(long, value_name = "TIME", hide = true)]
    pub(crate) rekor_start_time: Vec<String>,
    /// Their ends; deprecated, use --rekor
    #[arg(long, value_name = "TIME", hide = true)]
    pub(crate) rekor_end_time: Vec<String>,
    /// Their addresses; deprecated, use --rekor
    #[arg(long, value_name = "URL", hide = true)]
    pub(crate) rekor_url: Vec<String>,
    /// Timestamp authorities; deprecated, use --tsa
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) timestamp_certificate_chain: Vec<String>,
    /// Their addresses; deprecated, use --tsa
    #[arg(long, value_name = "URL", hide = true)]
    pub(crate) timestamp_uri: Vec<String>,
}

/// Make a signing config of the services that signers are to use
///
/// Each service is one flag with comma-separated keys and values. With no flag at all no service is named: with such a
/// config a key signs alone.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # a private instance
  cosign signing-config create \\
      --fulcio url=https://sigstore.example.com,api-version=1,start-time=2026-01-01T00:00:00Z,operator=example.com \\
      --oidc-provider url=https://idp.example.com,api-version=1,start-time=2026-01-01T00:00:00Z,operator=example.com \\
      --rekor url=https://sigstore.example.com,api-version=2,start-time=2026-01-01T00:00:00Z,operator=example.com \\
      --rekor-config ANY \\
      --tsa url=https://sigstore.example.com/api/v1/timestamp,api-version=1,start-time=2026-01-01T00:00:00Z,operator=example.com \\
      --tsa-config EXACT:1 --out signing_config.json

  # another identity provider than the base names
  cosign signing-config create --base-config signing_config.v0.2.json \\
      --oidc-provider url=https://idp.example.com,api-version=1,start-time=2026-01-01T00:00:00Z,operator=example.com

  # no service at all, to sign with a key in a room without network
  cosign signing-config create --out empty.json")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct CreateSigningConfigArgs {
    /// A certificate authority: url=URL,api-version=N,start-time=TIME,operator=NAME[,end-time=TIME]
    #[arg(long, value_name = "SPEC")]
    pub(crate) fulcio: Vec<String>,

    /// A signature log: url=URL,api-version=N,start-time=TIME,operator=NAME[,end-time=TIME]
    #[arg(long, value_name = "SPEC")]
    pub(crate) rekor: Vec<String>,

    /// How many logs to write to: ANY, ALL or EXACT:<count>; needed with --rekor
    #[arg(
        long,
        value_name = "MODE",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) rekor_config: String,

    /// An OpenID provider: url=URL,api-version=N,start-time=TIME,operator=NAME[,end-time=TIME]
    #[arg(long, value_name = "SPEC")]
    pub(crate) oidc_provider: Vec<String>,

    /// A timestamp authority: url=URL,api-version=N,start-time=TIME,operator=NAME[,end-time=TIME]
    #[arg(long, value_name = "SPEC")]
    pub(crate) tsa: Vec<String>,

    /// How many timestamps to get: ANY, ALL or EXACT:<count>; needed with --tsa
    #[arg(
        long,
        value_name = "MODE",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) tsa_config: String,

    /// Begin with this signing config; services that a flag names take the place of its services of that kind
    #[arg(long, value_name = "FILE")]
    pub(crate) base_config: Option<PathBuf>,

    /// Begin with the signing config of the instance (--instance) or of COSIGN_SIGNING_CONFIG; none is built in
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) with_default_services: bool,

    /// The same, if it names a log of version 2
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) with_default_rekor_v2: bool,

    /// Leave the certificate authorities of the beginning out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) no_default_fulcio: bool,

    /// Leave the signature logs of the beginning out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) no_default_rekor: bool,

    /// Leave the OpenID providers of the beginning out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) no_default_oidc: bool,

    /// Leave the timestamp authorities of the beginning out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) no_default_tsa: bool,

    /// Where to write the signing config, instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
