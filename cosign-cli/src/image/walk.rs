//! The manifests that an image's name stands for: one, or an index with all that it lists.

use sigbox_oci::{Descriptor, Manifest, Registry, RegistryError};

use super::place::Place;

/// An index of indexes is followed so deep.
const MAX_DEPTH: usize = 8;
/// The most manifests that one name may stand for.
const MAX_MANIFESTS: usize = 1000;

/// What a name stands for cannot be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WalkError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("the index has more than {MAX_MANIFESTS} manifests")]
    TooMany,
    #[error("indexes nest deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// The manifest of a name; with `recursive`, an index comes before what it lists, each manifest once.
///
/// # Errors
/// [`WalkError`].
pub(crate) async fn manifests(
    registry: &Registry,
    place: &Place,
    recursive: bool,
) -> Result<Vec<Descriptor>, WalkError> {
    let top = registry.fetch(&place.image).await?;
    let mut listed = vec![top.descriptor()];
    if !recursive {
        return Ok(listed);
    }
    let mut waiting = vec![(top, 1)];
    while let Some((raw, depth)) = waiting.pop() {
        let Manifest::Index(index) = Manifest::parse(&raw).map_err(RegistryError::from)? else {
            continue;
        };
        if depth > MAX_DEPTH {
            return Err(WalkError::TooDeep);
        }
        for member in &index.manifests {
            if listed.iter().any(|known| known.digest == member.digest) {
                continue;
            }
            if listed.len() == MAX_MANIFESTS {
                return Err(WalkError::TooMany);
            }
            let repository = &place.image.repository;
            let raw = registry.manifest_of(repository, member).await?;
            listed.push(raw.descriptor());
            waiting.push((raw, depth + 1));
        }
    }
    Ok(listed)
}
