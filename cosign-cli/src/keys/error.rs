//! What can be wrong with a key of the user's own, in the words that scripts know.

use std::io;
use std::path::PathBuf;

use sigbox_crypto::pem::PemError;
use sigbox_crypto::{KeyFileError, PublicKeyError, SigningKeyError, WeakKeyError};

use super::password::PasswordError;
use crate::fetch::FetchError;
use crate::output_file::WriteError;
use crate::prompt::PromptError;
use crate::ui::{Escaped, io_reason};

/// A key could not be read, made or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum KeyError {
    /// The reference names a place that keys are not read from.
    #[error("loading URL: unrecognized scheme: {}", Escaped(.scheme))]
    Scheme {
        /// The scheme, with its colon.
        scheme: String,
    },
    /// The variable is not set.
    #[error("loading URL: env var ${} not found", Escaped(.name))]
    MissingVariable {
        /// The variable's name.
        name: String,
    },
    /// The file cannot be read.
    #[error("open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    Read {
        /// The path as the user gave it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The key cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The transfer broke.
    #[error("GET {}: {}", Escaped(.url), io_reason(.source))]
    Transfer {
        /// The address.
        url: String,
        /// What the system says.
        source: io::Error,
    },
    /// There is more than any key takes.
    #[error("{} is larger than {limit} bytes, which no key is", Escaped(.name))]
    TooLarge {
        /// The reference as the user gave it.
        name: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// What is there is no text.
    #[error("invalid pem block")]
    NotText,
    /// There is no password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The encrypted private key cannot be used.
    #[error("{}", private(.0))]
    Private(#[source] KeyFileError),
    /// The key to import cannot be used.
    #[error("{}", imported(.0))]
    Import(#[source] SigningKeyError),
    /// The key to import is too weak.
    #[error("error validating key: {0}")]
    Weak(#[source] WeakKeyError),
    /// The public key cannot be used.
    #[error("pem to public key: {}", public(.0))]
    Public(#[source] PublicKeyError),
    /// No key could be made.
    #[error("generating key")]
    Generate(#[source] SigningKeyError),
    /// The key could not be put under its password.
    #[error("encrypting key")]
    Seal(#[source] KeyFileError),
    /// The user does not want the file overwritten.
    #[error(transparent)]
    Overwrite(#[from] PromptError),
    /// The key could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn private(error: &KeyFileError) -> String {
    match error {
        KeyFileError::WrongPassword => "decrypt: encrypted: decryption failed".to_owned(),
        KeyFileError::ScryptCost { .. } => format!("decrypt: encrypted: {error}"),
        other => other.to_string(),
    }
}

fn imported(error: &SigningKeyError) -> String {
    match error {
        SigningKeyError::Pem(PemError::Label { .. }) => "unsupported private key".to_owned(),
        SigningKeyError::Pem(_) => "invalid pem block".to_owned(),
        other => format!("error parsing private key: {other}"),
    }
}

fn public(error: &PublicKeyError) -> String {
    match error {
        PublicKeyError::Pem(PemError::Label { found, .. }) => format!(
            "unknown Public key PEM file type: {}. Are you passing the correct public key?",
            Escaped(found)
        ),
        PublicKeyError::Pem(_) => "PEM decoding failed".to_owned(),
        other => other.to_string(),
    }
}
