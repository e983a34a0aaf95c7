//! Wires an instance together: keys, store, engine, services, one router.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use fulcio_lite::ctlog::{self, CtLog};
use fulcio_lite::{Fulcio, FulcioConfig, FulcioParts};
use oidc_lite::{IssuerKind, Provider};
use rekor_lite::v1::{RekorV1, RekorV1Config};
use rekor_lite::{Rekor, RekorConfig};
use sigbox_crypto::tsp::{DEFAULT_POLICY, TimestampIssuer};
use sigbox_crypto::{Certificate, rekor_v2_log_id};
use sigbox_log_engine::{
    Engine, EngineConfig, FileGuard, Log, LogStatus, LogStore as _, ReadOnlyReason,
};
use sigbox_log_store::SqliteStore;
use sigbox_service_kit::respond::with_fallbacks;
use sigbox_service_kit::server::Bound;
use sigbox_service_kit::{dir, health, metrics, stack};
use tsa_lite::Tsa;

use crate::args::Up;
use crate::clock;
use crate::config::Config;
use crate::dispatch::Owners;
use crate::keys::Keys;
use crate::layout::{DataDir, Role, write_secret};
use crate::{issuers, logs, make, token, trust};

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
    health: health::HealthRegistry,
    metrics: metrics::Exporter,
}

impl Server {
    /// Opens the logs, each after its self-check, and builds the services.
    pub(crate) async fn open(dir: &DataDir, config: &Config, options: &Options) -> Result<Self> {
        let host = config.host()?;
        let store = Arc::new(SqliteStore::open(&dir.database()).await?);
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
        let instance = trust::read(dir, config, built_in)?;
        instance.write_all(&dir.trust())?;

        let tree = logs::v1_tree(&store.logs().await?, &keys)?;
        let engine = Engine::open(
            store,
            Arc::new(guard),
            clock::log_clock(),
            logs::setups(host, tree, &keys)?,
            options.engine.clone(),
        )
        .await?;
        refuse_other_identity(&engine)?;
        let (rekor_log, ct_log) = (log(&engine, logs::REKOR)?, log(&engine, logs::CT)?);
        let v1_log = log(&engine, logs::REKOR_V1)?;
        plant_first_entry(&v1_log).await?;

        let health = health::HealthRegistry::new();
        watch(&health, logs::REKOR, &rekor_log);
        watch(&health, logs::REKOR_V1, &v1_log);
        watch(&health, logs::CT, &ct_log);
        let metrics = metrics::install()?;
        let operations = health::router(health.clone()).merge(metrics::router(metrics.clone()));

        let rekor = Rekor::new(
            rekor_log,
            host.to_owned(),
            rekor_v2_log_id(host, keys.rekor.public_key()),
            RekorConfig::default(),
        );
        let v1_key = Arc::clone(&keys.rekor_v1);
        let rekor_v1 = RekorV1::new(v1_log, v1_key, RekorV1Config::default())?;
        index_in_background(&rekor_v1);
        let ct_log = CtLog::new(ct_log, Arc::clone(&keys.ct), instance.ca_chain.clone())?;
        let ct = stack::finish(ctlog::standalone(ct_log.clone()));
        let fulcio = fulcio(config, &keys, &instance.ca_chain, ct_log, provider.as_ref())?;
        let tsa = tsa(&keys, &instance.tsa_chain)?;
        watch_services(&health, &fulcio, &tsa);
        let names = trust_root::FILES
            .into_iter()
            .map(str::parse)
            .collect::<Result<Vec<dir::FileName>, _>>()?;
        let operations = stack::finish(with_fallbacks(operations));
        let owners = Owners {
            rekor: stack::finish(rekor_lite::standalone(rekor)),
            rekor_v1: stack::finish(rekor_lite::v1::standalone(rekor_v1)),
            fulcio: stack::finish(fulcio_lite::standalone(fulcio)),
            ct,
            tsa: stack::finish(tsa_lite::standalone(tsa)),
            oidc: provider.map_or_else(
                || operations.clone(),
                |provider| stack::finish(oidc_lite::router(provider)),
            ),
            trust: stack::finish(Router::new().nest("/trust", dir::router(dir.trust(), names))),
            operations,
        };
        Ok(Self {
            router: owners.into_router(),
            engine,
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

fn log(engine: &Engine, name: &str) -> Result<Log> {
    engine
        .log(name)
        .with_context(|| format!("the engine has no log `{name}`"))
}

fn fulcio(
    config: &Config,
    keys: &Keys,
    chain: &[Certificate],
    ct_log: CtLog,
    built_in: Option<&Provider>,
) -> Result<Fulcio> {
    Ok(Fulcio::new(FulcioParts {
        config: FulcioConfig {
            issuers: issuers::accepted(config, built_in)?,
            ..FulcioConfig::default()
        },
        signer: Arc::clone(&keys.ca),
        chain: chain.to_vec(),
        ct_log,
        clock: clock::clock(),
    })?)
}

fn tsa(keys: &Keys, chain: &[Certificate]) -> Result<Tsa> {
    let issuer = TimestampIssuer::new(Arc::clone(&keys.tsa), chain.to_vec(), DEFAULT_POLICY)?;
    Ok(Tsa::new(
        issuer,
        clock::clock(),
        tsa_lite::Limits::default(),
    ))
}

/// A service that would refuse everybody makes the instance not ready, with the reason.
fn watch_services(health: &health::HealthRegistry, fulcio: &Fulcio, tsa: &Tsa) {
    let (fulcio, tsa) = (fulcio.clone(), tsa.clone());
    health.register("certificate-authority", move || {
        std::future::ready(fulcio.ready().map_err(|reason| reason.to_string()))
    });
    health.register("timestamp-authority", move || {
        std::future::ready(tsa.ready().map_err(|reason| reason.to_string()))
    });
}

/// A log that takes no entries makes the instance not ready, with the reason.
fn watch(health: &health::HealthRegistry, name: &'static str, log: &Log) {
    let log = log.clone();
    health.register(name, move || {
        std::future::ready(match log.status() {
            LogStatus::Writable => Ok(()),
            LogStatus::ReadOnly(reason) => Err(reason.to_string()),
        })
    });
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

/// Builds the search index before somebody has to wait for it.
fn index_in_background(rekor: &RekorV1) {
    let rekor = rekor.clone();
    tokio::spawn(async move {
        if let Err(error) = rekor.index_stored_entries().await {
            tracing::warn!(%error, "the search index is not built yet; the next search tries again");
        }
    });
}

fn make_provider_key(dir: &DataDir) -> Result<()> {
    let path = dir.key(Role::Oidc);
    if path.exists() {
        return Ok(());
    }
    write_secret(&path, &oidc_lite::generate_rsa_key_pem()?)
}
