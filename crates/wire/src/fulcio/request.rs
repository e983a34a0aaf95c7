//! The body of `POST /api/v2/signingCert`.

use serde::{Deserialize, Serialize};

use crate::encode::{EncodeError, to_json};
use crate::proto_json::{Base64Bytes, ReadFault, bytes_or_empty, non_empty_text, read};

/// A request for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningCertRequest {
    /// The identity token, if it is in the body and not in the `Authorization` header.
    pub oidc_identity_token: Option<String>,
    /// The key that the certificate is for.
    pub key: SigningCertKey,
}

/// The key that a certificate is wanted for, with the proof that the caller holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningCertKey {
    /// A public key and a signature over the token's subject.
    PublicKey {
        /// The key as PEM text (or whatever else was sent), unparsed.
        content: String,
        /// The signature over the challenge, empty if absent.
        proof_of_possession: Vec<u8>,
    },
    /// A certificate signing request: the bytes of its PEM text.
    Csr(Vec<u8>),
    /// Neither was sent.
    Missing,
}

/// A certificate request could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningCertRequestError {
    /// The text is not JSON, or a member is of the wrong type.
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
    /// Both a public key and a signing request were sent.
    #[error("`publicKeyRequest` and `certificateSigningRequest` are both set")]
    OneofConflict,
}

impl From<ReadFault> for SigningCertRequestError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct RequestMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<CredentialsMessage>,
    #[serde(alias = "public_key_request", skip_serializing_if = "Option::is_none")]
    public_key_request: Option<PublicKeyRequestMessage>,
    #[serde(
        alias = "certificate_signing_request",
        skip_serializing_if = "Option::is_none"
    )]
    certificate_signing_request: Option<Base64Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialsMessage {
    #[serde(alias = "oidc_identity_token", skip_serializing_if = "Option::is_none")]
    oidc_identity_token: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PublicKeyRequestMessage {
    #[serde(alias = "public_key", skip_serializing_if = "Option::is_none")]
    public_key: Option<PublicKeyMessage>,
    #[serde(alias = "proof_of_possession", skip_serializing_if = "Option::is_none")]
    proof_of_possession: Option<Base64Bytes>,
}

// The `algorithm` member is not read: no Fulcio has ever used it.
#[derive(Serialize, Deserialize)]
struct PublicKeyMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

impl SigningCertRequest {
    /// Reads a request; unknown members are ignored, an empty body is an empty message.
    ///
    /// # Errors
    /// [`SigningCertRequestError`], one variant for each rule.
    ///
    /// Source: fulcio, `fulcio.proto`, `CreateSigningCertificateRequest`.
    pub fn parse(json: &[u8]) -> Result<Self, SigningCertRequestError> {
        let message = if json.iter().all(u8::is_ascii_whitespace) {
            RequestMessage::default()
        } else {
            read(json)?
        };
        let key = match (
            message.public_key_request,
            message.certificate_signing_request,
        ) {
            (Some(_), Some(_)) => return Err(SigningCertRequestError::OneofConflict),
            (Some(request), None) => SigningCertKey::PublicKey {
                content: request
                    .public_key
                    .and_then(|key| key.content)
                    .unwrap_or_default(),
                proof_of_possession: bytes_or_empty(request.proof_of_possession),
            },
            (None, Some(csr)) => SigningCertKey::Csr(csr.0),
            (None, None) => SigningCertKey::Missing,
        };
        let token = message
            .credentials
            .and_then(|credentials| credentials.oidc_identity_token);
        Ok(Self {
            oidc_identity_token: token.filter(|token| !token.is_empty()),
            key,
        })
    }

    /// Writes the request as compact protobuf JSON.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        let token = self.oidc_identity_token.clone();
        let credentials = token.map(|token| CredentialsMessage {
            oidc_identity_token: Some(token),
        });
        let mut message = RequestMessage {
            credentials,
            ..RequestMessage::default()
        };
        match &self.key {
            SigningCertKey::PublicKey {
                content,
                proof_of_possession,
            } => {
                message.public_key_request = Some(PublicKeyRequestMessage {
                    public_key: Some(PublicKeyMessage {
                        content: non_empty_text(content),
                    }),
                    proof_of_possession: Some(Base64Bytes(proof_of_possession.clone())),
                });
            }
            SigningCertKey::Csr(pem) => {
                message.certificate_signing_request = Some(Base64Bytes(pem.clone()));
            }
            SigningCertKey::Missing => {}
        }
        to_json("signing certificate request", &message)
    }
}
