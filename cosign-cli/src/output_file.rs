//! Files that a command writes: whole or not at all, and with the rights they should have.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use trust_root::TrustRootError;
use trust_root::atomic::{self, Access};

use crate::ui::{Escaped, io_reason};

/// A file could not be written; an old one still stands.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WriteError {
    /// It cannot be opened, written or replaced.
    #[error("open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    Open {
        /// The path as the user gave it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something else than the system's word stopped the atomic writer.
    #[error(transparent)]
    Replace(TrustRootError),
}

/// Writes a file so that a crash leaves the old one or the new one, never half.
///
/// A symbolic link is written through; what is no regular file (a pipe, `/dev/stdout`) is written to directly.
pub(crate) fn write(path: &Path, data: &[u8], access: Access) -> Result<(), WriteError> {
    let failed = |source| WriteError::Open {
        path: path.to_owned(),
        source,
    };
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            let opened = OpenOptions::new().write(true).open(path);
            opened
                .and_then(|mut file| file.write_all(data))
                .map_err(failed)
        }
        Ok(_) => {
            let target = fs::canonicalize(path).map_err(failed)?;
            replace(&target, path, data, access)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => replace(path, path, data, access),
        Err(error) => Err(failed(error)),
    }
}

fn replace(target: &Path, given: &Path, data: &[u8], access: Access) -> Result<(), WriteError> {
    atomic::write(target, data, access).map_err(|error| match error {
        TrustRootError::Write { source, .. } => WriteError::Open {
            path: given.to_owned(),
            source,
        },
        other => WriteError::Replace(other),
    })
}
