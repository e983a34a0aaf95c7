//! The body of `POST /api/v2/log/entries`.

use serde::{Deserialize, Serialize};

use super::verifier::{Verifier, VerifierFault, VerifierMessage};
use crate::dsse::{DsseEnvelope, EnvelopeMessage};
use crate::encode::{EncodeError, to_json};
use crate::proto_json::{Base64Bytes, ReadFault, bytes_or_empty, read};

/// A proposed log entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateEntryRequest {
    /// A signature over a digest.
    HashedRekord(HashedRekordRequest),
    /// A signed DSSE envelope.
    Dsse(DsseRequest),
}

/// A signature over a digest, with the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedRekordRequest {
    /// The artifact's digest, by the hash of the verifier's key details.
    pub digest: Vec<u8>,
    /// The signature over the artifact.
    pub signature: Vec<u8>,
    /// The key.
    pub verifier: Verifier,
}

/// A DSSE envelope, with the keys of its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsseRequest {
    /// The envelope.
    pub envelope: DsseEnvelope,
    /// The keys, in the order of the signatures.
    pub verifiers: Vec<Verifier>,
}

/// A request is not one that a Rekor v2 log takes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The text is not JSON, or not that of a request: unknown or repeated member, wrong type, bad base64.
    #[error("not a valid request: {0}")]
    Json(serde_json::Error),
    /// The text nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where a message belongs stands something other than a JSON object, for example an array of its members.
    #[error("not a valid request: value at line {line} column {column} is not a JSON object")]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
    /// Neither kind of request is set (an empty body included).
    #[error("invalid type, must be hashedrekord")]
    UnknownType,
    /// Both kinds of request, or both kinds of key, are set.
    #[error("`{oneof}` is set twice")]
    Conflict {
        /// The protobuf oneof.
        oneof: &'static str,
    },
    /// A member that the request needs is missing or empty.
    #[error("`{0}` is missing")]
    MissingField(&'static str),
}

impl From<ReadFault> for RequestError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

impl From<VerifierFault> for RequestError {
    fn from(fault: VerifierFault) -> Self {
        match fault {
            VerifierFault::Missing(member) => Self::MissingField(member),
            VerifierFault::Conflict => Self::Conflict { oneof: "verifier" },
        }
    }
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RequestMessage {
    #[serde(
        rename = "hashedRekordRequestV002",
        alias = "hashed_rekord_request_v002",
        skip_serializing_if = "Option::is_none"
    )]
    hashed_rekord: Option<HashedRekordMessage>,
    #[serde(
        rename = "dsseRequestV002",
        alias = "dsse_request_v002",
        skip_serializing_if = "Option::is_none"
    )]
    dsse: Option<DsseMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HashedRekordMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Base64Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Base64Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verifier: Option<VerifierMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DsseMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<EnvelopeMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verifiers: Option<Vec<VerifierMessage>>,
}

impl CreateEntryRequest {
    /// Reads a request; unknown and repeated members are refused, an empty body is an empty message.
    ///
    /// # Errors
    /// [`RequestError`], one variant for each rule; its texts are fit for the caller to see.
    ///
    /// Source: rekor-tiles, `api/proto/rekor/v2/rekor_service.proto`.
    pub fn parse(json: &[u8]) -> Result<Self, RequestError> {
        let message = if json.iter().all(u8::is_ascii_whitespace) {
            RequestMessage::default()
        } else {
            read(json)?
        };
        match (message.hashed_rekord, message.dsse) {
            (Some(hashed_rekord), None) => hashed_rekord.into_request().map(Self::HashedRekord),
            (None, Some(dsse)) => dsse.into_request().map(Self::Dsse),
            (Some(_), Some(_)) => Err(RequestError::Conflict { oneof: "spec" }),
            (None, None) => Err(RequestError::UnknownType),
        }
    }

    /// Writes the request as compact protobuf JSON.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        let mut message = RequestMessage::default();
        match self {
            Self::HashedRekord(request) => message.hashed_rekord = Some(request.into()),
            Self::Dsse(request) => message.dsse = Some(request.into()),
        }
        to_json("create entry request", &message)
    }
}

fn required(value: Option<Base64Bytes>, member: &'static str) -> Result<Vec<u8>, RequestError> {
    let bytes = bytes_or_empty(value);
    if bytes.is_empty() {
        Err(RequestError::MissingField(member))
    } else {
        Ok(bytes)
    }
}

impl HashedRekordMessage {
    fn into_request(self) -> Result<HashedRekordRequest, RequestError> {
        let signature = self
            .signature
            .ok_or(RequestError::MissingField("signature"))?;
        let verifier = signature
            .verifier
            .ok_or(RequestError::MissingField("verifier"))?;
        Ok(HashedRekordRequest {
            signature: required(signature.content, "signature.content")?,
            verifier: verifier.into_verifier()?,
            digest: required(self.digest, "digest")?,
        })
    }
}

impl DsseMessage {
    fn into_request(self) -> Result<DsseRequest, RequestError> {
        let envelope = self
            .envelope
            .ok_or(RequestError::MissingField("envelope"))?;
        let verifiers = self.verifiers.unwrap_or_default();
        if verifiers.is_empty() {
            return Err(RequestError::MissingField("verifiers"));
        }
        let verifiers = verifiers
            .into_iter()
            .map(|message| Ok(message.into_verifier()?));
        let verifiers = verifiers.collect::<Result<_, RequestError>>()?;
        Ok(DsseRequest {
            envelope: envelope.into(),
            verifiers,
        })
    }
}

impl From<&HashedRekordRequest> for HashedRekordMessage {
    fn from(request: &HashedRekordRequest) -> Self {
        let signature = SignatureMessage {
            content: Some(Base64Bytes(request.signature.clone())),
            verifier: Some((&request.verifier).into()),
        };
        Self {
            digest: Some(Base64Bytes(request.digest.clone())),
            signature: Some(signature),
        }
    }
}

impl From<&DsseRequest> for DsseMessage {
    fn from(request: &DsseRequest) -> Self {
        Self {
            envelope: Some((&request.envelope).into()),
            verifiers: Some(request.verifiers.iter().map(Into::into).collect()),
        }
    }
}
