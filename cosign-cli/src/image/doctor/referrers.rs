//! What refers to the image.

use sigbox_oci::{Descriptor, Digest, Manifest, ReferrersSource, Registry, RegistryError};
use sigbox_wire::{Bundle, BundleContent, BundleVersion, VerificationContent};

use super::diagnosis::{Diagnosis, Finding, Keeper, Kind, Reader, Storage};
use crate::image::collect::{BUNDLE_FAMILY, CollectError, may_be_bundle};
use crate::image::manifest::PREDICATE_TYPE;
use crate::image::place::Place;

/// What `--experimental-oci11` of the real client once wrote.
const EXPERIMENTAL: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
const GONE: &str = "it is listed, but its manifest is not there";

/// The list that readers go by; of another one at the tag, what is there in vain is told.
pub(super) async fn list(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    diagnosis: &mut Diagnosis,
) -> Result<Vec<Descriptor>, CollectError> {
    let listed = match registry.referrers(&place.attached, image, None).await {
        Ok(listed) => listed,
        Err(RegistryError::Manifest(error)) => {
            let problem = format!("the list of what refers to the image cannot be read: {error}");
            diagnosis.problems.push(problem);
            return Ok(Vec::new());
        }
        Err(error) => return Err(error.into()),
    };
    diagnosis.referrers = match listed.source {
        ReferrersSource::Api => Keeper::Registry,
        ReferrersSource::TagSchema => Keeper::Tag,
        ReferrersSource::None => Keeper::Nobody,
    };
    if diagnosis.referrers == Keeper::Registry {
        unread_list(registry, place, image, &listed.descriptors, diagnosis).await?;
    }
    Ok(listed.descriptors)
}

/// A list at the tag, which nobody reads where the registry keeps its own.
async fn unread_list(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    listed: &[Descriptor],
    diagnosis: &mut Diagnosis,
) -> Result<(), CollectError> {
    let tag = image.referrers_tag();
    let name = place.attached.tagged(tag.clone());
    let read = registry.manifest_by_tag(&place.attached, &tag).await;
    let index = match read.and_then(|raw| Ok(Manifest::parse(&raw)?)) {
        Ok(Manifest::Index(index)) => index,
        Ok(Manifest::Image(_)) => {
            diagnosis.notes.push(format!(
                "{name} is an image; on a registry that keeps no list of referrers it would stand in the place of that list"
            ));
            return Ok(());
        }
        Err(RegistryError::Manifest(error)) => {
            let note =
                format!("the list at {name}, which nobody reads here, cannot be read: {error}");
            diagnosis.notes.push(note);
            return Ok(());
        }
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let known = |one: &&Descriptor| !listed.iter().any(|known| known.digest == one.digest);
    for entry in index.manifests.iter().filter(known) {
        diagnosis.problems.push(format!(
            "{} is listed at {name} only, where nobody looks: this registry keeps the list itself, and does not list it",
            entry.digest
        ));
    }
    Ok(())
}

/// Looks at one of what refers to the image.
pub(super) async fn examine(
    registry: &Registry,
    place: &Place,
    image: &Digest,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Finding, CollectError> {
    let name = place.attached.at(descriptor.digest.clone()).to_string();
    let mut finding = Finding::new(Storage::Referrer, name, &descriptor.digest);
    finding.media_type = descriptor.artifact_type.clone();
    let read = registry.manifest_of(&place.attached, descriptor).await;
    let manifest = match read.and_then(|raw| Ok(Manifest::parse(&raw)?)) {
        Ok(manifest) => manifest,
        Err(error) => {
            finding.damaged(error, GONE)?;
            return Ok(finding);
        }
    };
    match manifest.subject() {
        Some(subject) if subject.digest == *image => {}
        Some(subject) => {
            let problem = format!("it is listed, but refers to {}", subject.digest);
            finding.problems.push(problem);
        }
        None => finding
            .problems
            .push("it is listed, but refers to nothing".to_owned()),
    }
    let Some(layer) = bundle_layer(&manifest) else {
        not_a_bundle(&manifest, &mut finding);
        return Ok(finding);
    };
    let json = match registry.blob(&place.attached, layer, limit).await {
        Ok(json) => json,
        Err(error) => {
            finding.damaged(error, "its bundle is not there")?;
            return Ok(finding);
        }
    };
    match Bundle::parse(&json) {
        Ok(bundle) => {
            look_into(&bundle, image, &mut finding);
            readers(&bundle, descriptor, &mut finding);
            stated_type(&manifest, &mut finding);
        }
        Err(error) => finding.problems.push(error.to_string()),
    }
    Ok(finding)
}

fn bundle_layer(manifest: &Manifest) -> Option<&Descriptor> {
    let Manifest::Image(image) = manifest else {
        return None;
    };
    match image.layers.as_slice() {
        [layer] if layer.media_type.starts_with(BUNDLE_FAMILY) => Some(layer),
        _ => None,
    }
}

fn not_a_bundle(manifest: &Manifest, finding: &mut Finding) {
    let stated = manifest.artifact_type().unwrap_or_default();
    if stated == EXPERIMENTAL {
        finding.kind = Kind::Signature;
        finding.notes.push(
            "it is stored as by --experimental-oci11 of cosign v2: only clients with that flag look for it".to_owned(),
        );
    } else if stated.starts_with(BUNDLE_FAMILY) {
        finding
            .problems
            .push("it says that it is a bundle, and has not one layer with a bundle".to_owned());
    } else {
        finding
            .notes
            .push("no bundle of signatures or attestations".to_owned());
    }
    finding.media_type = Some(stated.to_owned()).filter(|text| !text.is_empty());
}

fn look_into(bundle: &Bundle, image: &Digest, finding: &mut Finding) {
    match &bundle.content {
        BundleContent::MessageSignature(_) => finding.kind = Kind::Signature,
        BundleContent::DsseEnvelope(envelope) => finding.read_statement(&envelope.payload, image),
    }
}

/// Source: cosign v3.1.3 `pkg/oci/remote/signatures.go`, `Bundle`; sigstore-go `pkg/bundle`, `validate`.
fn readers(bundle: &Bundle, descriptor: &Descriptor, finding: &mut Finding) {
    let material = &bundle.verification_material;
    let entries = &material.tlog_entries;
    let chain = matches!(material.content, VerificationContent::CertificateChain(_));
    let proved = entries.is_empty() || entries.iter().any(|one| one.inclusion_proof.is_some());
    let too_old = bundle.version < BundleVersion::V0_3;
    if !too_old && !chain && proved {
        finding.readers.push(Reader::CosignV3);
    } else {
        let why = if too_old {
            "it is older than version 0.3"
        } else if chain {
            "it holds a chain of certificates"
        } else {
            "its log entry has no proof of inclusion"
        };
        finding
            .notes
            .push(format!("cosign v3 passes over it: {why}"));
    }
    if may_be_bundle(descriptor) {
        finding.readers.push(Reader::ThisCosign);
    } else {
        finding
            .notes
            .push("this cosign passes over it: the list says that it is no bundle".to_owned());
    }
}

/// The annotation is not signed, and only tells which of many bundles are worth fetching.
fn stated_type(manifest: &Manifest, finding: &mut Finding) {
    let Some(found) = &finding.predicate_type else {
        return;
    };
    match manifest.annotations().get(PREDICATE_TYPE) {
        Some(stated) if stated == found => {}
        Some(stated) => finding.problems.push(format!(
            "its manifest says that the statement is of type {stated}, and it is of type {found}"
        )),
        None => finding.notes.push(format!(
            "its manifest has no annotation {PREDICATE_TYPE}: `cosign copy --only` leaves it behind"
        )),
    }
}
