//! A key pair on disk.

use std::path::{Path, PathBuf};

use sigbox_crypto::{EncryptedKey, SigningKey};
use trust_root::atomic::Access;

use super::{KeyError, PasswordFor, password};
use crate::output_file;
use crate::prompt::{self, Asked};
use crate::ui::{Escaped, say};

/// The files of a key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PairFiles {
    private: PathBuf,
    public: PathBuf,
}

impl PairFiles {
    /// `PREFIX.key` and `PREFIX.pub`.
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            private: PathBuf::from(format!("{prefix}.key")),
            public: PathBuf::from(format!("{prefix}.pub")),
        }
    }

    /// Asks before a private key is lost; only the private file is asked about, since the other follows from it.
    pub(crate) fn confirm_overwrite(&self, asked: Asked) -> Result<(), KeyError> {
        // A link that leads nowhere is replaced as well, so it counts.
        if self.private.symlink_metadata().is_ok() {
            let file = self.private.to_string_lossy();
            say(&format_args!(
                "WARNING: File {} already exists. Overwrite?",
                Escaped(&file)
            ));
            prompt::confirm(asked)?;
        }
        Ok(())
    }

    /// Puts the key under a password and writes both files, the private one first: the public one follows from it.
    pub(crate) fn write(&self, key: &SigningKey) -> Result<(), KeyError> {
        let password = password(PasswordFor::Creating)?;
        let sealed = EncryptedKey::seal(key, &password).map_err(KeyError::Seal)?;
        let public = key.public_key().to_pem();
        write_one("Private", &self.private, &sealed.to_pem(), Access::Private)?;
        write_one("Public", &self.public, &public, Access::Public)
    }
}

fn write_one(what: &str, path: &Path, pem: &str, access: Access) -> Result<(), KeyError> {
    output_file::write(path, pem.as_bytes(), access)?;
    say(&format_args!(
        "{what} key written to {}",
        Escaped(&path.to_string_lossy())
    ));
    Ok(())
}
