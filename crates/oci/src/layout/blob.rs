//! Files of a layout: written whole or not at all, read within limits.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::LayoutError;
use crate::descriptor::Descriptor;
use crate::digest::{Digest, Digester};
use crate::error::Content;

/// How the names of files on their way begin.
pub(super) const PARTIAL: &str = ".partial-";

/// A blob on its way into a layout; dropped before [`BlobWriter::finish`], it leaves nothing.
#[derive(Debug)]
pub struct BlobWriter {
    file: Option<File>,
    partial: PathBuf,
    path: PathBuf,
    descriptor: Descriptor,
    digester: Digester,
    length: u64,
}

impl BlobWriter {
    pub(super) fn create(path: PathBuf, descriptor: &Descriptor) -> Result<Self, LayoutError> {
        let (file, partial) = partial_beside(&path)?;
        Ok(Self {
            file: Some(file),
            partial,
            path,
            descriptor: descriptor.clone(),
            digester: Digester::new(descriptor.digest.algorithm()),
            length: 0,
        })
    }

    /// Puts the blob in its place.
    ///
    /// # Errors
    /// [`LayoutError::SizeMismatch`] and [`LayoutError::DigestMismatch`] if it is not what its descriptor says.
    pub fn finish(mut self) -> Result<(), LayoutError> {
        let digester = self.digester.clone();
        check(&self.descriptor, self.length, || digester.finish())?;
        if let Some(file) = self.file.take() {
            place(&file, &self.partial, &self.path)?;
        }
        Ok(())
    }
}

impl Write for BlobWriter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        if self.length + buffer.len() as u64 > self.descriptor.size {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "more bytes than the descriptor states",
            ));
        }
        let written = file.write(buffer)?;
        self.digester
            .update(buffer.get(..written).unwrap_or_default());
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        // After `finish` there is no such file.
        let _ = fs::remove_file(&self.partial);
    }
}

/// Length first: it costs nothing.
pub(super) fn check(
    descriptor: &Descriptor,
    length: u64,
    digest: impl FnOnce() -> Digest,
) -> Result<(), LayoutError> {
    if length != descriptor.size {
        return Err(LayoutError::SizeMismatch {
            digest: descriptor.digest.clone(),
            expected: descriptor.size,
            found: length,
        });
    }
    let found = digest();
    if found != descriptor.digest {
        return Err(LayoutError::DigestMismatch {
            expected: descriptor.digest.clone(),
            found,
        });
    }
    Ok(())
}

/// A file's content, at most `limit` bytes; links are not followed out of a layout that somebody else made.
pub(super) fn read_whole(path: &Path, limit: u64, what: Content) -> Result<Vec<u8>, LayoutError> {
    let failed = |source| LayoutError::file(path, source);
    if fs::symlink_metadata(path).map_err(failed)?.is_file() {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > limit {
            return Err(LayoutError::TooLarge { what, limit });
        }
        return Ok(bytes);
    }
    Err(failed(io::Error::new(
        io::ErrorKind::InvalidInput,
        "not a regular file",
    )))
}

/// Replaces a file; a crash leaves the old content or the new.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LayoutError> {
    let (mut file, partial) = partial_beside(path)?;
    let written = file
        .write_all(bytes)
        .map_err(|source| LayoutError::file(path, source))
        .and_then(|()| place(&file, &partial, path));
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written
}

/// A new file in the same directory, under a name that nothing else has.
fn partial_beside(path: &Path) -> Result<(File, PathBuf), LayoutError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let partial = path.with_file_name(format!("{PARTIAL}{}-{number}", std::process::id()));
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&partial)
        .map_err(|source| LayoutError::file(&partial, source))?;
    Ok((file, partial))
}

fn place(file: &File, partial: &Path, path: &Path) -> Result<(), LayoutError> {
    file.sync_all()
        .and_then(|()| fs::rename(partial, path))
        .and_then(|()| match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        })
        .map_err(|source| LayoutError::file(path, source))
}
