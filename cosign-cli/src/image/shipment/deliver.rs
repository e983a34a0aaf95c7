//! To a registry.

use std::fs::File;

use sigbox_oci::layout::Layout;
use sigbox_oci::transport::Body;
use sigbox_oci::{Descriptor, Manifest, RawManifest, Registry, RegistryError, Repository};

use super::{Shipment, ShipmentError, Tagged, blobs};
use crate::image::manifest::BlobRef;
use crate::image::place::Place;
use crate::image::tag_layers::{NewTag, TagTaken, change_layers};

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
    let Some(coming) = layers(&tagged.raw)? else {
        let tag = place.tag(&tagged.subject, tagged.kind)?.to_string();
        return Err(TagTaken { tag }.into());
    };
    let (subject, kind) = (&tagged.subject, tagged.kind);
    change_layers(registry, place, subject, kind, |present| {
        if coming.iter().all(|one| present.contains(one)) {
            return Ok(None);
        }
        let kept = present.into_iter().filter(|one| !coming.contains(one));
        let all: Vec<BlobRef> = kept.chain(coming.iter().cloned()).collect();
        Ok(Some(if all.len() == coming.len() {
            NewTag::Manifest(tagged.raw.clone())
        } else {
            NewTag::Layers(all, None)
        }))
    })
    .await
}

/// The layers of an image; none of an index.
fn layers(raw: &RawManifest) -> Result<Option<Vec<BlobRef>>, RegistryError> {
    Ok(match Manifest::parse(raw)? {
        Manifest::Image(image) => Some(image.layers.iter().map(BlobRef::from).collect()),
        Manifest::Index(_) => None,
    })
}
