//! Where an image is, and where what is signed about it is kept.

use std::str::FromStr as _;

use sigbox_oci::{Digest, Reference, ReferenceError, Repository, Tag};

use super::tags::{TagKind, tag};

/// An image by its name, and the place of its signatures.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The image as the user named it.
    pub(crate) image: Reference,
    /// Where signatures and attestations are kept: the image's repository, or that of `COSIGN_REPOSITORY`.
    pub(crate) attached: Repository,
    /// What stands before the names of tags (`--attachment-tag-prefix`).
    pub(crate) prefix: String,
}

impl Place {
    /// Reads the name of an image.
    ///
    /// # Errors
    /// [`ReferenceError`] if it is none.
    pub(crate) fn new(
        image: &str,
        elsewhere: Option<&Repository>,
        prefix: &str,
    ) -> Result<Self, ReferenceError> {
        let image = Reference::from_str(image)?;
        let attached = elsewhere.unwrap_or(&image.repository).clone();
        Ok(Self {
            image,
            attached,
            prefix: prefix.to_owned(),
        })
    }

    /// The same place for another manifest of the image's repository.
    pub(crate) fn at(&self, digest: Digest) -> Self {
        Self {
            image: self.image.repository.at(digest),
            ..self.clone()
        }
    }

    /// The tag under which signatures or attestations of a manifest are kept.
    ///
    /// # Errors
    /// [`ReferenceError::Tag`] if the prefix makes no tag of it.
    pub(crate) fn tag(&self, image: &Digest, kind: TagKind) -> Result<Tag, ReferenceError> {
        Tag::from_str(&tag(&self.prefix, &image.to_string(), kind))
    }

    /// The image's manifest of a digest, as messages name it.
    pub(crate) fn name_at(&self, digest: &Digest) -> String {
        format!("{}@{digest}", self.image.repository)
    }
}
