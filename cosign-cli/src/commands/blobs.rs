//! Which files a command is about: those that are named, those in a list, and those in a directory.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::ui::{Escaped, io_reason};

/// What a bundle beside a file is called, the usual one first.
const BUNDLE_SUFFIXES: [&str; 3] = ["sigstore.json", "sigstore", "bundle"];
/// A longer list is no list of files.
const MAX_LIST_BYTES: u64 = 64 * 1024 * 1024;

/// The files cannot be found out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum BlobsError {
    /// A list or directory cannot be read.
    #[error("open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    Read { path: PathBuf, source: io::Error },
    /// A list is too long.
    #[error("{} is larger than {limit} bytes", Escaped(&.path.to_string_lossy()))]
    TooLarge { path: PathBuf, limit: u64 },
    /// There is no file to work on; silence would look like success.
    #[error("no files in {}", Escaped(&.path.to_string_lossy()))]
    Nothing { path: PathBuf },
}

/// The files of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Blobs {
    /// Exactly what was named, at most one.
    One(Option<String>),
    /// Several, or a number that the user may not know: each has a bundle of its own.
    Many(Vec<String>),
}

impl Blobs {
    /// Reads the list and the directories.
    pub(super) fn find(named: &[String], list: Option<&Path>) -> Result<Self, BlobsError> {
        let mut open_ended = named.len() > 1;
        let mut found = Vec::new();
        for name in named {
            let path = Path::new(name);
            if path.is_dir() {
                open_ended = true;
                let before = found.len();
                walk(path, &mut found)?;
                if found.len() == before {
                    return Err(BlobsError::Nothing { path: path.into() });
                }
            } else {
                found.push(name.clone());
            }
        }
        if let Some(list) = list {
            open_ended = true;
            let before = found.len();
            found.extend(read_list(list)?);
            if found.len() == before {
                return Err(BlobsError::Nothing { path: list.into() });
            }
        }
        Ok(if open_ended {
            Self::Many(found)
        } else {
            Self::One(found.pop())
        })
    }
}

/// All regular files below, in order of their names, but for the bundles beside them; links are not followed.
fn walk(directory: &Path, found: &mut Vec<String>) -> Result<(), BlobsError> {
    let failed = |source| BlobsError::Read {
        path: directory.to_owned(),
        source,
    };
    let entries = fs::read_dir(directory).map_err(failed)?;
    let mut entries: Vec<_> = entries.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (kind, path) = (entry.file_type().map_err(failed)?, entry.path());
        if kind.is_dir() {
            walk(&path, found)?;
        } else if kind.is_file() && !is_bundle(&path) {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

/// Whether the name is that of a bundle, and the file that it would belong to is there.
fn is_bundle(path: &Path) -> bool {
    let name = path.to_string_lossy();
    BUNDLE_SUFFIXES.iter().any(|suffix| {
        let file = name.strip_suffix(suffix);
        file.and_then(|file| file.strip_suffix('.'))
            .is_some_and(|file| Path::new(file).is_file())
    })
}

fn read_list(path: &Path) -> Result<Vec<String>, BlobsError> {
    let failed = |source| BlobsError::Read {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(MAX_LIST_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > MAX_LIST_BYTES {
        return Err(BlobsError::TooLarge {
            path: path.to_owned(),
            limit: MAX_LIST_BYTES,
        });
    }
    let names = text.lines().filter(|line| !line.is_empty());
    Ok(names.map(ToOwned::to_owned).collect())
}

/// Where the bundle of a file is written if nothing else is said.
pub(super) fn bundle_beside(blob: &str) -> PathBuf {
    PathBuf::from(format!("{blob}.sigstore.json"))
}

/// The bundle beside a file, by the first of the usual names that is there.
pub(super) fn find_bundle(blob: &str) -> Option<PathBuf> {
    BUNDLE_SUFFIXES
        .iter()
        .map(|suffix| PathBuf::from(format!("{blob}.{suffix}")))
        .find(|path| path.is_file())
}
