//! To a directory.

use std::collections::BTreeMap;
use std::path::Path;

use sigbox_oci::layout::Layout;
use sigbox_oci::{Descriptor, Manifest, RawManifest, Registry, Repository};

use super::{Shipment, ShipmentError, Tagged, blobs};
use crate::image::place::Place;
use crate::image::tags::{TagKind, tag};

/// Annotation of an entry in the directory's index: what kind of thing it is.
pub(super) const KIND: &str = "kind";
pub(super) const IMAGE: &str = "dev.cosignproject.cosign/image";
pub(super) const INDEX: &str = "dev.cosignproject.cosign/imageIndex";
pub(super) const SIGNATURES: &str = "dev.cosignproject.cosign/sigs";
pub(super) const ATTESTATIONS: &str = "dev.cosignproject.cosign/atts";
/// Annotation of an entry in the directory's index: its tag.
///
/// Source: OCI image specification 1.1, annotations.md.
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// Writes an image to a directory: blobs, then manifests, and the index that lists them at last. Blobs that are there already and
/// whole are not fetched again.
///
/// # Errors
/// [`ShipmentError`]; the directory's index is as it was then.
///
/// Source: cosign `pkg/oci/layout/write.go`.
pub(crate) async fn pack(
    registry: &Registry,
    place: &Place,
    shipment: &Shipment,
    directory: &Path,
) -> Result<(), ShipmentError> {
    let top = shipment.top()?;
    let layout = Layout::create(directory)?;
    let parts = [
        (&place.image.repository, blobs(shipment.image.iter())?),
        (&place.attached, blobs(shipment.attached())?),
    ];
    for (repository, blobs) in &parts {
        for blob in blobs {
            fetch(registry, repository, &layout, blob).await?;
        }
    }
    for raw in shipment.image.iter().chain(shipment.attached()) {
        layout.write_manifest(raw)?;
    }
    let mut entries = vec![annotated(top, [(KIND, image_kind(top)?.to_owned())])];
    for tagged in &shipment.tagged {
        entries.push(entry(tagged, top));
    }
    layout.set_index(&entries)?;
    Ok(())
}

async fn fetch(
    registry: &Registry,
    repository: &Repository,
    layout: &Layout,
    blob: &Descriptor,
) -> Result<(), ShipmentError> {
    if layout.has(&blob.digest) && layout.check(blob).is_ok() {
        return Ok(());
    }
    let mut writer = layout.blob_writer(blob)?;
    registry
        .blob_to_writer(repository, blob, &mut writer)
        .await?;
    writer.finish()?;
    Ok(())
}

fn image_kind(top: &RawManifest) -> Result<&'static str, ShipmentError> {
    Ok(match Manifest::parse(top)? {
        Manifest::Image(_) => IMAGE,
        Manifest::Index(_) => INDEX,
    })
}

/// Other clients know signatures and attestations of the image only, so that only these have a kind; the tag tells the rest.
fn entry(tagged: &Tagged, top: &RawManifest) -> Descriptor {
    let name = tag("", &tagged.subject.to_string(), tagged.kind);
    let kind = match tagged.kind {
        TagKind::Signature => Some(SIGNATURES),
        TagKind::Attestation => Some(ATTESTATIONS),
        TagKind::Sbom => None,
    };
    let kind = kind.filter(|_| tagged.subject == top.digest);
    let kind = kind.map(|kind| (KIND, kind.to_owned()));
    annotated(&tagged.raw, kind.into_iter().chain([(REF_NAME, name)]))
}

fn annotated(
    raw: &RawManifest,
    annotations: impl IntoIterator<Item = (&'static str, String)>,
) -> Descriptor {
    let annotations = annotations.into_iter();
    let annotations: BTreeMap<String, String> = annotations
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Descriptor {
        annotations,
        ..raw.descriptor()
    }
}
