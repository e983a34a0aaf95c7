//! `cosign generate-key-pair`, `import-key-pair` and `public-key`.

use std::path::PathBuf;

const PASSWORD_HELP: &str = "\
The private key is encrypted under a password: COSIGN_PASSWORD if it is set (to nothing for no protection), else
typed at the terminal, else all of stdin.";

/// Generate a key pair to sign with: PREFIX.key, encrypted, and PREFIX.pub
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = format!("{PASSWORD_HELP}

Examples:
  # write cosign.key and cosign.pub
  cosign generate-key-pair

  # write release.key and release.pub, in a script
  COSIGN_PASSWORD=\"$PASSWORD\" cosign generate-key-pair --output-key-prefix release"))]
pub(crate) struct GenerateKeyPairArgs {
    /// What the names of both files begin with
    #[arg(long, value_name = "PREFIX", default_value = "cosign")]
    pub(crate) output_key_prefix: String,

    /// A place to keep the key in; this version writes files only
    #[arg(value_name = "PLACE", hide = true)]
    pub(crate) places: Vec<String>,
}

/// Encrypt a private key that exists, and write it beside its public key
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = format!("{PASSWORD_HELP}

The key may be ECDSA (P-256, P-384, P-521), Ed25519 or RSA (2048, 3072 or 4096 bits), in PEM blocks `PRIVATE KEY`,
`EC PRIVATE KEY` or `RSA PRIVATE KEY` that are not encrypted themselves.

Examples:
  # write import-cosign.key and import-cosign.pub
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out plain.pem
  cosign import-key-pair --key plain.pem"))]
pub(crate) struct ImportKeyPairArgs {
    /// The private key: a file, env://VARIABLE, or an http(s) address
    #[arg(long, short, value_name = "KEY", value_hint = clap::ValueHint::FilePath)]
    pub(crate) key: Option<String>,

    /// What the names of both files begin with
    #[arg(long, short, value_name = "PREFIX", default_value = "import-cosign")]
    pub(crate) output_key_prefix: String,

    /// Overwrite files without asking
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) yes: bool,
}

/// Print the public key of a key pair
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # print the public key
  cosign public-key --key cosign.key

  # write it to a file, from a private key in a variable
  cosign public-key --key env://SIGNING_KEY --outfile cosign.pub")]
pub(crate) struct PublicKeyArgs {
    /// The encrypted private key: a file, env://VARIABLE, or an http(s) address
    #[arg(long, value_name = "KEY", value_hint = clap::ValueHint::FilePath)]
    pub(crate) key: Option<String>,

    /// Write it to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) outfile: Option<PathBuf>,
}
