//! All that a layout holds, listed or not: checked, and searched for what refers to an image.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use serde::Deserialize;

use super::{Layout, LayoutError, blob};
use crate::descriptor::Descriptor;
use crate::digest::{Digest, DigestAlgorithm, Digester};
use crate::manifest::{MAX_MANIFEST, Manifest, RawManifest};
use crate::media_type;

/// More blobs are not looked at.
const MAX_BLOBS: usize = 100_000;
const PIECE: usize = 64 * 1024;

/// What a manifest says of itself before it is read strictly.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    media_type: Option<String>,
    subject: Option<serde::de::IgnoredAny>,
}

impl Layout {
    /// Hashes a blob, whatever its length.
    ///
    /// # Errors
    /// [`LayoutError::SizeMismatch`], [`LayoutError::DigestMismatch`].
    pub fn check(&self, descriptor: &Descriptor) -> Result<(), LayoutError> {
        let path = self.blob_path(&descriptor.digest);
        let (length, found) = hash(&path, descriptor.digest.algorithm())?;
        blob::check(descriptor, length, || found)
    }

    /// Hashes every blob, listed or not; how many there are. Nothing else may stand among them: no link, no directory, no file
    /// without a digest for a name.
    ///
    /// # Errors
    /// [`LayoutError::ForeignPath`], [`LayoutError::DigestMismatch`], [`LayoutError::TooManyBlobs`].
    pub fn check_all(&self) -> Result<usize, LayoutError> {
        let mut count = 0;
        let blobs = self.root.join("blobs");
        for folder in entries(&blobs)? {
            let name = folder.file_name().to_string_lossy().into_owned();
            let algorithms = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];
            let algorithm = algorithms.into_iter().find(|known| known.name() == name);
            let Some(algorithm) = algorithm.filter(|_| is(&folder, fs::FileType::is_dir)) else {
                return Err(foreign(&folder.path()));
            };
            let entries = entries(&folder.path())?;
            // Counted before any content is read.
            if count + entries.len() > MAX_BLOBS {
                return Err(LayoutError::TooManyBlobs { limit: MAX_BLOBS });
            }
            for entry in entries {
                let name = entry.file_name().to_string_lossy().into_owned();
                // What an interrupted run has left.
                if name.starts_with(blob::PARTIAL) {
                    continue;
                }
                let expected = format!("{algorithm}:{name}").parse::<Digest>();
                let Ok(expected) = expected.map_err(|_| ()).and_then(|digest| {
                    let file = is(&entry, fs::FileType::is_file);
                    file.then_some(digest).ok_or(())
                }) else {
                    return Err(foreign(&entry.path()));
                };
                count += 1;
                let (_, found) = hash(&entry.path(), algorithm)?;
                if found != expected {
                    return Err(LayoutError::DigestMismatch { expected, found });
                }
            }
        }
        Ok(count)
    }

    /// The manifests that refer to something, listed or not, in the order of their digests.
    ///
    /// Blobs that are no manifests are passed over, and so are damaged ones: [`Layout::check_all`] finds those.
    ///
    /// # Errors
    /// [`LayoutError::File`] if a blob cannot be read, [`LayoutError::TooManyBlobs`].
    pub fn referring(&self) -> Result<Vec<RawManifest>, LayoutError> {
        let digests = self.digests()?;
        if digests.len() > MAX_BLOBS {
            return Err(LayoutError::TooManyBlobs { limit: MAX_BLOBS });
        }
        let mut found = Vec::new();
        for digest in digests {
            let path = self.blob_path(&digest);
            let Some(bytes) = text_of(&path)? else {
                continue;
            };
            let Ok(kind) = serde_json::from_slice::<Kind>(&bytes) else {
                continue;
            };
            if kind.subject.is_none() || Digest::of(digest.algorithm(), &bytes) != digest {
                continue;
            }
            let media_type = kind.media_type.as_deref();
            let raw = RawManifest {
                digest,
                media_type: media_type.unwrap_or(media_type::OCI_MANIFEST).to_owned(),
                bytes: bytes.into(),
            };
            let refers = Manifest::parse(&raw).is_ok_and(|parsed| parsed.subject().is_some());
            if refers {
                found.push(raw);
            }
        }
        Ok(found)
    }
}

/// The content of a file that may be a manifest: not too long, and an object in JSON.
fn text_of(path: &Path) -> Result<Option<Vec<u8>>, LayoutError> {
    let failed = |source| LayoutError::file(path, source);
    let metadata = fs::symlink_metadata(path).map_err(failed)?;
    if !metadata.is_file() || metadata.len() > MAX_MANIFEST {
        return Ok(None);
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut bytes = vec![0; 1];
    if file.read(&mut bytes).map_err(failed)? == 0 || bytes != b"{" {
        return Ok(None);
    }
    file.take(MAX_MANIFEST)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(Some(bytes))
}

fn hash(path: &Path, algorithm: DigestAlgorithm) -> Result<(u64, Digest), LayoutError> {
    let failed = |source| LayoutError::file(path, source);
    if !fs::symlink_metadata(path).map_err(failed)?.is_file() {
        return Err(foreign(path));
    }
    let mut file = File::open(path).map_err(failed)?;
    let (mut digester, mut length) = (Digester::new(algorithm), 0);
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece).map_err(failed)? {
            0 => return Ok((length, digester.finish())),
            count => {
                digester.update(piece.get(..count).unwrap_or_default());
                length += count as u64;
            }
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, LayoutError> {
    let failed = |source| LayoutError::file(folder, source);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let entries: Result<Vec<_>, _> = entries.take(MAX_BLOBS + 1).collect();
    let mut entries = entries.map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

/// Of the entry itself: a link is neither a file nor a directory.
fn is(entry: &fs::DirEntry, kind: fn(&fs::FileType) -> bool) -> bool {
    entry.file_type().is_ok_and(|found| kind(&found))
}

fn foreign(path: &Path) -> LayoutError {
    LayoutError::ForeignPath {
        path: path.to_owned(),
    }
}
