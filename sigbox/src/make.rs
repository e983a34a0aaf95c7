//! Makes an instance: in a directory beside the wanted one, renamed into place when it is whole.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use sigbox_log_engine::{FileGuard, Guard, LogName, LogStore, init_log};

use crate::ceremony;
use crate::clock::millis;
use crate::config::Config;
use crate::database;
use crate::keys::Keys;
use crate::layout::{DataDir, Role, make_private_dir, write_secret};
use crate::logs;
use crate::shards::Shards;
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

/// Adds the Rekor v1 log to an instance that was made before there was one; a log that exists never gets another key.
///
/// It is added empty: were the process to end between this and the guard's file, an empty log opens all the same.
pub(crate) async fn add_v1_log(
    dir: &DataDir,
    config: &Config,
    store: &dyn LogStore,
    guard: &dyn Guard,
    now: Timestamp,
) -> Result<()> {
    let records = store.logs().await?;
    database::refuse_empty(&records)?;
    let is_v1 = |name: &LogName| name.as_str() == logs::REKOR_V1;
    if records.iter().any(|log| is_v1(&log.name)) {
        return Ok(());
    }
    let path = dir.key(Role::RekorV1);
    if !path.exists() {
        write_secret(&path, &ceremony::new_key()?.to_pkcs8_pem()?)?;
    }
    let keys = Keys::read(dir)?;
    let host = config.host()?;
    let shards = Shards::read(store, dir, host, &keys).await?;
    let setups = logs::setups(host, &shards, &keys)?;
    for setup in setups.iter().filter(|setup| is_v1(&setup.name)) {
        init_log(store, guard, setup, None, millis(now)).await?;
        tracing::info!(log = %setup.name, origin = %setup.origin, "added a log that this instance was made without; its trust files have changed");
    }
    Ok(())
}

async fn fill(dir: &DataDir, config: &Config, now: Timestamp) -> Result<()> {
    make_private_dir(&dir.trust())?;
    let chains = ceremony::hold(dir, &config.organization, now)?;
    write_chains(dir, &chains)?;
    let keys = Keys::read(dir)?;
    let shards = Shards::first(config.host()?, &keys)?;
    trust::read(dir, config, &shards, None)?.write_all(&dir.trust())?;
    let store = database::open(dir, config).await?.store;
    database::refuse_taken(store.as_ref()).await?;
    let guard = FileGuard::new(config.guard.clone().unwrap_or_else(|| dir.guard()));
    for setup in logs::setups(config.host()?, &shards, &keys)? {
        let first = logs::first_entry(&setup.name)?;
        init_log(store.as_ref(), &guard, &setup, first, millis(now)).await?;
    }
    store.close().await;
    write_secret(&dir.config(), &config.to_toml()?)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use sigbox_log_store::SqliteStore;
    use tower::ServiceExt as _;

    use super::*;
    use crate::config::LAYOUT;
    use crate::server::{Options, Server};

    fn config() -> Config {
        Config {
            layout: LAYOUT,
            base_url: "http://localhost:1".parse().unwrap(),
            listen: "127.0.0.1:1".parse().unwrap(),
            organization: "test".to_owned(),
            created: "2026-01-01T00:00:00Z".parse().unwrap(),
            guard: None,
            database: None,
            tls: None,
            issuers: Vec::new(),
        }
    }

    /// An instance as it was made before there was a Rekor v1 log.
    async fn older_instance(dir: &DataDir, config: &Config) {
        make(dir, config, config.created).await.unwrap();
        for name in ["sigbox.db", "sigbox.db-wal", "sigbox.db-shm", "guard"] {
            // Some of them are there only while the database is open.
            let _ = fs::remove_file(dir.path().join(name));
        }
        let keys = Keys::read(dir).unwrap();
        let store = SqliteStore::open(&dir.database()).await.unwrap();
        let guard = FileGuard::new(dir.guard());
        let shards = Shards::first("localhost", &keys).unwrap();
        for setup in logs::setups("localhost", &shards, &keys).unwrap() {
            if setup.name.as_str() != logs::REKOR_V1 {
                let first = logs::first_entry(&setup.name).unwrap();
                let now = millis(config.created);
                init_log(&store, &guard, &setup, first, now).await.unwrap();
            }
        }
        store.close().await;
        fs::remove_file(dir.key(Role::RekorV1)).unwrap();
        fs::remove_file(dir.trust().join(trust_root::SIGNING_CONFIG_V1)).unwrap();
    }

    async fn head(server: &Server) -> serde_json::Value {
        let request = Request::get("/api/v1/log").body(Body::empty()).unwrap();
        let answer = server.router().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let body = axum::body::to_bytes(answer.into_body(), 10_000)
            .await
            .unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn an_older_instance_gains_the_log_once_and_keeps_its_key() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = DataDir::new(scratch.path().join("data"));
        let config = config();
        older_instance(&dir, &config).await;

        let mut heads = Vec::new();
        for _start in 0..2 {
            let server = Server::open(&dir, &config, &Options::default())
                .await
                .unwrap();
            heads.push(head(&server).await);
            server.close().await;
        }
        assert_eq!(heads[0]["treeSize"], 1);
        assert_eq!(heads[0], heads[1]);
        assert!(dir.trust().join(trust_root::SIGNING_CONFIG_V1).exists());
        let files = trust_root::TrustFiles::read(&dir.trust()).unwrap();
        assert_eq!(files.trusted_root.tlogs.len(), 2);

        fs::remove_file(dir.key(Role::RekorV1)).unwrap();
        let Err(lost) = Server::open(&dir, &config, &Options::default()).await else {
            panic!("opened without the log's key")
        };
        let path = dir.key(Role::RekorV1);
        assert_eq!(
            lost.to_string(),
            format!("reading key file {}", path.display())
        );
        assert!(!path.exists());
    }
}
