//! Mistakes on the command line, and flags of other cosign versions that this one refuses by name.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use self::Of::{Both, Sign, Verify};
use super::bind::variable;
use crate::environment;
use crate::ui::Escaped;

/// A command line that cannot be run; one line, without usage text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ArgumentError {
    #[error("unknown flag: {}", Escaped(.flag))]
    UnknownFlag { flag: String },
    #[error("unknown command \"{}\" for \"cosign\"", Escaped(.name))]
    UnknownCommand { name: String },
    #[error("{name} is not supported: {reason}")]
    Refused { name: String, reason: &'static str },
    #[error("flag needs an argument: {flag}")]
    MissingValue { flag: String },
    #[error("invalid argument \"{}\" for {flag}: {}", Escaped(.value), Escaped(.reason))]
    InvalidValue {
        flag: String,
        value: String,
        reason: String,
    },
    #[error("{flag} is given more than once")]
    Repeated { flag: String },
    #[error("accepts {expected} arg(s), received {found}")]
    ArgumentCount { expected: usize, found: usize },
    #[error("requires at least {expected} arg(s), only received {found}")]
    TooFewArguments { expected: usize, found: usize },
    #[error("{first} and {second} contradict each other")]
    Conflict {
        first: &'static str,
        second: &'static str,
    },
    #[error("must specify --bundle with --new-bundle-format")]
    MissingBundle,
    #[error(
        "--new-bundle-format=false is not supported: this version reads and writes Sigstore bundles only"
    )]
    OldBundleFormat,
    #[error("provide a bundle with --bundle")]
    NothingToVerifyWith,
    #[error("--offline=false is not supported: verifying never uses the network")]
    Online,
    #[error(
        "{count} blobs cannot share one --bundle file: run the command once for each, with a bundle of its own"
    )]
    OneBundleForMany { count: usize },
    #[error("--{exact} or --{exact}-regexp is required for verification in keyless mode")]
    MissingExpectation { exact: &'static str },
    #[error("{}", Escaped(.0))]
    Other(String),
}

const KEYS: &str =
    "signing and verifying with a key of one's own is not built yet; this version signs keyless";
const URLS: &str = "service addresses come from the signing config (--signing-config)";
const DETACHED: &str =
    "signature, certificate and proofs are kept together in the bundle (--bundle)";
const CHECKS: &str = "every check of a bundle is made, always";
const ROOTS: &str = "roots come from --trusted-root or the SIGSTORE_… files";
const FLOWS: &str = "give the token with --identity-token or SIGSTORE_ID_TOKEN";
const CLAIMS: &str = "matching other claims than identity and issuer is not built yet; the identity names the workflow";

/// The command whose flag it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Sign,
    Verify,
    Both,
}

/// Flags that real cosign knows and this version refuses, so that none is taken for a misspelling.
const REFUSED: &[(&str, Of, &str)] = &[
    ("key", Both, KEYS),
    ("sk", Both, KEYS),
    ("slot", Both, KEYS),
    ("signing-algorithm", Sign, KEYS),
    ("issue-certificate", Sign, KEYS),
    ("fulcio-url", Sign, URLS),
    ("rekor-url", Sign, URLS),
    ("timestamp-server-url", Sign, URLS),
    ("timestamp-server-name", Sign, URLS),
    ("tlog-upload", Sign, URLS),
    ("output", Sign, DETACHED),
    ("output-signature", Sign, DETACHED),
    ("output-certificate", Sign, DETACHED),
    ("b64", Sign, DETACHED),
    ("rfc3161-timestamp", Both, DETACHED),
    ("certificate", Both, DETACHED),
    ("signature", Verify, DETACHED),
    ("sct", Verify, DETACHED),
    ("insecure-skip-verify", Sign, CHECKS),
    ("insecure-ignore-tlog", Verify, CHECKS),
    ("insecure-ignore-sct", Verify, CHECKS),
    ("private-infrastructure", Verify, CHECKS),
    ("use-signed-timestamps", Verify, CHECKS),
    ("allow-certificate-chain", Verify, CHECKS),
    ("certificate-chain", Both, ROOTS),
    ("ca-roots", Verify, ROOTS),
    ("ca-intermediates", Verify, ROOTS),
    ("timestamp-certificate-chain", Verify, ROOTS),
    ("certificate-github-workflow-trigger", Verify, CLAIMS),
    ("certificate-github-workflow-sha", Verify, CLAIMS),
    ("certificate-github-workflow-name", Verify, CLAIMS),
    ("certificate-github-workflow-repository", Verify, CLAIMS),
    ("certificate-github-workflow-ref", Verify, CLAIMS),
    ("oidc-provider", Sign, FLOWS),
    ("oidc-client-secret-file", Sign, FLOWS),
];

fn reason(long: &str) -> Option<&'static str> {
    let known = REFUSED.iter().find(|(name, _, _)| *name == long);
    known.map(|(_, _, reason)| *reason)
}

/// A refused flag of this command that is set by its variable; silence there would drop what the user asked for.
pub(crate) fn refusal_of_environment(command: Of) -> Option<ArgumentError> {
    REFUSED.iter().find_map(|(long, of, reason)| {
        let name = variable(long);
        environment::value(&name).filter(|_| *of == command || *of == Both)?;
        Some(ArgumentError::Refused { name, reason })
    })
}

impl ArgumentError {
    /// Says clap's findings in the words that users of cosign know.
    pub(super) fn from_clap(error: &clap::Error) -> Self {
        let context = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.clone()),
            _ => None,
        };
        let argument = || flag_name(context(ContextKind::InvalidArg));
        match error.kind() {
            ErrorKind::UnknownArgument => {
                let flag = argument();
                let long = flag.strip_prefix("--").unwrap_or_default();
                match reason(long.split('=').next().unwrap_or_default()) {
                    Some(reason) => Self::Refused { name: flag, reason },
                    None => Self::UnknownFlag { flag },
                }
            }
            ErrorKind::InvalidSubcommand => Self::UnknownCommand {
                name: context(ContextKind::InvalidSubcommand).unwrap_or_default(),
            },
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                let value = context(ContextKind::InvalidValue).unwrap_or_default();
                let flag = argument();
                if value.is_empty() {
                    return Self::MissingValue { flag };
                }
                Self::InvalidValue {
                    flag,
                    value,
                    reason: why_invalid(error),
                }
            }
            ErrorKind::ArgumentConflict => Self::Repeated { flag: argument() },
            _ => Self::Other(first_line(error)),
        }
    }
}

fn why_invalid(error: &clap::Error) -> String {
    if let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue) {
        return format!("must be one of {}", values.join(", "));
    }
    std::error::Error::source(error).map_or_else(|| first_line(error), ToString::to_string)
}

/// clap shows `--flag <VALUE>` or `--flag[=<VALUE>]`; only the name is wanted.
fn flag_name(shown: Option<String>) -> String {
    shown
        .unwrap_or_default()
        .split([' ', '['])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
