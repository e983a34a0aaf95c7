//! `cosign download`.

use super::one_image::{OneImage, in_time, not_stored, print};
use crate::args::{
    DownloadAttestationArgs, DownloadCommand, DownloadSbomArgs, DownloadSignatureArgs, GlobalArgs,
};
use crate::attestation::PredicateType;
use crate::image::{
    Limits, TagKind, collect, fetch_attached, list_attached, platforms, predicate_type_of,
};
use crate::report::Failure;
use crate::ui::{Escaped, say};
use sigbox_oci::{Descriptor, Manifest};
use sigbox_wire::BundleContent;

/// What is said of bills of materials that nobody has signed.
pub(super) const SBOM_WARNING: &str = "WARNING: SBOM attachments are deprecated and support will be removed in a Cosign \
     release soon after 2024-02-22 (see https://github.com/sigstore/cosign/issues/2755). Instead, please use SBOM attestations.";

/// How many attachments are read at once.
const WORKERS: usize = 10;

/// `cosign download`, read from the command line.
pub(crate) struct Download {
    pub(crate) global: GlobalArgs,
    pub(crate) command: DownloadCommand,
}

impl Download {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let global = &self.global;
        match &self.command {
            DownloadCommand::Signature(args) => in_time(global, signature(global, args)).await,
            DownloadCommand::Attestation(args) => in_time(global, attestation(global, args)).await,
            DownloadCommand::Sbom(args) => in_time(global, sbom(global, args)).await,
        }
    }
}

async fn signature(global: &GlobalArgs, args: &DownloadSignatureArgs) -> Result<(), Failure> {
    let image = OneImage::new(global, &args.registry, &args.images)?;
    let found = image.find(None).await?;
    let lines = lines(&image, &found, TagKind::Signature, None).await?;
    if lines.is_empty() {
        let name = &image.place.image;
        return Err(Failure::new(format!("{name}: no signatures associated")));
    }
    print(global, joined(&lines).as_bytes())
}

async fn attestation(global: &GlobalArgs, args: &DownloadAttestationArgs) -> Result<(), Failure> {
    let wanted = args.predicate_type.as_ref().map(PredicateType::parse);
    let wanted = wanted
        .transpose()
        .map_err(|error| Failure::from_error(&error))?;
    let image = OneImage::new(global, &args.registry, &args.images)?;
    let found = image.find(args.platform.as_deref()).await?;
    let uri = wanted.as_ref().map(PredicateType::uri);
    let lines = lines(&image, &found, TagKind::Attestation, uri).await?;
    if let (true, Some(uri)) = (lines.is_empty(), uri) {
        return Err(Failure::new(format!(
            "no attestations with predicate type '{}' found",
            Escaped(uri)
        )));
    }
    print(global, joined(&lines).as_bytes())
}

async fn sbom(global: &GlobalArgs, args: &DownloadSbomArgs) -> Result<(), Failure> {
    say(&SBOM_WARNING);
    say(
        &"WARNING: Downloading SBOMs this way does not ensure its authenticity. If you want to ensure a tamper-proof SBOM, \
          download it using 'cosign download attestation <image uri>'.",
    );
    let image = OneImage::new(global, &args.registry, &args.images)?;
    let found = image.find(args.platform.as_deref()).await?;
    let (registry, place) = (&image.registry, &image.place);
    let listed = list_attached(registry, place, &found.digest, TagKind::Sbom)
        .await
        .map_err(|error| not_stored(&error))?;
    let Some(layers) = listed else {
        return Err(without_sbom(&image, &found).await);
    };
    let [layer] = layers.as_slice() else {
        let found = layers.len();
        return Err(Failure::new(format!(
            "the tag holds {found} bills of materials, expected 1"
        )));
    };
    let sbom = fetch_attached(registry, place, layer, image.limit)
        .await
        .map_err(|error| not_stored(&error))?;
    say(&format_args!(
        "Found SBOM of media type: {}",
        Escaped(&sbom.media_type)
    ));
    print(global, &sbom.content)
}

/// Why there is no bill of materials: of an index they are looked for one by one.
async fn without_sbom(image: &OneImage, found: &Descriptor) -> Failure {
    let repository = &image.place.image.repository;
    let raw = image.registry.manifest_of(repository, found).await;
    let manifest = raw.ok().and_then(|raw| Manifest::parse(&raw).ok());
    match manifest.as_ref().and_then(platforms) {
        Some(platforms) if !platforms.is_empty() => {
            let hint = format!("try --platform with one of {}", Escaped(&platforms));
            Failure::new("no SBOM found attached to image index").hint(hint)
        }
        _ => Failure::new("no sbom attached to reference"),
    }
}

/// What a registry holds of this kind, one JSON value a line: bundles, then layers; of signatures layers only where there is no
/// bundle, as the real client does.
///
/// What cannot be shown is said, and does not hide the rest.
async fn lines(
    image: &OneImage,
    found: &Descriptor,
    kind: TagKind,
    predicate_type: Option<&str>,
) -> Result<Vec<String>, Failure> {
    let (registry, place) = (&image.registry, &image.place);
    let limits = Limits {
        attachment: image.limit,
        workers: WORKERS,
    };
    let collected = collect(registry, place, &found.digest, kind, limits).await;
    let collected = collected.map_err(|error| super::explain_image::collect(&error))?;
    let bundles = collected.found.iter().filter(|one| one.layer.is_none());
    let mut has_bundles = false;
    let mut lines = Vec::new();
    for one in bundles {
        has_bundles = true;
        let of_type = predicate_type.is_none_or(|wanted| match &one.bundle.content {
            BundleContent::DsseEnvelope(envelope) => {
                predicate_type_of(&envelope.payload).as_deref() == Some(wanted)
            }
            BundleContent::MessageSignature(_) => false,
        });
        if of_type {
            let json = one.bundle.to_json();
            lines.push(json.map_err(|error| Failure::from_error(&error).unexpected())?);
        }
    }
    for unreadable in &collected.unreadable {
        skipped(&unreadable.to_string());
    }
    if has_bundles && kind == TagKind::Signature {
        return Ok(lines);
    }
    let layers = list_attached(registry, place, &found.digest, kind)
        .await
        .map_err(|error| not_stored(&error))?;
    for layer in layers.unwrap_or_default() {
        let attached = fetch_attached(registry, place, &layer, image.limit).await;
        let attached = attached.map_err(|error| not_stored(&error))?;
        let of_type = predicate_type
            .is_none_or(|wanted| attached.predicate_type().as_deref() == Some(wanted));
        if !of_type {
            continue;
        }
        match attached.line() {
            Ok(line) => lines.push(line),
            Err(error) => skipped(&format!("{}: {error}", layer.digest)),
        }
    }
    Ok(lines)
}

fn skipped(why: &str) {
    say(&format_args!("WARNING: not shown: {}", Escaped(why)));
}

fn joined(lines: &[String]) -> String {
    let ended = lines.iter().flat_map(|line| [line.as_str(), "\n"]);
    ended.collect()
}
