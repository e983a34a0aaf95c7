//! What a registry holds about an image, as a tree.

use serde::Serialize;
use sigbox_oci::{Descriptor, Digest, Manifest, RawManifest, Registry, RegistryError};

use super::collect::CollectError;
use super::manifest::PREDICATE_TYPE;
use super::place::Place;
use super::tags::TagKind;
use crate::ui::Escaped;

/// An image's tags of the tag storage and its referrers.
#[derive(Debug, Serialize)]
pub(crate) struct Tree {
    image: String,
    digest: String,
    artifacts: Vec<Artifact>,
}

/// One of them.
#[derive(Debug, Serialize)]
struct Artifact {
    kind: Kind,
    name: String,
    /// What a referrer is of; it is a stranger's word.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// `None` if the manifest is listed, and is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Signature,
    Attestation,
    Sbom,
    Referrer,
}

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
) -> Result<Tree, CollectError> {
    let mut artifacts = Vec::new();
    for kind in TagKind::ALL {
        let tag = place.tag(image, kind)?;
        let raw = match registry.manifest_by_tag(&place.attached, &tag).await {
            Ok(raw) => raw,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error.into()),
        };
        artifacts.push(Artifact {
            kind: match kind {
                TagKind::Signature => Kind::Signature,
                TagKind::Attestation => Kind::Attestation,
                TagKind::Sbom => Kind::Sbom,
            },
            name: format!("{}:{tag}", place.attached),
            of: None,
            layers: Some(layers(&raw)?),
        });
    }
    let referrers = registry.referrers(&place.attached, image, None).await?;
    for descriptor in &referrers.descriptors {
        artifacts.push(referrer(registry, place, descriptor).await?);
    }
    Ok(Tree {
        image: place.image.to_string(),
        digest: image.to_string(),
        artifacts,
    })
}

async fn referrer(
    registry: &Registry,
    place: &Place,
    descriptor: &Descriptor,
) -> Result<Artifact, CollectError> {
    let mut artifact = Artifact {
        kind: Kind::Referrer,
        name: format!("{}@{}", place.attached, descriptor.digest),
        of: descriptor.artifact_type.clone(),
        layers: None,
    };
    let raw = match registry.manifest_of(&place.attached, descriptor).await {
        Ok(raw) => raw,
        Err(error) if error.is_not_found() => return Ok(artifact),
        Err(error) => return Err(error.into()),
    };
    // A list may lack annotations, so that the manifest is asked.
    let manifest = Manifest::parse(&raw)?;
    let stated = manifest.annotations().get(PREDICATE_TYPE);
    artifact.of = stated
        .map(String::as_str)
        .or_else(|| manifest.artifact_type())
        .map(ToOwned::to_owned);
    artifact.layers = Some(layers(&raw)?);
    Ok(artifact)
}

fn layers(raw: &RawManifest) -> Result<Vec<String>, RegistryError> {
    Ok(match Manifest::parse(raw)? {
        Manifest::Image(image) => {
            let digests = image.layers.iter().map(|layer| layer.digest.to_string());
            digests.collect()
        }
        Manifest::Index(_) => Vec::new(),
    })
}

impl Tree {
    /// As the real client draws it.
    pub(crate) fn text(&self) -> String {
        let name = &self.image;
        let mut text = format!("📦 Supply Chain Security Related artifacts for an image: {name}\n");
        for artifact in &self.artifacts {
            artifact.draw(&mut text);
        }
        if self.artifacts.is_empty() {
            let line = format!(
                "No Supply Chain Security Related Artifacts found for image {name},\n start creating one with simply running$ cosign sign <img>\n"
            );
            text.push_str(&line);
        }
        text
    }
}

impl Artifact {
    fn draw(&self, text: &mut String) {
        let name = &self.name;
        let title = match self.kind {
            Kind::Signature => "🔐 Signatures",
            Kind::Attestation => "💾 Attestations",
            Kind::Sbom => "📦 SBOMs",
            Kind::Referrer => "🔗",
        };
        let line = match self.kind {
            Kind::Referrer => {
                let of = Escaped(self.of.as_deref().unwrap_or_default());
                format!("└── {title} {of} artifacts via OCI referrer: {name}\n")
            }
            _ => format!("└── {title} for an image tag: {name}\n"),
        };
        text.push_str(&line);
        let Some(layers) = &self.layers else {
            text.push_str("   └── missing, although it is listed\n");
            return;
        };
        for (number, layer) in layers.iter().enumerate() {
            let branch = if number + 1 == layers.len() {
                "└──"
            } else {
                "├──"
            };
            let line = format!("   {branch} 🍒 {layer}\n");
            text.push_str(&line);
        }
    }
}
