//! What a registry holds about an image, as a tree.

use sigbox_oci::{Descriptor, Digest, Manifest, RawManifest, Registry, RegistryError};

use super::collect::CollectError;
use super::manifest::PREDICATE_TYPE;
use super::place::Place;
use super::tags::TagKind;
use crate::ui::Escaped;

/// Lists an image's tags of the tag storage and its referrers, each with its layers.
///
/// # Errors
/// [`CollectError`].
///
/// Source: cosign `cmd/cosign/cli/tree.go`; the order there is by chance, here it is fixed.
pub(crate) async fn tree(
    registry: &Registry,
    place: &Place,
    image: &Digest,
) -> Result<String, CollectError> {
    let name = place.image.to_string();
    let mut text = format!("📦 Supply Chain Security Related artifacts for an image: {name}\n");
    let head = text.len();
    for kind in TagKind::ALL {
        let tag = place.tag(image, kind)?;
        let raw = match registry.manifest_by_tag(&place.attached, &tag).await {
            Ok(raw) => raw,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error.into()),
        };
        let title = match kind {
            TagKind::Signature => "🔐 Signatures",
            TagKind::Attestation => "💾 Attestations",
            TagKind::Sbom => "📦 SBOMs",
        };
        let line = format!("└── {title} for an image tag: {}:{tag}\n", place.attached);
        text.push_str(&line);
        push_layers(&mut text, &raw)?;
    }
    for descriptor in registry
        .referrers(&place.attached, image, None)
        .await?
        .descriptors
    {
        text.push_str(&referrer(registry, place, &descriptor).await?);
    }
    if text.len() == head {
        let line = format!(
            "No Supply Chain Security Related Artifacts found for image {name},\n start creating one with simply running$ cosign sign <img>\n"
        );
        text.push_str(&line);
    }
    Ok(text)
}

async fn referrer(
    registry: &Registry,
    place: &Place,
    descriptor: &Descriptor,
) -> Result<String, CollectError> {
    let line = |kind: &str| {
        let (kind, digest) = (Escaped(kind), &descriptor.digest);
        format!(
            "└── 🔗 {kind} artifacts via OCI referrer: {}@{digest}\n",
            place.attached
        )
    };
    let raw = match registry.manifest_of(&place.attached, descriptor).await {
        Ok(raw) => raw,
        Err(error) if error.is_not_found() => {
            let kind = descriptor.artifact_type.as_deref().unwrap_or_default();
            return Ok(line(kind) + "   └── missing, although it is listed\n");
        }
        Err(error) => return Err(error.into()),
    };
    // A list may lack annotations, so that the manifest is asked.
    let manifest = Manifest::parse(&raw)?;
    let kind = manifest.annotations().get(PREDICATE_TYPE);
    let kind = kind
        .map(String::as_str)
        .or_else(|| manifest.artifact_type());
    let mut text = line(kind.unwrap_or_default());
    push_layers(&mut text, &raw)?;
    Ok(text)
}

fn push_layers(text: &mut String, raw: &RawManifest) -> Result<(), RegistryError> {
    let Manifest::Image(image) = Manifest::parse(raw)? else {
        return Ok(());
    };
    let last = image.layers.len();
    for (number, layer) in image.layers.iter().enumerate() {
        let branch = if number + 1 == last {
            "└──"
        } else {
            "├──"
        };
        let line = format!("   {branch} 🍒 {}\n", layer.digest);
        text.push_str(&line);
    }
    Ok(())
}
