//! Stores what was signed: as a referrer of the image, or as a layer under a tag.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sigbox_oci::transport::Body;
use sigbox_oci::{
    Descriptor, Digest, ManifestError, RawManifest, ReferenceError, Registry, RegistryError,
    Repository,
};
use sigbox_wire::{BundleContent, EncodeError};

use super::collect::CollectError;
use super::joining::{Joined, Joining};
use super::layer::{Layer, LayerContent};
use super::manifest::{BUNDLE_MEDIA_TYPE, BlobRef, EMPTY_CONFIG, IMAGE_MANIFEST, bundle_manifest};
use super::output::envelope_text;
use super::place::Place;
use super::tag_layers::{NewTag, TagTaken, change_layers};
use crate::sign::Signed;

/// What was signed could not be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PushError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Collect(#[from] CollectError),
    #[error(transparent)]
    TagTaken(#[from] TagTaken),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Name(#[from] ReferenceError),
    #[error("writing the manifest")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error("what was signed has no form in the tag storage")]
    NoLayer,
}

/// Stores a bundle in a manifest that refers to the image.
///
/// # Errors
/// [`PushError`].
pub(crate) async fn push_bundle(
    registry: &Registry,
    repository: &Repository,
    subject: &Descriptor,
    signed: &Signed,
    predicate_type: &str,
    now: Timestamp,
) -> Result<(), PushError> {
    let bundle = signed.bundle_json.as_bytes();
    push_bundle_json(registry, repository, subject, bundle, predicate_type, now).await
}

/// The same for the JSON of a bundle that was made elsewhere.
///
/// # Errors
/// [`PushError`].
pub(crate) async fn push_bundle_json(
    registry: &Registry,
    repository: &Repository,
    subject: &Descriptor,
    bundle: &[u8],
    predicate_type: &str,
    now: Timestamp,
) -> Result<(), PushError> {
    let subject = BlobRef::from(&Descriptor {
        artifact_type: None,
        annotations: BTreeMap::new(),
        ..subject.clone()
    });
    let manifest = bundle_manifest(bundle, predicate_type, &subject, now)?;
    push_blob(registry, repository, EMPTY_CONFIG).await?;
    push_blob(registry, repository, bundle).await?;
    let manifest = RawManifest::new(IMAGE_MANIFEST, manifest);
    registry.attach_referrer(repository, &manifest).await?;
    Ok(())
}

/// Stores layers under the image's tag, after those that are there; what is there already is not stored twice.
///
/// Others may write the same tag meanwhile: their layers stay.
///
/// # Errors
/// [`PushError`].
pub(crate) async fn push_layers(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    layers: &[Layer],
    joining: Joining<'_>,
) -> Result<(), PushError> {
    for layer in layers {
        push_blob(registry, &place.attached, layer.blob()).await?;
    }
    let mut joined = Joined::new(layers, joining)?;
    change_layers(registry, place, image, joining.kind, |present| {
        let all = joined.join(present)?;
        Ok(all.map(|all| NewTag::Layers(all, joining.created)))
    })
    .await
}

/// A layer of what was signed; `payload` is what a signature is over, and not used for an attestation.
///
/// # Errors
/// [`PushError::NoLayer`] if it is a statement without a type.
pub(crate) fn layer_of(
    signed: &Signed,
    payload: Vec<u8>,
    predicate_type: &str,
) -> Result<Layer, PushError> {
    let content = match &signed.bundle.content {
        BundleContent::MessageSignature(message) => LayerContent::Signature {
            payload,
            signature: message.signature.clone(),
        },
        content @ BundleContent::DsseEnvelope(_) => {
            let text = envelope_text(content)?.ok_or(PushError::NoLayer)?;
            LayerContent::Attestation {
                text: text.into_bytes(),
                predicate_type: predicate_type.to_owned(),
            }
        }
    };
    let material = &signed.bundle.verification_material;
    Ok(Layer {
        content,
        certificate: signed.certificate.clone(),
        entry: material.tlog_entries.first().cloned(),
        timestamp: material.rfc3161_timestamps.first().cloned(),
    })
}

/// Stores a blob.
///
/// # Errors
/// [`RegistryError`].
pub(crate) async fn push_blob(
    registry: &Registry,
    repository: &Repository,
    content: &[u8],
) -> Result<(), RegistryError> {
    let descriptor = Descriptor::of(BUNDLE_MEDIA_TYPE, content);
    let body = Body::Bytes(content.to_vec().into());
    registry.push_blob(repository, &descriptor, body).await
}
