//! An instance as a process: opened, served, stopped.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use oidc_lite::IssuerKind;
use sigbox_log_engine::{Engine, EngineConfig, FileGuard, Log, LogStatus, ReadOnlyReason};
use sigbox_log_store::LockFile;
use sigbox_service_kit::server::Bound;
use sigbox_service_kit::{health, metrics};

use crate::args::Up;
use crate::clock;
use crate::config::Config;
use crate::database::{self, Opened};
use crate::keys::Keys;
use crate::layout::{DataDir, Role, write_secret};
use crate::services::Parts;
use crate::shards::Shards;
use crate::{logs, make, token, trust};

/// How long requests in flight may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What is not in `sigbox.toml`.
#[derive(Default)]
pub(crate) struct Options {
    /// The built-in OpenID provider.
    pub(crate) dev: bool,
    /// The engine's.
    pub(crate) engine: EngineConfig,
}

impl Options {
    /// From the command line.
    pub(crate) fn of(args: &Up) -> Result<Self> {
        let mut engine = EngineConfig::default();
        for text in &args.accept_new_guard {
            let (log, head) = logs::accepted_guard(text)?;
            engine.accept_new_guard.insert(log, head);
        }
        Ok(Self {
            dev: args.dev,
            engine,
        })
    }
}

/// An instance that is open and does not serve yet.
pub(crate) struct Server {
    router: Router,
    engine: Engine,
    /// Held until the guard is written for the last time.
    _lock: Option<LockFile>,
    health: health::HealthRegistry,
    metrics: metrics::Exporter,
}

impl Server {
    /// Opens the logs, each after its self-check, and builds the services.
    pub(crate) async fn open(dir: &DataDir, config: &Config, options: &Options) -> Result<Self> {
        let host = config.host()?;
        let Opened { store, lock } = database::open(dir, config).await?;
        let guard = FileGuard::new(config.guard.clone().unwrap_or_else(|| dir.guard()));
        make::add_v1_log(dir, config, store.as_ref(), &guard, clock::now()).await?;
        let keys = Keys::read(dir)?;
        let provider = if options.dev {
            make_provider_key(dir)?;
            Some(token::provider(dir, config)?)
        } else {
            None
        };
        let built_in = provider.as_ref().map(|p| p.issuer(IssuerKind::Email));
        let shards = Shards::read(store.as_ref(), dir, host, &keys).await?;
        keys.check_shards(&shards)?;
        let instance = trust::read(dir, config, &shards, built_in)?;

        let engine = Engine::open(
            store,
            Arc::new(guard),
            clock::log_clock(),
            logs::setups(host, &shards, &keys)?,
            options.engine.clone(),
        )
        .await?;
        refuse_other_identity(&engine)?;
        // Not before: a key file that is not the log's would stand in what is handed out.
        instance.write_all(&dir.trust())?;
        for log in engine.logs() {
            plant_first_entry(log).await?;
        }

        let health = health::HealthRegistry::new();
        let metrics = metrics::install()?;
        let owners = Parts {
            dir,
            config,
            keys: &keys,
            trust: &instance,
            shards: &shards,
            engine: &engine,
        }
        .build(provider, &health, &metrics)?;
        Ok(Self {
            router: owners.into_router(),
            engine,
            _lock: lock,
            health,
            metrics,
        })
    }

    /// What is served.
    #[cfg(test)]
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Closes what is open without having served.
    #[cfg(test)]
    pub(crate) async fn close(self) {
        self.engine.shutdown().await;
    }

    /// Serves until `stop` ends; then finishes what is in flight, drains the logs and writes the guard.
    ///
    /// Ends with an error when a sync to stable storage failed: a second one would prove nothing, so the process must go.
    pub(crate) async fn serve(
        self,
        bound: Bound,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<()> {
        let health = self.health.clone();
        let failed = sync_failure(&self.engine);
        let (ended, end) = tokio::sync::oneshot::channel();
        let stop = async move {
            let failure = tokio::select! {
                () = stop => None,
                reason = failed => Some(reason),
            };
            health.drain();
            tracing::info!("stopping");
            // The receiver lives until the server has stopped.
            let _ = ended.send(failure);
        };
        tokio::select! {
            served = bound.serve(self.router, stop, GRACE) => served?,
            () = self.metrics.upkeep() => {}
        }
        self.engine.shutdown().await;
        tracing::info!("stopped");
        match end.await {
            Ok(Some(reason)) => Err(anyhow::Error::new(reason).context("a log cannot go on")),
            Ok(None) | Err(_) => Ok(()),
        }
    }
}

/// A log's key and origin are pinned at its birth; another key file, or another host name, must not sign in its place.
fn refuse_other_identity(engine: &Engine) -> Result<()> {
    for log in engine.logs() {
        if let LogStatus::ReadOnly(
            reason @ (ReadOnlyReason::KeyChanged | ReadOnlyReason::OriginChanged { .. }),
        ) = log.status()
        {
            return Err(reason).with_context(|| format!("refusing to start: log `{}`", log.name()));
        }
    }
    Ok(())
}

/// Ends when a log of the engine is read-only for a failed sync.
fn sync_failure(engine: &Engine) -> impl Future<Output = ReadOnlyReason> + Send + 'static {
    let (sender, mut first) = tokio::sync::mpsc::channel(1);
    for log in engine.logs() {
        let (mut status, sender) = (log.watch_status(), sender.clone());
        tokio::spawn(async move {
            let failed = |status: &LogStatus| {
                matches!(
                    status,
                    LogStatus::ReadOnly(ReadOnlyReason::SyncFailed { .. })
                )
            };
            if let Ok(status) = status.wait_for(failed).await
                && let LogStatus::ReadOnly(reason) = &*status
            {
                // Nobody listens any more: the server is stopping already.
                let _ = sender.try_send(reason.clone());
            }
        });
    }
    async move {
        match first.recv().await {
            Some(reason) => reason,
            None => std::future::pending().await,
        }
    }
}

fn make_provider_key(dir: &DataDir) -> Result<()> {
    let path = dir.key(Role::Oidc);
    if path.exists() {
        return Ok(());
    }
    write_secret(&path, &oidc_lite::generate_rsa_key_pem()?)
}

/// Gives a log that was added empty its first entry; one that takes no entries is left to its health check.
async fn plant_first_entry(log: &Log) -> Result<()> {
    let writable = matches!(log.status(), LogStatus::Writable);
    if log.snapshot().size.0 == 0
        && writable
        && let Some(first) = logs::first_entry(log.name())?
    {
        log.append(first).await?;
    }
    Ok(())
}
