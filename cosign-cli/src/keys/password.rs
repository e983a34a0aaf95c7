//! The password of a private key.

use std::io::{self, IsTerminal as _, Read as _, Write as _};

use rpassword::{ConfigBuilder, read_password_with_config};
use zeroize::Zeroizing;

use crate::environment;
use crate::ui::io_reason;

const VARIABLE: &str = "COSIGN_PASSWORD";
const MAX_PASSWORD_BYTES: u64 = 64 * 1024;

/// What the password is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordFor {
    /// A key that exists.
    Opening,
    /// The same, while stdin holds what is to be signed.
    OpeningWithStdinTaken,
    /// A new key file: asked for twice, and never empty by accident.
    Creating,
}

/// There is no password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PasswordError {
    /// The terminal could not be asked.
    #[error("reading the password from the terminal: {}", io_reason(.0))]
    Terminal(#[source] io::Error),
    /// The two are not the same.
    #[error("passwords do not match")]
    Mismatch,
    /// Stdin cannot be read.
    #[error("reading the password from stdin: {}", io_reason(.0))]
    Stdin(#[source] io::Error),
    /// Stdin holds more than a password.
    #[error("the password on stdin is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// Stdin is the artifact.
    #[error("stdin holds what is to be signed, so it cannot hold the password as well")]
    StdinTaken,
    /// Nobody gave one; a key file without protection has to be asked for.
    #[error("no password for the new key: {VARIABLE} is not set and stdin is empty")]
    NoneGiven,
}

/// The password of `COSIGN_PASSWORD`, which may be empty; else the one typed at the terminal; else all of stdin, its
/// last line end included.
pub(crate) fn password(wanted: PasswordFor) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
    if let Some(password) = environment::secret(VARIABLE) {
        return Ok(password);
    }
    match wanted {
        PasswordFor::OpeningWithStdinTaken => Err(PasswordError::StdinTaken),
        PasswordFor::Opening if io::stdin().is_terminal() => ask(""),
        PasswordFor::Opening => from_stdin(),
        PasswordFor::Creating if io::stdin().is_terminal() => {
            let (once, again) = (ask("")?, ask(" again")?);
            if once == again {
                Ok(once)
            } else {
                Err(PasswordError::Mismatch)
            }
        }
        PasswordFor::Creating => from_stdin().and_then(|password| {
            if password.is_empty() {
                Err(PasswordError::NoneGiven)
            } else {
                Ok(password)
            }
        }),
    }
}

fn ask(again: &str) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
    let mut stderr = io::stderr().lock();
    // The prompt is talk; what it cannot say it does not say, and the question stands.
    drop(write!(stderr, "Enter password for private key{again}: "));
    drop(stderr.flush());
    let typed = read_password_with_config(ConfigBuilder::new().output_discard().build());
    drop(writeln!(stderr));
    typed
        .map(|password| Zeroizing::new(password.into_bytes()))
        .map_err(PasswordError::Terminal)
}

fn from_stdin() -> Result<Zeroizing<Vec<u8>>, PasswordError> {
    let mut password = Zeroizing::new(Vec::new());
    io::stdin()
        .lock()
        .take(MAX_PASSWORD_BYTES + 1)
        .read_to_end(&mut password)
        .map_err(PasswordError::Stdin)?;
    if password.len() as u64 > MAX_PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    Ok(password)
}
