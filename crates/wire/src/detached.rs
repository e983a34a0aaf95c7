//! What clients wrote before there were bundles: one file for signature, certificate and log entry, or a file for each.

mod message;

use crate::encode::{EncodeError, to_json};
use crate::log_entry::TransparencyLogEntry;
use crate::proto_json::{Base64Bytes, ReadFault, decode_base64, read};

use message::{
    DetachedSctMessage, PayloadMessage, RekorBundleMessage, SignedTimestampMessage, Told,
};

/// The file that signing wrote before there were bundles (`LocalSignedPayload`).
///
/// Only the encoding has been checked. Nothing in it is trust: a public key in [`LocalSignedPayload::certificate`]
/// is the signer's own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSignedPayload {
    /// The signature over a blob, or the whole envelope of an attestation as JSON.
    pub signature: Vec<u8>,
    /// PEM text of the signer's certificate; clients before 3.1.3 also put a public key here.
    pub certificate: Option<String>,
    /// The entry in a log of version 1, with the log's promise and without a proof.
    pub entry: Option<TransparencyLogEntry>,
}

/// An SCT that did not come inside its certificate, as a log answers it; nothing but the encoding has been checked.
///
/// Source: RFC 6962 §4.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetachedSct {
    /// The version: 0 for version 1.
    pub version: u8,
    /// The id of the log.
    pub log_id: Vec<u8>,
    /// Milliseconds since 1970.
    pub timestamp: u64,
    /// CT extensions.
    pub extensions: Vec<u8>,
    /// TLS `digitally-signed`: two algorithm numbers, a length of two bytes, the signature.
    pub signature: Vec<u8>,
}

/// A file of the formats before the bundle could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetachedError {
    /// The text is not JSON, or not that of this file: unknown or repeated member, wrong type, bad base64.
    #[error("not {what}")]
    Json {
        /// What was to be read.
        what: &'static str,
        /// What the JSON reader said.
        source: serde_json::Error,
    },
    /// The text nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where a message belongs stands something other than a JSON object.
    #[error("value at line {line} column {column} is not a JSON object")]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
    /// The certificate is neither PEM nor base64 of PEM.
    #[error("certificate is neither PEM nor base64 of PEM")]
    Certificate,
    /// The log's id is not hexadecimal.
    #[error("log id is not hexadecimal")]
    LogId,
    /// The log entry does not say what it is.
    #[error("log entry names no kind and version")]
    EntryKind,
}

impl DetachedError {
    fn of(what: &'static str) -> impl Fn(ReadFault) -> Self {
        move |fault| match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(source) => Self::Json { what, source },
        }
    }
}

/// PEM text, from PEM or from base64 of PEM: clients write either.
///
/// # Errors
/// [`DetachedError::Certificate`] for anything else.
pub fn pem_text(text: &str) -> Result<String, DetachedError> {
    if text.contains("-----BEGIN ") {
        return Ok(text.to_owned());
    }
    let decoded = decode_base64(text.trim()).ok();
    decoded
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|text| text.contains("-----BEGIN "))
        .ok_or(DetachedError::Certificate)
}

impl LocalSignedPayload {
    /// Whether a text is to be read as this file and not as a bundle: it is an object with a `base64Signature` and
    /// without a media type.
    pub fn is_told_by(json: &[u8]) -> bool {
        serde_json::from_slice(json).is_ok_and(|told: Told| told.is_old())
    }

    /// Reads such a file; unknown and repeated members are refused.
    ///
    /// # Errors
    /// [`DetachedError`], one variant for each rule.
    ///
    /// Source: cosign `pkg/cosign/fetch.go`, `LocalSignedPayload`.
    pub fn parse(json: &[u8]) -> Result<Self, DetachedError> {
        let message: PayloadMessage =
            read(json).map_err(DetachedError::of("a bundle of the old format"))?;
        message.into_payload()
    }

    /// Writes such a file; certificate and entry are left out where there are none.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        to_json("bundle of the old format", &PayloadMessage::from(self))
    }
}

impl TransparencyLogEntry {
    /// Reads what a log of version 1 promised, in the form that stands in old bundles and image annotations.
    ///
    /// The entry has a promise and no proof; its kind is the one that its body names.
    ///
    /// # Errors
    /// [`DetachedError`], one variant for each rule.
    ///
    /// Source: cosign `pkg/cosign/bundle/rekor.go`, `RekorBundle`.
    pub fn parse_rekor_bundle(json: &[u8]) -> Result<Self, DetachedError> {
        let message: RekorBundleMessage =
            read(json).map_err(DetachedError::of("a log entry of the old format"))?;
        message.into_entry()
    }

    /// Writes what a log of version 1 promised, in the form that stands in image annotations.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_rekor_bundle_json(&self) -> Result<String, EncodeError> {
        to_json("log entry", &RekorBundleMessage::from(self))
    }
}

/// Reads a timestamp in a file of its own: a `TimeStampResp`, DER.
///
/// # Errors
/// [`DetachedError`] if the text is not that message.
///
/// Source: cosign `pkg/cosign/bundle/tsa.go`, `RFC3161Timestamp`.
pub fn parse_signed_timestamp(json: &[u8]) -> Result<Vec<u8>, DetachedError> {
    let message: SignedTimestampMessage =
        read(json).map_err(DetachedError::of("a timestamp file"))?;
    Ok(message.signed_timestamp.0)
}

/// Writes a timestamp, a `TimeStampResp` in DER, to a file of its own.
///
/// # Errors
/// [`EncodeError`] if the JSON writer fails.
pub fn signed_timestamp_json(response: &[u8]) -> Result<String, EncodeError> {
    let signed_timestamp = Base64Bytes(response.to_vec());
    to_json("timestamp", &SignedTimestampMessage { signed_timestamp })
}

impl DetachedSct {
    /// Reads an SCT as a certificate transparency log answers it.
    ///
    /// # Errors
    /// [`DetachedError`] if the text is not that message.
    pub fn parse(json: &[u8]) -> Result<Self, DetachedError> {
        let message: DetachedSctMessage = read(json).map_err(DetachedError::of("an SCT"))?;
        Ok(message.into())
    }
}
