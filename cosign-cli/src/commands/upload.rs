//! `cosign upload`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sigbox_oci::{Platform, RawManifest, Tag};

use super::content_type::sniff;
use super::one_image::{OneImage, in_time, print, read, refused, required};
use crate::args::{GlobalArgs, UploadBlobArgs, UploadCommand, UploadWasmArgs};
use crate::image::{
    BlobRef, IMAGE_INDEX, IMAGE_MANIFEST, Member, file_manifest, parse_platform, platform_index,
    push_blob, wasm_manifest,
};
use crate::report::Failure;
use crate::ui::{Escaped, say};

/// `cosign upload`, read from the command line.
pub(crate) struct Upload {
    pub(crate) global: GlobalArgs,
    pub(crate) command: UploadCommand,
}

impl Upload {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let global = &self.global;
        match &self.command {
            UploadCommand::Blob(args) => in_time(global, blob(global, args)).await,
            UploadCommand::Wasm(args) => in_time(global, wasm(global, args)).await,
        }
    }
}

/// A file of the command line.
struct Upfile {
    path: PathBuf,
    /// The platform as it was written, and what it says.
    platform: Option<(String, Platform)>,
}

async fn wasm(global: &GlobalArgs, args: &UploadWasmArgs) -> Result<(), Failure> {
    let path = required(args.file.as_ref(), "file")?;
    let module = read(path)?;
    let target = OneImage::new(global, &args.registry, &args.images)?;
    let tag = tag(&target)?;
    say(&format_args!(
        "Uploading wasm file from [{}] to [{}].",
        Escaped(&path.to_string_lossy()),
        target.place.image
    ));
    let (manifest, config) = wasm_manifest(&module).map_err(|error| unwritten(&error))?;
    store(
        &target,
        Some(&tag),
        IMAGE_MANIFEST,
        manifest,
        &[&module, &config],
    )
    .await
}

async fn blob(global: &GlobalArgs, args: &UploadBlobArgs) -> Result<(), Failure> {
    let files = files(&args.files)?;
    let annotations = annotations(&args.annotation)?;
    let target = OneImage::new(global, &args.registry, &args.images)?;
    let tag = tag(&target)?;
    if let [file] = files.as_slice() {
        let manifest = push_file(&target, file, args, &annotations, Some(&tag)).await?;
        say(&"Uploaded image to:");
        let digest = sigbox_oci::Digest::sha256(&manifest);
        let line = format!("{}@{digest}\n", target.place.image.repository);
        return print(global, line.as_bytes());
    }
    let mut members = Vec::new();
    for file in &files {
        let manifest = push_file(&target, file, args, &annotations, None).await?;
        let platform = file.platform.clone().map(|(_, platform)| platform);
        members.push(Member::of(&manifest, platform.unwrap_or_default()));
    }
    let index = platform_index(&members, &annotations).map_err(|error| unwritten(&error))?;
    say(&format_args!(
        "Uploading multi-platform index to {}@{}",
        target.place.image.repository,
        sigbox_oci::Digest::sha256(&index)
    ));
    store(&target, Some(&tag), IMAGE_INDEX, index, &[]).await
}

/// Stores one file as an image; its manifest.
async fn push_file(
    target: &OneImage,
    file: &Upfile,
    args: &UploadBlobArgs,
    annotations: &BTreeMap<String, String>,
    tag: Option<&Tag>,
) -> Result<Vec<u8>, Failure> {
    let content = read(&file.path)?;
    let media_type = if args.ct.is_empty() {
        sniff(&content)
    } else {
        &args.ct
    };
    let shown = file.path.to_string_lossy();
    say(&format_args!(
        "Uploading file from [{}] to [{}] with media type [{}]",
        Escaped(&shown),
        target.place.image,
        Escaped(media_type)
    ));
    let layer = BlobRef::of(media_type, &content);
    let repository = &target.place.image.repository;
    let address = format!(
        "{}/v2/{}/blobs/{}",
        repository.registry(),
        repository.name(),
        layer.digest
    );
    let (manifest, config) =
        file_manifest(&[layer], None, annotations).map_err(|error| unwritten(&error))?;
    store(
        target,
        tag,
        IMAGE_MANIFEST,
        manifest.clone(),
        &[&content, &config],
    )
    .await?;
    say(&format_args!(
        "File [{}] is available directly at [{address}]",
        Escaped(&shown)
    ));
    Ok(manifest)
}

async fn store(
    target: &OneImage,
    tag: Option<&Tag>,
    media_type: &str,
    manifest: Vec<u8>,
    blobs: &[&[u8]],
) -> Result<(), Failure> {
    let repository = &target.place.image.repository;
    for blob in blobs {
        push_blob(&target.registry, repository, blob)
            .await
            .map_err(|error| refused(&error))?;
    }
    let manifest = RawManifest::new(media_type, manifest);
    target
        .registry
        .put_manifest(repository, tag, &manifest)
        .await
        .map_err(|error| refused(&error))?;
    Ok(())
}

/// What is uploaded has its own digest.
fn tag(target: &OneImage) -> Result<Tag, Failure> {
    match (&target.place.image.tag, &target.place.image.digest) {
        (Some(tag), None) => Ok(tag.clone()),
        _ => Err(Failure::new(format!(
            "{} names a digest; what is uploaded gets its own, so name a tag",
            target.place.image
        ))),
    }
}

/// Reads the values of `--files`; of several, each is for another platform.
fn files(values: &[String]) -> Result<Vec<Upfile>, Failure> {
    if values.is_empty() {
        return Err(Failure::new("required flag(s) \"files\" not set"));
    }
    let mut files = Vec::new();
    let mut taken = BTreeSet::new();
    for value in values {
        let (path, platform) = match value.split_once(':') {
            Some((path, platform)) => (path, Some(platform)),
            None => (value.as_str(), None),
        };
        let platform = platform.filter(|text| !text.is_empty());
        if values.len() > 1 {
            let why = match platform {
                None => Some("had no platform".to_owned()),
                Some(text) if !taken.insert(text) => {
                    Some(format!("has the platform of another: {}", Escaped(text)))
                }
                Some(_) => None,
            };
            if let Some(why) = why {
                return Err(Failure::new(format!(
                    "each file must include a unique platform, {} {why}",
                    Escaped(path)
                )));
            }
        }
        let platform = platform.map(|text| {
            let parsed = parse_platform(text).map_err(|error| Failure::from_error(&error))?;
            Ok((text.to_owned(), parsed))
        });
        files.push(Upfile {
            path: Path::new(path).to_owned(),
            platform: platform.transpose()?,
        });
    }
    Ok(files)
}

fn annotations(values: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut annotations = BTreeMap::new();
    for value in values {
        let Some((name, text)) = value.split_once('=') else {
            return Err(Failure::new(format!(
                "invalid argument \"{0}\" for \"-a, --annotation\" flag: {0} must be formatted as key=value",
                Escaped(value)
            )));
        };
        annotations.insert(name.to_owned(), text.to_owned());
    }
    Ok(annotations)
}

fn unwritten(error: &serde_json::Error) -> Failure {
    Failure::from_error(error).unexpected()
}
