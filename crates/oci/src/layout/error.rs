//! What can be wrong with a directory of images.

use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::error::Content;
use crate::foreign::Foreign;
use crate::manifest::ManifestError;

/// A layout cannot be read or written, or its content is not what its names say.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// A file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// `oci-layout` is not what it must be.
    #[error("{} is no OCI layout: {}", .path.display(), Foreign::new(&.source.to_string()))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// A layout of another version.
    #[error("OCI layout version: expected {expected}, found {found}")]
    Version {
        /// The version that is read.
        expected: &'static str,
        /// What it says.
        found: Foreign,
    },
    /// A manifest cannot be read in one way.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The bytes are not those that the name promises.
    #[error("digest of a blob in the layout: expected {expected}, found {found}")]
    DigestMismatch {
        /// The name.
        expected: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// The file has another length than the descriptor states.
    #[error("size of blob {digest} in the layout: expected {expected} bytes, found {found}")]
    SizeMismatch {
        /// The blob.
        digest: Digest,
        /// The length that the descriptor states.
        expected: u64,
        /// The length of what is there.
        found: u64,
    },
    /// Something that is no blob stands among the blobs.
    #[error("{} is no blob: expected a regular file that is named by its digest", Foreign::new(&.path.to_string_lossy()))]
    ForeignPath {
        /// What stands there.
        path: PathBuf,
    },
    /// More blobs than are looked at.
    #[error("at most {limit} blobs of a layout are read, found more")]
    TooManyBlobs {
        /// The limit.
        limit: usize,
    },
    /// More bytes than are read.
    #[error("{what} in the layout: at most {limit} bytes are read")]
    TooLarge {
        /// What is being read.
        what: Content,
        /// The limit.
        limit: u64,
    },
}

impl LayoutError {
    pub(super) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}
