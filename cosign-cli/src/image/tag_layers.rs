//! Changes the layers under a tag of an image: others may change them meanwhile, and nothing of theirs is lost.

use jiff::Timestamp;
use sigbox_oci::{
    Digest, Manifest, ManifestError, RawManifest, ReferenceError, Registry, RegistryError,
    TagContent,
};

use super::manifest::{BlobRef, IMAGE_MANIFEST, tag_manifest};
use super::place::Place;
use super::tags::TagKind;

/// A tag that is named after an image holds an index, which has no layers.
#[derive(Debug, thiserror::Error)]
#[error("the tag {tag} holds something else than signatures")]
pub(crate) struct TagTaken {
    /// The tag.
    pub(crate) tag: String,
}

/// What a tag shall hold.
pub(super) enum NewTag {
    /// These layers, with the time to record.
    Layers(Vec<BlobRef>, Option<Timestamp>),
    /// A manifest as it came; its blobs are there already.
    Manifest(RawManifest),
}

/// Makes a tag of an image hold what `change` says of the layers that it holds; nothing to say means that nothing is to do.
///
/// `change` is asked again after every write by somebody else, so that its answer must be about what shall be there and not
/// about what it has seen before. The layers' blobs are there already.
///
/// # Errors
/// That of `change`; [`TagTaken`] if the tag holds an index; [`RegistryError::TagContended`] if others write all the time.
pub(super) async fn change_layers<E>(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    kind: TagKind,
    mut change: impl FnMut(Vec<BlobRef>) -> Result<Option<NewTag>, E>,
) -> Result<(), E>
where
    E: From<RegistryError>
        + From<ManifestError>
        + From<ReferenceError>
        + From<serde_json::Error>
        + From<TagTaken>,
{
    let tag = place.tag(image, kind)?;
    registry
        .change_tag(&place.attached, &tag, |standing| {
            let present = match standing.map(Manifest::parse).transpose()? {
                None => Vec::new(),
                Some(Manifest::Image(present)) => {
                    present.layers.iter().map(BlobRef::from).collect()
                }
                Some(Manifest::Index(_)) => {
                    let tag = tag.to_string();
                    return Err(TagTaken { tag }.into());
                }
            };
            Ok(match change(present)? {
                None => None,
                Some(NewTag::Manifest(manifest)) => Some(TagContent {
                    manifest,
                    blobs: Vec::new(),
                }),
                Some(NewTag::Layers(layers, created)) => {
                    let (manifest, config) = tag_manifest(&layers, created)?;
                    Some(TagContent {
                        manifest: RawManifest::new(IMAGE_MANIFEST, manifest),
                        blobs: vec![config.into()],
                    })
                }
            })
        })
        .await
}
