//! The services of an instance, each over its log and its key, and the router that each answers with.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use fulcio_lite::ctlog::{self, CtLog};
use fulcio_lite::{Fulcio, FulcioConfig, FulcioParts};
use oidc_lite::Provider;
use rekor_lite::v1::{RekorV1, RekorV1Config};
use rekor_lite::{Rekor, RekorConfig};
use sigbox_crypto::tsp::{DEFAULT_POLICY, TimestampIssuer};
use sigbox_crypto::{Certificate, rekor_v2_log_id};
use sigbox_log_engine::{Engine, Log, LogStatus, ReadOnlyReason};
use sigbox_service_kit::health::{self, HealthRegistry};
use sigbox_service_kit::respond::with_fallbacks;
use sigbox_service_kit::{dir, metrics, stack};
use trust_root::Instance;
use tsa_lite::Tsa;

use crate::clock;
use crate::config::Config;
use crate::dispatch::{Owners, by_host};
use crate::keys::Keys;
use crate::layout::DataDir;
use crate::shards::{Shard, Shards};
use crate::{issuers, logs};

/// What the services are built from.
pub(crate) struct Parts<'a> {
    /// The data directory.
    pub(crate) dir: &'a DataDir,
    /// `sigbox.toml`.
    pub(crate) config: &'a Config,
    /// The private keys.
    pub(crate) keys: &'a Keys,
    /// The public side.
    pub(crate) trust: &'a Instance,
    /// The shards of the signature logs.
    pub(crate) shards: &'a Shards,
    /// The logs.
    pub(crate) engine: &'a Engine,
}

impl Parts<'_> {
    /// Builds every service and registers what makes it ready.
    pub(crate) fn build(
        &self,
        provider: Option<Provider>,
        health: &HealthRegistry,
        metrics: &metrics::Exporter,
    ) -> Result<Owners> {
        let ct = log(self.engine, logs::CT)?;
        watch(health, logs::REKOR, &self.newest(&self.shards.v2)?);
        watch(health, logs::REKOR_V1, &self.newest(&self.shards.v1)?);
        watch(health, logs::CT, &ct);
        let chain = &self.trust.ca_chain;
        let ct_log = CtLog::new(ct, Arc::clone(&self.keys.ct), chain.clone())?;
        let ct = ctlog::standalone(ct_log.clone());
        let fulcio = fulcio(self.config, self.keys, chain, ct_log, provider.as_ref())?;
        let tsa = tsa(self.keys, &self.trust.tsa_chain)?;
        watch_services(health, &fulcio, &tsa);
        let operations = stack::finish(with_fallbacks(
            health::router(health.clone()).merge(metrics::router(metrics.clone())),
        ));
        Ok(Owners {
            rekor: self.rekor()?,
            rekor_v1: stack::finish(rekor_lite::v1::standalone(self.rekor_v1()?)),
            fulcio: stack::finish(fulcio_lite::standalone(fulcio)),
            ct: stack::finish(ct),
            tsa: stack::finish(tsa_lite::standalone(tsa)),
            oidc: provider.map_or_else(
                || operations.clone(),
                |provider| stack::finish(oidc_lite::router(provider)),
            ),
            trust: stack::finish(self.trust_files()?),
            operations,
        })
    }

    /// Every shard at its own host; requests to any other host reach the first one.
    fn rekor(&self) -> Result<Router> {
        let mut routers = Vec::new();
        for shard in &self.shards.v2 {
            let log = log(self.engine, shard.name.as_str())?;
            let log_id = rekor_v2_log_id(&shard.host, shard.key.public_key());
            let rekor = Rekor::new(log, shard.host.clone(), log_id, RekorConfig::default());
            let router = stack::finish(rekor_lite::standalone(rekor));
            routers.push((shard.host.clone(), router));
        }
        Ok(by_host(routers))
    }

    fn rekor_v1(&self) -> Result<RekorV1> {
        let mut shards = Vec::new();
        for shard in &self.shards.v1 {
            let log = log(self.engine, shard.name.as_str())?;
            shards.push((log, Arc::clone(&shard.key)));
        }
        let active = shards.pop().context("there is no Rekor v1 log")?;
        let rekor = RekorV1::sharded(shards, active, RekorV1Config::default())?;
        index_in_background(&rekor);
        Ok(rekor)
    }

    /// The log that takes entries, of several shards.
    fn newest(&self, shards: &[Shard]) -> Result<Log> {
        let newest = shards.last().context("there is no such log")?;
        log(self.engine, newest.name.as_str())
    }

    fn trust_files(&self) -> Result<Router> {
        let names = trust_root::FILES
            .into_iter()
            .map(str::parse)
            .collect::<Result<Vec<dir::FileName>, _>>()?;
        Ok(Router::new().nest("/trust", dir::router(self.dir.trust(), names)))
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
fn watch_services(health: &HealthRegistry, fulcio: &Fulcio, tsa: &Tsa) {
    let (fulcio, tsa) = (fulcio.clone(), tsa.clone());
    health.register("certificate-authority", move || {
        std::future::ready(fulcio.ready().map_err(|reason| reason.to_string()))
    });
    health.register("timestamp-authority", move || {
        std::future::ready(tsa.ready().map_err(|reason| reason.to_string()))
    });
}

/// A log that takes no entries makes the instance not ready, with the reason.
fn watch(health: &HealthRegistry, name: &'static str, log: &Log) {
    let log = log.clone();
    health.register(name, move || {
        std::future::ready(match log.status() {
            // A frozen log does all that it is there for.
            LogStatus::Writable | LogStatus::ReadOnly(ReadOnlyReason::Frozen) => Ok(()),
            LogStatus::ReadOnly(reason) => Err(reason.to_string()),
        })
    });
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
