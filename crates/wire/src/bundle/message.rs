//! The protobuf JSON messages behind a bundle.

use serde::{Deserialize, Serialize};

use super::{
    Bundle, BundleContent, BundleError, BundleVersion, MessageDigest, MessageSignature,
    VerificationContent, VerificationMaterial,
};
use crate::algorithm::HashAlgorithm;
use crate::dsse::EnvelopeMessage;
use crate::log_entry::EntryMessage;
use crate::proto_json::{Base64Bytes, EnumValue, bytes_or_empty, non_empty, non_empty_text};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BundleMessage {
    #[serde(alias = "media_type", skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(
        alias = "verification_material",
        skip_serializing_if = "Option::is_none"
    )]
    verification_material: Option<MaterialMessage>,
    #[serde(alias = "message_signature", skip_serializing_if = "Option::is_none")]
    message_signature: Option<SignatureMessage>,
    #[serde(alias = "dsse_envelope", skip_serializing_if = "Option::is_none")]
    dsse_envelope: Option<EnvelopeMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MaterialMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<RawBytesMessage>,
    #[serde(
        rename = "x509CertificateChain",
        alias = "x509_certificate_chain",
        skip_serializing_if = "Option::is_none"
    )]
    certificate_chain: Option<ChainMessage>,
    #[serde(alias = "public_key", skip_serializing_if = "Option::is_none")]
    public_key: Option<KeyHintMessage>,
    #[serde(alias = "tlog_entries", skip_serializing_if = "Option::is_none")]
    tlog_entries: Option<Vec<EntryMessage>>,
    #[serde(
        alias = "timestamp_verification_data",
        skip_serializing_if = "Option::is_none"
    )]
    timestamp_verification_data: Option<TimestampsMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawBytesMessage {
    #[serde(alias = "raw_bytes", skip_serializing_if = "Option::is_none")]
    raw_bytes: Option<Base64Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    certificates: Option<Vec<RawBytesMessage>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyHintMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TimestampsMessage {
    #[serde(alias = "rfc3161_timestamps", skip_serializing_if = "Option::is_none")]
    rfc3161_timestamps: Option<Vec<TimestampMessage>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TimestampMessage {
    #[serde(alias = "signed_timestamp", skip_serializing_if = "Option::is_none")]
    signed_timestamp: Option<Base64Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignatureMessage {
    #[serde(alias = "message_digest", skip_serializing_if = "Option::is_none")]
    message_digest: Option<DigestMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<Base64Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DigestMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<EnumValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Base64Bytes>,
}

impl BundleMessage {
    pub(super) fn into_bundle(self) -> Result<Bundle, BundleError> {
        let media_type = self.media_type.unwrap_or_default();
        let Some(version) = BundleVersion::from_media_type(&media_type) else {
            return Err(BundleError::MediaType { found: media_type });
        };
        let material = self.verification_material;
        let material = material.ok_or(BundleError::MissingMember {
            member: "verificationMaterial",
        })?;
        let content = match (self.message_signature, self.dsse_envelope) {
            (Some(mut signature), None) => {
                if material.tlog_entries.as_ref().is_none_or(Vec::is_empty) {
                    signature.drop_empty_digest();
                }
                BundleContent::MessageSignature(signature.into_signature()?)
            }
            (None, Some(envelope)) => BundleContent::DsseEnvelope(envelope.into()),
            (Some(_), Some(_)) => return Err(conflict("messageSignature", "dsseEnvelope")),
            (None, None) => {
                return Err(BundleError::MissingMember {
                    member: "messageSignature",
                });
            }
        };
        let verification_material = material.into_material()?;
        Ok(Bundle {
            version,
            media_type,
            verification_material,
            content,
        })
    }
}

fn conflict(first: &'static str, second: &'static str) -> BundleError {
    BundleError::Conflict { first, second }
}

impl MaterialMessage {
    fn into_material(self) -> Result<VerificationMaterial, BundleError> {
        let content = match (self.certificate, self.certificate_chain, self.public_key) {
            (Some(leaf), None, None) => VerificationContent::Certificate(leaf.into_bytes()),
            (None, Some(chain), None) => VerificationContent::CertificateChain(chain.into_chain()),
            (None, None, Some(key)) => {
                VerificationContent::PublicKeyHint(key.hint.unwrap_or_default())
            }
            (Some(_), Some(_), _) => return Err(conflict("certificate", "x509CertificateChain")),
            (Some(_), None, Some(_)) => return Err(conflict("certificate", "publicKey")),
            (None, Some(_), Some(_)) => return Err(conflict("x509CertificateChain", "publicKey")),
            (None, None, None) => {
                return Err(BundleError::MissingMember {
                    member: "certificate",
                });
            }
        };
        let entries = self.tlog_entries.unwrap_or_default();
        let timestamps = self
            .timestamp_verification_data
            .and_then(|data| data.rfc3161_timestamps);
        let timestamps = timestamps.unwrap_or_default().into_iter();
        Ok(VerificationMaterial {
            content,
            tlog_entries: entries.into_iter().map(Into::into).collect(),
            rfc3161_timestamps: timestamps
                .map(|t| bytes_or_empty(t.signed_timestamp))
                .collect(),
        })
    }
}

impl RawBytesMessage {
    fn new(bytes: &[u8]) -> Self {
        Self {
            raw_bytes: non_empty(bytes),
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        bytes_or_empty(self.raw_bytes)
    }
}

impl ChainMessage {
    fn into_chain(self) -> Vec<Vec<u8>> {
        let certificates = self.certificates.unwrap_or_default();
        certificates
            .into_iter()
            .map(RawBytesMessage::into_bytes)
            .collect()
    }
}

impl SignatureMessage {
    /// cosign 3.1.3 writes an empty digest for an Ed25519 signature over the artifact itself, which no log takes.
    fn drop_empty_digest(&mut self) {
        self.message_digest = self
            .message_digest
            .take()
            .filter(|digest| !digest.is_empty());
    }

    fn into_signature(self) -> Result<MessageSignature, BundleError> {
        let message_digest = self
            .message_digest
            .map(DigestMessage::into_digest)
            .transpose()?;
        Ok(MessageSignature {
            message_digest,
            signature: bytes_or_empty(self.signature),
        })
    }
}

impl DigestMessage {
    fn is_empty(&self) -> bool {
        let digest = self.digest.as_ref();
        self.algorithm.is_none() && digest.is_none_or(|digest| digest.0.is_empty())
    }

    fn into_digest(self) -> Result<MessageDigest, BundleError> {
        let algorithm = HashAlgorithm::from_enum(self.algorithm.as_ref()).map_err(|unknown| {
            BundleError::HashAlgorithm {
                found: unknown.found,
            }
        })?;
        Ok(MessageDigest {
            algorithm,
            digest: bytes_or_empty(self.digest),
        })
    }
}

impl From<&Bundle> for BundleMessage {
    fn from(bundle: &Bundle) -> Self {
        let (message_signature, dsse_envelope) = match &bundle.content {
            BundleContent::MessageSignature(signature) => (Some(signature.into()), None),
            BundleContent::DsseEnvelope(envelope) => (None, Some(envelope.into())),
        };
        Self {
            media_type: non_empty_text(&bundle.media_type),
            verification_material: Some((&bundle.verification_material).into()),
            message_signature,
            dsse_envelope,
        }
    }
}

impl From<&VerificationMaterial> for MaterialMessage {
    fn from(material: &VerificationMaterial) -> Self {
        let (mut certificate, mut certificate_chain, mut public_key) = (None, None, None);
        match &material.content {
            VerificationContent::Certificate(leaf) => {
                certificate = Some(RawBytesMessage::new(leaf));
            }
            VerificationContent::CertificateChain(chain) => {
                let certificates = chain.iter().map(|der| RawBytesMessage::new(der)).collect();
                certificate_chain = Some(ChainMessage {
                    certificates: Some(certificates),
                });
            }
            VerificationContent::PublicKeyHint(hint) => {
                public_key = Some(KeyHintMessage {
                    hint: non_empty_text(hint),
                });
            }
        }
        let entries = &material.tlog_entries;
        let timestamps = material.rfc3161_timestamps.iter();
        let timestamps = timestamps.map(|der| TimestampMessage {
            signed_timestamp: non_empty(der),
        });
        Self {
            certificate,
            certificate_chain,
            public_key,
            tlog_entries: (!entries.is_empty()).then(|| entries.iter().map(Into::into).collect()),
            timestamp_verification_data: (!material.rfc3161_timestamps.is_empty()).then(|| {
                TimestampsMessage {
                    rfc3161_timestamps: Some(timestamps.collect()),
                }
            }),
        }
    }
}

impl From<&MessageSignature> for SignatureMessage {
    fn from(signature: &MessageSignature) -> Self {
        let message_digest = signature
            .message_digest
            .as_ref()
            .map(|digest| DigestMessage {
                algorithm: Some(EnumValue::Name(digest.algorithm.name().to_owned())),
                digest: non_empty(&digest.digest),
            });
        Self {
            message_digest,
            signature: non_empty(&signature.signature),
        }
    }
}
