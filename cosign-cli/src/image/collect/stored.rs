//! One thing as a registry stores it: a bundle in a manifest, or a layer under a tag.

use sigbox_oci::{Descriptor, Manifest, Registry};
use sigbox_wire::Bundle;

use super::super::layer::{ATTESTATION_MEDIA_TYPE, Layer, SIGNATURE_MEDIA_TYPE};
use super::super::place::Place;
use super::{BUNDLE_FAMILY, Found, Stored, Unreadable};

/// The kind that some registries report of every referrer with an empty configuration.
const EMPTY_FAMILY: &str = "application/vnd.oci.empty";

/// Lists of referrers may say nothing of the kind, or the kind of the empty configuration.
pub(in crate::image) fn may_be_bundle(descriptor: &Descriptor) -> bool {
    descriptor.artifact_type.as_deref().is_none_or(|kind| {
        kind.is_empty() || kind.starts_with(BUNDLE_FAMILY) || kind.starts_with(EMPTY_FAMILY)
    })
}

/// Whether a layer of the tag storage is a signature or an attestation.
pub(crate) fn is_layer(descriptor: &Descriptor) -> bool {
    [SIGNATURE_MEDIA_TYPE, ATTESTATION_MEDIA_TYPE].contains(&descriptor.media_type.as_str())
}

/// The bundle in a manifest that refers to an image; nothing if it holds something else.
pub(super) async fn read_referrer(
    registry: &Registry,
    place: &Place,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Option<Found>, Unreadable> {
    let content = |source| Unreadable::Content {
        digest: descriptor.digest.clone(),
        source: Box::new(source),
    };
    let raw = registry.manifest_of(&place.attached, descriptor).await;
    let raw = raw.map_err(content)?;
    let manifest = Manifest::parse(&raw).map_err(|error| content(error.into()))?;
    let Manifest::Image(manifest) = manifest else {
        return Ok(None);
    };
    let [layer] = manifest.layers.as_slice() else {
        return Ok(None);
    };
    if !layer.media_type.starts_with(BUNDLE_FAMILY) {
        return Ok(None);
    }
    let json = registry.blob(&place.attached, layer, limit).await;
    let bundle = Bundle::parse(&json.map_err(content)?).map_err(|source| Unreadable::Bundle {
        digest: descriptor.digest.clone(),
        source,
    })?;
    Ok(Some(Found {
        stored: Stored::Referrer(descriptor.digest.clone()),
        bundle,
        layer: None,
    }))
}

/// A layer of the tag storage.
pub(super) async fn read_layer(
    registry: &Registry,
    place: &Place,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Option<Found>, Unreadable> {
    let blob = registry.blob(&place.attached, descriptor, limit).await;
    let blob = blob.map_err(|source| Unreadable::Content {
        digest: descriptor.digest.clone(),
        source: Box::new(source),
    })?;
    let read = Layer::read(&descriptor.media_type, &descriptor.annotations, blob);
    let read = read.and_then(|layer| Ok((layer.to_bundle()?, layer)));
    let (bundle, layer) = read.map_err(|source| Unreadable::Layer {
        digest: descriptor.digest.clone(),
        source,
    })?;
    Ok(Some(Found {
        stored: Stored::Layer(descriptor.digest.clone()),
        bundle,
        layer: Some(layer),
    }))
}
