//! The shards of the signature logs: which there are, with which keys, and from when to when.
//!
//! The first shard of a log is called like the log, the others `LOG-2`, `LOG-3`, …; the key of each lies in `keys/NAME.key`.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rekor_lite::v1::TreeId;
use sigbox_crypto::{Signer, SigningKey};
use sigbox_log_engine::{LogName, LogRecord, LogStore};
use sigbox_tlog::{Origin, UnixMillis};
use sigbox_wire::TimeRange;

use crate::config::Config;
use crate::keys::Keys;
use crate::layout::{DataDir, read_secret};
use crate::logs::{REKOR, REKOR_V1};

/// A shard of a signature log.
pub(crate) struct Shard {
    pub(crate) name: LogName,
    /// The host that its checkpoints and its trusted URL name.
    pub(crate) host: String,
    /// The origin of its checkpoints.
    pub(crate) origin: String,
    pub(crate) key: Arc<dyn Signer>,
    /// When it was frozen.
    pub(crate) frozen: Option<UnixMillis>,
}

/// The shards of both signature logs, each oldest first, at least one.
pub(crate) struct Shards {
    pub(crate) v1: Vec<Shard>,
    pub(crate) v2: Vec<Shard>,
}

impl Shards {
    /// Those of an instance that is not made yet: one of each.
    pub(crate) fn first(host: &str, keys: &Keys) -> Result<Self> {
        let tree = TreeId::derive(keys.rekor_v1.public_key());
        let shard = |name, origin: String, key: &Arc<dyn Signer>| -> Result<Shard> {
            Ok(Shard {
                name: LogName::parse(name)?,
                host: host.to_owned(),
                origin,
                key: Arc::clone(key),
                frozen: None,
            })
        };
        let origin = Origin::with_tree_id(host, tree.get())?.to_string();
        Ok(Self {
            v1: vec![shard(REKOR_V1, origin, &keys.rekor_v1)?],
            v2: vec![shard(REKOR, host.to_owned(), &keys.rekor)?],
        })
    }

    /// Those that the store holds; a log that it does not hold yet has the one that it will be made with.
    pub(crate) async fn read(
        store: &dyn LogStore,
        dir: &DataDir,
        host: &str,
        keys: &Keys,
    ) -> Result<Self> {
        let records = store.logs().await.context("reading the database")?;
        let mut shards = Self::first(host, keys)?;
        for (log, known) in [(REKOR_V1, &mut shards.v1), (REKOR, &mut shards.v2)] {
            let mut found = Vec::new();
            for (number, record) in numbered(&records, log) {
                found.push(read(store, dir, host, known, number, record).await?);
            }
            if !found.is_empty() {
                *known = found;
            }
        }
        Ok(shards)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Shard> {
        self.v1.iter().chain(&self.v2)
    }
}

/// The records of a log's shards by number, oldest first.
fn numbered<'a>(records: &'a [LogRecord], log: &str) -> Vec<(u32, &'a LogRecord)> {
    let number = |name: &str| match name.strip_prefix(log)? {
        "" => Some(1),
        rest => rest.strip_prefix('-')?.parse().ok(),
    };
    let mut found: Vec<_> = records
        .iter()
        .filter_map(|record| Some((number(record.name.as_str())?, record)))
        .collect();
    found.sort_by_key(|(number, _)| *number);
    found
}

async fn read(
    store: &dyn LogStore,
    dir: &DataDir,
    host: &str,
    first: &[Shard],
    number: u32,
    record: &LogRecord,
) -> Result<Shard> {
    let name = record.name.clone();
    let head = store.head(&name).await.context("reading the database")?;
    let head = head.with_context(|| format!("log {name} has vanished from the database"))?;
    let key = match first.first() {
        Some(first) if number == 1 => Arc::clone(&first.key),
        _ => read_key(dir, &name)?,
    };
    // The origin is what the store pinned, but under the host that is configured: a log is not moved to another one silently.
    let pinned = Origin::parse_any(&record.origin)?;
    let (host, origin) = match pinned.tree_id().and_then(TreeId::new) {
        Some(tree) => {
            let origin = Origin::with_tree_id(host, tree.get())?;
            (host.to_owned(), origin.to_string())
        }
        None if number == 1 => (host.to_owned(), host.to_owned()),
        None => (record.origin.clone(), record.origin.clone()),
    };
    Ok(Shard {
        name,
        host,
        origin,
        key,
        frozen: head.frozen,
    })
}

fn read_key(dir: &DataDir, name: &LogName) -> Result<Arc<dyn Signer>> {
    let path = dir.log_key(name);
    let key = SigningKey::from_pkcs8_pem(&read_secret(&path)?)
        .with_context(|| format!("key file {}", path.display()))?;
    Ok(Arc::new(key))
}

/// What trust material says of the shards of one log: each is valid from the end of the one before it to its own end.
pub(crate) fn trusted(shards: &[Shard], config: &Config) -> Result<Vec<trust_root::Shard>> {
    let mut start = config.created;
    shards
        .iter()
        .map(|shard| {
            let valid_for = TimeRange {
                start: Some(start),
                end: shard.frozen.map(second_after).transpose()?,
            };
            if let Some(frozen) = shard.frozen {
                start = second_before(frozen)?;
            }
            Ok(trust_root::Shard {
                host: shard.host.clone(),
                base_url: base_url(config, &shard.host)?,
                key: shard.key.public_key().clone(),
                valid_for,
            })
        })
        .collect()
}

/// Scheme and port of the instance, at the shard's host.
pub(crate) fn base_url(config: &Config, host: &str) -> Result<String> {
    let mut url = config.base_url.clone();
    url.set_host(Some(host))
        .with_context(|| format!("host {host}"))?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whole seconds, as entries of version 1 state their time.
fn second_before(time: UnixMillis) -> Result<Timestamp> {
    let seconds = i64::try_from(time.0 / 1000)?;
    Timestamp::from_second(seconds).context("a log was frozen at no time")
}

fn second_after(time: UnixMillis) -> Result<Timestamp> {
    let seconds = i64::try_from(time.0.div_ceil(1000))?;
    Timestamp::from_second(seconds).context("a log was frozen at no time")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str) -> LogRecord {
        LogRecord {
            name: LogName::parse(name).unwrap(),
            origin: String::new(),
            public_key_spki: Vec::new(),
        }
    }

    #[test]
    fn shards_are_in_the_order_of_their_numbers() {
        let names = ["ct", "rekor-v1", "rekor-v1-10", "rekor-v1-2", "rekor-v2"];
        let records: Vec<LogRecord> = names.iter().map(|name| record(name)).collect();
        let of = |log| -> Vec<(u32, &str)> {
            let found = numbered(&records, log).into_iter();
            found.map(|(n, record)| (n, record.name.as_str())).collect()
        };
        assert_eq!(
            of(REKOR_V1),
            [(1, "rekor-v1"), (2, "rekor-v1-2"), (10, "rekor-v1-10")]
        );
        assert_eq!(of(REKOR), [(1, "rekor-v2")]);
    }

    #[test]
    fn the_end_of_a_shard_is_inside_both_windows() {
        let frozen = UnixMillis(1_800_000_000_500);
        assert_eq!(second_before(frozen).unwrap().as_second(), 1_800_000_000);
        assert_eq!(second_after(frozen).unwrap().as_second(), 1_800_000_001);
        let even = UnixMillis(1_800_000_000_000);
        assert_eq!(second_after(even).unwrap().as_second(), 1_800_000_000);
    }
}
