//! From a directory.

use std::collections::HashSet;

use sigbox_oci::layout::Layout;
use sigbox_oci::{Descriptor, Digest, Manifest, RawManifest};

use super::pack::{ATTESTATIONS, IMAGE, INDEX, KIND, REF_NAME, SIGNATURES};
use super::{MAX_DEPTH, MAX_MANIFESTS, Shipment, ShipmentError, Tagged};
use crate::image::tags::{TagKind, of_tag};

/// Reads the manifests of a directory's image; each is what its digest says, blobs are not looked at.
///
/// # Errors
/// [`ShipmentError::NoImage`], [`ShipmentError::SeveralImages`], [`ShipmentError::OtherSubject`], and what reading gives.
pub(crate) fn unpack(layout: &Layout) -> Result<Shipment, ShipmentError> {
    let index = layout.index()?;
    let image = closure(layout, image(&index)?)?;
    let mut shipment = Shipment {
        image,
        ..Shipment::default()
    };
    let top = shipment.top()?.digest.clone();
    for descriptor in &index {
        let Some((subject, kind)) = tag_of(descriptor, &top) else {
            continue;
        };
        if !shipment.has(&subject) {
            return Err(ShipmentError::OtherSubject { found: subject });
        }
        shipment.tagged.push(Tagged {
            subject,
            kind,
            raw: layout.manifest(descriptor)?,
        });
    }
    shipment.referrers = referrers(layout, &shipment.image)?;
    Ok(shipment)
}

/// The image among the entries: the one that is said to be it, or the only one.
fn image(index: &[Descriptor]) -> Result<&Descriptor, ShipmentError> {
    let kind = |descriptor: &Descriptor| descriptor.annotations.get(KIND).cloned();
    let said =
        |descriptor: &&Descriptor| matches!(kind(descriptor).as_deref(), Some(IMAGE | INDEX));
    let mut images: Vec<&Descriptor> = index.iter().filter(said).collect();
    if images.is_empty() {
        let others = index
            .iter()
            .filter(|one| !one.annotations.contains_key(KIND));
        images = others.filter(|one| named(one).is_none()).collect();
    }
    match images.as_slice() {
        [] => Err(ShipmentError::NoImage),
        [image] => Ok(image),
        several => Err(ShipmentError::SeveralImages {
            found: several.len(),
        }),
    }
}

fn named(descriptor: &Descriptor) -> Option<(Digest, TagKind)> {
    of_tag(descriptor.annotations.get(REF_NAME)?)
}

/// What an entry's tag says, or else its kind.
fn tag_of(descriptor: &Descriptor, top: &Digest) -> Option<(Digest, TagKind)> {
    named(descriptor).or_else(|| {
        let kind = descriptor.annotations.get(KIND)?;
        let kind = match kind.as_str() {
            SIGNATURES => TagKind::Signature,
            ATTESTATIONS => TagKind::Attestation,
            _ => return None,
        };
        Some((top.clone(), kind))
    })
}

/// What refers to the image, and what refers to that; a directory does not list it.
fn referrers(layout: &Layout, image: &[RawManifest]) -> Result<Vec<RawManifest>, ShipmentError> {
    let mut known: HashSet<Digest> = image.iter().map(|raw| raw.digest.clone()).collect();
    let mut left = layout.referring()?;
    let mut found = Vec::new();
    loop {
        let mut others = Vec::new();
        let before = found.len();
        for raw in left {
            let parsed = Manifest::parse(&raw)?;
            if !parsed
                .subject()
                .is_some_and(|subject| known.contains(&subject.digest))
            {
                others.push(raw);
            } else if known.insert(raw.digest.clone()) {
                let descriptor = raw.descriptor();
                found.extend(closure(layout, &descriptor)?);
            }
        }
        if found.len() > MAX_MANIFESTS {
            return Err(ShipmentError::TooMany);
        }
        if found.len() == before {
            return Ok(found);
        }
        left = others;
    }
}

/// A manifest after all that it lists, each once.
fn closure(layout: &Layout, top: &Descriptor) -> Result<Vec<RawManifest>, ShipmentError> {
    let mut levels = vec![vec![layout.manifest(top)?]];
    let mut seen = HashSet::new();
    loop {
        let mut next = Vec::new();
        for raw in levels.last().into_iter().flatten() {
            let Manifest::Index(index) = Manifest::parse(raw)? else {
                continue;
            };
            for member in &index.manifests {
                if seen.insert(member.digest.clone()) {
                    next.push(layout.manifest(member)?);
                }
                if seen.len() > MAX_MANIFESTS {
                    return Err(ShipmentError::TooMany);
                }
            }
        }
        if next.is_empty() {
            return Ok(levels.into_iter().rev().flatten().collect());
        }
        if levels.len() > MAX_DEPTH {
            return Err(ShipmentError::TooDeep);
        }
        levels.push(next);
    }
}
