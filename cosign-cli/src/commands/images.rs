//! What the commands on images share: from names to places, to a registry client, to several images at once.

use std::path::Path;
use std::sync::Arc;

use sigbox_oci::{Registry, Repository};

use super::telling_images::TellingImages;
use super::{argument_failure, explain_image, registry};
use crate::args::{ArgumentError, GlobalArgs, RegistryArgs, VerifyImageArgs};
use crate::environment;
use crate::image::{
    Examination, ImageError, Judge, Limits, Place, Reading, VerifiedImage, WalkError, Wanted,
    attachment_size, in_order, manifests, verify_image, verify_local_image,
};
use crate::report::Failure;
use crate::ui::{Escaped, Output, say};

/// The images of a command line.
pub(crate) struct Images {
    /// At least one, each with the name that the user gave it.
    pub(crate) places: Vec<(String, Place)>,
    /// The longest attachment that is read, in bytes.
    attachment: u64,
}

/// What verifying several images takes.
pub(crate) struct VerifyingImages {
    pub(crate) judge: Arc<Judge>,
    pub(crate) wanted: Wanted,
    pub(crate) workers: usize,
    /// Whether what an index lists must hold as well.
    pub(crate) recursive: bool,
    /// Where data go.
    pub(crate) output: Output,
    /// How the verdicts are told in the place of what was verified, if they are.
    pub(crate) telling: Option<TellingImages>,
}

/// What a command has to say of an image that is verified: talk is said, data are given back.
pub(crate) trait Print: Fn(&str, &VerifiedImage) -> Result<String, Failure> {}

impl<F: Fn(&str, &VerifiedImage) -> Result<String, Failure>> Print for F {}

impl Images {
    /// Reads the names; nothing is contacted.
    pub(crate) fn new(images: &[String], args: &RegistryArgs) -> Result<Self, Failure> {
        check_count(images)?;
        let elsewhere = elsewhere()?;
        let mut places = Vec::new();
        for image in images {
            let place = Place::new(image, elsewhere.as_ref(), &args.attachment_tag_prefix);
            let place = place.map_err(|error| {
                Failure::new(format!(
                    "parsing reference: could not parse reference: {}",
                    Escaped(image)
                ))
                .caused_by(&error)
            })?;
            places.push((image.clone(), place));
        }
        let attachment = attachment_limit()?;
        Ok(Self { places, attachment })
    }

    /// The same; nothing for images that are in directories.
    pub(super) fn unless_local(
        images: &[String],
        common: &VerifyImageArgs,
        args: &RegistryArgs,
    ) -> Result<Option<Self>, Failure> {
        match (common.local_image, common.recursive) {
            (true, true) => Err(argument_failure(&ArgumentError::Conflict {
                first: "--local-image",
                second: "--recursive",
            })),
            (true, false) => Ok(None),
            (false, _) => Self::new(images, args).map(Some),
        }
    }

    /// A client that may contact the registries of these images, and no other host unless they point to it.
    pub(crate) fn registry(
        &self,
        global: &GlobalArgs,
        args: &RegistryArgs,
    ) -> Result<Arc<Registry>, Failure> {
        let repositories = self
            .places
            .iter()
            .flat_map(|(_, place)| [&place.image.repository, &place.attached]);
        registry::client(global, args, repositories)
    }

    /// Verifies the images at once, and tells of them in order, up to the first that does not verify.
    pub(crate) async fn verify(
        self,
        global: &GlobalArgs,
        args: &RegistryArgs,
        run: VerifyingImages,
        print: impl Print,
    ) -> Result<(), Failure> {
        let registry = self.registry(global, args)?;
        let limits = Limits {
            attachment: self.attachment,
            workers: run.workers,
        };
        let work = async {
            let places = if run.recursive {
                with_listed(&registry, self.places).await?
            } else {
                self.places.into_iter().map(|(_, place)| place).collect()
            };
            let work = places.into_iter().map(|place| {
                let (registry, judge) = (Arc::clone(&registry), Arc::clone(&run.judge));
                let (wanted, reading) = (run.wanted, run.reading());
                async move {
                    let verified =
                        verify_image(&registry, &place, &judge, wanted, reading, limits).await;
                    (place.image.to_string(), verified)
                }
            });
            Ok::<_, Failure>(in_order(work.collect(), run.workers).await)
        };
        let Ok(all) = tokio::time::timeout(global.timeout, work).await else {
            return Err(Failure::new("context deadline exceeded").unreachable_if(true));
        };
        let all = all?;
        let several = all.len() > 1;
        let mut data = Data::new(&run.output);
        for (name, examination) in all {
            let failed = |error: ImageError| {
                let failure = explain_image::not_verified(&error);
                if several {
                    failure.detail("image", &name)
                } else {
                    failure
                }
            };
            run.settle(&name, examination, failed, &print, &mut data)?;
        }
        Ok(())
    }
}

/// The images, and before the next one all that it lists if it is an index; a tag is looked at once.
async fn with_listed(
    registry: &Registry,
    places: Vec<(String, Place)>,
) -> Result<Vec<Place>, Failure> {
    let mut all = Vec::new();
    for (name, place) in places {
        let listed = manifests(registry, &place, true).await.map_err(|error| {
            let failure = match error {
                WalkError::Registry(error)
                    if error.is_not_found() && place.image.digest.is_none() =>
                {
                    explain_image::not_verified(&ImageError::TagNotFound(error))
                }
                WalkError::Registry(error) => explain_image::registry(&error),
                other => Failure::from_error(&other),
            };
            failure.detail("image", &name)
        })?;
        all.extend(listed.into_iter().map(|found| place.at(found.digest)));
    }
    Ok(all)
}

impl VerifyingImages {
    /// One signature that holds is enough, unless all are to be told of; policies judge every attestation.
    fn reading(&self) -> Reading {
        match self.wanted {
            Wanted::Attestations => Reading::Everything,
            _ if self.telling.is_some() => Reading::Everything,
            _ => Reading::UntilOneHolds,
        }
    }

    /// Comes to a verdict on one image, and tells it.
    fn settle(
        &self,
        name: &str,
        examination: Result<Examination, ImageError>,
        failed: impl Fn(ImageError) -> Failure,
        print: &impl Print,
        data: &mut Data<'_>,
    ) -> Result<(), Failure> {
        let report = self.telling.as_ref().map(|telling| {
            let report = telling.report(name, examination.as_ref().ok());
            report.map(|report| (telling, report))
        });
        let verdict = examination
            .and_then(Examination::conclude)
            .map_err(failed)
            .and_then(|verified| print(name, &verified));
        let Some(report) = report else {
            return data.write(&verdict?);
        };
        let (telling, report) = report?;
        let text = report.show(telling.format, verdict.as_ref().err());
        let told = text
            .map_err(|error| Failure::from_error(&error).unexpected())
            .and_then(|text| data.write(&text));
        // A refusal stays what it is, whether or not it could be told.
        verdict?;
        told
    }
}

/// The data of all images: a file is written whole with each, so that none of them is lost.
struct Data<'a> {
    output: &'a Output,
    before: String,
}

impl<'a> Data<'a> {
    fn new(output: &'a Output) -> Self {
        let before = String::new();
        Self { output, before }
    }

    fn write(&mut self, data: &str) -> Result<(), Failure> {
        let all = match self.output {
            Output::Stdout => data,
            Output::File(_) => {
                self.before.push_str(data);
                &self.before
            }
        };
        self.output
            .write(all.as_bytes())
            .map_err(|error| Failure::new("writing the output").caused_by(&error))
    }
}

/// Verifies the images of saved directories, and tells of them in order, up to the first that does not verify.
pub(super) fn verify_local(
    directories: &[String],
    run: &VerifyingImages,
    print: impl Print,
) -> Result<(), Failure> {
    check_count(directories)?;
    let limit = attachment_limit()?;
    let mut data = Data::new(&run.output);
    for name in directories {
        let directory = Path::new(name);
        let examination = verify_local_image(directory, &run.judge, run.wanted, limit);
        let failed = |error: ImageError| explain_image::not_verified_in(&error, directory);
        run.settle(name, examination, failed, &print, &mut data)?;
    }
    Ok(())
}

fn check_count(images: &[String]) -> Result<(), Failure> {
    if images.is_empty() {
        let error = ArgumentError::TooFewArguments {
            expected: 1,
            found: 0,
        };
        return Err(argument_failure(&error));
    }
    Ok(())
}

/// The longest attachment that is read, in bytes.
pub(super) fn attachment_limit() -> Result<u64, Failure> {
    match environment::text("COSIGN_MAX_ATTACHMENT_SIZE") {
        None => Ok(attachment_size::DEFAULT),
        Some(text) => attachment_size::parse(&text).map_err(|error| Failure::from_error(&error)),
    }
}

/// The repository of `COSIGN_REPOSITORY`.
pub(super) fn elsewhere() -> Result<Option<Repository>, Failure> {
    let Some(text) = environment::text("COSIGN_REPOSITORY") else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|error| {
        Failure::new(format!("COSIGN_REPOSITORY: {}", Escaped(&text))).caused_by(&error)
    })
}

/// Warns of names that may stand for another image a moment later.
pub(super) fn warn_of_tags(places: &[(String, Place)]) {
    for (name, place) in places {
        if place.image.digest.is_none() {
            say(&format_args!(
                "WARNING: Image reference {} uses a tag, not a digest, to identify the image to sign.\n    \
                 This can lead you to sign a different image than the intended one. Please use a\n    \
                 digest (example.com/ubuntu@sha256:abc123...) rather than tag\n    \
                 (example.com/ubuntu:latest) for the input to cosign. The ability to refer to\n    \
                 images by tag will be removed in a future release.\n",
                Escaped(name)
            ));
        }
    }
}
