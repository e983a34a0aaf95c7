//! The recipe of verifying an image: resolve, collect, judge.

use std::path::Path;
use std::sync::Arc;

use sigbox_oci::{Digest, Registry, RegistryError};
use sigbox_wire::{BundleContent, Statement};

use super::collect::{CollectError, Collected, Found, Limits, Unreadable, collect, collect_first};
use super::judge::{Accepted, Claim, Examined, Judge, Refusal};
use super::local::collect_local;
use super::place::Place;
use super::statement::SIGN_PREDICATE;
use super::tags::TagKind;
use crate::attestation::PredicateType;
use crate::ui::Escaped;
use crate::verify::VerifyError;

/// An image with everything about it that holds, at least one.
#[derive(Debug)]
pub(crate) struct VerifiedImage {
    /// The digest that its name stands for.
    pub(crate) digest: Digest,
    /// Its name in a registry; empty if it is in a directory.
    pub(crate) reference: String,
    /// What holds.
    pub(crate) accepted: Vec<Accepted>,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Signatures; statements of another type than that of signatures are passed over.
    Signatures,
    /// Signatures, and any other statement as well.
    AnyStatement,
    /// Attestations.
    Attestations,
}

/// An image was not verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ImageError {
    /// The registry has no such tag.
    #[error("image tag not found: {0}")]
    TagNotFound(#[source] RegistryError),
    /// The registry could not be asked.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// There is nothing of the kind.
    #[error("no signatures found")]
    NoSignatures {
        /// How many attestations there are instead.
        attestations: usize,
    },
    /// There is no attestation.
    #[error("no matching attestations: ")]
    NoAttestations,
    /// There are some, and none holds.
    #[error("no matching {}", .wanted.name())]
    NoMatch {
        /// What was looked for.
        wanted: Wanted,
        /// Why each does not count.
        refusals: Vec<Refusal>,
        /// What cannot even be judged.
        unreadable: Vec<Unreadable>,
    },
    /// There are some, and some could not be judged: trust material is missing or cannot be read.
    #[error(transparent)]
    Unjudged(VerifyError),
    /// There are attestations that hold, but of other types.
    #[error("none of the attestations matched the predicate type: {}, found: {}", Escaped(.expected), Escaped(&.found.join(",")))]
    PredicateType {
        /// The type as the user named it.
        expected: String,
        /// The types that there are.
        found: Vec<String>,
    },
}

impl Wanted {
    fn name(self) -> &'static str {
        match self {
            Self::Signatures | Self::AnyStatement => "signatures",
            Self::Attestations => "attestations",
        }
    }

    fn kind(self) -> TagKind {
        match self {
            Self::Signatures | Self::AnyStatement => TagKind::Signature,
            Self::Attestations => TagKind::Attestation,
        }
    }

    /// Whether something is worth judging: a signature and an attestation are never taken for each other.
    fn fits(self, found: &Found) -> bool {
        match (self, &found.bundle.content) {
            (Self::AnyStatement, _) | (Self::Signatures, BundleContent::MessageSignature(_)) => {
                true
            }
            (Self::Attestations, content) => matches!(content, BundleContent::DsseEnvelope(_)),
            (Self::Signatures, BundleContent::DsseEnvelope(envelope)) => {
                Statement::parse(&envelope.payload)
                    .map_or(true, |statement| statement.predicate_type == SIGN_PREDICATE)
            }
        }
    }
}

/// Everything about one image that was looked for, judged.
#[derive(Debug)]
pub(crate) struct Examination {
    /// The digest that its name stands for.
    pub(crate) digest: Digest,
    /// Its name in a registry; empty if it is in a directory.
    pub(crate) reference: String,
    /// What was looked for.
    pub(crate) wanted: Wanted,
    /// What was found of it.
    pub(crate) examined: Vec<Examined>,
    /// How many statements are of another kind.
    pub(crate) others: usize,
    /// What cannot even be judged.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// How much of what a registry holds is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// All of it, in both storages.
    Everything,
    /// Bundles first, and the rest only if none of them holds: one signature that holds is enough.
    UntilOneHolds,
}

/// Examines one image.
///
/// # Errors
/// [`ImageError::TagNotFound`] and [`ImageError::Collect`].
pub(crate) async fn verify_image(
    registry: &Arc<Registry>,
    place: &Place,
    judge: &Judge,
    wanted: Wanted,
    reading: Reading,
    limits: Limits,
) -> Result<Examination, ImageError> {
    let digest = match &place.image.digest {
        Some(digest) => digest.clone(),
        None => resolve(registry, place).await?,
    };
    let kind = wanted.kind();
    let mut examination = Examination::new(digest.clone(), place.image.to_string(), wanted);
    match reading {
        Reading::Everything => {
            let all = collect(registry, place, &digest, kind, limits).await?;
            examination.judge(judge, all);
        }
        Reading::UntilOneHolds => {
            let (first, left) = collect_first(registry, place, &digest, limits).await?;
            examination.judge(judge, first);
            if !examination.holds() {
                let rest = left.collect(registry, place, &digest, kind, limits).await?;
                examination.judge(judge, rest);
            }
        }
    }
    Ok(examination)
}

/// Examines the image of a saved directory; nothing is contacted.
///
/// # Errors
/// [`ImageError::Collect`].
pub(crate) fn verify_local_image(
    directory: &Path,
    judge: &Judge,
    wanted: Wanted,
    limit: u64,
) -> Result<Examination, ImageError> {
    let (digest, collected) = collect_local(directory, wanted.kind(), limit)?;
    let mut examination = Examination::new(digest, String::new(), wanted);
    examination.judge(judge, collected);
    Ok(examination)
}

async fn resolve(registry: &Registry, place: &Place) -> Result<Digest, ImageError> {
    match registry.resolve(&place.image).await {
        Ok(descriptor) => Ok(descriptor.digest),
        Err(error) if error.is_not_found() => Err(ImageError::TagNotFound(error)),
        Err(error) => Err(CollectError::from(error).into()),
    }
}

impl Examination {
    /// Nothing was found yet.
    fn new(digest: Digest, reference: String, wanted: Wanted) -> Self {
        Self {
            digest,
            reference,
            wanted,
            examined: Vec::new(),
            others: 0,
            unreadable: Vec::new(),
        }
    }

    /// Judges what was found, beside what was found before.
    fn judge(&mut self, judge: &Judge, collected: Collected) {
        let Collected { found, unreadable } = collected;
        self.unreadable.extend(unreadable);
        for one in found {
            if self.wanted.fits(&one) {
                self.examined.push(judge.examine(one, &self.digest));
            } else {
                self.others += 1;
            }
        }
    }

    /// Whether something of it holds.
    fn holds(&self) -> bool {
        self.examined.iter().any(|one| one.outcome.is_ok())
    }

    /// The verdict: at least one signature or attestation must hold.
    ///
    /// # Errors
    /// [`ImageError`], all variants but those of the registry.
    pub(crate) fn conclude(self) -> Result<VerifiedImage, ImageError> {
        let Self {
            wanted, unreadable, ..
        } = self;
        if self.examined.is_empty() && unreadable.is_empty() {
            return Err(match wanted {
                Wanted::Attestations => ImageError::NoAttestations,
                _ => ImageError::NoSignatures {
                    attestations: self.others,
                },
            });
        }
        let (mut accepted, mut refusals) = (Vec::new(), Vec::new());
        for Examined { outcome, .. } in self.examined {
            match outcome {
                Ok(good) => accepted.push(good),
                Err(refusal) => refusals.push(refusal),
            }
        }
        if !accepted.is_empty() {
            return Ok(VerifiedImage {
                digest: self.digest,
                reference: self.reference,
                accepted,
            });
        }
        // Whether it would hold is not known, so that it does not match cannot be said.
        if let Some(at) = refusals.iter().position(Refusal::is_unjudged)
            && let Refusal::Unverified(error) = refusals.swap_remove(at)
        {
            return Err(ImageError::Unjudged(error));
        }
        Err(ImageError::NoMatch {
            wanted,
            refusals,
            unreadable,
        })
    }
}

/// The attestations of a type.
///
/// # Errors
/// [`ImageError::PredicateType`] if there is none: "all of them hold" is true of none.
pub(crate) fn of_type<'a>(
    accepted: &'a [Accepted],
    predicate_type: &PredicateType,
) -> Result<Vec<&'a Accepted>, ImageError> {
    let types = accepted.iter().filter_map(|one| match &one.claim {
        Claim::Statement { predicate_type, .. } => Some((one, predicate_type)),
        Claim::Payload(_) => None,
    });
    let (fitting, others): (Vec<_>, Vec<_>) =
        types.partition(|(_, found)| *found == predicate_type.uri());
    if fitting.is_empty() {
        return Err(ImageError::PredicateType {
            expected: predicate_type.name().to_owned(),
            found: others.into_iter().map(|(_, found)| found.clone()).collect(),
        });
    }
    Ok(fitting.into_iter().map(|(one, _)| one).collect())
}
