//! `cosign env`.

use std::io::{self, Write as _};

use crate::args::EnvArgs;
use crate::environment;
use crate::report::Failure;
use crate::ui::{Escaped, Output};

const MASK: &str = "******";

/// A variable that this program reads.
struct Variable {
    name: &'static str,
    meaning: &'static str,
    expects: &'static str,
    secret: bool,
}

const fn variable(name: &'static str, meaning: &'static str, expects: &'static str) -> Variable {
    Variable {
        name,
        meaning,
        expects,
        secret: false,
    }
}

/// In alphabetical order, as the real client lists its own.
const VARIABLES: [Variable; 15] = [
    variable(
        "COSIGN_CUE",
        "names the program that evaluates CUE policies",
        "absolute path of the cue program",
    ),
    variable(
        "COSIGN_INSTANCE",
        "names the instance to sign with and to verify against",
        "name of an instance",
    ),
    Variable {
        name: "COSIGN_PASSWORD",
        meaning: "is the password of private keys, also if it is set to nothing",
        expects: "string with a password",
        secret: true,
    },
    variable(
        "COSIGN_SIGNING_CONFIG",
        "names the services to sign with",
        "path of a signing config",
    ),
    variable(
        "COSIGN_TRUSTED_ROOT",
        "is what to verify against",
        "path of a trusted root",
    ),
    variable(
        "HTTPS_PROXY",
        "is the proxy for https services (also HTTP_PROXY, NO_PROXY)",
        "URL",
    ),
    variable(
        "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE",
        "overrides the public key of the CT log",
        "path of a PEM key",
    ),
    Variable {
        name: "SIGSTORE_ID_TOKEN",
        meaning: "is a signing identity token",
        expects: "string with an OpenID token",
        secret: true,
    },
    variable(
        "SIGSTORE_REKOR_PUBLIC_KEY",
        "overrides the public key of the log",
        "path of a PEM key",
    ),
    variable(
        "SIGSTORE_ROOT_FILE",
        "overrides the certificates of the CA",
        "path of PEM certificates",
    ),
    variable(
        "SIGSTORE_TSA_CERTIFICATE_FILE",
        "overrides the certificates of the TSA",
        "path of PEM certificates",
    ),
    variable(
        "SSL_CERT_DIR",
        "is where the system's TLS roots are",
        "path of a directory",
    ),
    variable(
        "SSL_CERT_FILE",
        "holds the roots that services' TLS certificates chain to",
        "path of PEM certificates",
    ),
    variable(
        "XDG_CONFIG_HOME",
        "is where the directory sigbox/instances is, instead of ~/.config",
        "absolute path of a directory",
    ),
    variable("NO_COLOR", "switches colours in help texts off", "anything"),
];

/// Writes the variables that are read and, last and masked, those that look as if they were.
pub(crate) fn env(args: &EnvArgs, output: &Output) -> Result<(), Failure> {
    list(args)
        .and_then(|text| output.write(&text))
        .map_err(|error| Failure::new("writing the variables").caused_by(&error))
}

fn list(args: &EnvArgs) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for Variable {
        name,
        meaning,
        expects,
        secret,
    } in &VARIABLES
    {
        if args.show_descriptions {
            writeln!(text, "# {name} {meaning}\n# Expects: {expects}")?;
        }
        let value = environment::text(name).unwrap_or_default();
        let masked = *secret && !value.is_empty() && !args.show_sensitive_values;
        let shown = if masked { MASK } else { &value };
        writeln!(text, "{name}={}", Escaped(shown))?;
    }
    for name in environment::names(&["COSIGN_", "SIGSTORE_", "TUF_"]) {
        if VARIABLES.iter().all(|variable| variable.name != name) {
            writeln!(text, "{}={MASK}", Escaped(&name))?;
        }
    }
    Ok(text)
}
