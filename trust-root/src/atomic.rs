//! Files that are old or new, never half.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::TrustRootError;

/// Who may read a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// Its owner (0600).
    Private,
    /// Everybody (0644).
    Public,
}

impl Access {
    const fn mode(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Public => 0o644,
        }
    }
}

/// Replaces `path` by `data`: written beside it, synced, renamed over it, directory synced.
///
/// # Errors
/// [`TrustRootError::Write`]; the old file, if any, is then unchanged.
pub fn write(path: &Path, data: &[u8], access: Access) -> Result<(), TrustRootError> {
    try_write(path, data, access).map_err(|source| TrustRootError::Write {
        path: path.to_owned(),
        source,
    })
}

fn try_write(path: &Path, data: &[u8], access: Access) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (temporary, mut file) = create_beside(directory, name, access)?;
    let written = file
        .set_permissions(Permissions::from_mode(access.mode()))
        .and_then(|()| file.write_all(data))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| File::open(directory)?.sync_all());
    if written.is_err() {
        // What could not be finished is not left behind; the first error is the one that counts.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A new file with a name nobody has: the process, then a counter.
fn create_beside(
    directory: &Path,
    name: &std::ffi::OsStr,
    access: Access,
) -> io::Result<(PathBuf, File)> {
    for number in 0..1000_u32 {
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.{number}", std::process::id()));
        let path = directory.join(temporary);
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(access.mode())
            .open(&path);
        match opened {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_with_its_mode() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        write(&path, b"one", Access::Private).unwrap();
        write(&path, b"two", Access::Public).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o644
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("taken");
        fs::create_dir(&path).unwrap();
        let error = write(&path, b"x", Access::Private).unwrap_err();
        assert!(
            matches!(&error, TrustRootError::Write { path: named, .. } if *named == path),
            "{error:?}"
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
