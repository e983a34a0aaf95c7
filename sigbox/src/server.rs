//! Wires an instance together: keys, store, engine, services, one router.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use fulcio_lite::ctlog::{self, CtLog};
use fulcio_lite::{Fulcio, FulcioConfig, FulcioParts};
use oidc_lite::{IssuerKind, Provider};
use rekor_lite::{Rekor, RekorConfig};
use sigbox_crypto::tsp::{DEFAULT_POLICY, TimestampIssuer};
use sigbox_crypto::{Certificate, rekor_v2_log_id};
use sigbox_log_engine::{Engine, EngineConfig, FileGuard, Log, LogStatus};
use sigbox_log_store::SqliteStore;
use sigbox_service_kit::server::Bound;
use sigbox_service_kit::{dir, health, metrics, stack};
use tsa_lite::Tsa;

use crate::args::Up;
use crate::clock;
use crate::config::Config;
use crate::dispatch::Owners;
use crate::keys::Keys;
use crate::layout::{DataDir, Role, write_secret};
use crate::{issuers, logs, token, trust};

/// How long requests in flight may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What is not in `sigbox.toml`.
#[derive(Default)]
pub struct Options {
    /// The built-in OpenID provider.
    pub dev: bool,
    /// The engine's.
    pub engine: EngineConfig,
}

impl Options {
    /// From the command line.
    pub fn of(args: &Up) -> Result<Self> {
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
pub struct Server {
    router: Router,
    engine: Engine,
    health: health::HealthRegistry,
    metrics: metrics::Exporter,
}

impl Server {
    /// Opens the logs, each after its self-check, and builds the services.
    pub async fn open(dir: &DataDir, config: &Config, options: &Options) -> Result<Self> {
        let host = config.host()?;
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

        let store = Arc::new(SqliteStore::open(&dir.database()).await?);
        let guard = FileGuard::new(config.guard.clone().unwrap_or_else(|| dir.guard()));
        let engine = Engine::open(
            store,
            Arc::new(guard),
            clock::log_clock(),
            logs::setups(host, &keys)?,
            options.engine.clone(),
        )
        .await?;
        let (rekor_log, ct_log) = (log(&engine, logs::REKOR)?, log(&engine, logs::CT)?);

        let health = health::HealthRegistry::new();
        watch(&health, logs::REKOR, &rekor_log);
        watch(&health, logs::CT, &ct_log);
        let metrics = metrics::install()?;
        let operations = health::router(health.clone()).merge(metrics::router(metrics.clone()));

        let rekor = Rekor::new(
            rekor_log,
            host.to_owned(),
            rekor_v2_log_id(host, keys.rekor.public_key()),
            RekorConfig::default(),
        );
        let root = instance
            .ca_chain
            .last()
            .context("the CA's chain is empty")?;
        let ct_log = CtLog::new(ct_log, Arc::clone(&keys.ct), vec![root.clone()])?;
        let ct = stack::finish(ctlog::standalone(ct_log.clone()));
        let fulcio = fulcio(config, &keys, &instance.ca_chain, ct_log, provider.as_ref())?;
        let tsa = tsa(&keys, &instance.tsa_chain)?;
        watch_services(&health, &fulcio, &tsa);
        let names = trust_root::FILES
            .into_iter()
            .map(str::parse)
            .collect::<Result<Vec<dir::FileName>, _>>()?;
        let operations = stack::finish(operations);
        let owners = Owners {
            rekor: stack::finish(rekor_lite::standalone(rekor)),
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

    /// Serves until `stop` ends; then finishes what is in flight, drains the logs and writes the guard.
    pub async fn serve(
        self,
        bound: Bound,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<()> {
        let health = self.health.clone();
        let stop = async move {
            stop.await;
            health.drain();
            tracing::info!("stopping");
        };
        let serving = bound.serve(self.router, stop, GRACE);
        tokio::select! {
            served = serving => served?,
            () = self.metrics.upkeep() => {}
        }
        self.engine.shutdown().await;
        tracing::info!("stopped");
        Ok(())
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

fn make_provider_key(dir: &DataDir) -> Result<()> {
    let path = dir.key(Role::Oidc);
    if path.exists() {
        return Ok(());
    }
    write_secret(&path, &oidc_lite::generate_rsa_key_pem()?)
}
