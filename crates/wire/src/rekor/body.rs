//! The canonical body of a `hashedrekord` 0.0.2 entry: the leaf of a Rekor v2 log.

use serde::{Deserialize, Serialize};

use super::verifier::{Verifier, VerifierFault, VerifierMessage};
use crate::algorithm::HashAlgorithm;
use crate::encode::{EncodeError, to_canonical_json};
use crate::proto_json::{Base64Bytes, EnumValue, ReadFault, bytes_or_empty, read};

/// The only kind that a Rekor v2 log holds today.
const KIND: &str = "hashedrekord";
const API_VERSION: &str = "0.0.2";

/// A logged signature over a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedRekordV002 {
    /// The hash that made the digest.
    pub algorithm: HashAlgorithm,
    /// The digest of what was signed.
    pub digest: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The key.
    pub verifier: Verifier,
}

/// A body is not of the kind and version that it was read as.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The text is not JSON, or not that of the body: unknown or repeated member, wrong type, bad base64.
    #[error("not a log entry body")]
    Json(#[source] serde_json::Error),
    /// The text nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where a message belongs stands something other than a JSON object, for example an array of its members.
    #[error("value at line {line} column {column} is not a JSON object")]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
    /// The body is of another kind.
    #[error("body is of kind `{found}`")]
    Kind {
        /// The kind that the body names.
        found: String,
    },
    /// The body is of another version.
    #[error("body is of version `{found}`")]
    ApiVersion {
        /// The version that the body names.
        found: String,
    },
    /// A member is missing or empty.
    #[error("body has no `{0}`")]
    MissingField(&'static str),
    /// Both kinds of key are set.
    #[error("body sets two keys")]
    Conflict,
    /// The digest's algorithm is not one of ours.
    #[error("unknown hash algorithm `{found}` in the body")]
    HashAlgorithm {
        /// The name or number as logged.
        found: String,
    },
    /// A digest is not hexadecimal of the right length.
    #[error("`{found}` is not a {algorithm} digest")]
    HashValue {
        /// The digest's algorithm.
        algorithm: HashAlgorithm,
        /// The text as logged.
        found: String,
    },
}

impl From<ReadFault> for BodyError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

impl From<VerifierFault> for BodyError {
    fn from(fault: VerifierFault) -> Self {
        match fault {
            VerifierFault::Missing(member) => Self::MissingField(member),
            VerifierFault::Conflict => Self::Conflict,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BodyMessage {
    api_version: String,
    kind: String,
    spec: SpecMessage,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpecMessage {
    #[serde(rename = "hashedRekordV002")]
    hashed_rekord: HashedRekordMessage,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HashedRekordMessage {
    data: DataMessage,
    signature: SignatureMessage,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataMessage {
    algorithm: Option<EnumValue>,
    digest: Option<Base64Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureMessage {
    content: Option<Base64Bytes>,
    verifier: VerifierMessage,
}

/// Reads kind and version alone, so that another kind is named instead of failing on its members.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    api_version: String,
    kind: String,
}

/// Reads the body of an entry, once its header names this kind and version.
pub(super) fn read_body<'de, B: Deserialize<'de>>(
    json: &'de [u8],
    kind: &str,
    version: &str,
) -> Result<B, BodyError> {
    let header: Header = read(json)?;
    if header.kind != kind {
        return Err(BodyError::Kind { found: header.kind });
    }
    if header.api_version != version {
        return Err(BodyError::ApiVersion {
            found: header.api_version,
        });
    }
    Ok(read(json)?)
}

impl HashedRekordV002 {
    /// The exact bytes that a Rekor v2 log hashes as its leaf (canonical JSON).
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    ///
    /// Source: rekor-tiles, `api/proto/rekor/v2/entry.proto`; RFC 8785.
    pub fn canonical_body(&self) -> Result<Vec<u8>, EncodeError> {
        to_canonical_json("entry body", &BodyMessage::from(self))
    }

    /// Reads a body; unknown and repeated members, other kinds and other versions are refused.
    ///
    /// Spelling is not checked: compare with [`HashedRekordV002::canonical_body`] for that.
    ///
    /// # Errors
    /// [`BodyError`], one variant for each rule.
    pub fn parse_body(json: &[u8]) -> Result<Self, BodyError> {
        let message: BodyMessage = read_body(json, KIND, API_VERSION)?;
        let HashedRekordMessage { data, signature } = message.spec.hashed_rekord;
        let algorithm = HashAlgorithm::from_enum(data.algorithm.as_ref()).map_err(|unknown| {
            BodyError::HashAlgorithm {
                found: unknown.found,
            }
        })?;
        Ok(Self {
            algorithm,
            digest: required(data.digest, "data.digest")?,
            signature: required(signature.content, "signature.content")?,
            verifier: signature.verifier.into_verifier()?,
        })
    }
}

fn required(value: Option<Base64Bytes>, member: &'static str) -> Result<Vec<u8>, BodyError> {
    let bytes = bytes_or_empty(value);
    if bytes.is_empty() {
        Err(BodyError::MissingField(member))
    } else {
        Ok(bytes)
    }
}

impl From<&HashedRekordV002> for BodyMessage {
    fn from(entry: &HashedRekordV002) -> Self {
        let data = DataMessage {
            algorithm: Some(EnumValue::Name(entry.algorithm.name().to_owned())),
            digest: Some(Base64Bytes(entry.digest.clone())),
        };
        let signature = SignatureMessage {
            content: Some(Base64Bytes(entry.signature.clone())),
            verifier: (&entry.verifier).into(),
        };
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            spec: SpecMessage {
                hashed_rekord: HashedRekordMessage { data, signature },
            },
        }
    }
}
