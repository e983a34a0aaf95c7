//! To a registry.

use std::fs::File;

use sigbox_oci::layout::Layout;
use sigbox_oci::transport::Body;
use sigbox_oci::{Descriptor, Manifest, RawManifest, Registry, RegistryError, Repository};

use super::{Shipment, ShipmentError, Tagged, blobs};
use crate::image::manifest::{BlobRef, IMAGE_MANIFEST, tag_manifest};
use crate::image::place::Place;

/// A blob up to this length passes through memory, a longer one through a file.
const IN_MEMORY: u64 = 4 * 1024 * 1024;

/// Where a shipment's blobs are.
#[derive(Clone, Copy)]
pub(crate) enum Cargo<'a> {
    /// In a directory.
    Layout(&'a Layout),
    /// In a registry: those of the image, and those of what is known about it.
    Registry(&'a Place),
}

/// Where a shipment goes.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The image's new name, and the place of what is known about it.
    pub(crate) place: &'a Place,
    /// Whether the image goes as well, or only what is known about it.
    pub(crate) image: bool,
}

/// Stores a shipment: blobs, then manifests, then what refers to them and the tags; the image's own tag at last, so that whoever
/// sees the image sees its signatures. Signatures that are there already stay.
///
/// # Errors
/// [`ShipmentError`]; the image's tag is as it was then.
pub(crate) async fn deliver(
    registry: &Registry,
    shipment: &Shipment,
    cargo: Cargo<'_>,
    target: Target<'_>,
) -> Result<(), ShipmentError> {
    let Target { place, image } = target;
    let top = shipment.top()?;
    if let Some(expected) = &place.image.digest
        && *expected != top.digest
    {
        return Err(ShipmentError::OtherDigest {
            expected: expected.clone(),
            found: top.digest.clone(),
        });
    }
    let repository = &place.image.repository;
    let (own, attached) = match cargo {
        Cargo::Layout(_) => (None, None),
        Cargo::Registry(from) => (Some(&from.image.repository), Some(&from.attached)),
    };
    if image {
        for blob in blobs(shipment.image.iter())? {
            move_blob(registry, &blob, cargo, own, repository).await?;
        }
        for raw in &shipment.image {
            registry.put_manifest(repository, None, raw).await?;
        }
    }
    for blob in blobs(shipment.attached())? {
        move_blob(registry, &blob, cargo, attached, &place.attached).await?;
    }
    for raw in &shipment.referrers {
        if Manifest::parse(raw)?.subject().is_some() {
            registry.attach_referrer(&place.attached, raw).await?;
        } else {
            registry.put_manifest(&place.attached, None, raw).await?;
        }
    }
    for tagged in &shipment.tagged {
        put_tagged(registry, place, tagged).await?;
    }
    if let Some(tag) = place.image.tag.as_ref().filter(|_| image) {
        registry.put_manifest(repository, Some(tag), top).await?;
    }
    Ok(())
}

async fn move_blob(
    registry: &Registry,
    blob: &Descriptor,
    cargo: Cargo<'_>,
    from: Option<&Repository>,
    to: &Repository,
) -> Result<(), ShipmentError> {
    if let Cargo::Layout(layout) = cargo {
        layout.check(blob)?;
        let body = Body::File {
            path: layout.blob_path(&blob.digest),
            length: blob.size,
        };
        registry.push_blob(to, blob, body).await?;
        return Ok(());
    }
    let Some(from) = from.filter(|from| *from != to) else {
        return Ok(());
    };
    if registry.has_blob(to, &blob.digest).await? {
        return Ok(());
    }
    // A registry that may not or cannot take it over is sent the blob.
    if registry
        .mount_blob(to, from, &blob.digest)
        .await
        .is_ok_and(|mounted| mounted)
    {
        return Ok(());
    }
    if blob.size <= IN_MEMORY {
        let bytes = registry.blob(from, blob, IN_MEMORY).await?;
        let body = Body::Bytes(bytes.into());
        registry.push_blob(to, blob, body).await?;
        return Ok(());
    }
    let file = tempfile::NamedTempFile::new().map_err(ShipmentError::Scratch)?;
    let mut writer = File::create(file.path()).map_err(ShipmentError::Scratch)?;
    registry.blob_to_writer(from, blob, &mut writer).await?;
    let body = Body::File {
        path: file.path().to_owned(),
        length: blob.size,
    };
    registry.push_blob(to, blob, body).await?;
    Ok(())
}

/// Puts signatures under their tag, after those that are there and do not come along.
async fn put_tagged(
    registry: &Registry,
    place: &Place,
    tagged: &Tagged,
) -> Result<(), ShipmentError> {
    let tag = place.tag(&tagged.subject, tagged.kind)?;
    let repository = &place.attached;
    let taken = || ShipmentError::TagTaken {
        tag: tag.to_string(),
    };
    let there = match registry.manifest_by_tag(repository, &tag).await {
        Ok(raw) if raw.digest == tagged.raw.digest => return Ok(()),
        Ok(raw) => layers(&raw)?.ok_or_else(taken)?,
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let coming = layers(&tagged.raw)?.ok_or_else(taken)?;
    let kept: Vec<BlobRef> = there
        .into_iter()
        .filter(|one| !coming.contains(one))
        .collect();
    if kept.is_empty() {
        registry
            .put_manifest(repository, Some(&tag), &tagged.raw)
            .await?;
        return Ok(());
    }
    let all: Vec<BlobRef> = kept.into_iter().chain(coming).collect();
    let (manifest, config) = tag_manifest(&all, None)?;
    let descriptor = Descriptor::of(sigbox_oci::media_type::OCI_CONFIG, &config);
    registry
        .push_blob(repository, &descriptor, Body::Bytes(config.into()))
        .await?;
    let manifest = RawManifest::new(IMAGE_MANIFEST, manifest);
    registry
        .put_manifest(repository, Some(&tag), &manifest)
        .await?;
    Ok(())
}

/// The layers of an image; none of an index.
fn layers(raw: &RawManifest) -> Result<Option<Vec<BlobRef>>, RegistryError> {
    Ok(match Manifest::parse(raw)? {
        Manifest::Image(image) => Some(image.layers.iter().map(BlobRef::from).collect()),
        Manifest::Index(_) => None,
    })
}
