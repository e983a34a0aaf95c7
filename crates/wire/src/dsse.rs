//! The DSSE envelope and the bytes that its signatures sign.

use serde::{Deserialize, Serialize};

use crate::encode::{EncodeError, to_json};
use crate::proto_json::{Base64Bytes, ReadFault, bytes_or_empty, non_empty, non_empty_text, read};

/// A signed payload with its type (Dead Simple Signing Envelope).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DsseEnvelope {
    /// The payload, decoded.
    pub payload: Vec<u8>,
    /// The payload's media type, for example `application/vnd.in-toto+json`.
    pub payload_type: String,
    /// The signatures in the order of the envelope; Sigstore wants exactly one.
    pub signatures: Vec<DsseSignature>,
}

/// One signature of a DSSE envelope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DsseSignature {
    /// The signature over the [`pae`] of the envelope.
    pub sig: Vec<u8>,
    /// An unauthenticated hint at the key, empty if absent.
    pub keyid: String,
}

/// An envelope's JSON could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The text is not JSON, or not that of an envelope: unknown or repeated member, wrong type, bad base64.
    #[error("not a DSSE envelope")]
    Json(#[source] serde_json::Error),
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
}

impl From<ReadFault> for EnvelopeError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

impl DsseEnvelope {
    /// Reads an envelope that stands alone; unknown and repeated members are refused.
    ///
    /// # Errors
    /// [`EnvelopeError`] if the text is not that message.
    pub fn parse(json: &[u8]) -> Result<Self, EnvelopeError> {
        let message: EnvelopeMessage = read(json)?;
        Ok(message.into())
    }

    /// Writes the envelope as it stands alone, compact.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        to_json("envelope", &EnvelopeMessage::from(self))
    }

    /// The bytes that every signature of this envelope signs.
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }
}

/// The pre-authentication encoding: `DSSEv1 <len> <type> <len> <payload>`, lengths in bytes and decimal.
///
/// Source: DSSE protocol v1.0, "Signature Definition".
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    [head.as_bytes(), payload].concat()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EnvelopeMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Base64Bytes>,
    #[serde(alias = "payload_type", skip_serializing_if = "Option::is_none")]
    payload_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signatures: Option<Vec<SignatureMessage>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    sig: Option<Base64Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keyid: Option<String>,
}

impl From<EnvelopeMessage> for DsseEnvelope {
    fn from(message: EnvelopeMessage) -> Self {
        let signatures = message.signatures.unwrap_or_default();
        Self {
            payload: bytes_or_empty(message.payload),
            payload_type: message.payload_type.unwrap_or_default(),
            signatures: signatures.into_iter().map(DsseSignature::from).collect(),
        }
    }
}

impl From<SignatureMessage> for DsseSignature {
    fn from(message: SignatureMessage) -> Self {
        Self {
            sig: bytes_or_empty(message.sig),
            keyid: message.keyid.unwrap_or_default(),
        }
    }
}

impl From<&DsseEnvelope> for EnvelopeMessage {
    fn from(envelope: &DsseEnvelope) -> Self {
        let signatures = envelope
            .signatures
            .iter()
            .map(|signature| SignatureMessage {
                sig: non_empty(&signature.sig),
                keyid: non_empty_text(&signature.keyid),
            });
        Self {
            payload: non_empty(&envelope.payload),
            payload_type: non_empty_text(&envelope.payload_type),
            signatures: (!envelope.signatures.is_empty()).then(|| signatures.collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pae_of_the_specification() {
        let encoded = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(
            encoded,
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }
}
