//! The one way in which writing can fail.

use serde::Serialize;

/// A message could not be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {message} as JSON")]
pub struct EncodeError {
    /// The message that was being written.
    pub message: &'static str,
    /// What the JSON writer said.
    #[source]
    pub source: serde_json::Error,
}

pub(crate) fn to_json<T: Serialize>(
    message: &'static str,
    value: &T,
) -> Result<String, EncodeError> {
    serde_json::to_string(value).map_err(|source| EncodeError { message, source })
}

/// Writes JSON in the canonical form of RFC 8785 (JCS).
pub(crate) fn to_canonical_json<T: Serialize>(
    message: &'static str,
    value: &T,
) -> Result<Vec<u8>, EncodeError> {
    serde_json_canonicalizer::to_vec(value).map_err(|source| EncodeError { message, source })
}
