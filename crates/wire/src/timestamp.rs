//! The JSON form of a timestamp request, which sigstore-js sends.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::proto_json::{Base64Bytes, ReadFault, bytes_or_empty, read};

/// The longest request that is read, in bytes.
const MAX_REQUEST_BYTES: usize = 1024;

/// A timestamp request in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampJsonRequest {
    /// The digest to be stamped, empty if absent.
    pub artifact_hash: Vec<u8>,
    /// The digest's algorithm as sent, for example `sha256`, in any case.
    pub hash_algorithm: String,
    /// Whether the answer shall hold the authority's certificate.
    pub certificates: bool,
    /// The nonce as an unsigned big-endian integer without leading zero bytes (zero is one zero byte).
    pub nonce: Option<Vec<u8>>,
    /// The wanted policy in dotted decimal.
    pub tsa_policy_oid: Option<String>,
}

/// A timestamp request in JSON could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampRequestError {
    /// The request is longer than a JSON request may be.
    #[error("timestamp request is too large")]
    TooLarge {
        /// Its length in bytes.
        found: usize,
        /// The longest that is read.
        limit: usize,
    },
    /// The text is not JSON, or a member is of the wrong type.
    #[error("not a valid timestamp request: {0}")]
    Json(serde_json::Error),
    /// The text nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where a message belongs stands something other than a JSON object, for example an array of its members.
    #[error(
        "not a valid timestamp request: value at line {line} column {column} is not a JSON object"
    )]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
    /// A member that every request has is missing.
    #[error("`{0}` is missing")]
    MissingField(&'static str),
    /// The nonce is not a non-negative integer.
    #[error("nonce is not a non-negative integer")]
    Nonce,
}

impl From<ReadFault> for TimestampRequestError {
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
struct RequestMessage<'a> {
    artifact_hash: Option<Base64Bytes>,
    hash_algorithm: Option<String>,
    certificates: Option<bool>,
    #[serde(borrow)]
    nonce: Option<&'a RawValue>,
    #[serde(rename = "tsaPolicyOID")]
    tsa_policy_oid: Option<String>,
}

impl TimestampJsonRequest {
    /// Reads a request of at most 1024 bytes; unknown members are ignored.
    ///
    /// # Errors
    /// [`TimestampRequestError`], one variant for each rule; the texts are those of timestamp-authority where it has one.
    ///
    /// Source: timestamp-authority, `openapi.yaml`, `JSONTimestampRequest`.
    pub fn parse(json: &[u8]) -> Result<Self, TimestampRequestError> {
        if json.len() > MAX_REQUEST_BYTES {
            let (found, limit) = (json.len(), MAX_REQUEST_BYTES);
            return Err(TimestampRequestError::TooLarge { found, limit });
        }
        let message: RequestMessage<'_> = read(json)?;
        let hash_algorithm = message.hash_algorithm.filter(|name| !name.is_empty());
        Ok(Self {
            artifact_hash: bytes_or_empty(message.artifact_hash),
            hash_algorithm: hash_algorithm
                .ok_or(TimestampRequestError::MissingField("hashAlgorithm"))?,
            certificates: message.certificates.unwrap_or(false),
            nonce: message
                .nonce
                .map(|raw| decimal_to_bytes(raw.get()))
                .transpose()?,
            tsa_policy_oid: message.tsa_policy_oid.filter(|oid| !oid.is_empty()),
        })
    }
}

/// Turns decimal digits into a big-endian integer; quadratic, so the caller bounds the length.
fn decimal_to_bytes(digits: &str) -> Result<Vec<u8>, TimestampRequestError> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TimestampRequestError::Nonce);
    }
    let mut little_endian: Vec<u8> = Vec::new();
    for digit in digits.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in &mut little_endian {
            let [low, high, ..] = (u32::from(*byte) * 10 + carry).to_le_bytes();
            (*byte, carry) = (low, u32::from(high));
        }
        let [low, ..] = carry.to_le_bytes();
        if low > 0 {
            little_endian.push(low);
        }
    }
    little_endian.reverse();
    Ok(if little_endian.is_empty() {
        vec![0]
    } else {
        little_endian
    })
}
