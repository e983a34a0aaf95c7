//! `cosign attach`.

use std::path::Path;

use serde_json::Value;
use sigbox_crypto::Clock;
use sigbox_oci::{Descriptor, Digest};
use sigbox_wire::proto_json::decode_base64;
use sigbox_wire::{Bundle, BundleContent};

use super::download::SBOM_WARNING;
use super::images::warn_of_tags;
use super::one_image::{OneImage, in_time, not_stored, read, read_text, required};
use super::sbom_type::media_type;
use crate::args::{
    AttachAttestationArgs, AttachCommand, AttachSbomArgs, AttachSignatureArgs, GlobalArgs,
};
use crate::image::{
    Annotations, Attached, Detached, DetachedError, SimpleSigning, TagKind, certificates_pem,
    log_entry, predicate_type_of, push_attached, push_bundle_json, timestamp,
};
use crate::report::Failure;
use crate::ui::{Escaped, Progress as _, StderrProgress, Step, say};

/// What envelopes must hold.
const STATEMENT: &str = "application/vnd.in-toto+json";

/// `cosign attach`, read from the command line.
pub(crate) struct Attach {
    pub(crate) global: GlobalArgs,
    pub(crate) command: AttachCommand,
}

impl Attach {
    pub(crate) async fn run(self, clock: &Clock) -> Result<(), Failure> {
        let global = &self.global;
        match &self.command {
            AttachCommand::Signature(args) => in_time(global, signature(global, args, clock)).await,
            AttachCommand::Attestation(args) => {
                in_time(global, attestation(global, args, clock)).await
            }
            AttachCommand::Sbom(args) => in_time(global, sbom(global, args)).await,
        }
    }
}

async fn signature(
    global: &GlobalArgs,
    args: &AttachSignatureArgs,
    clock: &Clock,
) -> Result<(), Failure> {
    let image = OneImage::new(global, &args.registry, &args.images)?;
    let payload = match (&args.payload, &args.bundle) {
        (Some(_), Some(_)) => {
            return Err(Failure::new(
                "--payload and --bundle are two names of one file",
            ));
        }
        (Some(path), None) | (None, Some(path)) => Some((path, read(path)?)),
        (None, None) => None,
    };
    if let Some((path, content)) = &payload {
        if is_bundle(content) {
            let found = image.resolve().await?;
            return push_bundle(&image, &found, path, content, clock).await;
        }
        if args.bundle.is_some() {
            let shown = path.to_string_lossy();
            return Err(Failure::new(format!("{}: not a bundle", Escaped(&shown))));
        }
    }
    let mut detached = parts(args)?;
    let found = image.resolve().await?;
    detached.payload = match payload {
        Some((_, content)) => content,
        None => implied(&image, &found.digest)?,
    };
    let layer = detached.into_layer();
    let layer = layer.map_err(|error| Failure::from_error(&error).unexpected())?;
    let digest = &found.digest;
    push_attached(
        &image.registry,
        &image.place,
        digest,
        TagKind::Signature,
        &[layer],
    )
    .await
    .map_err(|error| not_stored(&error))
}

/// The files beside the payload.
fn parts(args: &AttachSignatureArgs) -> Result<Detached, Failure> {
    let path = required(args.signature.as_ref(), "signature")?;
    let signature = read_text(path)?;
    // Kept as the file has it, as the real client does; readers skip line ends.
    if signature.trim().is_empty() || decode_base64(signature.trim()).is_err() {
        return Err(Failure::new(format!(
            "{}: the signature is not base64",
            Escaped(&path.to_string_lossy())
        )));
    }
    let wrong = |path: &Path, error: &DetachedError| {
        Failure::new(Escaped(&path.to_string_lossy()).to_string()).caused_by(error)
    };
    let certificates = |path: Option<&std::path::PathBuf>| {
        let read = path
            .map(|path| certificates_pem(&read_text(path)?).map_err(|error| wrong(path, &error)));
        read.transpose()
    };
    let certificate = certificates(args.certificate.as_ref())?;
    if certificate.is_none() && args.certificate_chain.is_some() {
        return Err(Failure::new(
            "--certificate-chain needs the certificate that it is above: --certificate",
        ));
    }
    let timestamp = args
        .tsr
        .as_ref()
        .map(|path| timestamp(read(path)?).map_err(|error| wrong(path, &error)));
    let entry = args
        .rekor_response
        .as_ref()
        .map(|path| log_entry(&read(path)?).map_err(|error| wrong(path, &error)));
    Ok(Detached {
        payload: Vec::new(),
        signature,
        certificate,
        chain: certificates(args.certificate_chain.as_ref())?,
        timestamp: timestamp.transpose()?,
        entry: entry.transpose()?,
    })
}

/// What a signature signs if nobody says otherwise.
fn implied(image: &OneImage, digest: &Digest) -> Result<Vec<u8>, Failure> {
    let place = &image.place;
    say(&format_args!(
        "WARNING: using obsolete implied signature payload data (with digested reference {}); specify it explicitly with --payload instead",
        place.name_at(digest)
    ));
    let repository = place.image.repository.to_string();
    let payload = SimpleSigning::new(&repository, &digest.to_string(), &Annotations::default());
    payload
        .to_bytes()
        .map_err(|error| Failure::from_error(&error).unexpected())
}

/// Whether a file means to be a bundle; whether it is one is another question.
fn is_bundle(content: &[u8]) -> bool {
    serde_json::from_slice::<Value>(content).is_ok_and(|value| {
        let named = value.get("mediaType").or_else(|| value.get("media_type"));
        let media_type = named.and_then(Value::as_str);
        media_type.is_some_and(|text| text.starts_with("application/vnd.dev.sigstore.bundle"))
    })
}

async fn push_bundle(
    image: &OneImage,
    found: &Descriptor,
    path: &Path,
    content: &[u8],
    clock: &Clock,
) -> Result<(), Failure> {
    let shown = path.to_string_lossy();
    let named = |why: &str| Failure::new(format!("{}: {why}", Escaped(&shown)));
    let bundle = Bundle::parse(content)
        .map_err(|error| named("not a bundle that can be read").caused_by(&error))?;
    let BundleContent::DsseEnvelope(envelope) = &bundle.content else {
        return Err(named(
            "a bundle of a file's signature; only bundles with a statement are stored beside an image",
        ));
    };
    let predicate_type = predicate_type_of(&envelope.payload)
        .ok_or_else(|| named("the bundle's envelope holds no in-toto statement"))?;
    let json = bundle
        .to_json()
        .map_err(|error| Failure::from_error(&error).unexpected())?;
    let (registry, attached) = (&image.registry, &image.place.attached);
    push_bundle_json(
        registry,
        attached,
        found,
        json.as_bytes(),
        &predicate_type,
        clock(),
    )
    .await
    .map_err(|error| not_stored(&error))
}

async fn attestation(
    global: &GlobalArgs,
    args: &AttachAttestationArgs,
    clock: &Clock,
) -> Result<(), Failure> {
    let image = OneImage::new(global, &args.registry, &args.images)?;
    if args.attestation.is_empty() {
        return Err(Failure::new("required flag(s) \"attestation\" not set"));
    }
    let name = args.images.join(", ");
    warn_of_tags(&[(name, image.place.clone())]);
    let found = image.resolve().await?;
    for path in &args.attestation {
        let shown = path.to_string_lossy();
        StderrProgress.step(Step::Payload { path: path.clone() });
        let failed = |failure: Failure| Failure {
            headline: format!(
                "attaching payload from {}: {}",
                Escaped(&shown),
                failure.headline
            ),
            ..failure
        };
        let content = read(path).map_err(failed)?;
        if is_bundle(&content) {
            push_bundle(&image, &found, path, &content, clock)
                .await
                .map_err(failed)?;
            continue;
        }
        let layers = envelopes(&content).map_err(failed)?;
        let kind = TagKind::Attestation;
        push_attached(&image.registry, &image.place, &found.digest, kind, &layers)
            .await
            .map_err(|error| failed(not_stored(&error)))?;
    }
    Ok(())
}

/// The layers of a file of envelopes, one after the other.
fn envelopes(content: &[u8]) -> Result<Vec<Attached>, Failure> {
    let mut layers = Vec::new();
    for envelope in sigbox_wire::strict_json::values(content) {
        let envelope = envelope.map_err(|error| Failure::new(error.to_string()))?;
        let found = envelope.get("payloadType").and_then(Value::as_str);
        let found = found.unwrap_or_default();
        if found != STATEMENT {
            return Err(Failure::new(format!(
                "invalid payloadType {} on envelope. Expected {STATEMENT}",
                Escaped(found)
            )));
        }
        let signatures = envelope.get("signatures").and_then(Value::as_array);
        if signatures.is_none_or(Vec::is_empty) {
            return Err(Failure::new(
                "could not attach attestation without having signatures",
            ));
        }
        let payload = envelope.get("payload").and_then(Value::as_str);
        let payload = payload.and_then(|text| decode_base64(text).ok());
        if payload.is_none_or(|payload| predicate_type_of(&payload).is_none()) {
            return Err(Failure::new("the envelope holds no in-toto statement"));
        }
        let layer = Attached::of_envelope(&envelope);
        layers.push(layer.map_err(|error| Failure::from_error(&error))?);
    }
    if layers.is_empty() {
        return Err(Failure::new("the file holds no envelope"));
    }
    Ok(layers)
}

async fn sbom(global: &GlobalArgs, args: &AttachSbomArgs) -> Result<(), Failure> {
    say(&SBOM_WARNING);
    let path = required(args.sbom.as_ref(), "sbom")?;
    let media_type = media_type(path, &args.sbom_type, &args.input_format)?;
    let shown = path.to_string_lossy();
    say(&format_args!(
        "WARNING: Attaching SBOMs this way does not sign them. To sign them, use 'cosign attest --predicate {} --key <key path>'.",
        Escaped(&shown)
    ));
    let image = OneImage::new(global, &args.registry, &args.images)?;
    let content = read(path)?;
    let found = image.resolve().await?;
    let (place, digest) = (&image.place, &found.digest);
    let tag = place.tag(digest, TagKind::Sbom);
    let tag = tag.map_err(|error| Failure::from_error(&error))?;
    say(&format_args!(
        "Uploading SBOM file for [{}] to [{}:{tag}] with mediaType [{media_type}].\n",
        place.image, place.attached
    ));
    let layer = Attached {
        media_type: media_type.to_owned(),
        content,
        annotations: std::collections::BTreeMap::new(),
    };
    push_attached(&image.registry, place, digest, TagKind::Sbom, &[layer])
        .await
        .map_err(|error| not_stored(&error))
}
