//! The data directory: what lies where, and how files in it are made.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sigbox_log_engine::LogName;

/// A data directory.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

/// The private keys, by role: one key a role.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// The intermediate certificate authority.
    Ca,
    /// The certificate transparency log.
    CtLog,
    /// The signature log, version 2.
    RekorV2,
    /// The signature log, version 1.
    RekorV1,
    /// The timestamp authority.
    Tsa,
    /// The built-in OpenID provider, for development.
    Oidc,
}

impl Role {
    /// The file's name in `keys/`.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::Ca => "ca.key",
            Self::CtLog => "ct.key",
            Self::RekorV2 => "rekor-v2.key",
            Self::RekorV1 => "rekor-v1.key",
            Self::Tsa => "tsa.key",
            Self::Oidc => "oidc.key",
        }
    }
}

impl DataDir {
    /// Names a directory; touches nothing.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// `sigbox.toml`.
    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("sigbox.toml")
    }

    /// `sigbox.db`.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("sigbox.db")
    }

    /// The guard's default place.
    pub(crate) fn guard(&self) -> PathBuf {
        self.0.join("guard")
    }

    /// What may be handed out.
    pub(crate) fn trust(&self) -> PathBuf {
        self.0.join("trust")
    }

    /// The private keys.
    pub(crate) fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The root keys, to be moved away.
    pub(crate) fn offline(&self) -> PathBuf {
        self.0.join("offline")
    }

    /// A private key's file.
    pub(crate) fn key(&self, role: Role) -> PathBuf {
        self.keys().join(role.file())
    }

    /// The private key of a shard of a signature log; for the first shard it is that of its role.
    pub(crate) fn log_key(&self, log: &LogName) -> PathBuf {
        self.keys().join(format!("{log}.key"))
    }

    /// True when there is nothing here yet.
    pub(crate) fn is_absent_or_empty(&self) -> Result<bool> {
        match fs::read_dir(&self.0) {
            Ok(mut entries) => Ok(entries.next().is_none()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
            Err(error) => {
                Err(error).with_context(|| format!("reading directory {}", self.0.display()))
            }
        }
    }
}

/// Makes a directory that only its owner can enter; an existing one is kept.
pub(crate) fn make_private_dir(path: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("making directory {}", path.display()))
}

/// Writes a new file, mode 0600; an existing one is never overwritten.
pub(crate) fn write_secret(path: &Path, text: &str) -> Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("making {}", path.display()))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("writing {}", path.display()))
}

/// Reads a private key's file, and refuses one that others can read.
pub(crate) fn read_secret(path: &Path) -> Result<String> {
    let metadata =
        fs::metadata(path).with_context(|| format!("reading key file {}", path.display()))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!(
            "key file {}: expected mode 0600, found {mode:04o}",
            path.display()
        );
    }
    fs::read_to_string(path).with_context(|| format!("reading key file {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_private_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        write_secret(&path, "one").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let error = write_secret(&path, "two").unwrap_err();
        assert_eq!(
            error
                .downcast_ref::<std::io::Error>()
                .map(std::io::Error::kind),
            Some(std::io::ErrorKind::AlreadyExists)
        );
        assert_eq!(read_secret(&path).unwrap(), "one");
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        write_secret(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(
            read_secret(&path).unwrap_err().to_string(),
            format!(
                "key file {}: expected mode 0600, found 0644",
                path.display()
            )
        );
    }
}
