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
use sigbox_log_engine::{Engine, Log, LogStatus};
use sigbox_service_kit::health::{self, HealthRegistry};
use sigbox_service_kit::respond::with_fallbacks;
use sigbox_service_kit::{dir, metrics, stack};
use trust_root::Instance;
use tsa_lite::Tsa;

use crate::clock;
use crate::config::Config;
use crate::dispatch::Owners;
use crate::keys::Keys;
use crate::layout::DataDir;
use crate::{issuers, logs};

/// The logs of an open engine.
pub(crate) struct Logs {
    /// The Rekor v2 log.
    pub(crate) rekor: Log,
    /// The Rekor v1 log.
    pub(crate) rekor_v1: Log,
    /// The certificate transparency log.
    pub(crate) ct: Log,
}

impl Logs {
    /// All of them, by name.
    pub(crate) fn of(engine: &Engine) -> Result<Self> {
        Ok(Self {
            rekor: log(engine, logs::REKOR)?,
            rekor_v1: log(engine, logs::REKOR_V1)?,
            ct: log(engine, logs::CT)?,
        })
    }
}

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
    /// The logs.
    pub(crate) logs: &'a Logs,
}

impl Parts<'_> {
    /// Builds every service and registers what makes it ready.
    pub(crate) fn build(
        &self,
        provider: Option<Provider>,
        health: &HealthRegistry,
        metrics: &metrics::Exporter,
    ) -> Result<Owners> {
        watch(health, logs::REKOR, &self.logs.rekor);
        watch(health, logs::REKOR_V1, &self.logs.rekor_v1);
        watch(health, logs::CT, &self.logs.ct);
        let chain = &self.trust.ca_chain;
        let ct_log = CtLog::new(
            self.logs.ct.clone(),
            Arc::clone(&self.keys.ct),
            chain.clone(),
        )?;
        let ct = ctlog::standalone(ct_log.clone());
        let fulcio = fulcio(self.config, self.keys, chain, ct_log, provider.as_ref())?;
        let tsa = tsa(self.keys, &self.trust.tsa_chain)?;
        watch_services(health, &fulcio, &tsa);
        let operations = stack::finish(with_fallbacks(
            health::router(health.clone()).merge(metrics::router(metrics.clone())),
        ));
        Ok(Owners {
            rekor: stack::finish(rekor_lite::standalone(self.rekor()?)),
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

    fn rekor(&self) -> Result<Rekor> {
        let host = self.config.host()?;
        Ok(Rekor::new(
            self.logs.rekor.clone(),
            host.to_owned(),
            rekor_v2_log_id(host, self.keys.rekor.public_key()),
            RekorConfig::default(),
        ))
    }

    fn rekor_v1(&self) -> Result<RekorV1> {
        let (log, key) = (self.logs.rekor_v1.clone(), Arc::clone(&self.keys.rekor_v1));
        let rekor = RekorV1::new(log, key, RekorV1Config::default())?;
        index_in_background(&rekor);
        Ok(rekor)
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
            LogStatus::Writable => Ok(()),
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
