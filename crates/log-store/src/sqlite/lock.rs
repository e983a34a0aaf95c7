//! One process a file, by a lock that the kernel drops when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::open_error::StoreOpenError;

/// An exclusive lock on `<database>.lock`, held as long as this lives; the file names its holder for the next one.
pub struct LockFile {
    _file: File,
}

impl LockFile {
    /// Takes the lock that stands for `database`, a file that need not be there.
    ///
    /// # Errors
    /// [`StoreOpenError::Locked`] names the holder.
    pub fn take(database: &Path) -> Result<Self, StoreOpenError> {
        let mut path = database.to_path_buf().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let failed = |source| StoreOpenError::LockFile {
            path: path.clone(),
            source,
        };
        let mut file = private().read(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                write_holder(&mut file).map_err(failed)?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let (pid, host) = read_holder(&mut file);
                Err(StoreOpenError::Locked {
                    path: database.into(),
                    pid,
                    host,
                })
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

/// Creates the database file for its owner only; SQLite gives its side files the same mode.
pub(super) fn create_private(path: &Path) -> Result<(), StoreOpenError> {
    private()
        .open(path)
        .map(drop)
        .map_err(|source| StoreOpenError::Create {
            path: path.into(),
            source,
        })
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn write_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}\n{}\n", std::process::id(), host_name())?;
    file.flush()
}

fn read_holder(file: &mut File) -> (Option<u32>, Option<String>) {
    let mut text = String::new();
    // Who holds it is a courtesy: the refusal stands without it.
    if file.read_to_string(&mut text).is_err() {
        return (None, None);
    }
    let mut lines = text.lines();
    let pid = lines.next().and_then(|line| line.parse().ok());
    (
        pid,
        lines
            .next()
            .filter(|line| !line.is_empty())
            .map(str::to_owned),
    )
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}
