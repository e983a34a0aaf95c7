//! What stands under the tags of the image.

use sigbox_oci::{Descriptor, Digest, Manifest, Registry, RegistryError};
use sigbox_wire::BundleContent;

use super::diagnosis::{Diagnosis, Finding, Kind, Reader, Storage};
use crate::image::collect::CollectError;
use crate::image::layer::{ATTESTATION_MEDIA_TYPE, Layer, LayerContent, SIGNATURE_MEDIA_TYPE};
use crate::image::payload::SimpleSigning;
use crate::image::place::Place;
use crate::image::tags::TagKind;

/// The layers under a tag; of a tag that holds none, why is told.
pub(super) async fn layers(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    kind: TagKind,
    diagnosis: &mut Diagnosis,
) -> Result<Vec<Descriptor>, CollectError> {
    let tag = place.tag(image, kind)?;
    let name = place.attached.tagged(tag.clone());
    let read = registry.manifest_by_tag(&place.attached, &tag).await;
    let manifest = read.and_then(|raw| Ok(Manifest::parse(&raw)?));
    let what = match manifest {
        Ok(Manifest::Image(image)) if !image.layers.is_empty() => return Ok(image.layers),
        Ok(Manifest::Image(_)) => {
            let note = format!("{name} is there, and holds nothing");
            diagnosis.notes.push(note);
            return Ok(Vec::new());
        }
        Ok(Manifest::Index(_)) => "an index, in which nobody looks for signatures".to_owned(),
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        Err(RegistryError::Manifest(error)) => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    diagnosis.problems.push(format!("{name}: {what}"));
    Ok(Vec::new())
}

/// Looks at one layer under a tag, as if there were no bundle.
pub(super) async fn examine(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    (kind, descriptor): (TagKind, &Descriptor),
    limit: u64,
) -> Result<Finding, CollectError> {
    let name = place.attached.tagged(place.tag(image, kind)?).to_string();
    let mut finding = Finding::new(Storage::Tag, name, &descriptor.digest);
    finding.media_type = Some(descriptor.media_type.clone());
    let expected = match kind {
        TagKind::Sbom => {
            return sbom(registry, place, descriptor, finding).await;
        }
        TagKind::Signature => SIGNATURE_MEDIA_TYPE,
        TagKind::Attestation => ATTESTATION_MEDIA_TYPE,
    };
    if descriptor.media_type != expected {
        finding.problems.push(format!(
            "expected a layer of type {expected}, found {}",
            descriptor.media_type
        ));
        return Ok(finding);
    }
    let blob = match registry.blob(&place.attached, descriptor, limit).await {
        Ok(blob) => blob,
        Err(error) => {
            finding.damaged(error, "it is listed, but it is not there")?;
            return Ok(finding);
        }
    };
    let read = Layer::read(&descriptor.media_type, &descriptor.annotations, blob);
    match read.and_then(|layer| Ok((layer.to_bundle()?, layer))) {
        Ok((bundle, layer)) => {
            match (&layer.content, bundle.content) {
                (LayerContent::Signature { payload, .. }, _) => {
                    finding.kind = Kind::Signature;
                    about(payload, image, &mut finding);
                }
                (_, BundleContent::DsseEnvelope(envelope)) => {
                    finding.read_statement(&envelope.payload, image);
                }
                _ => {}
            }
            finding.readers = Reader::ALL.to_vec();
        }
        Err(error) => finding.problems.push(error.to_string()),
    }
    Ok(finding)
}

/// Whoever attached it: a bill of materials is listed, not read.
async fn sbom(
    registry: &Registry,
    place: &Place,
    descriptor: &Descriptor,
    mut finding: Finding,
) -> Result<Finding, CollectError> {
    finding.kind = Kind::Sbom;
    if registry
        .has_blob(&place.attached, &descriptor.digest)
        .await?
    {
        finding.readers = Reader::ALL.to_vec();
    } else {
        finding
            .problems
            .push("it is listed, but it is not there".to_owned());
    }
    Ok(finding)
}

/// Whether a payload is about the image.
fn about(payload: &[u8], image: &Digest, finding: &mut Finding) {
    match SimpleSigning::parse(payload) {
        Ok(payload) if payload.digest == image.to_string() => {}
        Ok(payload) => {
            let problem = format!("its payload is about {}", payload.digest);
            finding.problems.push(problem);
        }
        Err(error) => finding.problems.push(error.to_string()),
    }
}
