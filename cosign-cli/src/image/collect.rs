//! What a registry holds about an image, from both storages, as one list.

use std::fmt;
use std::sync::Arc;

use sigbox_oci::layout::LayoutError;
use sigbox_oci::{
    Descriptor, Digest, Manifest, ManifestError, RawManifest, ReferenceError, Registry,
    RegistryError,
};
use sigbox_wire::{Bundle, BundleError};

use super::layer::{ATTESTATION_MEDIA_TYPE, Layer, LayerError, SIGNATURE_MEDIA_TYPE};
use super::parallel::in_order;
use super::place::Place;
use super::shipment::ShipmentError;
use super::tags::TagKind;

/// What the media types of all bundles begin with.
pub(super) const BUNDLE_FAMILY: &str = "application/vnd.dev.sigstore.bundle";
/// The kind that some registries report of every referrer with an empty configuration.
const EMPTY_FAMILY: &str = "application/vnd.oci.empty";

/// A signature or an attestation as it is stored; nothing has been verified.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Where it is.
    pub(crate) stored: Stored,
    /// What the verifier judges.
    pub(crate) bundle: Bundle,
    /// The layer that the bundle was made of, if it is of the tag storage.
    pub(crate) layer: Option<Layer>,
}

/// Where something about an image is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// In a manifest of this digest, which refers to the image.
    Referrer(Digest),
    /// In a blob of this digest, under the image's tag.
    Layer(Digest),
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Referrer(digest) => write!(f, "bundle in the referrer {digest}"),
            Self::Layer(digest) => write!(f, "layer {digest} of the tag"),
        }
    }
}

/// Everything that a registry holds about an image.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// What can be judged: bundles first, then layers, each in the registry's order.
    pub(crate) found: Vec<Found>,
    /// What is there, but is no signature or attestation.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// A stored thing that cannot be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Unreadable {
    #[error("{digest}: {source}")]
    Content {
        digest: Digest,
        #[source]
        source: Box<RegistryError>,
    },
    #[error("{digest}: {source}")]
    File {
        digest: Digest,
        #[source]
        source: Box<LayoutError>,
    },
    #[error("{digest}: {source}")]
    Bundle {
        digest: Digest,
        #[source]
        source: BundleError,
    },
    #[error("{digest}: {source}")]
    Layer {
        digest: Digest,
        #[source]
        source: LayerError,
    },
}

/// The registry did not tell what it holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CollectError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Name(#[from] ReferenceError),
    #[error(transparent)]
    Directory(#[from] Box<ShipmentError>),
}

/// How much is read, and how much of it at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The longest bundle or layer, in bytes.
    pub(crate) attachment: u64,
    /// How many are read at once.
    pub(crate) workers: usize,
}

/// Asks both storages, always: what is missing in one may be in the other.
///
/// At most 1000 referrers and 1000 layers are looked at; more are an error, since the one that holds may be among the
/// rest. What cannot be read is listed, so that one damaged attachment does not hide the good ones.
///
/// # Errors
/// [`CollectError`] if the registry cannot be asked.
pub(crate) async fn collect(
    registry: &Arc<Registry>,
    place: &Place,
    image: &Digest,
    kind: TagKind,
    limits: Limits,
) -> Result<Collected, CollectError> {
    let mut collected = Collected::default();
    let attached = &place.attached;
    let referrers = registry.referrers(attached, image, None).await?;
    let may_be_bundles = referrers.descriptors.into_iter().filter(may_be_bundle);
    let work = may_be_bundles.map(|descriptor| {
        let (registry, place) = (Arc::clone(registry), place.clone());
        async move { read_referrer(&registry, &place, &descriptor, limits.attachment).await }
    });
    for read in in_order(work.collect(), limits.workers).await {
        collected.take(read)?;
    }
    let Some(tagged) = tagged(registry, place, image, kind).await? else {
        return Ok(collected);
    };
    let Manifest::Image(tagged) = Manifest::parse(&tagged)? else {
        return Ok(collected);
    };
    let layers = tagged.layers.into_iter().filter(is_layer);
    let work = layers.map(|descriptor| {
        let (registry, place) = (Arc::clone(registry), place.clone());
        async move { read_layer(&registry, &place, &descriptor, limits.attachment).await }
    });
    for read in in_order(work.collect(), limits.workers).await {
        collected.take(read)?;
    }
    Ok(collected)
}

impl From<ShipmentError> for CollectError {
    fn from(error: ShipmentError) -> Self {
        Box::new(error).into()
    }
}

impl Collected {
    fn take(&mut self, read: Result<Option<Found>, Unreadable>) -> Result<(), CollectError> {
        match read {
            Ok(found) => self.found.extend(found),
            Err(Unreadable::Content { source, .. }) if is_fatal(&source) => {
                return Err((*source).into());
            }
            Err(unreadable) => self.unreadable.push(unreadable),
        }
        Ok(())
    }
}

/// The manifest of the tag storage; `None` if there is no such tag.
pub(crate) async fn tagged(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    kind: TagKind,
) -> Result<Option<RawManifest>, CollectError> {
    let tag = place.tag(image, kind)?;
    match registry.manifest_by_tag(&place.attached, &tag).await {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether nothing more can be learned from the registry, as opposed to one attachment being damaged.
fn is_fatal(error: &RegistryError) -> bool {
    matches!(
        error,
        RegistryError::Transport(_) | RegistryError::Credentials(_)
    ) || error.status().is_some() && !error.is_not_found()
}

/// Lists of referrers may say nothing of the kind, or the kind of the empty configuration.
fn may_be_bundle(descriptor: &Descriptor) -> bool {
    descriptor.artifact_type.as_deref().is_none_or(|kind| {
        kind.is_empty() || kind.starts_with(BUNDLE_FAMILY) || kind.starts_with(EMPTY_FAMILY)
    })
}

pub(super) fn is_layer(descriptor: &Descriptor) -> bool {
    [SIGNATURE_MEDIA_TYPE, ATTESTATION_MEDIA_TYPE].contains(&descriptor.media_type.as_str())
}

async fn read_referrer(
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

async fn read_layer(
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
