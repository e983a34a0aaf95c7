//! The keys of a running instance: one a role, read once.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use sigbox_crypto::{Signer, SigningKey};

use crate::layout::{DataDir, Role, read_secret};
use crate::shards::Shards;

/// The signers, by role; of a log with several shards, that of the first.
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
        let roles = self.roles();
        distinct(
            roles
                .iter()
                .map(|(role, key)| (role.file().to_owned(), *key)),
        )
    }

    /// Refuses a shard with a key of another shard or role.
    pub(crate) fn check_shards(&self, shards: &Shards) -> Result<()> {
        let roles = self.roles();
        let roles = roles
            .iter()
            .filter(|(role, _)| !matches!(role, Role::RekorV1 | Role::RekorV2))
            .map(|(role, key)| (role.file().to_owned(), *key));
        let shards = shards.iter();
        let shards = shards.map(|shard| (format!("{}.key", shard.name), &shard.key));
        distinct(roles.chain(shards))
    }

    fn roles(&self) -> [(Role, &Arc<dyn Signer>); 5] {
        [
            (Role::Ca, &self.ca),
            (Role::CtLog, &self.ct),
            (Role::RekorV2, &self.rekor),
            (Role::RekorV1, &self.rekor_v1),
            (Role::Tsa, &self.tsa),
        ]
    }
}

fn distinct<'a>(keys: impl Iterator<Item = (String, &'a Arc<dyn Signer>)>) -> Result<()> {
    let mut seen = BTreeMap::new();
    for (file, key) in keys {
        if let Some(other) = seen.insert(key.public_key().key_id(), file.clone()) {
            bail!("keys/{other} and keys/{file}: expected one key a role, found the same key");
        }
    }
    Ok(())
}

fn read(dir: &DataDir, role: Role) -> Result<Arc<dyn Signer>> {
    let path = dir.key(role);
    let key = SigningKey::from_pkcs8_pem(&read_secret(&path)?)
        .with_context(|| format!("key file {}", path.display()))?;
    Ok(Arc::new(key))
}
