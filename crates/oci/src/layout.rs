//! Images in a directory.
//!
//! Source: OCI image spec 1.1, image-layout.md.

mod blob;
mod error;
mod scan;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

pub use blob::BlobWriter;
pub use error::LayoutError;

use crate::descriptor::Descriptor;
use crate::digest::{Digest, DigestAlgorithm};
use crate::error::Content;
use crate::manifest::{MAX_MANIFEST, Manifest, RawManifest};
use crate::media_type;

const MARKER: &str = "oci-layout";
const VERSION: &str = "1.0.0";
const INDEX: &str = "index.json";
const MAX_MARKER: u64 = 4096;

/// A directory with `oci-layout`, `index.json` and `blobs/<algorithm>/<hex>`. Paths are made of parsed digests only.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

#[derive(Deserialize)]
struct Marker {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

impl Layout {
    /// Makes the directory a layout with an empty index, or opens the layout that it is.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be written, or holds another layout version.
    pub fn create(root: &Path) -> Result<Self, LayoutError> {
        if root.join(MARKER).exists() {
            return Self::open(root);
        }
        let layout = Self {
            root: root.to_owned(),
        };
        for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
            let folder = layout.folder(algorithm);
            fs::create_dir_all(&folder).map_err(|source| LayoutError::file(&folder, source))?;
        }
        layout.set_index(&[])?;
        let marker = json!({ "imageLayoutVersion": VERSION }).to_string();
        // Last, so that a directory without it is no layout yet.
        blob::write_whole(&root.join(MARKER), marker.as_bytes())?;
        Ok(layout)
    }

    /// Opens a layout.
    ///
    /// # Errors
    /// [`LayoutError::Version`] if its version is not 1.0.0.
    pub fn open(root: &Path) -> Result<Self, LayoutError> {
        let path = root.join(MARKER);
        let text = blob::read_whole(&path, MAX_MARKER, Content::Blob)?;
        let malformed = |source| LayoutError::Malformed {
            path: path.clone(),
            source,
        };
        let marker: Marker = serde_json::from_slice(&text).map_err(malformed)?;
        if marker.version != VERSION {
            return Err(LayoutError::Version {
                expected: VERSION,
                found: marker.version.as_str().into(),
            });
        }
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// The manifests that the index lists.
    ///
    /// # Errors
    /// [`LayoutError::Manifest`] if the index cannot be read in one way.
    pub fn index(&self) -> Result<Vec<Descriptor>, LayoutError> {
        let bytes = blob::read_whole(&self.root.join(INDEX), MAX_MANIFEST, Content::Manifest)?;
        match Manifest::parse(&RawManifest::new(media_type::OCI_INDEX, bytes))? {
            Manifest::Index(index) => Ok(index.manifests),
            Manifest::Image(_) => Ok(Vec::new()),
        }
    }

    /// Replaces the index; a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// [`LayoutError::File`].
    pub fn set_index(&self, manifests: &[Descriptor]) -> Result<(), LayoutError> {
        let document = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_INDEX,
            "manifests": manifests,
        });
        blob::write_whole(&self.root.join(INDEX), document.to_string().as_bytes())
    }

    /// Whether a blob is there; its content is not looked at.
    pub fn has(&self, digest: &Digest) -> bool {
        self.blob_path(digest).is_file()
    }

    /// Where a blob is or would be.
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.folder(digest.algorithm()).join(digest.hex())
    }

    /// Stores bytes under a digest that is computed here.
    ///
    /// # Errors
    /// [`LayoutError::File`].
    pub fn write_blob(&self, media_type: &str, bytes: &[u8]) -> Result<Descriptor, LayoutError> {
        let descriptor = Descriptor::of(media_type, bytes);
        blob::write_whole(&self.blob_path(&descriptor.digest), bytes)?;
        Ok(descriptor)
    }

    /// Stores a manifest; it is not entered into the index.
    ///
    /// # Errors
    /// [`LayoutError::DigestMismatch`] if its digest is not that of its bytes.
    pub fn write_manifest(&self, manifest: &RawManifest) -> Result<Descriptor, LayoutError> {
        let mut writer = self.blob_writer(&manifest.descriptor())?;
        std::io::Write::write_all(&mut writer, &manifest.bytes)
            .map_err(|source| LayoutError::file(&self.blob_path(&manifest.digest), source))?;
        writer.finish()?;
        Ok(manifest.descriptor())
    }

    /// Takes a blob piece by piece; it stands in the layout once it is whole and verified.
    ///
    /// # Errors
    /// [`LayoutError::File`].
    pub fn blob_writer(&self, descriptor: &Descriptor) -> Result<BlobWriter, LayoutError> {
        BlobWriter::create(self.blob_path(&descriptor.digest), descriptor)
    }

    /// A blob, verified.
    ///
    /// # Errors
    /// [`LayoutError::DigestMismatch`], [`LayoutError::SizeMismatch`], [`LayoutError::TooLarge`].
    pub fn blob(&self, descriptor: &Descriptor, limit: u64) -> Result<Vec<u8>, LayoutError> {
        if descriptor.size > limit {
            return Err(LayoutError::TooLarge {
                what: Content::Blob,
                limit,
            });
        }
        let path = self.blob_path(&descriptor.digest);
        let bytes = blob::read_whole(&path, limit, Content::Blob)?;
        blob::check(descriptor, bytes.len() as u64, || {
            Digest::of(descriptor.digest.algorithm(), &bytes)
        })?;
        Ok(bytes)
    }

    /// The manifest of a descriptor, verified.
    ///
    /// # Errors
    /// As [`Layout::blob`]; at most 4 MiB.
    pub fn manifest(&self, descriptor: &Descriptor) -> Result<RawManifest, LayoutError> {
        let bytes = self.blob(descriptor, MAX_MANIFEST)?;
        Ok(RawManifest {
            digest: descriptor.digest.clone(),
            media_type: descriptor.media_type.clone(),
            bytes: bytes.into(),
        })
    }

    /// The digests that blobs are stored under, sorted; other files are passed over. Their content is not looked at.
    ///
    /// # Errors
    /// [`LayoutError::File`] if a directory cannot be listed.
    pub fn digests(&self) -> Result<Vec<Digest>, LayoutError> {
        let mut digests = Vec::new();
        for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
            let folder = self.folder(algorithm);
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(source) => return Err(LayoutError::file(&folder, source)),
            };
            for entry in entries {
                let entry = entry.map_err(|source| LayoutError::file(&folder, source))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                digests.extend(format!("{algorithm}:{name}").parse::<Digest>().ok());
            }
        }
        digests.sort();
        Ok(digests)
    }

    fn folder(&self, algorithm: DigestAlgorithm) -> PathBuf {
        self.root.join("blobs").join(algorithm.name())
    }
}

#[cfg(test)]
mod tests;
