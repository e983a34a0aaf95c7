//! An image with all that is known about it, on its way between a registry and a directory, or between registries.
//!
//! ```text
//! gather    from a registry          unpack   from a directory
//! deliver   to a registry            pack     to a directory
//! ```

mod deliver;
mod gather;
mod pack;
mod unpack;

use std::collections::HashSet;

use sigbox_oci::layout::LayoutError;
use sigbox_oci::{
    Descriptor, Digest, Manifest, ManifestError, RawManifest, ReferenceError, RegistryError,
};

use super::platform::PlatformError;
use super::tag_layers::TagTaken;
use super::tags::TagKind;

pub(crate) use deliver::{Cargo, Target, deliver};
pub(crate) use gather::{Parts, gather};
pub(crate) use pack::pack;
pub(crate) use unpack::unpack;

/// The most manifests that one image may consist of, with all that is known about it.
const MAX_MANIFESTS: usize = 5000;
/// An index of indexes is followed so deep.
const MAX_DEPTH: usize = 8;

/// The manifests of an image and of what is known about it; their blobs are where they came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shipment {
    /// The image's own: what an index lists stands before it, so that the last one is the image.
    pub(crate) image: Vec<RawManifest>,
    /// Those under tags that are made of a digest.
    pub(crate) tagged: Vec<Tagged>,
    /// Those that refer to one of the image's, or to one of these before; what an index among them lists stands before it.
    pub(crate) referrers: Vec<RawManifest>,
}

/// A manifest under a tag that is made of the digest of another one.
#[derive(Clone, Debug)]
pub(crate) struct Tagged {
    /// What the signatures in it are of.
    pub(crate) subject: Digest,
    /// What it holds.
    pub(crate) kind: TagKind,
    /// The manifest.
    pub(crate) raw: RawManifest,
}

/// An image cannot be moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ShipmentError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Name(#[from] ReferenceError),
    #[error("an image has at most {MAX_MANIFESTS} manifests, with all that is known about it")]
    TooMany,
    #[error("indexes nest deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("the directory holds no image")]
    NoImage,
    #[error("the directory holds {found} images, expected 1")]
    SeveralImages { found: usize },
    #[error("the directory holds signatures of {found}, which is not part of its image")]
    OtherSubject { found: Digest },
    #[error("the image is {found}, but the name says {expected}")]
    OtherDigest { expected: Digest, found: Digest },
    #[error("image \"{name}\" already exists. Use `-f` to overwrite")]
    Exists { name: String },
    #[error(transparent)]
    TagTaken(#[from] TagTaken),
    #[error(transparent)]
    Platform(#[from] PlatformError),
    #[error("writing a manifest")]
    Json(#[from] serde_json::Error),
    #[error("a file for a blob on its way: {0}")]
    Scratch(#[source] std::io::Error),
}

impl Shipment {
    /// The image.
    ///
    /// # Errors
    /// [`ShipmentError::NoImage`].
    pub(crate) fn top(&self) -> Result<&RawManifest, ShipmentError> {
        self.image.last().ok_or(ShipmentError::NoImage)
    }

    /// Whether a digest is one of the image's manifests.
    pub(crate) fn has(&self, digest: &Digest) -> bool {
        self.image.iter().any(|raw| raw.digest == *digest)
    }

    /// The manifests of what is known about the image.
    pub(crate) fn attached(&self) -> impl Iterator<Item = &RawManifest> {
        let tagged = self.tagged.iter().map(|tagged| &tagged.raw);
        tagged.chain(&self.referrers)
    }
}

/// The configurations and layers of manifests, each once. Layers that registries do not keep are left out, for they come from
/// their vendor only.
pub(crate) fn blobs<'a>(
    manifests: impl Iterator<Item = &'a RawManifest>,
) -> Result<Vec<Descriptor>, ManifestError> {
    let (mut blobs, mut seen) = (Vec::new(), HashSet::new());
    for raw in manifests {
        let Manifest::Image(image) = Manifest::parse(raw)? else {
            continue;
        };
        let all = std::iter::once(image.config).chain(image.layers);
        for descriptor in all.filter(|blob| !is_vendors(&blob.media_type)) {
            // The size is part of what is promised: two of one digest cannot both be true, and the wrong one shall fail.
            if seen.insert((descriptor.digest.clone(), descriptor.size)) {
                blobs.push(descriptor);
            }
        }
    }
    Ok(blobs)
}

fn is_vendors(media_type: &str) -> bool {
    media_type.contains(".layer.nondistributable.") || media_type.contains(".rootfs.foreign.")
}
