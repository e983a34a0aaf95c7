//! Which signatures and attestations an image has, which generation of clients finds which of them, and what is damaged.
//!
//! Nothing is verified: whatever is found may be anybody's.
//!
//! ```text
//! diagnosis       what is found out               advice          what would add the form that is missing
//! referrers       what refers to the image        tags            what stands under its tags
//! ```

mod advice;
mod diagnosis;
mod referrers;
mod tags;

use std::sync::Arc;

use sigbox_oci::{Digest, Registry};

use super::collect::{CollectError, Limits};
use super::parallel::in_order;
use super::place::Place;
use super::tags::TagKind;

use diagnosis::Reader;
pub(crate) use diagnosis::{Diagnosis, Finding, Keeper, Kind, Missing, Storage};

/// Looks at every place where signatures and attestations of an image may be.
///
/// # Errors
/// [`CollectError`] if the registry does not answer; what it holds, however damaged, is no error.
pub(crate) async fn diagnose(
    registry: &Arc<Registry>,
    place: &Place,
    image: &Digest,
    limits: Limits,
) -> Result<Diagnosis, CollectError> {
    let mut diagnosis = Diagnosis::new(place.image.to_string(), image.to_string());
    let listed = referrers::list(registry, place, image, &mut diagnosis).await?;
    let work = listed.into_iter().map(|descriptor| {
        let (registry, place, image) = (Arc::clone(registry), place.clone(), image.clone());
        let limit = limits.attachment;
        async move { referrers::examine(&registry, &place, &image, &descriptor, limit).await }
    });
    for finding in in_order(work.collect(), limits.workers).await {
        diagnosis.found.push(finding?);
    }
    // Version 3 of the real client reads the tags only of images without a bundle.
    let bundles = diagnosis.finds(Reader::CosignV3);
    for kind in TagKind::ALL {
        for layer in tags::layers(registry, place, image, kind, &mut diagnosis).await? {
            let limit = limits.attachment;
            let mut finding = tags::examine(registry, place, image, (kind, &layer), limit).await?;
            if bundles && kind != TagKind::Sbom {
                finding.readers.retain(|one| *one != Reader::CosignV3);
            }
            diagnosis.found.push(finding);
        }
    }
    diagnosis.missing = advice::missing(&diagnosis, place, image);
    Ok(diagnosis)
}
