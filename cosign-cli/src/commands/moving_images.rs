//! `cosign save`, `load`, `copy`.

use std::path::{Path, PathBuf};

use sigbox_oci::layout::Layout;
use sigbox_oci::{Manifest, RawManifest};

use super::image_tools::{Scene, count};
use super::images::Images;
use super::{argument_failure, explain_image};
use crate::args::{ArgumentError, CopyArgs, GlobalArgs, LoadArgs, SaveArgs};
use crate::image::{
    Cargo, PREDICATE_TYPE, Parts, Place, SIGN_PREDICATE, Shipment, ShipmentError, TagKind, Target,
    deliver, gather, pack, unpack,
};
use crate::report::Failure;
use crate::ui::say;

pub(super) async fn save(global: &GlobalArgs, args: &SaveArgs) -> Result<(), Failure> {
    let directory = directory(args.dir.as_ref())?;
    let scene = Scene::new(&args.images, global, &args.registry)?;
    let Scene { place, registry } = &scene;
    let saved = async {
        let shipment = gather(registry, place, None, Parts::ALL).await?;
        pack(registry, place, &shipment, directory).await
    };
    saved.await.map_err(|error| explain_image::shipment(&error))
}

pub(super) async fn load(global: &GlobalArgs, args: &LoadArgs) -> Result<(), Failure> {
    let directory = directory(args.dir.as_ref())?;
    let scene = Scene::new(&args.images, global, &args.registry)?;
    let loaded = async {
        let layout = Layout::open(directory)?;
        // All of it before anything is stored: what is damaged may be what a signature is in.
        layout.check_all()?;
        let shipment = unpack(&layout)?;
        let target = Target {
            place: &scene.place,
            image: true,
        };
        deliver(&scene.registry, &shipment, Cargo::Layout(&layout), target).await
    };
    loaded
        .await
        .map_err(|error| explain_image::directory(&error, directory, "signed image index: "))
}

pub(super) async fn copy(global: &GlobalArgs, args: &CopyArgs) -> Result<(), Failure> {
    count(&args.images, 2)?;
    let images = Images::new(&args.images, &args.registry)?;
    let registry = images.registry(global, &args.registry)?;
    let [(_, from), (_, to)] = images.places.as_slice() else {
        return Err(Failure::new("no image").unexpected());
    };
    if args.sig_only {
        say(&"--sig-only is deprecated, use --only=sig instead");
    }
    let wanted = Wanted::new(args);
    let copied = async {
        let platform = args.platform.as_deref();
        let mut shipment = gather(&registry, from, platform, wanted.parts()).await?;
        shipment.referrers.retain(|raw| wanted.has(raw));
        let top = shipment.top()?;
        if wanted.image && !args.force {
            match registry.fetch(&to.image).await {
                Ok(there) if there.digest != top.digest => {
                    let name = to.image.to_string();
                    return Err(ShipmentError::Exists { name });
                }
                Ok(_) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
        }
        tell(&shipment, from, to, wanted.image)?;
        let target = Target {
            place: to,
            image: wanted.image,
        };
        deliver(&registry, &shipment, Cargo::Registry(from), target).await
    };
    copied
        .await
        .map_err(|error| explain_image::shipment(&error))
}

/// What is copied.
struct Wanted {
    image: bool,
    tags: Vec<TagKind>,
}

impl Wanted {
    fn new(args: &CopyArgs) -> Self {
        let all = args.only.is_empty() && !args.sig_only;
        let mut tags: Vec<TagKind> = args.only.iter().map(|part| part.kind()).collect();
        if args.sig_only && !tags.contains(&TagKind::Signature) {
            tags.push(TagKind::Signature);
        }
        if all {
            tags = TagKind::ALL.to_vec();
        }
        Self { image: all, tags }
    }

    fn parts(&self) -> Parts<'_> {
        let known = [TagKind::Signature, TagKind::Attestation];
        Parts {
            tags: &self.tags,
            referrers: known.iter().any(|kind| self.tags.contains(kind)),
        }
    }

    /// Whether something that refers to the image is wanted: of parts, bundles by what they say they hold.
    fn has(&self, raw: &RawManifest) -> bool {
        if self.image {
            return true;
        }
        let Ok(manifest) = Manifest::parse(raw) else {
            return false;
        };
        match manifest
            .annotations()
            .get(PREDICATE_TYPE)
            .map(String::as_str)
        {
            Some(SIGN_PREDICATE) => self.tags.contains(&TagKind::Signature),
            Some(_) => self.tags.contains(&TagKind::Attestation),
            None => false,
        }
    }
}

fn tell(shipment: &Shipment, from: &Place, to: &Place, image: bool) -> Result<(), ShipmentError> {
    for tagged in &shipment.tagged {
        let (subject, kind) = (&tagged.subject, tagged.kind);
        let source = from.attached.tagged(from.tag(subject, kind)?);
        let target = to.attached.tagged(to.tag(subject, kind)?);
        say(&format_args!("Copying {source} to {target}..."));
    }
    for raw in &shipment.referrers {
        let (source, target) = (
            from.attached.at(raw.digest.clone()),
            to.attached.at(raw.digest.clone()),
        );
        say(&format_args!("Copying {source} to {target}..."));
    }
    if image {
        let source = from.name_at(&shipment.top()?.digest);
        say(&format_args!("Copying {source} to {}...", to.image));
    }
    Ok(())
}

fn directory(given: Option<&PathBuf>) -> Result<&Path, Failure> {
    match given {
        Some(path) if !path.as_os_str().is_empty() => Ok(path),
        _ => Err(argument_failure(&ArgumentError::MissingFlag {
            name: "dir",
        })),
    }
}
