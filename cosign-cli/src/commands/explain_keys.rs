//! What is wrong with a key, and how to repair it.

use sigbox_crypto::pem::PemError;
use sigbox_crypto::{KeyFileError, PublicKeyError, SigningKeyError};

use super::unreachable;
use crate::keys::{KeyError, PasswordError};
use crate::report::Failure;

/// A key that could not be read, made or written; `context` comes before the error, with its colon and space.
pub(super) fn failure(context: &str, error: &KeyError) -> Failure {
    let failure = Failure::new(format!("{context}{error}")).unreachable_if(unreachable::key(error));
    let failure = match error {
        // The headline has the last word already, in the words that scripts know.
        KeyError::Private(KeyFileError::WrongPassword) => {
            failure.cause("the password is wrong, or the key file was changed")
        }
        KeyError::Public(PublicKeyError::Pem(PemError::Label { .. })) => failure,
        error => failure.caused_by_source(error),
    };
    match hint(error) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn hint(error: &KeyError) -> Option<&'static str> {
    Some(match error {
        KeyError::Scheme { .. } => "--key takes a file, env://VARIABLE, or an http(s) address",
        KeyError::Private(KeyFileError::WrongPassword) => {
            "the password is COSIGN_PASSWORD if that is set, else what is typed, else all of stdin with its last line end"
        }
        KeyError::Private(KeyFileError::Label { found }) if found.ends_with("PUBLIC KEY") => {
            "this is the public key; the private one beside it ends in .key"
        }
        KeyError::Private(KeyFileError::Label { found }) if found.ends_with("PRIVATE KEY") => {
            "put the key under a password first: `cosign import-key-pair --key FILE`"
        }
        KeyError::Private(KeyFileError::ScryptCost { .. }) => {
            "no cosign writes this cost, and trying the password would take the memory and time that the file asks for: \
             make sure where the file comes from"
        }
        KeyError::Import(
            SigningKeyError::Encrypted | SigningKeyError::Pem(PemError::Base64 { .. }),
        ) => {
            "the key is encrypted by itself; take that off first, for example with `openssl pkey -in FILE -out PLAIN`"
        }
        KeyError::Import(SigningKeyError::Pem(PemError::Label { found, .. }))
            if found.starts_with("ENCRYPTED SIGSTORE") || found.starts_with("ENCRYPTED COSIGN") =>
        {
            "this key is imported already"
        }
        KeyError::Public(PublicKeyError::Pem(PemError::Label { found, .. }))
            if found.ends_with("PRIVATE KEY") =>
        {
            "`cosign public-key --key FILE` prints the public key of a private one"
        }
        KeyError::Password(PasswordError::StdinTaken | PasswordError::NoneGiven) => {
            "set COSIGN_PASSWORD, to nothing if the key has no password"
        }
        _ => return None,
    })
}
