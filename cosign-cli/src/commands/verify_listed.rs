//! `cosign dockerfile verify` and `cosign manifest verify`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sigbox_crypto::Clock;

use super::one_image::read_text_at_most;
use super::{Verify, argument_failure};
use crate::args::{
    ArgumentError, DockerfileVerifyArgs, GlobalArgs, ManifestVerifyArgs, VerifyArgs,
};
use crate::environment;
use crate::listed::{dockerfile_images, kubernetes_images};
use crate::report::Failure;
use crate::ui::{Escaped, say};

/// Endings of files that are read as Kubernetes manifests.
const MANIFESTS: [&str; 2] = ["yaml", "yml"];
/// The largest file, in bytes: manifests of whole clusters have a few of these millions.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// A file whose images are verified.
pub(crate) enum VerifyListed {
    Dockerfile(GlobalArgs, Box<DockerfileVerifyArgs>),
    Manifest(GlobalArgs, Box<ManifestVerifyArgs>),
}

impl VerifyListed {
    /// Verifies every image that the file names; none is an error, since nothing was verified.
    pub(crate) async fn run(self, clock: &Clock) -> Result<(), Failure> {
        let (global, images, how) = match self {
            Self::Dockerfile(global, args) => (global, of_dockerfile(&args)?, args.how),
            Self::Manifest(global, args) => (global, of_manifest(&args)?, args.how),
        };
        say(&format_args!(
            "Extracted image(s): {}",
            Escaped(&images.join(", "))
        ));
        let args = VerifyArgs { images, how };
        Verify { global, args }.run(clock).await
    }
}

fn of_dockerfile(args: &DockerfileVerifyArgs) -> Result<Vec<String>, Failure> {
    let path = only(&args.files)?;
    let mut given = BTreeMap::new();
    for argument in &args.build_arg {
        let Some((name, value)) = argument.split_once('=') else {
            let found = Escaped(argument);
            return Err(Failure::new(format!(
                "--build-arg: expected NAME=VALUE, found {found}"
            )));
        };
        given.insert(name.to_owned(), value.to_owned());
    }
    let text = read_text_at_most(path, MAX_FILE);
    let text = text.map_err(|failure| within("could not open Dockerfile", failure))?;
    let file = dockerfile_images(&text, &given, &environment::text).map_err(|error| {
        Failure::new(format!("failed extracting images from Dockerfile: {error}"))
    })?;
    for ignored in &file.ignored {
        say(&format_args!("- {}", Escaped(ignored)));
    }
    if file.images.is_empty() {
        return Err(Failure::new("no images found in Dockerfile"));
    }
    match file.base {
        Some(base) if args.base_image_only => Ok(vec![base]),
        // Files are copied out of images, and nothing is built on one.
        None if args.base_image_only => Err(Failure::new("no base image found in Dockerfile")),
        _ => Ok(file.images),
    }
}

fn of_manifest(args: &ManifestVerifyArgs) -> Result<Vec<String>, Failure> {
    let path = only(&args.files)?;
    let ending = path.extension().and_then(std::ffi::OsStr::to_str);
    let known = |ending: &str| MANIFESTS.iter().any(|one| one.eq_ignore_ascii_case(ending));
    if !ending.is_some_and(known) {
        return Err(Failure::new(
            "check if extension is valid: only [.yaml .yml] manifests are supported at this time",
        ));
    }
    let text = read_text_at_most(path, MAX_FILE);
    let text = text.map_err(|failure| within("could not read manifest", failure))?;
    let images = kubernetes_images(&text).map_err(|error| {
        Failure::new(
            "unable to extract the container image references in the manifest unable to decode the manifest",
        )
        .cause(error.to_string())
    })?;
    if images.is_empty() {
        return Err(Failure::new("no images found in manifest"));
    }
    Ok(images)
}

fn only(files: &[PathBuf]) -> Result<&Path, Failure> {
    match files {
        [file] => Ok(file),
        files => Err(argument_failure(&ArgumentError::ArgumentCount {
            expected: 1,
            found: files.len(),
        })),
    }
}

fn within(what: &str, failure: Failure) -> Failure {
    Failure {
        headline: format!("{what}: {}", failure.headline),
        ..failure
    }
}
