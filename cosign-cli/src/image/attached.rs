//! What stands under an image's tags, stored and read as it is: nothing is made of it, and nothing is verified.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sigbox_crypto::{Certificate, CertificateError};
use sigbox_oci::{Descriptor, Digest, MAX_DESCRIPTORS, Manifest, Registry, RegistryError};
use sigbox_wire::proto_json::{decode_base64, encode_base64};

use super::collect::tagged;
use super::go_json;
use super::layer::{
    ATTESTATION_MEDIA_TYPE, BUNDLE, CERTIFICATE, CHAIN, PREDICATE_TYPE, SIGNATURE,
    SIGNATURE_MEDIA_TYPE, TIMESTAMP, TimestampAnnotation, read_timestamp,
};
use super::log_annotation::{self, LogAnnotation, LogAnnotationError};
use super::manifest::BlobRef;
use super::place::Place;
use super::push::{PushError, push_blob};
use super::tag_layers::{NewTag, TagTaken, change_layers};
use super::tags::TagKind;

/// A layer as it stands in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attached {
    /// What the content is said to be.
    pub(crate) media_type: String,
    /// The layer's blob.
    pub(crate) content: Vec<u8>,
    /// What is said of it.
    pub(crate) annotations: BTreeMap<String, String>,
}

/// A layer that cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum AttachedError {
    #[error("annotation `{name}` is not a certificate")]
    Certificate {
        name: &'static str,
        #[source]
        source: CertificateError,
    },
    #[error("annotation `{BUNDLE}` cannot be read")]
    Entry(#[from] LogAnnotationError),
    #[error("annotation `{TIMESTAMP}` cannot be read")]
    Timestamp,
    #[error("layer is not a DSSE envelope")]
    Envelope,
    #[error("layer is not JSON, or names a member twice")]
    Json(#[source] serde_json::Error),
    #[error("writing JSON")]
    Write(#[source] serde_json::Error),
}

/// A detached signature with what belongs to it, as files hold it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detached {
    /// What was signed.
    pub(crate) payload: Vec<u8>,
    /// Base64, as the file has it.
    pub(crate) signature: String,
    /// PEM.
    pub(crate) certificate: Option<String>,
    /// PEM, the root last.
    pub(crate) chain: Option<String>,
    /// DER.
    pub(crate) timestamp: Option<Vec<u8>>,
    /// The annotation of the log entry.
    pub(crate) entry: Option<String>,
}

/// A signature as it is printed; members in the order of the real client.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    #[serde(rename = "Base64Signature")]
    signature: String,
    payload: String,
    cert: Option<RawCertificate>,
    chain: Option<Vec<RawCertificate>>,
    bundle: Option<LogAnnotation>,
    #[serde(rename = "RFC3161Timestamp")]
    timestamp: Option<TimestampAnnotation>,
}

/// A certificate: what it says stands in these bytes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RawCertificate {
    raw: String,
}

/// An envelope as it is printed and stored; members in the order of the real client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    payload_type: &'a str,
    payload: &'a str,
    signatures: Vec<EnvelopeSignature<'a>>,
}

#[derive(Serialize)]
struct EnvelopeSignature<'a> {
    keyid: &'a str,
    sig: &'a str,
}

impl Detached {
    /// The layer that holds it.
    ///
    /// # Errors
    /// The JSON writer's error.
    pub(crate) fn into_layer(self) -> Result<Attached, serde_json::Error> {
        let mut annotations = BTreeMap::from([(SIGNATURE.to_owned(), self.signature)]);
        let timestamp = self.timestamp.map(|der| TimestampAnnotation::of(&der));
        let timestamp = timestamp.map(|stamp| serde_json::to_string(&stamp));
        for (name, value) in [
            (CERTIFICATE, self.certificate),
            (CHAIN, self.chain),
            (BUNDLE, self.entry),
            (TIMESTAMP, timestamp.transpose()?),
        ] {
            if let Some(value) = value {
                annotations.insert(name.to_owned(), value);
            }
        }
        Ok(Attached {
            media_type: SIGNATURE_MEDIA_TYPE.to_owned(),
            content: self.payload,
            annotations,
        })
    }
}

impl Attached {
    /// The layer of an envelope, in the form in which the real client stores it.
    ///
    /// # Errors
    /// [`AttachedError`] if it is none.
    pub(crate) fn of_envelope(envelope: &Value) -> Result<Self, AttachedError> {
        Ok(Self {
            media_type: ATTESTATION_MEDIA_TYPE.to_owned(),
            content: envelope_json(envelope)?,
            annotations: BTreeMap::from([(SIGNATURE.to_owned(), String::new())]),
        })
    }

    /// The layer as one line of JSON.
    ///
    /// # Errors
    /// [`AttachedError`], one variant for each rule.
    ///
    /// Source: cosign `pkg/cosign/fetch.go`, `SignedPayload`, `AttestationPayload`.
    pub(crate) fn line(&self) -> Result<String, AttachedError> {
        let json = if self.media_type == ATTESTATION_MEDIA_TYPE {
            let envelope =
                sigbox_wire::strict_json::parse(&self.content).map_err(AttachedError::Json)?;
            envelope_json(&envelope)?
        } else {
            go_json::to_vec(&self.shown()?).map_err(AttachedError::Write)?
        };
        Ok(crate::ui::escape_json(&String::from_utf8_lossy(&json)))
    }

    fn shown(&self) -> Result<Shown, AttachedError> {
        let given = |name| {
            let value: Option<&String> = self.annotations.get(name);
            value.filter(|value| !value.is_empty())
        };
        let certificates = |name: &'static str| {
            let read = given(name).map(|pem| Certificate::chain_from_pem(pem));
            let read = read.transpose();
            let read = read.map_err(|source| AttachedError::Certificate { name, source })?;
            Ok::<_, AttachedError>(read.map(|all| all.iter().map(RawCertificate::of).collect()))
        };
        let leaf: Option<Vec<_>> = certificates(CERTIFICATE)?;
        let entry = given(BUNDLE).map(|text| log_annotation::read(text));
        let timestamp = given(TIMESTAMP).map(|text| read_timestamp(text));
        let timestamp = timestamp
            .transpose()
            .map_err(|_| AttachedError::Timestamp)?;
        Ok(Shown {
            signature: self.annotations.get(SIGNATURE).cloned().unwrap_or_default(),
            payload: encode_base64(&self.content),
            cert: leaf.and_then(|leaf| leaf.into_iter().next()),
            chain: certificates(CHAIN)?,
            bundle: entry.transpose()?.as_ref().map(LogAnnotation::of),
            timestamp: timestamp.as_deref().map(TimestampAnnotation::of),
        })
    }

    /// The type of the predicate: what the payload says, or the annotation if the payload cannot be read.
    pub(crate) fn predicate_type(&self) -> Option<String> {
        let envelope = sigbox_wire::strict_json::parse(&self.content).ok();
        let payload = envelope.as_ref().and_then(|one| one.get("payload"));
        let payload = payload.and_then(Value::as_str);
        let statement = payload.and_then(|text| decode_base64(text).ok());
        statement
            .and_then(|statement| predicate_type_of(&statement))
            .or_else(|| self.annotations.get(PREDICATE_TYPE).cloned())
    }
}

impl RawCertificate {
    fn of(certificate: &Certificate) -> Self {
        Self {
            raw: encode_base64(certificate.der()),
        }
    }
}

/// The predicate's type that a statement names.
pub(crate) fn predicate_type_of(statement: &[u8]) -> Option<String> {
    let statement = sigbox_wire::strict_json::parse(statement).ok()?;
    let named = statement.get("predicateType").and_then(Value::as_str);
    named.map(ToOwned::to_owned)
}

fn envelope_json(envelope: &Value) -> Result<Vec<u8>, AttachedError> {
    let text = |value: &'_ Value, name: &str| -> Result<String, AttachedError> {
        let text = value.get(name).and_then(Value::as_str);
        text.map(ToOwned::to_owned).ok_or(AttachedError::Envelope)
    };
    let signatures = envelope.get("signatures").and_then(Value::as_array);
    let signatures = signatures.ok_or(AttachedError::Envelope)?;
    let signatures = signatures
        .iter()
        .map(|one| {
            let keyid = one.get("keyid").and_then(Value::as_str);
            let sig = one.get("sig").and_then(Value::as_str);
            Ok(EnvelopeSignature {
                keyid: keyid.unwrap_or_default(),
                sig: sig.ok_or(AttachedError::Envelope)?,
            })
        })
        .collect::<Result<Vec<_>, AttachedError>>()?;
    go_json::to_vec(&Envelope {
        payload_type: &text(envelope, "payloadType")?,
        payload: &text(envelope, "payload")?,
        signatures,
    })
    .map_err(AttachedError::Write)
}

/// Stores layers under a tag of an image: after those that are there, or instead of a bill of materials, of which there is one.
///
/// A layer that is there already is not stored twice. Others may write the same tag meanwhile: their layers stay.
///
/// # Errors
/// [`PushError`]; [`RegistryError::TooMany`]: more layers than verifiers read.
pub(crate) async fn push_attached(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    kind: TagKind,
    layers: &[Attached],
) -> Result<(), PushError> {
    let mut wanted = Vec::new();
    for layer in layers {
        push_blob(registry, &place.attached, &layer.content).await?;
        let blob = BlobRef::of(&layer.media_type, &layer.content);
        wanted.push(blob.with_annotations(layer.annotations.clone()));
    }
    let mut replaced = None;
    change_layers(registry, place, image, kind, |present| {
        let all = if kind == TagKind::Sbom {
            // Whoever has written since has replaced ours.
            let seen = replaced.get_or_insert_with(|| present.clone());
            (*seen == present && present != wanted).then(|| wanted.clone())
        } else {
            after(present, &wanted)?
        };
        Ok(all.map(|all| NewTag::Layers(all, None)))
    })
    .await
}

/// The layers that are there and those that are not; nothing if all are.
fn after(present: Vec<BlobRef>, wanted: &[BlobRef]) -> Result<Option<Vec<BlobRef>>, RegistryError> {
    let before = present.len();
    let mut all = present;
    for layer in wanted {
        if !all.contains(layer) {
            all.push(layer.clone());
        }
    }
    match all.len() {
        count if count == before => Ok(None),
        count if count > MAX_DESCRIPTORS => Err(RegistryError::TooMany {
            what: "layers",
            limit: MAX_DESCRIPTORS,
        }),
        _ => Ok(Some(all)),
    }
}

/// The layers under a tag of an image; `None` if there is no such tag. Content comes by [`fetch_attached`].
///
/// # Errors
/// [`PushError::TagTaken`] if it holds an index.
pub(crate) async fn list_attached(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    kind: TagKind,
) -> Result<Option<Vec<Descriptor>>, PushError> {
    let Some(raw) = tagged(registry, place, image, kind).await? else {
        return Ok(None);
    };
    match Manifest::parse(&raw)? {
        Manifest::Image(manifest) => Ok(Some(manifest.layers)),
        Manifest::Index(_) => {
            let tag = place.tag(image, kind)?.to_string();
            Err(TagTaken { tag }.into())
        }
    }
}

/// A layer with its content, at most `limit` bytes.
///
/// # Errors
/// [`PushError::Registry`].
pub(crate) async fn fetch_attached(
    registry: &Registry,
    place: &Place,
    layer: &Descriptor,
    limit: u64,
) -> Result<Attached, PushError> {
    Ok(Attached {
        media_type: layer.media_type.clone(),
        content: registry.blob(&place.attached, layer, limit).await?,
        annotations: layer.annotations.clone(),
    })
}
