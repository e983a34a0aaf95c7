//! What signs and verifies notes: the traits that key types implement elsewhere.

use std::error::Error;

use super::{KeyHint, NoteError, NoteSignature, SignedNote, check_text};
use crate::origin::{OriginError, check_name};
use crate::units::UnixMillis;

/// A key that signs notes under a name.
pub trait NoteSigner: Send + Sync {
    /// Name on the signature line: a log's origin (Rekor v1: the host name).
    fn name(&self) -> &str;

    /// First four bytes of the key ID.
    fn hint(&self) -> KeyHint;

    /// Signs `text` (newline at the end included) and returns what follows the hint on the signature line.
    ///
    /// `now` is for key types that sign a time, such as RFC 6962 tree heads; the others ignore it.
    ///
    /// # Errors
    /// [`NoteSignError`] if the key could not be used.
    fn sign(&self, text: &str, now: UnixMillis) -> Result<Vec<u8>, NoteSignError>;
}

/// A public key that verifies notes under a name.
pub trait NoteVerifier: Send + Sync {
    /// Name on the signature line.
    fn name(&self) -> &str;

    /// First four bytes of the key ID.
    fn hint(&self) -> KeyHint;

    /// True if `signature` (what follows the hint) is this key's over `text` (newline at the end included).
    fn verify(&self, text: &str, signature: &[u8]) -> bool;
}

/// Why a note could not be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoteSignError {
    /// The key failed.
    #[error("the note's key did not sign")]
    Signer(#[source] Box<dyn Error + Send + Sync>),
    /// The text is not fit to be signed.
    #[error("the text cannot be a note")]
    Text(#[source] NoteError),
    /// The signer's name cannot stand on a signature line.
    #[error("the signer has no proper key name")]
    Name(#[source] OriginError),
}

impl NoteSignError {
    /// Wraps the failure of a key.
    pub fn signer(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Signer(source.into())
    }
}

/// Why a note does not carry a key's signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteVerifyError {
    /// No signature line names the key.
    #[error("no signature line of `{name}` with key hint {hint}")]
    NoMatchingSignature {
        /// Name of the key.
        name: String,
        /// Hint of the key.
        hint: KeyHint,
    },
    /// A signature line names the key, but the signature is not the key's.
    #[error("the signature of `{name}` with key hint {hint} does not hold")]
    BadSignature {
        /// Name of the key.
        name: String,
        /// Hint of the key.
        hint: KeyHint,
    },
}

/// Signs `text` into a note with one signature line.
///
/// # Errors
/// [`NoteSignError::Text`] if the text is not fit for a note, [`NoteSignError::Name`] for a bad signer name, or the
/// signer's own failure.
pub fn sign_note(
    text: String,
    signer: &dyn NoteSigner,
    now: UnixMillis,
) -> Result<SignedNote, NoteSignError> {
    check_text(&text).map_err(NoteSignError::Text)?;
    check_name(signer.name()).map_err(NoteSignError::Name)?;
    let signature = signer.sign(&text, now)?;
    Ok(SignedNote::new(
        text,
        NoteSignature {
            name: signer.name().to_owned(),
            hint: signer.hint(),
            signature,
        },
    ))
}

impl SignedNote {
    /// Checks that the note carries a valid signature by `verifier`'s key. Other signature lines are ignored.
    ///
    /// # Errors
    /// [`NoteVerifyError::NoMatchingSignature`] if no line has the key's name and hint;
    /// [`NoteVerifyError::BadSignature`] if none of those that do holds.
    pub fn verify(&self, verifier: &dyn NoteVerifier) -> Result<(), NoteVerifyError> {
        let (name, hint) = (verifier.name(), verifier.hint());
        let mut named = self
            .signatures
            .iter()
            .filter(|line| line.name == name && line.hint == hint)
            .peekable();
        if named.peek().is_none() {
            return Err(NoteVerifyError::NoMatchingSignature {
                name: name.to_owned(),
                hint,
            });
        }
        // Two keys may share a hint by chance, so a line that fails is not the end.
        if named.any(|line| verifier.verify(&self.text, &line.signature)) {
            return Ok(());
        }
        Err(NoteVerifyError::BadSignature {
            name: name.to_owned(),
            hint,
        })
    }
}
