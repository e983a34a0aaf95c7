//! A layer of the tag storage: a signature or an attestation, with its evidence in annotations.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sigbox_crypto::{Certificate, CertificateError};
use sigbox_wire::proto_json::{decode_base64, encode_base64};
use sigbox_wire::rekor_v1::{Envelope, EnvelopeError};
use sigbox_wire::{
    Bundle, BundleContent, BundleVersion, DsseEnvelope, DsseSignature, MessageSignature,
    TransparencyLogEntry, VerificationContent, VerificationMaterial,
};

use super::log_annotation::{self, LogAnnotationError};

/// The media type of a signature's layer, which holds the payload.
pub(crate) const SIGNATURE_MEDIA_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The media type of an attestation's layer, which holds the envelope.
pub(crate) const ATTESTATION_MEDIA_TYPE: &str = "application/vnd.dsse.envelope.v1+json";

pub(super) const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
pub(super) const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
pub(super) const CHAIN: &str = "dev.sigstore.cosign/chain";
pub(super) const BUNDLE: &str = "dev.sigstore.cosign/bundle";
pub(super) const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";
pub(super) const PREDICATE_TYPE: &str = "predicateType";

/// A layer of the tag storage, read or to be written; nothing in it has been verified.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// What is signed, and the signature.
    pub(crate) content: LayerContent,
    /// The signer's certificate; `None` if a key of the signer's own signed.
    pub(crate) certificate: Option<Certificate>,
    /// The log's entry with its promise.
    pub(crate) entry: Option<TransparencyLogEntry>,
    /// An RFC 3161 timestamp over the signature, DER.
    pub(crate) timestamp: Option<Vec<u8>>,
}

/// What a layer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LayerContent {
    /// A payload, and the signature over its bytes.
    Signature {
        /// The payload as it is stored.
        payload: Vec<u8>,
        /// The signature.
        signature: Vec<u8>,
    },
    /// An envelope.
    Attestation {
        /// The envelope's JSON as it is stored.
        text: Vec<u8>,
        /// The type of its predicate, which the annotation repeats.
        predicate_type: String,
    },
}

/// A layer that holds no signature or attestation that can be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LayerError {
    #[error("layer has no signature")]
    NoSignature,
    #[error("annotation `{name}` is not base64")]
    Base64 { name: &'static str },
    #[error("annotation `{CERTIFICATE}` is not a certificate")]
    Certificate(#[source] CertificateError),
    #[error("annotation `{BUNDLE}` cannot be read")]
    Entry(#[from] LogAnnotationError),
    #[error("annotation `{TIMESTAMP}` cannot be read")]
    Timestamp,
    #[error("layer holds no envelope")]
    Envelope(#[from] EnvelopeError),
    #[error("layer is not text")]
    NotText,
}

/// The timestamp annotation.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TimestampAnnotation {
    #[serde(rename = "SignedRFC3161Timestamp")]
    signed: String,
}

impl TimestampAnnotation {
    /// The annotation of a timestamp.
    pub(crate) fn of(der: &[u8]) -> Self {
        Self {
            signed: encode_base64(der),
        }
    }
}

impl Layer {
    /// Reads a layer; `content` is the blob, whose digest has been checked.
    ///
    /// # Errors
    /// [`LayerError`], one variant for each rule.
    ///
    /// Source: cosign `specs/SIGNATURE_SPEC.md`, "Properties".
    pub(crate) fn read(
        media_type: &str,
        annotations: &BTreeMap<String, String>,
        content: Vec<u8>,
    ) -> Result<Self, LayerError> {
        let given = |name| {
            let value: Option<&String> = annotations.get(name);
            value.filter(|value| !value.is_empty())
        };
        let content = if media_type == ATTESTATION_MEDIA_TYPE {
            let predicate_type = given(PREDICATE_TYPE).cloned().unwrap_or_default();
            LayerContent::Attestation {
                text: content,
                predicate_type,
            }
        } else {
            let signature = given(SIGNATURE).ok_or(LayerError::NoSignature)?;
            let signature =
                decode_base64(signature).map_err(|_| LayerError::Base64 { name: SIGNATURE })?;
            LayerContent::Signature {
                payload: content,
                signature,
            }
        };
        let certificate = given(CERTIFICATE).map(|pem| Certificate::from_pem(pem));
        let entry = given(BUNDLE).map(|text| log_annotation::read(text));
        let timestamp = given(TIMESTAMP).map(|text| read_timestamp(text));
        Ok(Self {
            content,
            certificate: certificate.transpose().map_err(LayerError::Certificate)?,
            entry: entry.transpose()?,
            timestamp: timestamp.transpose()?,
        })
    }

    /// The layer's media type.
    pub(crate) fn media_type(&self) -> &'static str {
        match self.content {
            LayerContent::Signature { .. } => SIGNATURE_MEDIA_TYPE,
            LayerContent::Attestation { .. } => ATTESTATION_MEDIA_TYPE,
        }
    }

    /// The layer's blob.
    pub(crate) fn blob(&self) -> &[u8] {
        match &self.content {
            LayerContent::Signature { payload, .. } => payload,
            LayerContent::Attestation { text, .. } => text,
        }
    }

    /// The layer's annotations as the real client writes them: a certificate comes with an empty chain.
    ///
    /// # Errors
    /// The JSON writer's error.
    pub(crate) fn annotations(&self) -> Result<BTreeMap<String, String>, serde_json::Error> {
        let signature = match &self.content {
            LayerContent::Signature { signature, .. } => encode_base64(signature),
            LayerContent::Attestation { .. } => String::new(),
        };
        let mut annotations = BTreeMap::from([(SIGNATURE.to_owned(), signature)]);
        if let LayerContent::Attestation { predicate_type, .. } = &self.content {
            annotations.insert(PREDICATE_TYPE.to_owned(), predicate_type.clone());
        }
        if let Some(certificate) = &self.certificate {
            annotations.insert(CERTIFICATE.to_owned(), certificate.to_pem());
            annotations.insert(CHAIN.to_owned(), String::new());
        }
        if let Some(entry) = &self.entry {
            annotations.insert(BUNDLE.to_owned(), log_annotation::write(entry)?);
        }
        if let Some(timestamp) = &self.timestamp {
            let text = serde_json::to_string(&TimestampAnnotation::of(timestamp))?;
            annotations.insert(TIMESTAMP.to_owned(), text);
        }
        Ok(annotations)
    }

    /// The layer as a bundle that the verifier judges: of version 0.1, which may rest on a log's promise alone.
    ///
    /// The chain that may stand beside the certificate is not taken over: the trusted root's counts.
    ///
    /// # Errors
    /// [`LayerError`] if an attestation's layer holds no envelope.
    pub(crate) fn to_bundle(&self) -> Result<Bundle, LayerError> {
        let content = match &self.content {
            LayerContent::Signature { signature, .. } => {
                BundleContent::MessageSignature(MessageSignature {
                    message_digest: None,
                    signature: signature.clone(),
                })
            }
            LayerContent::Attestation { text, .. } => BundleContent::DsseEnvelope(envelope(text)?),
        };
        let signer = match &self.certificate {
            Some(leaf) => VerificationContent::CertificateChain(vec![leaf.der().to_vec()]),
            None => VerificationContent::PublicKeyHint(String::new()),
        };
        let version = BundleVersion::V0_1;
        Ok(Bundle {
            version,
            media_type: version.media_type().to_owned(),
            verification_material: VerificationMaterial {
                content: signer,
                tlog_entries: self.entry.iter().cloned().collect(),
                rfc3161_timestamps: self.timestamp.iter().cloned().collect(),
            },
            content,
        })
    }
}

fn envelope(text: &[u8]) -> Result<DsseEnvelope, LayerError> {
    let text = std::str::from_utf8(text).map_err(|_| LayerError::NotText)?;
    let read = Envelope::parse(text)?;
    let signatures = read.signatures.into_iter().map(|signature| DsseSignature {
        sig: signature.sig,
        keyid: String::new(),
    });
    Ok(DsseEnvelope {
        payload: read.payload,
        payload_type: read.payload_type,
        signatures: signatures.collect(),
    })
}

pub(super) fn read_timestamp(text: &str) -> Result<Vec<u8>, LayerError> {
    let value =
        sigbox_wire::strict_json::parse(text.as_bytes()).map_err(|_| LayerError::Timestamp)?;
    let signed = value.get("SignedRFC3161Timestamp").and_then(Value::as_str);
    signed
        .and_then(|signed| decode_base64(signed).ok())
        .filter(|der| !der.is_empty())
        .ok_or(LayerError::Timestamp)
}

#[cfg(test)]
#[path = "layer/tests.rs"]
mod tests;
