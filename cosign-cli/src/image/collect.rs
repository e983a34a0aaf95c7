//! What a registry holds about an image, from both storages, as one list.

mod stored;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use sigbox_oci::layout::LayoutError;
use sigbox_oci::{
    Digest, Manifest, ManifestError, RawManifest, ReferenceError, Referrers, Registry,
    RegistryError,
};
use sigbox_wire::{Bundle, BundleError};

pub(super) use self::stored::is_layer;
pub(super) use self::stored::may_be_bundle;
use self::stored::{read_layer, read_referrer};
use super::layer::{Layer, LayerError};
use super::parallel::in_order;
use super::place::Place;
use super::shipment::ShipmentError;
use super::tags::TagKind;

/// What the media types of all bundles begin with.
pub(super) const BUNDLE_FAMILY: &str = "application/vnd.dev.sigstore.bundle";

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
/// # Errors
/// [`CollectError`] if the registry cannot be asked.
pub(crate) async fn collect(
    registry: &Arc<Registry>,
    place: &Place,
    image: &Digest,
    kind: TagKind,
    limits: Limits,
) -> Result<Collected, CollectError> {
    let mut all = Collected::default();
    let referrers = registry.referrers(&place.attached, image, None).await?;
    all.add_bundles(registry, place, referrers, limits).await?;
    all.add_layers(registry, place, image, kind, limits).await?;
    Ok(all)
}

/// Asks for bundles where they are likely to be; they may be all that is needed.
///
/// # Errors
/// [`CollectError`] if the registry cannot be asked.
pub(super) async fn collect_first(
    registry: &Arc<Registry>,
    place: &Place,
    image: &Digest,
    limits: Limits,
) -> Result<(Collected, Left), CollectError> {
    let referrers = registry.referrers_by_what_is_known(&place.attached, image);
    let referrers = referrers.await?;
    let looked_at = (!referrers.asked).then(|| {
        let listed = referrers.descriptors.iter();
        listed.map(|one| one.digest.clone()).collect()
    });
    let mut first = Collected::default();
    first
        .add_bundles(registry, place, referrers, limits)
        .await?;
    Ok((first, Left { looked_at }))
}

/// What was not asked for yet.
#[derive(Debug)]
pub(super) struct Left {
    /// What stands in the list at the tag, if the registry was not asked for a list of its own.
    looked_at: Option<HashSet<Digest>>,
}

impl Left {
    /// Asks for all the rest: nothing that a registry holds may be missing when an image is refused.
    ///
    /// # Errors
    /// [`CollectError`] if the registry cannot be asked.
    pub(super) async fn collect(
        self,
        registry: &Arc<Registry>,
        place: &Place,
        image: &Digest,
        kind: TagKind,
        limits: Limits,
    ) -> Result<Collected, CollectError> {
        let mut rest = Collected::default();
        if let Some(looked_at) = self.looked_at {
            let mut referrers = registry.referrers(&place.attached, image, None).await?;
            let listed = &mut referrers.descriptors;
            listed.retain(|one| !looked_at.contains(&one.digest));
            rest.add_bundles(registry, place, referrers, limits).await?;
        }
        rest.add_layers(registry, place, image, kind, limits)
            .await?;
        Ok(rest)
    }
}

/// At most 1000 referrers and 1000 layers are looked at; more are an error, since the one that holds may be among the
/// rest. What cannot be read is listed, so that one damaged attachment does not hide the good ones.
impl Collected {
    async fn add_bundles(
        &mut self,
        registry: &Arc<Registry>,
        place: &Place,
        referrers: Referrers,
        limits: Limits,
    ) -> Result<(), CollectError> {
        let may_be_bundles = referrers.descriptors.into_iter().filter(may_be_bundle);
        let work = may_be_bundles.map(|descriptor| {
            let (registry, place) = (Arc::clone(registry), place.clone());
            async move { read_referrer(&registry, &place, &descriptor, limits.attachment).await }
        });
        for read in in_order(work.collect(), limits.workers).await {
            self.take(read)?;
        }
        Ok(())
    }

    async fn add_layers(
        &mut self,
        registry: &Arc<Registry>,
        place: &Place,
        image: &Digest,
        kind: TagKind,
        limits: Limits,
    ) -> Result<(), CollectError> {
        let Some(tagged) = tagged(registry, place, image, kind).await? else {
            return Ok(());
        };
        let Manifest::Image(tagged) = Manifest::parse(&tagged)? else {
            return Ok(());
        };
        let layers = tagged.layers.into_iter().filter(is_layer);
        let work = layers.map(|descriptor| {
            let (registry, place) = (Arc::clone(registry), place.clone());
            async move { read_layer(&registry, &place, &descriptor, limits.attachment).await }
        });
        for read in in_order(work.collect(), limits.workers).await {
            self.take(read)?;
        }
        Ok(())
    }

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

impl From<ShipmentError> for CollectError {
    fn from(error: ShipmentError) -> Self {
        Box::new(error).into()
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
pub(super) fn is_fatal(error: &RegistryError) -> bool {
    matches!(
        error,
        RegistryError::Transport(_) | RegistryError::Credentials(_)
    ) || error.status().is_some() && !error.is_not_found()
}
