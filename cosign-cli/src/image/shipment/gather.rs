//! From a registry.

use std::collections::HashSet;

use sigbox_oci::{Descriptor, Digest, Manifest, RawManifest, Registry, RegistryError, Repository};

use super::{MAX_DEPTH, MAX_MANIFESTS, Shipment, ShipmentError, Tagged};
use crate::image::place::Place;
use crate::image::platform::of_platform;
use crate::image::tags::TagKind;

/// What is wanted of what is known about an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    /// What is kept under tags.
    pub(crate) tags: &'a [TagKind],
    /// Whether what refers to the image is wanted.
    pub(crate) referrers: bool,
}

impl Parts<'static> {
    /// Everything.
    pub(crate) const ALL: Self = Self {
        tags: &TagKind::ALL,
        referrers: true,
    };
}

/// Reads the manifests of an image, and of what is wanted of what is known about each of them.
///
/// # Errors
/// [`ShipmentError`].
pub(crate) async fn gather(
    registry: &Registry,
    place: &Place,
    platform: Option<&str>,
    parts: Parts<'_>,
) -> Result<Shipment, ShipmentError> {
    let mut top = registry.fetch(&place.image).await?;
    if let Some(platform) = platform.filter(|platform| !platform.is_empty()) {
        let manifest = Manifest::parse(&top)?;
        let member = of_platform(&manifest, platform)?;
        top = registry
            .manifest_of(&place.image.repository, member)
            .await?;
    }
    let image = closure(registry, &place.image.repository, top).await?;
    let mut shipment = Shipment {
        image,
        ..Shipment::default()
    };
    for kind in parts.tags.iter().copied() {
        // The image itself first: other clients look for nothing else.
        for raw in shipment.image.iter().rev() {
            let tag = place.tag(&raw.digest, kind)?;
            match registry.manifest_by_tag(&place.attached, &tag).await {
                Ok(tagged) => shipment.tagged.push(Tagged {
                    subject: raw.digest.clone(),
                    kind,
                    raw: tagged,
                }),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    if parts.referrers {
        shipment.referrers = referrers(registry, &place.attached, &shipment.image).await?;
    }
    Ok(shipment)
}

/// What refers to these, and what refers to that.
async fn referrers(
    registry: &Registry,
    repository: &Repository,
    subjects: &[RawManifest],
) -> Result<Vec<RawManifest>, ShipmentError> {
    let mut waiting: Vec<Digest> = subjects.iter().map(|raw| raw.digest.clone()).collect();
    let mut seen: HashSet<Digest> = waiting.iter().cloned().collect();
    let mut found = Vec::new();
    while let Some(subject) = waiting.pop() {
        let listed = registry.referrers(repository, &subject, None).await?;
        for descriptor in listed.descriptors {
            if !seen.insert(descriptor.digest.clone()) {
                continue;
            }
            let raw = referrer(registry, repository, &descriptor).await?;
            waiting.push(raw.digest.clone());
            found.extend(closure(registry, repository, raw).await?);
            if found.len() > MAX_MANIFESTS {
                return Err(ShipmentError::TooMany);
            }
        }
    }
    Ok(found)
}

async fn referrer(
    registry: &Registry,
    repository: &Repository,
    descriptor: &Descriptor,
) -> Result<RawManifest, RegistryError> {
    registry.manifest_of(repository, descriptor).await
}

/// A manifest after all that it lists, each once.
async fn closure(
    registry: &Registry,
    repository: &Repository,
    top: RawManifest,
) -> Result<Vec<RawManifest>, ShipmentError> {
    let mut levels = vec![vec![top]];
    let mut seen = HashSet::new();
    loop {
        let mut next = Vec::new();
        for raw in levels.last().into_iter().flatten() {
            let Manifest::Index(index) = Manifest::parse(raw)? else {
                continue;
            };
            for member in &index.manifests {
                if seen.insert(member.digest.clone()) {
                    next.push(registry.manifest_of(repository, member).await?);
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
