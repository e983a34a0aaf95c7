//! Removes what a registry holds about an image.

use sigbox_oci::{Descriptor, Digest, Manifest, Reference, Registry, RegistryError, Tag};

use super::collect::{BUNDLE_FAMILY, CollectError};
use super::place::Place;
use super::tags::TagKind;

/// What is removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Removing {
    /// Tags of the tag storage.
    pub(crate) tags: Vec<TagKind>,
    /// Bundles that refer to the image.
    pub(crate) bundles: bool,
}

/// Removes what is wanted, and tells of each thing when it is gone; whether there are bundles that stay.
///
/// # Errors
/// [`CollectError`]; what was told of is gone all the same.
pub(crate) async fn clean(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    removing: &Removing,
    removed: impl Fn(&Reference),
) -> Result<(), CollectError> {
    for kind in &removing.tags {
        let tag = place.tag(image, *kind)?;
        if remove_tag(registry, place, &tag).await? {
            removed(&place.attached.tagged(tag));
        }
    }
    if removing.bundles {
        for digest in bundles(registry, place, image).await? {
            match registry
                .detach_referrer(&place.attached, image, &digest)
                .await
            {
                Ok(()) => {}
                // Listed, but gone: now it is not listed either.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
            removed(&place.attached.at(digest));
        }
    }
    Ok(())
}

/// The bundles that refer to an image, those included of which only the entry in the list is left.
///
/// # Errors
/// [`CollectError`].
pub(crate) async fn bundles(
    registry: &Registry,
    place: &Place,
    image: &Digest,
) -> Result<Vec<Digest>, CollectError> {
    let mut found = Vec::new();
    for descriptor in registry
        .referrers(&place.attached, image, None)
        .await?
        .descriptors
    {
        if is_bundle(registry, place, &descriptor).await? {
            found.push(descriptor.digest);
        }
    }
    Ok(found)
}

async fn is_bundle(
    registry: &Registry,
    place: &Place,
    descriptor: &Descriptor,
) -> Result<bool, CollectError> {
    let is = |kind: Option<&str>| kind.is_some_and(|kind| kind.starts_with(BUNDLE_FAMILY));
    if is(descriptor.artifact_type.as_deref()) {
        return Ok(true);
    }
    match registry.manifest_of(&place.attached, descriptor).await {
        Ok(raw) => Ok(is(Manifest::parse(&raw)?.artifact_type())),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether there was such a tag. Where registries delete no tags, its manifest goes: nothing else has that name's content.
async fn remove_tag(registry: &Registry, place: &Place, tag: &Tag) -> Result<bool, RegistryError> {
    let repository = &place.attached;
    let manifest = match registry.manifest_by_tag(repository, tag).await {
        Ok(manifest) => manifest,
        Err(error) if error.is_not_found() => return Ok(false),
        Err(error) => return Err(error),
    };
    match registry.delete_tag(repository, tag).await {
        Ok(()) => Ok(true),
        Err(error)
            if error
                .status()
                .is_some_and(|status| matches!(status.as_u16(), 400 | 405 | 501)) =>
        {
            registry
                .delete_manifest(repository, &manifest.digest)
                .await?;
            Ok(true)
        }
        Err(error) => Err(error),
    }
}
