//! A DSSE envelope as text, which Rekor v1 takes inside a JSON string.

use serde::Deserialize;

use crate::dsse::pae;
use crate::proto_json::{ReadFault, decode_base64, read};

/// A DSSE envelope; nothing in it is empty but key IDs, which are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The payload, decoded.
    pub payload: Vec<u8>,
    /// The payload's media type.
    pub payload_type: String,
    /// The signatures, at least one, in the order of the text.
    pub signatures: Vec<EnvelopeSignature>,
}

/// One signature of an [`Envelope`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// Its base64 as it stands in the text.
    pub text: String,
    /// The signature.
    pub sig: Vec<u8>,
}

/// Why a text is not a DSSE envelope.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Not JSON, or a repeated member or a wrong type in it.
    #[error("not a DSSE envelope: {0}")]
    Json(serde_json::Error),
    /// It nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where an object belongs stands something else.
    #[error("value at line {line} column {column} is not a JSON object")]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
    /// A member is missing, null or empty.
    #[error("{0} in envelope is required")]
    Missing(&'static str),
    /// A member is not base64.
    #[error("{0} in envelope is not base64")]
    Base64(&'static str),
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    payload: Option<String>,
    payload_type: Option<String>,
    signatures: Option<Vec<SignatureMessage>>,
}

#[derive(Deserialize)]
struct SignatureMessage {
    sig: Option<String>,
}

impl Envelope {
    /// Reads an envelope; unknown members are ignored, repeated ones refused. Both alphabets of base64 are read.
    ///
    /// # Errors
    /// [`EnvelopeError`], one variant for each rule.
    ///
    /// Source: DSSE v1.0, "Envelope".
    pub fn parse(text: &str) -> Result<Self, EnvelopeError> {
        let message: Message = read(text.as_bytes())?;
        let payload_type = given(message.payload_type, "payloadType")?;
        let payload = given(message.payload, "payload")?;
        let payload = decode_base64(&payload).map_err(|_| EnvelopeError::Base64("payload"))?;
        let signatures = message.signatures.unwrap_or_default();
        if signatures.is_empty() {
            return Err(EnvelopeError::Missing("signatures"));
        }
        let signatures = signatures.into_iter().map(|message| {
            let text = given(message.sig, "sig")?;
            let sig = decode_base64(&text).map_err(|_| EnvelopeError::Base64("sig"))?;
            Ok(EnvelopeSignature { text, sig })
        });
        Ok(Self {
            payload,
            payload_type,
            signatures: signatures.collect::<Result<_, EnvelopeError>>()?,
        })
    }

    /// The bytes that every signature signs.
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }
}

fn given(text: Option<String>, member: &'static str) -> Result<String, EnvelopeError> {
    text.filter(|text| !text.is_empty())
        .ok_or(EnvelopeError::Missing(member))
}
