//! Where the logs are kept: in the data directory, or in a Postgres database that several instances share.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sigbox_log_engine::{LogRecord, LogStore};
use sigbox_log_store::{LockFile, PostgresStore, SqliteStore};

use crate::config::Config;
use crate::layout::DataDir;

/// `[database]` of `sigbox.toml`.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// `postgres://USER@HOST[,HOST]/DATABASE`.
    pub(crate) url: String,
}

/// The URL may hold a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database { url: [redacted] }")
    }
}

/// An open store, and what must live as long as it is used.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn LogStore>,
    /// One process a guard; SQLite's own lock does the same for its file.
    pub(crate) lock: Option<LockFile>,
}

impl Database {
    /// What `--database` names.
    pub(crate) fn of(url: &str) -> Self {
        Self {
            url: url.to_owned(),
        }
    }
}

/// Opens what the configuration names.
pub(crate) async fn open(dir: &DataDir, config: &Config) -> Result<Opened> {
    let Some(database) = &config.database else {
        let store = Arc::new(SqliteStore::open(&dir.database()).await?);
        return Ok(Opened { store, lock: None });
    };
    let guard = config.guard.clone().unwrap_or_else(|| dir.guard());
    let lock = LockFile::take(&guard)?;
    let store = Arc::new(PostgresStore::open(&database.url).await?);
    Ok(Opened {
        store,
        lock: Some(lock),
    })
}

/// Takes `--database` into a configuration that was read: another place for the same database, never another kind.
pub(crate) fn override_url(config: &mut Config, url: Option<&str>) -> Result<()> {
    match (&mut config.database, url) {
        (_, None) => Ok(()),
        (Some(database), Some(url)) => {
            url.clone_into(&mut database.url);
            Ok(())
        }
        (None, Some(_)) => bail!(
            "--database is fixed at the first start: expected none, for this instance keeps its logs in its data directory"
        ),
    }
}

/// Refuses a database without any log of this instance: one that was emptied or exchanged must not be begun anew under the
/// same keys.
pub(crate) fn refuse_empty(records: &[LogRecord]) -> Result<()> {
    if records.is_empty() {
        bail!("the database holds no log of this instance: expected the database it was made with");
    }
    Ok(())
}

/// Refuses to make an instance in a database that has one.
pub(crate) async fn refuse_taken(store: &dyn LogStore) -> Result<()> {
    let records = store.logs().await.context("reading the database")?;
    if let Some(record) = records.first() {
        bail!(
            "the database holds log `{}` of `{}` already: expected an empty one; another process of that instance starts on a copy of its data directory",
            record.name,
            record.origin
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_never_printed() {
        let database = Database::of("postgres://u:secret@db.example/logs");
        assert_eq!(format!("{database:?}"), "Database { url: [redacted] }");
    }
}
