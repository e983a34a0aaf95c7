//! Makes an instance: in a directory beside the wanted one, renamed into place when it is whole.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_log_engine::{FileGuard, LogStore, init_log};
use sigbox_log_store::SqliteStore;

use crate::ceremony;
use crate::clock::millis;
use crate::config::Config;
use crate::keys::Keys;
use crate::layout::{DataDir, make_private_dir, write_secret};
use crate::logs;
use crate::trust::{self, write_chains};

/// Makes the instance that `config` describes in an absent or empty directory. A crash leaves the directory as it was.
pub(crate) async fn make(dir: &DataDir, config: &Config, now: Timestamp) -> Result<()> {
    if !dir.is_absent_or_empty()? {
        bail!(
            "data directory {}: expected absent or empty, found files; nothing is ever overwritten",
            dir.path().display()
        );
    }
    config.check()?;
    let parent = match dir.path().parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    make_private_dir(parent)?;
    let unfinished = tempfile::Builder::new()
        .prefix(".sigbox-init-")
        .tempdir_in(parent)
        .with_context(|| format!("making a directory in {}", parent.display()))?;
    fill(&DataDir::new(unfinished.path().to_owned()), config, now).await?;
    fs::rename(unfinished.path(), dir.path())
        .with_context(|| format!("renaming the new instance to {}", dir.path().display()))?;
    // It is no longer where its guard would remove it.
    let _ = unfinished.keep();
    fs::File::open(parent)
        .and_then(|parent| parent.sync_all())
        .with_context(|| format!("syncing {}", parent.display()))
}

async fn fill(dir: &DataDir, config: &Config, now: Timestamp) -> Result<()> {
    make_private_dir(&dir.trust())?;
    let chains = ceremony::hold(dir, &config.organization, now)?;
    write_chains(dir, &chains)?;
    trust::read(dir, config, None)?.write_all(&dir.trust())?;
    let keys = Keys::read(dir)?;
    let store = SqliteStore::open(&dir.database()).await?;
    let guard = FileGuard::new(dir.guard());
    for setup in logs::setups(config.host()?, &keys)? {
        // Index 0 of the signature log is an entry of our own: a bundle with log index 0 breaks a real client.
        let first = if setup.name.as_str() == logs::REKOR {
            let throwaway = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
            Some(rekor_lite::genesis_entry(&throwaway)?)
        } else {
            None
        };
        init_log(&store, &guard, &setup, first, millis(now)).await?;
    }
    store.close().await;
    write_secret(&dir.config(), &config.to_toml()?)
}
