//! Certificate chains as Fulcio answers them.

use serde::{Deserialize, Serialize};

use crate::encode::{EncodeError, to_json};
use crate::proto_json::{ReadFault, read};

/// An issued certificate with its SCT embedded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningCertResponse {
    /// PEM certificates, leaf first, root last, each without white space around it.
    pub certificates: Vec<String>,
}

/// A certificate answer could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningCertResponseError {
    /// The text is not JSON, or a member is of the wrong type.
    #[error("not a certificate response")]
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
    /// The SCT is beside the certificate; only embedded ones can go into a bundle.
    #[error("the certificate's SCT is detached, not embedded")]
    DetachedSct,
    /// There is no certificate in the answer.
    #[error("response has no certificate")]
    NoCertificate,
}

impl From<ReadFault> for SigningCertResponseError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseMessage {
    #[serde(
        alias = "signed_certificate_embedded_sct",
        skip_serializing_if = "Option::is_none"
    )]
    signed_certificate_embedded_sct: Option<SignedCertificateMessage>,
    #[serde(
        alias = "signed_certificate_detached_sct",
        skip_serializing_if = "Option::is_none"
    )]
    signed_certificate_detached_sct: Option<SignedCertificateMessage>,
}

#[derive(Serialize, Deserialize)]
struct SignedCertificateMessage {
    chain: Option<ChainMessage>,
}

#[derive(Serialize, Deserialize)]
struct ChainMessage {
    certificates: Option<Vec<String>>,
}

#[derive(Serialize)]
struct TrustBundleMessage {
    chains: Vec<ChainMessage>,
}

impl SigningCertResponse {
    /// Writes the answer in its embedded-SCT form; white space around each PEM text is removed.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        let certificates = self.certificates.iter().map(|pem| pem.trim().to_owned());
        let chain = ChainMessage {
            certificates: Some(certificates.collect()),
        };
        let embedded = SignedCertificateMessage { chain: Some(chain) };
        let message = ResponseMessage {
            signed_certificate_embedded_sct: Some(embedded),
            signed_certificate_detached_sct: None,
        };
        to_json("signing certificate response", &message)
    }

    /// Reads an answer; unknown members are ignored.
    ///
    /// # Errors
    /// [`SigningCertResponseError`] if it is none, or its SCT is detached, or it holds no certificate.
    pub fn parse(json: &[u8]) -> Result<Self, SigningCertResponseError> {
        let message: ResponseMessage = read(json)?;
        let embedded = message.signed_certificate_embedded_sct;
        if embedded.is_none() && message.signed_certificate_detached_sct.is_some() {
            return Err(SigningCertResponseError::DetachedSct);
        }
        let chain = embedded.and_then(|signed| signed.chain);
        let certificates = chain
            .and_then(|chain| chain.certificates)
            .unwrap_or_default();
        if certificates.is_empty() {
            return Err(SigningCertResponseError::NoCertificate);
        }
        Ok(Self { certificates })
    }
}

/// Writes the answer of `GET /api/v2/trustBundle`: PEM chains, intermediate first, current chain first.
///
/// # Errors
/// [`EncodeError`] if the JSON writer fails.
pub fn trust_bundle_json(chains: &[Vec<String>]) -> Result<String, EncodeError> {
    let chains = chains.iter().map(|chain| ChainMessage {
        certificates: Some(chain.clone()),
    });
    to_json(
        "trust bundle",
        &TrustBundleMessage {
            chains: chains.collect(),
        },
    )
}
