//! The JSON messages of the formats before the bundle; their writers are Go's, so that numbers are numbers.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{DetachedError, DetachedSct, LocalSignedPayload, pem_text};
use crate::log_entry::{KindVersion, TransparencyLogEntry};
use crate::proto_json::{Base64Bytes, encode_base64};

/// The members by which the two formats are told apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    base64_signature: Option<IgnoredAny>,
    #[serde(alias = "media_type")]
    media_type: Option<IgnoredAny>,
    #[serde(alias = "verification_material")]
    verification_material: Option<IgnoredAny>,
}

impl Told {
    pub(super) fn is_old(&self) -> bool {
        self.base64_signature.is_some()
            && self.media_type.is_none()
            && self.verification_material.is_none()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PayloadMessage {
    base64_signature: Base64Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    cert: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rekor_bundle: Option<RekorBundleMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RekorBundleMessage {
    #[serde(rename = "SignedEntryTimestamp")]
    signed_entry_timestamp: Base64Bytes,
    #[serde(rename = "Payload")]
    payload: RekorPayloadMessage,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RekorPayloadMessage {
    body: Base64Bytes,
    integrated_time: i64,
    log_index: i64,
    #[serde(rename = "logID")]
    log_id: String,
}

/// What every entry of a log of version 1 begins with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BodyHead {
    api_version: String,
    kind: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedTimestampMessage {
    #[serde(rename = "SignedRFC3161Timestamp")]
    pub(super) signed_timestamp: Base64Bytes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DetachedSctMessage {
    sct_version: u8,
    id: Base64Bytes,
    timestamp: u64,
    #[serde(default)]
    extensions: Base64Bytes,
    signature: Base64Bytes,
}

impl PayloadMessage {
    pub(super) fn into_payload(self) -> Result<LocalSignedPayload, DetachedError> {
        let certificate = self.cert.filter(|text| !text.is_empty());
        Ok(LocalSignedPayload {
            signature: self.base64_signature.0,
            certificate: certificate.as_deref().map(pem_text).transpose()?,
            entry: self
                .rekor_bundle
                .map(RekorBundleMessage::into_entry)
                .transpose()?,
        })
    }
}

impl From<&LocalSignedPayload> for PayloadMessage {
    fn from(payload: &LocalSignedPayload) -> Self {
        let encoded = |text: &String| encode_base64(text.as_bytes());
        Self {
            base64_signature: Base64Bytes(payload.signature.clone()),
            cert: payload.certificate.as_ref().map(encoded),
            rekor_bundle: payload.entry.as_ref().map(RekorBundleMessage::from),
        }
    }
}

impl RekorBundleMessage {
    pub(super) fn into_entry(self) -> Result<TransparencyLogEntry, DetachedError> {
        let body = self.payload.body.0;
        let head: BodyHead = serde_json::from_slice(&body)
            .ok()
            .filter(|_| body.starts_with(b"{"))
            .ok_or(DetachedError::EntryKind)?;
        Ok(TransparencyLogEntry {
            log_index: self.payload.log_index,
            log_id: hex::decode(&self.payload.log_id).map_err(|_| DetachedError::LogId)?,
            kind_version: KindVersion {
                kind: head.kind,
                version: head.api_version,
            },
            integrated_time: self.payload.integrated_time,
            inclusion_promise: Some(self.signed_entry_timestamp.0),
            inclusion_proof: None,
            canonicalized_body: body,
        })
    }
}

impl From<&TransparencyLogEntry> for RekorBundleMessage {
    fn from(entry: &TransparencyLogEntry) -> Self {
        Self {
            signed_entry_timestamp: Base64Bytes(
                entry.inclusion_promise.clone().unwrap_or_default(),
            ),
            payload: RekorPayloadMessage {
                body: Base64Bytes(entry.canonicalized_body.clone()),
                integrated_time: entry.integrated_time,
                log_index: entry.log_index,
                log_id: hex::encode(&entry.log_id),
            },
        }
    }
}

impl From<DetachedSctMessage> for DetachedSct {
    fn from(message: DetachedSctMessage) -> Self {
        Self {
            version: message.sct_version,
            log_id: message.id.0,
            timestamp: message.timestamp,
            extensions: message.extensions.0,
            signature: message.signature.0,
        }
    }
}
