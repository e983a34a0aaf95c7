//! `sigbox shard`: the shards of the signature logs, listed, added and frozen.

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use rekor_lite::v1::TreeId;
use serde::Serialize;
use sigbox_crypto::SigningKey;
use sigbox_log_engine::{FileGuard, Freeze, LogName, LogStore, freeze_log, init_log};
use sigbox_log_tools::meter::Meter;
use sigbox_tlog::{Origin, TreeSize};

use crate::args::{self, Output, ShardFreeze, ShardList, ShardNew, SignatureLog};
use crate::clock::{self, millis};
use crate::config::Config;
use crate::data::data_dir;
use crate::database::{self, Opened};
use crate::keys::Keys;
use crate::layout::{DataDir, read_secret, write_secret};
use crate::shards::{Shard, Shards, base_url};
use crate::{ceremony, logs, trust};

/// The extension line of the final checkpoint of a v2 log, in the form of Unix' `date`.
///
/// Source: rekor-tiles `cmd/freeze-checkpoint`.
const FROZEN_AT: &str = "Log frozen \u{2014} %a %b %e %H:%M:%S UTC %Y";

/// An instance whose logs nobody else has open.
struct Site {
    dir: DataDir,
    config: Config,
    keys: Keys,
    opened: Opened,
    guard: FileGuard,
}

/// What is told of a shard.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    log: &'static str,
    shard: String,
    origin: String,
    url: String,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen: Option<Timestamp>,
}

/// Runs the command; what it prints.
pub(crate) async fn run(action: &args::Shard) -> Result<String> {
    match action {
        args::Shard::List(args) => list(args).await,
        args::Shard::New(args) => new(args).await,
        args::Shard::Freeze(args) => freeze(args).await,
    }
}

impl SignatureLog {
    fn name(self) -> &'static str {
        match self {
            Self::RekorV1 => logs::REKOR_V1,
            Self::RekorV2 => logs::REKOR,
        }
    }

    fn shards(self, shards: &Shards) -> &[Shard] {
        match self {
            Self::RekorV1 => &shards.v1,
            Self::RekorV2 => &shards.v2,
        }
    }

    /// Extension lines of a final checkpoint: clients of v1 expect none.
    fn last_words(self, now: Timestamp) -> Vec<String> {
        match self {
            Self::RekorV1 => Vec::new(),
            Self::RekorV2 => vec![now.strftime(FROZEN_AT).to_string()],
        }
    }
}

impl Site {
    async fn open(data: &args::Data) -> Result<Self> {
        let dir = data_dir(data)?;
        let config = Config::read(&dir.config())?;
        let opened = database::open(&dir, &config).await?;
        let guard = FileGuard::new(config.guard.clone().unwrap_or_else(|| dir.guard()));
        let keys = Keys::read(&dir)?;
        Ok(Self {
            dir,
            config,
            keys,
            opened,
            guard,
        })
    }

    fn store(&self) -> &dyn LogStore {
        self.opened.store.as_ref()
    }

    async fn shards(&self) -> Result<Shards> {
        Shards::read(self.store(), &self.dir, self.config.host()?, &self.keys).await
    }

    /// Writes the windows and keys of all shards into the trust files; the next start of the server does the same.
    async fn write_trust(&self) -> Result<()> {
        let shards = self.shards().await?;
        self.keys.check_shards(&shards)?;
        let records = self.store().logs().await?;
        for setup in logs::setups(self.config.host()?, &shards, &self.keys)? {
            let record = records.iter().find(|record| record.name == setup.name);
            ensure!(
                record.is_none_or(|record| record.public_key_spki == setup.public_key_spki),
                "the key of log {} is not the one it was created with; the trust files are left as they are",
                setup.name
            );
        }
        let instance = trust::read(&self.dir, &self.config, &shards, None)?;
        Ok(instance.write_all(&self.dir.trust())?)
    }

    /// Freezes a shard that is not frozen yet, and creates its successor.
    async fn freeze(
        &self,
        log: SignatureLog,
        shard: &Shard,
        successor: Option<&Shard>,
        accept_rollback_from: Option<u64>,
    ) -> Result<u64> {
        let now = clock::now();
        let setup = logs::shard_setup(shard)?;
        let successor = successor.map(logs::shard_setup).transpose()?;
        let meter = Meter::new();
        let progress = |done, of| meter.tell(shard.name.as_str(), done, of);
        let freeze = Freeze {
            log: &setup,
            extensions: log.last_words(now),
            successor: successor.as_ref(),
            accept_rollback_from: accept_rollback_from.map(TreeSize),
            now: millis(now),
            progress: &progress,
        };
        let last = freeze_log(self.store(), &self.guard, freeze).await;
        meter.clear();
        let last = last.with_context(|| format!("freezing log {}", shard.name))?;
        Ok(last.size.0)
    }
}

async fn list(args: &ShardList) -> Result<String> {
    let site = Site::open(&args.data).await?;
    let shards = site.shards().await?;
    let mut rows = Vec::new();
    for log in [SignatureLog::RekorV1, SignatureLog::RekorV2] {
        for shard in log.shards(&shards) {
            let head = site.store().head(&shard.name).await?;
            let head = head.with_context(|| format!("the database has no log {}", shard.name))?;
            let frozen = head.frozen.and_then(|at| i64::try_from(at.0).ok());
            rows.push(Row {
                log: log.name(),
                shard: shard.name.to_string(),
                origin: shard.origin.clone(),
                url: base_url(&site.config, &shard.host)?,
                size: head.size.0,
                frozen: frozen.map(Timestamp::from_millisecond).transpose()?,
            });
        }
    }
    site.opened.store.close().await;
    Ok(match args.output {
        Output::Json => serde_json::to_string_pretty(&rows)? + "\n",
        Output::Text => rows.iter().map(Row::line).collect(),
    })
}

impl Row {
    fn line(&self) -> String {
        let state = match self.frozen {
            Some(at) => format!("frozen {at:.0}"),
            None => "active".to_owned(),
        };
        format!(
            "{}: {} entries, {state}, {} (origin {})\n",
            self.shard, self.size, self.url, self.origin
        )
    }
}

async fn new(args: &ShardNew) -> Result<String> {
    match (args.log, &args.host) {
        (SignatureLog::RekorV1, Some(_)) => bail!(
            "--host: expected none for rekor-v1, whose shards share one address; found {}",
            args.host.as_deref().unwrap_or_default()
        ),
        (SignatureLog::RekorV2, None) => {
            bail!(
                "--host: expected the host of the new shard, for shards of rekor-v2 are told apart by it; found none"
            )
        }
        _ => {}
    }
    let site = Site::open(&args.data).await?;
    let shards = site.shards().await?;
    let known = args.log.shards(&shards);
    let newest = known.last().context("there is no shard")?;
    let successor = successor(&site, args, known)?;
    let size = if newest.frozen.is_some() && args.accept_rollback_from.is_none() {
        let setup = logs::shard_setup(&successor)?;
        let now = millis(clock::now());
        init_log(site.store(), &site.guard, &setup, None, now).await?;
        site.store()
            .head(&newest.name)
            .await?
            .map_or(0, |head| head.size.0)
    } else {
        let accepted = args.accept_rollback_from;
        site.freeze(args.log, newest, Some(&successor), accepted)
            .await?
    };
    site.write_trust().await?;
    site.opened.store.close().await;
    Ok(format!(
        "Frozen: {} at {size} entries\nNew: {} at {} (origin {})\nIts key is in {}, and in the trust files: hand them to your verifiers before you sign\n",
        newest.name,
        successor.name,
        base_url(&site.config, &successor.host)?,
        successor.origin,
        site.dir.log_key(&successor.name).display()
    ))
}

/// The shard after the newest one, with its key in a file. A file that an earlier attempt has left is taken as it is.
fn successor(site: &Site, args: &ShardNew, known: &[Shard]) -> Result<Shard> {
    let newest = known.last().map_or("", |shard| shard.name.as_str());
    let number = match newest.strip_prefix(args.log.name()).unwrap_or_default() {
        "" => 1,
        rest => rest.trim_start_matches('-').parse::<u32>()?,
    };
    let name = LogName::parse(&format!("{}-{}", args.log.name(), number + 1))?;
    let host = match &args.host {
        Some(host) => Origin::parse(host)
            .with_context(|| format!("--host: expected a bare host name, found `{host}`"))?
            .to_string(),
        None => site.config.host()?.to_owned(),
    };
    let taken = args.host.is_some() && known.iter().any(|shard| shard.host == host);
    ensure!(
        !taken,
        "--host: expected a host that no shard has, found {host}"
    );
    let path = site.dir.log_key(&name);
    if !path.exists() {
        write_secret(&path, &ceremony::new_key()?.to_pkcs8_pem()?)?;
    }
    let key = SigningKey::from_pkcs8_pem(&read_secret(&path)?)
        .with_context(|| format!("key file {}", path.display()))?;
    let origin = match args.log {
        SignatureLog::RekorV1 => {
            let tree = TreeId::derive(key.public_key());
            Origin::with_tree_id(&host, tree.get())?.to_string()
        }
        SignatureLog::RekorV2 => host.clone(),
    };
    Ok(Shard {
        name,
        host,
        origin,
        key: std::sync::Arc::new(key),
        frozen: None,
    })
}

async fn freeze(args: &ShardFreeze) -> Result<String> {
    let site = Site::open(&args.data).await?;
    let shards = site.shards().await?;
    let newest = args.log.shards(&shards).last();
    let newest = newest.context("there is no shard")?;
    let accepted = args.accept_rollback_from;
    let size = site.freeze(args.log, newest, None, accepted).await?;
    site.write_trust().await?;
    site.opened.store.close().await;
    Ok(format!("Frozen: {} at {size} entries\n", newest.name))
}
