//! Mistakes on the command line, and flags of other cosign versions that this one refuses by name.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use self::Of::{All, Generate, VerifyImage};
use super::bind::variable;
use crate::environment;
use crate::image::AnnotationError;
use crate::ui::Escaped;

/// A command line that cannot be run; one line, without usage text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ArgumentError {
    #[error("unknown flag: {}", Escaped(.flag))]
    UnknownFlag { flag: String },
    #[error("unknown shorthand flag: '{}' in {}", Escaped(.letter), Escaped(.flag))]
    UnknownShorthand { letter: String, flag: String },
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
    #[error("{first} and {second} cannot both be read from stdin")]
    StdinTwice {
        first: &'static str,
        second: &'static str,
    },
    #[error("--certificate needs the key that it is for: --key")]
    CertificateWithoutKey,
    #[error("required flag(s) {} not set", quoted(.names))]
    MissingFlags { names: Vec<String> },
    #[error("unexpected argument \"{}\"", Escaped(.value))]
    UnexpectedArgument { value: String },
    #[error("required flag(s) \"{name}\" not set")]
    MissingFlag { name: &'static str },
    #[error("must specify --bundle with --new-bundle-format")]
    MissingBundle,
    #[error(
        "--new-bundle-format=false needs a log of version 1, whose promise the old format holds; the signing config names none"
    )]
    NoLogForOldFormat,
    #[error("--{flag} needs a timestamp authority; the signing config names none")]
    NoTimestampAuthority { flag: &'static str },
    #[error("--rekor-version {version}: the signing config names no log of that version")]
    NoLogOfVersion { version: u32 },
    #[error("{given} is given without {missing}")]
    Half {
        given: &'static str,
        missing: &'static str,
    },
    #[error(transparent)]
    Annotation(AnnotationError),
    #[error(
        "must enable upload to the OCI registry or specify a local --bundle path with --new-bundle-format"
    )]
    NowhereToSign,
    #[error("{flag} has no meaning for a bundle: it needs --storage tag or --storage both")]
    OnlyTags { flag: &'static str },
    #[error("at least one of the flags in the group [predicate statement] is required")]
    NothingToAttest,
    #[error(
        "must provide path to blob or digest and digestAlg; run `cosign verify-blob-attestation -h` for more help"
    )]
    NoArtifact,
    #[error(
        "provide a key with --key or --sk, a certificate to verify against with --certificate, or a bundle with --bundle"
    )]
    NothingToVerifyWith,
    #[error(
        "exactly one of: key reference (--key), certificate (--cert) or hardware token (--sk) must be provided"
    )]
    KeyAndCertificate,
    #[error(
        "if any flags in the group [{first} {second}] are set none of the others can be; [{first} {second}] were all set"
    )]
    Exclusive {
        first: &'static str,
        second: &'static str,
    },
    #[error("--ca-intermediates needs the roots that they are below: --ca-roots")]
    NoRoots,
    #[error("exactly one of: key reference (--key), or hardware token (--sk) must be provided")]
    NoKey,
    #[error(
        "exactly one of: key reference (--key) or certificate identity (--certificate-identity or --certificate-identity-regexp), \
         must be provided. To determine which to use, inspect the bundle's 'verificationMaterial' field: if 'publicKey' is present, \
         use key reference; if 'certificate' or 'x509CertificateChain' is present, use certificate identity"
    )]
    KeyAndIdentity,
    #[error("--offline=false needs the address of the log that may be asked: --rekor-url")]
    Online,
    #[error(
        "{count} blobs cannot share one --bundle file: without --bundle, that of each is FILE.sigstore.json"
    )]
    OneBundleForMany { count: usize },
    #[error("{count} images cannot share one --bundle file: run the command once for each")]
    OneBundleForImages { count: usize },
    #[error("an attestation is about one blob, received {count}: run the command once for each")]
    OneBlob { count: usize },
    #[error("{flag} is about one blob, and there are several")]
    OneBlobOnly { flag: &'static str },
    #[error("stdin cannot be one of several blobs")]
    StdinAmongMany,
    #[error("please set the --max-workers flag to a value that is greater than 0")]
    NoWorkers,
    #[error("--{exact} or --{exact}-regexp is required for verification in keyless mode")]
    MissingExpectation { exact: &'static str },
    #[error("{}", Escaped(.0))]
    Other(String),
}

const TOKENS: &str = "keys are read from files and variables (--key), not from hardware tokens";
const SERVICES: &str = "key pairs are written to files; keys in a key service are not built yet";
const KEYCHAIN: &str = "logins are those of --registry-username, DOCKER_CONFIG and REGISTRY_AUTH_FILE, with their credential helpers; in a cluster, mount \
     the pull secret as DOCKER_CONFIG";
const SEARCH: &str = "a log is not searched for images: the entry comes with the signature";

/// The command whose flag it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Sign,
    Verify,
    VerifyImage,
    Generate,
    Import,
    PublicKey,
    /// Every command that takes a key.
    All,
}

impl Of {
    fn covers(self, command: Self) -> bool {
        match self {
            All => true,
            one => one == command,
        }
    }
}

/// Flags that real cosign knows and this version refuses, so that none is taken for a misspelling.
const REFUSED: &[(&str, Of, &str)] = &[
    ("sk", All, TOKENS),
    ("slot", All, TOKENS),
    ("kms", Generate, SERVICES),
    ("rekor-url", VerifyImage, SEARCH),
    ("k8s-keychain", All, KEYCHAIN),
];

fn reason(long: &str) -> Option<&'static str> {
    let known = REFUSED.iter().find(|(name, _, _)| *name == long);
    known.map(|(_, _, reason)| *reason)
}

/// A refused flag of this command that is set by its variable, where real cosign would go by it: silence there would drop what the
/// user asked for. Other variables are for other commands of the same shell, and are passed over.
pub(crate) fn refusal_of_environment(command: Of) -> Option<ArgumentError> {
    REFUSED.iter().find_map(|(long, of, reason)| {
        let name = variable(long);
        let set = environment::text(&name)?;
        let counts = match *long {
            "sk" => !matches!(set.as_str(), "0" | "f" | "F" | "false" | "FALSE" | "False"),
            "kms" => true,
            _ => false,
        };
        let refused = counts && of.covers(command);
        refused.then_some(())?;
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
                if !flag.starts_with('-') {
                    return Self::UnexpectedArgument { value: flag };
                }
                if !flag.starts_with("--") {
                    let letter = flag.chars().skip(1).take(1).collect();
                    return Self::UnknownShorthand { letter, flag };
                }
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
            ErrorKind::MissingRequiredArgument => missing(error),
            ErrorKind::ArgumentConflict => Self::Repeated { flag: argument() },
            _ => Self::Other(first_line(error)),
        }
    }
}

/// What is missing, in the words of the real client.
fn missing(error: &clap::Error) -> ArgumentError {
    let missing = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) => missing.clone(),
        _ => Vec::new(),
    };
    let flags = missing.iter().filter(|shown| shown.starts_with("--"));
    let names: Vec<String> = flags
        .map(|shown| flag_name(Some(shown.trim_start_matches('-').to_owned())))
        .collect();
    if names.is_empty() {
        let expected = missing.len();
        return ArgumentError::ArgumentCount { expected, found: 0 };
    }
    ArgumentError::MissingFlags { names }
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
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
