//! The secret of a client that is not a public one.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::ui::{Escaped, io_reason};

/// A secret is one line; a file that goes on is something else.
const MAX_SECRET_BYTES: u64 = 4096;

/// The client's secret. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct ClientSecret(Zeroizing<String>);

/// The file of `--oidc-client-secret-file` cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientSecretError {
    /// It cannot be read as text.
    #[error("reading OIDC client secret: open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    File {
        /// The flag's value.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("the OIDC client secret in {} is empty", Escaped(&.path.to_string_lossy()))]
    Empty {
        /// The flag's value.
        path: PathBuf,
    },
}

impl ClientSecret {
    /// The secret of a file; white space around it is removed.
    ///
    /// # Errors
    /// [`ClientSecretError`].
    pub fn read(path: &Path) -> Result<Self, ClientSecretError> {
        let mut text = Zeroizing::new(String::new());
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_SECRET_BYTES).read_to_string(&mut text))
            .map_err(|source| ClientSecretError::File {
                path: path.to_owned(),
                source,
            })?;
        let secret = text.trim();
        if secret.is_empty() {
            return Err(ClientSecretError::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Self(Zeroizing::new(secret.to_owned())))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret([redacted])")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn is_the_trimmed_text_of_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, " s3cret\n").unwrap();
        let secret = ClientSecret::read(&path).unwrap();
        assert_eq!(secret.as_str(), "s3cret");
        assert_eq!(format!("{secret:?}"), "ClientSecret([redacted])");
        std::fs::write(&path, "\n").unwrap();
        assert!(matches!(
            ClientSecret::read(&path),
            Err(ClientSecretError::Empty { .. })
        ));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(
            ClientSecret::read(&path),
            Err(ClientSecretError::File { .. })
        ));
    }
}
