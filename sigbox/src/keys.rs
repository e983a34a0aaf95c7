//! The keys of a running instance: one a role, read once.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use sigbox_crypto::{Signer, SigningKey};

use crate::layout::{DataDir, Role, read_secret};

/// The signers, by role.
pub(crate) struct Keys {
    /// The intermediate certificate authority.
    pub(crate) ca: Arc<dyn Signer>,
    /// The certificate transparency log.
    pub(crate) ct: Arc<dyn Signer>,
    /// The signature log, version 2.
    pub(crate) rekor: Arc<dyn Signer>,
    /// The signature log, version 1.
    pub(crate) rekor_v1: Arc<dyn Signer>,
    /// The timestamp authority.
    pub(crate) tsa: Arc<dyn Signer>,
}

impl Keys {
    /// Reads every key file, and refuses two roles with one key.
    pub(crate) fn read(dir: &DataDir) -> Result<Self> {
        let keys = Self {
            ca: read(dir, Role::Ca)?,
            ct: read(dir, Role::CtLog)?,
            rekor: read(dir, Role::RekorV2)?,
            rekor_v1: read(dir, Role::RekorV1)?,
            tsa: read(dir, Role::Tsa)?,
        };
        keys.check_distinct()?;
        Ok(keys)
    }

    fn check_distinct(&self) -> Result<()> {
        let roles = [
            (Role::Ca, &self.ca),
            (Role::CtLog, &self.ct),
            (Role::RekorV2, &self.rekor),
            (Role::RekorV1, &self.rekor_v1),
            (Role::Tsa, &self.tsa),
        ];
        let mut seen = BTreeMap::new();
        for (role, key) in roles {
            if let Some(other) = seen.insert(key.public_key().key_id(), role) {
                bail!(
                    "keys/{} and keys/{}: expected one key a role, found the same key",
                    other.file(),
                    role.file()
                );
            }
        }
        Ok(())
    }
}

fn read(dir: &DataDir, role: Role) -> Result<Arc<dyn Signer>> {
    let path = dir.key(role);
    let key = SigningKey::from_pkcs8_pem(&read_secret(&path)?)
        .with_context(|| format!("key file {}", path.display()))?;
    Ok(Arc::new(key))
}
