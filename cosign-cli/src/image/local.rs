//! What a saved directory holds about its image, from both storages, as one list.

use std::path::Path;

use sigbox_oci::layout::Layout;
use sigbox_oci::{Descriptor, Digest, Manifest, RawManifest};
use sigbox_wire::Bundle;

use super::collect::{BUNDLE_FAMILY, CollectError, Collected, Found, Stored, Unreadable, is_layer};
use super::layer::Layer;
use super::shipment::{ShipmentError, unpack};
use super::tags::TagKind;

/// Reads a directory's image: its digest, and what is signed about it. An index of images is an image like others.
///
/// # Errors
/// [`CollectError`] if the directory holds no image that can be told.
pub(crate) fn collect_local(
    directory: &Path,
    kind: TagKind,
    limit: u64,
) -> Result<(Digest, Collected), CollectError> {
    let layout = Layout::open(directory).map_err(ShipmentError::from)?;
    let shipment = unpack(&layout)?;
    let image = shipment.top()?.digest.clone();
    let mut collected = Collected::default();
    for raw in &shipment.referrers {
        let Manifest::Image(manifest) = Manifest::parse(raw)? else {
            continue;
        };
        let of_image = manifest
            .subject
            .is_some_and(|subject| subject.digest == image);
        let [layer] = manifest.layers.as_slice() else {
            continue;
        };
        if of_image && layer.media_type.starts_with(BUNDLE_FAMILY) {
            collected.add(read_bundle(&layout, &raw.digest, layer, limit));
        }
    }
    let fits = |tagged: &&super::shipment::Tagged| tagged.kind == kind && tagged.subject == image;
    for tagged in shipment.tagged.iter().filter(fits) {
        read_layers(&layout, &tagged.raw, limit, &mut collected)?;
    }
    Ok((image, collected))
}

fn read_layers(
    layout: &Layout,
    raw: &RawManifest,
    limit: u64,
    collected: &mut Collected,
) -> Result<(), CollectError> {
    let Manifest::Image(manifest) = Manifest::parse(raw)? else {
        return Ok(());
    };
    for descriptor in manifest.layers.iter().filter(|layer| is_layer(layer)) {
        collected.add(read_layer(layout, descriptor, limit));
    }
    Ok(())
}

fn read_bundle(
    layout: &Layout,
    referrer: &Digest,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Found, Box<Unreadable>> {
    let json = blob(layout, referrer, descriptor, limit)?;
    let bundle = Bundle::parse(&json).map_err(|source| {
        Box::new(Unreadable::Bundle {
            digest: referrer.clone(),
            source,
        })
    })?;
    Ok(Found {
        stored: Stored::Referrer(referrer.clone()),
        bundle,
        layer: None,
    })
}

fn read_layer(
    layout: &Layout,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Found, Box<Unreadable>> {
    let blob = blob(layout, &descriptor.digest, descriptor, limit)?;
    let read = Layer::read(&descriptor.media_type, &descriptor.annotations, blob);
    let read = read.and_then(|layer| Ok((layer.to_bundle()?, layer)));
    let (bundle, layer) = read.map_err(|source| {
        Box::new(Unreadable::Layer {
            digest: descriptor.digest.clone(),
            source,
        })
    })?;
    Ok(Found {
        stored: Stored::Layer(descriptor.digest.clone()),
        bundle,
        layer: Some(layer),
    })
}

fn blob(
    layout: &Layout,
    named: &Digest,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Vec<u8>, Box<Unreadable>> {
    let blob = layout.blob(descriptor, limit);
    blob.map_err(|source| {
        Box::new(Unreadable::File {
            digest: named.clone(),
            source: Box::new(source),
        })
    })
}

impl Collected {
    fn add(&mut self, read: Result<Found, Box<Unreadable>>) {
        match read {
            Ok(found) => self.found.push(found),
            Err(unreadable) => self.unreadable.push(*unreadable),
        }
    }
}
