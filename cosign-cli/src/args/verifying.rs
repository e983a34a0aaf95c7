//! What every verifying command takes: whom to believe, who must have signed, and by what evidence.

use std::path::PathBuf;

use super::{EvidenceArgs, IdentityArgs, RootsArgs};

/// Whom to believe, who must have signed, and by what evidence.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct VerifyingArgs {
    /// The trusted root to verify against; used alone, before any SIGSTORE_… file
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,

    /// The public key that must have signed, instead of an identity: a file, env://VARIABLE, or an http(s) address
    #[arg(long, value_name = "KEY", value_hint = clap::ValueHint::FilePath)]
    pub(crate) key: Option<String>,

    /// Without effect: every file tells of which format it is
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) new_bundle_format: bool,

    /// Make no network request, but for a key that you name by its address; always so unless --rekor-url names a log
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) offline: Option<bool>,

    /// Taken for the sake of old scripts: the hash follows from the key
    #[arg(long, hide = true, value_name = "HASH", value_parser = ["sha224", "sha256", "sha384", "sha512"])]
    pub(crate) signature_digest_algorithm: Option<String>,

    /// Taken for the sake of old scripts: what refers to an image is always looked for
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) experimental_oci11: bool,

    #[command(flatten)]
    pub(crate) identity: IdentityArgs,

    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,

    #[command(flatten)]
    pub(crate) roots: RootsArgs,
}
