//! Bundles on disk: read with a limit, written whole and for the owner alone.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sigbox_wire::{Bundle, BundleError};
use trust_root::TrustRootError;
use trust_root::atomic::Access;

use crate::output_file::{self, WriteError};
use crate::ui::{Escaped, io_reason};

/// Larger files are no bundles: 32 entries, 32 timestamps and an attestation fit many times.
const MAX_BUNDLE_BYTES: u64 = 128 * 1024 * 1024;

/// A bundle could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleFileError {
    /// The file cannot be read.
    #[error("open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    Read {
        /// The path as the user gave it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is larger than any bundle.
    #[error("{} is larger than {limit} bytes", Escaped(&.path.to_string_lossy()))]
    TooLarge {
        /// The path as the user gave it.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is no bundle.
    #[error("reading bundle {}", Escaped(&.path.to_string_lossy()))]
    Parse {
        /// The path as the user gave it.
        path: PathBuf,
        /// What is wrong with it.
        source: BundleError,
    },
    /// The file cannot be written; an old one still stands.
    #[error("writing bundle {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    Write {
        /// The path as the user gave it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something else than the system's word stopped the atomic writer.
    #[error("writing bundle")]
    Replace(#[source] TrustRootError),
}

/// Reads a bundle; old bundle formats are [`BundleFileError::Parse`].
pub(crate) fn read(path: &Path) -> Result<Bundle, BundleFileError> {
    parse(path, &read_bytes(path)?)
}

/// Reads the text of a bundle, of whatever format.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, BundleFileError> {
    let failed = |source| BundleFileError::Read {
        path: path.to_owned(),
        source,
    };
    let mut json = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_BUNDLE_BYTES + 1)
        .read_to_end(&mut json)
        .map_err(failed)?;
    if json.len() as u64 > MAX_BUNDLE_BYTES {
        return Err(BundleFileError::TooLarge {
            path: path.to_owned(),
            limit: MAX_BUNDLE_BYTES,
        });
    }
    Ok(json)
}

/// The bundle in the text of this file.
pub(crate) fn parse(path: &Path, json: &[u8]) -> Result<Bundle, BundleFileError> {
    Bundle::parse(json).map_err(|source| BundleFileError::Parse {
        path: path.to_owned(),
        source,
    })
}

/// Writes a bundle for its owner alone, whole or not at all; see [`output_file::write`].
pub(crate) fn write(path: &Path, json: &str) -> Result<(), BundleFileError> {
    output_file::write(path, json.as_bytes(), Access::Private).map_err(|error| match error {
        WriteError::Open { path, source } => BundleFileError::Write { path, source },
        WriteError::Replace(error) => BundleFileError::Replace(error),
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::{BundleFileError, read, write};
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    #[test]
    fn a_bundle_is_the_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("b.json");
        write(&path, "{}").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_link_is_written_through_and_a_device_directly() {
        let directory = tempfile::tempdir().unwrap();
        let (target, link) = (
            directory.path().join("target"),
            directory.path().join("link"),
        );
        fs::write(&target, "old").unwrap();
        symlink(&target, &link).unwrap();
        write(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        write(Path::new("/dev/null"), "new").unwrap();
    }

    #[test]
    fn a_missing_bundle_is_named() {
        let error = read(Path::new("none.json")).unwrap_err();
        assert!(matches!(error, BundleFileError::Read { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "open none.json: no such file or directory"
        );
    }
}
