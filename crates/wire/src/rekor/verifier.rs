//! The key that a signature verifies with, as requests and bodies carry it.

use serde::{Deserialize, Serialize};

use crate::algorithm::KeyDetails;
use crate::proto_json::{Base64Bytes, EnumValue, bytes_or_empty};

/// A verification key with the algorithm that the sender says it signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    /// The key or the certificate that holds it.
    pub key: VerifierKey,
    /// The sender's word for key kind and hash; only the hash is believed.
    pub key_details: KeyDetails,
}

/// A public key, bare or inside a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifierKey {
    /// A DER SubjectPublicKeyInfo.
    PublicKey(Vec<u8>),
    /// A DER certificate, kept byte for byte.
    X509Certificate(Vec<u8>),
}

/// Why a verifier message is none.
pub(super) enum VerifierFault {
    Missing(&'static str),
    Conflict,
}

// The order of members is that of JCS, so that the canonical writer has nothing to move.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VerifierMessage {
    #[serde(alias = "key_details", skip_serializing_if = "Option::is_none")]
    key_details: Option<EnumValue>,
    #[serde(alias = "public_key", skip_serializing_if = "Option::is_none")]
    public_key: Option<RawBytesMessage>,
    #[serde(
        rename = "x509Certificate",
        alias = "x509_certificate",
        skip_serializing_if = "Option::is_none"
    )]
    certificate: Option<RawBytesMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawBytesMessage {
    #[serde(alias = "raw_bytes", skip_serializing_if = "Option::is_none")]
    raw_bytes: Option<Base64Bytes>,
}

impl VerifierMessage {
    pub(super) fn into_verifier(self) -> Result<Verifier, VerifierFault> {
        let key_details = KeyDetails::from_enum(self.key_details.as_ref());
        if key_details.is_unspecified() {
            return Err(VerifierFault::Missing("verifier.keyDetails"));
        }
        let key = match (self.public_key, self.certificate) {
            (Some(_), Some(_)) => return Err(VerifierFault::Conflict),
            (None, None) => return Err(VerifierFault::Missing("verifier.publicKey")),
            (Some(key), None) => VerifierKey::PublicKey(key.bytes("verifier.publicKey.rawBytes")?),
            (None, Some(certificate)) => VerifierKey::X509Certificate(
                certificate.bytes("verifier.x509Certificate.rawBytes")?,
            ),
        };
        Ok(Verifier { key, key_details })
    }
}

impl RawBytesMessage {
    fn bytes(self, member: &'static str) -> Result<Vec<u8>, VerifierFault> {
        let bytes = bytes_or_empty(self.raw_bytes);
        if bytes.is_empty() {
            Err(VerifierFault::Missing(member))
        } else {
            Ok(bytes)
        }
    }
}

impl From<&Verifier> for VerifierMessage {
    fn from(verifier: &Verifier) -> Self {
        let raw = |bytes: &Vec<u8>| RawBytesMessage {
            raw_bytes: Some(Base64Bytes(bytes.clone())),
        };
        let (public_key, certificate) = match &verifier.key {
            VerifierKey::PublicKey(spki) => (Some(raw(spki)), None),
            VerifierKey::X509Certificate(der) => (None, Some(raw(der))),
        };
        Self {
            key_details: Some(verifier.key_details.to_enum()),
            public_key,
            certificate,
        }
    }
}
