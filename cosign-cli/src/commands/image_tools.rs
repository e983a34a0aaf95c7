//! `cosign tree`, `triangulate`, `clean`.

use sigbox_oci::Digest;

use super::images::Images;
use super::{argument_failure, explain_image};
use crate::args::{
    ArgumentError, CleanArgs, GlobalArgs, RegistryArgs, ReportFormat, TreeArgs, TriangulateArgs,
};
use crate::image::{Place, Removing, TagKind, bundles, clean, tree};
use crate::prompt::{Asked, confirm};
use crate::report::Failure;
use crate::ui::{Escaped, Output, escape_json, say};

const SBOM: &str = "WARNING: SBOM attachments are deprecated and support will be removed in a Cosign release soon after 2024-02-22 \
(see https://github.com/sigstore/cosign/issues/2755). Instead, please use SBOM attestations.";

/// One image of a command line, and a client of its registry.
pub(super) struct Scene {
    pub(super) place: Place,
    pub(super) registry: std::sync::Arc<sigbox_oci::Registry>,
}

impl Scene {
    pub(super) fn new(
        images: &[String],
        global: &GlobalArgs,
        args: &RegistryArgs,
    ) -> Result<Self, Failure> {
        count(images, 1)?;
        let images = Images::new(images, args)?;
        let registry = images.registry(global, args)?;
        let place = images.places.into_iter().next();
        let (_, place) = place.ok_or_else(|| Failure::new("no image").unexpected())?;
        Ok(Self { place, registry })
    }

    async fn digest(&self) -> Result<Digest, Failure> {
        if let Some(digest) = &self.place.image.digest {
            return Ok(digest.clone());
        }
        let resolved = self.registry.resolve(&self.place.image).await;
        let resolved = resolved.map_err(|error| explain_image::registry(&error))?;
        Ok(resolved.digest)
    }
}

/// Refuses another number of arguments.
pub(super) fn count(arguments: &[String], expected: usize) -> Result<(), Failure> {
    let found = arguments.len();
    if found == expected {
        return Ok(());
    }
    Err(argument_failure(&ArgumentError::ArgumentCount {
        expected,
        found,
    }))
}

/// Gives up after the time that the user has set.
pub(super) async fn in_time(
    global: &GlobalArgs,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    tokio::time::timeout(global.timeout, work)
        .await
        .unwrap_or_else(|_| Err(Failure::new("context deadline exceeded").unreachable_if(true)))
}

pub(super) async fn list(global: &GlobalArgs, args: &TreeArgs) -> Result<(), Failure> {
    let scene = Scene::new(&args.images, global, &args.registry)?;
    let Scene { place, registry } = &scene;
    // A digest that is not there has nothing around it either, but says so.
    let image = registry.resolve(&place.image).await.map_err(|error| {
        if error.is_not_found() {
            Failure::new(format!("entity not found in registry, error: {error}"))
        } else {
            explain_image::registry(&error)
        }
    })?;
    let tree = tree(registry, place, &image.digest).await;
    let tree = tree.map_err(|error| explain_image::collect(&error))?;
    let text = match args.output {
        ReportFormat::Text => tree.text(),
        ReportFormat::Json => json(&tree)?,
    };
    print(global, &text)
}

pub(super) async fn triangulate(
    global: &GlobalArgs,
    args: &TriangulateArgs,
) -> Result<(), Failure> {
    let scene = Scene::new(&args.images, global, &args.registry)?;
    let kind = match args.kind.as_str() {
        "signature" => Some(TagKind::Signature),
        "attestation" => Some(TagKind::Attestation),
        "sbom" => Some(TagKind::Sbom),
        "digest" => None,
        other => {
            let text = format!("unknown attachment type {other}");
            return Err(Failure::new(text));
        }
    };
    if kind == Some(TagKind::Sbom) {
        say(&SBOM);
    }
    let digest = scene.digest().await?;
    let place = &scene.place;
    let name = match kind {
        None => place.name_at(&digest),
        Some(kind) => {
            let tag = place.tag(&digest, kind);
            let tag = tag.map_err(|error| Failure::from_error(&error))?;
            format!("{}:{tag}", place.attached)
        }
    };
    let text = match args.output {
        ReportFormat::Text => name + "\n",
        ReportFormat::Json => json(&serde_json::json!({
            "image": place.image.to_string(),
            "digest": digest.to_string(),
            "type": args.kind,
            "name": name,
        }))?,
    };
    print(global, &text)
}

pub(super) async fn remove(global: &GlobalArgs, args: &CleanArgs) -> Result<(), Failure> {
    let scene = Scene::new(&args.images, global, &args.registry)?;
    let (removing, what) = removing(&args.kind)?;
    if !args.force {
        say(&format_args!(
            "WARNING: this will remove all {what} from the image"
        ));
        confirm(Asked::Now).map_err(|error| Failure::from_error(&error))?;
    }
    let digest = scene.digest().await?;
    let Scene { place, registry } = &scene;
    let failed = |error| explain_image::collect(&error);
    if matches!(args.kind.as_str(), "signature" | "attestation")
        && !bundles(registry, place, &digest)
            .await
            .map_err(failed)?
            .is_empty()
    {
        say(&"WARNING: image has referrers, consider using --type referrer");
    }
    let name = &place.image;
    clean(registry, place, &digest, &removing, |gone| {
        say(&format_args!("Removed {gone} from {name}"));
    })
    .await
    .map_err(|error| {
        let failure = failed(error);
        if failure.headline.starts_with("DELETE ") && failure.hint.is_none() {
            return failure.hint("the registry must be set up to delete; CNCF Distribution is by storage.delete.enabled");
        }
        failure
    })
}

fn removing(kind: &str) -> Result<(Removing, &'static str), Failure> {
    let (tags, bundles, what) = match kind {
        "signature" => (vec![TagKind::Signature], false, "signatures"),
        "attestation" => (vec![TagKind::Attestation], false, "attestations"),
        "sbom" => (vec![TagKind::Sbom], false, "SBOMs"),
        "referrer" => (Vec::new(), true, "referrer attestations and/or signatures"),
        "all" => (
            TagKind::ALL.to_vec(),
            true,
            "signatures, SBOMs and attestations",
        ),
        other => {
            return Err(Failure::new(format!(
                "invalid argument \"{}\" for \"--type\" flag: must be one of \"signature\", \"attestation\", \"referrer\", \"sbom\", or \"all\"",
                Escaped(other)
            )));
        }
    };
    Ok((Removing { tags, bundles }, what))
}

/// One line of JSON, in which no foreign text steers a terminal.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string(value);
    let json = json.map_err(|error| Failure::from_error(&error).unexpected())?;
    Ok(escape_json(&json) + "\n")
}

pub(super) fn print(global: &GlobalArgs, text: &str) -> Result<(), Failure> {
    Output::new(global.output_file.as_deref())
        .write(text.as_bytes())
        .map_err(|error| Failure::new("writing the output").caused_by(&error))
}
