//! Liveness and readiness.
//!
//! `/healthz` says that the process serves; `/readyz` runs every registered check and says which one fails.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;

use crate::respond::{json_response, with_header};
use crate::stack::same_origin;

/// A check that has not answered by then counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// The outcome of one check: ready, or the reason why not (shown to whoever may read `/readyz`).
pub type Readiness = Result<(), String>;

type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Readiness> + Send>> + Send + Sync>;

/// The named readiness checks of a process; clones share them.
#[derive(Clone, Default)]
pub struct HealthRegistry {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    checks: RwLock<BTreeMap<&'static str, Check>>,
    draining: AtomicBool,
}

#[derive(Serialize)]
struct Report {
    status: &'static str,
    checks: BTreeMap<&'static str, CheckReport>,
}

#[derive(Serialize)]
struct CheckReport {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl HealthRegistry {
    /// A registry without checks, which is ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a check, or replaces the one of the same name. It runs anew for each request of `/readyz`.
    pub fn register<F, Fut>(&self, name: &'static str, check: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Readiness> + Send + 'static,
    {
        let check: Check = Arc::new(move || Box::pin(check()));
        self.shared
            .checks
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, check);
    }

    /// From now on not ready: the process is about to stop and balancers should look elsewhere.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
    }

    /// Runs every check; `Ok` if all are ready, else the reason of each that is not.
    ///
    /// # Errors
    /// The failed checks by name, with their reasons.
    pub async fn ready(&self) -> Result<(), BTreeMap<&'static str, String>> {
        let failed: BTreeMap<_, _> = self
            .outcomes()
            .await
            .into_iter()
            .filter_map(|(name, outcome)| outcome.err().map(|reason| (name, reason)))
            .collect();
        if failed.is_empty() {
            Ok(())
        } else {
            Err(failed)
        }
    }

    async fn outcomes(&self) -> BTreeMap<&'static str, Readiness> {
        let checks: Vec<_> = self
            .shared
            .checks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|(name, check)| (*name, Arc::clone(check)))
            .collect();
        let mut outcomes = BTreeMap::new();
        for (name, check) in checks {
            let outcome = tokio::time::timeout(CHECK_TIMEOUT, check())
                .await
                .unwrap_or_else(|_elapsed| Err("check did not answer in time".to_owned()));
            outcomes.insert(name, outcome);
        }
        if self.shared.draining.load(Ordering::Relaxed) {
            outcomes.insert("shutdown", Err("the server is shutting down".to_owned()));
        }
        outcomes
    }
}

/// `GET /healthz` and `GET /readyz`, not readable by other web origins.
pub fn router(registry: HealthRegistry) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .layer(same_origin())
        .with_state(registry)
}

async fn healthz() -> Response {
    uncached(json_response(
        StatusCode::OK,
        &serde_json::json!({ "status": "SERVING" }),
    ))
}

async fn readyz(State(registry): State<HealthRegistry>) -> Response {
    let checks: BTreeMap<_, _> = registry
        .outcomes()
        .await
        .into_iter()
        .map(|(name, outcome)| (name, CheckReport::from(outcome)))
        .collect();
    let ready = checks.values().all(|check| check.reason.is_none());
    let (code, status) = if ready {
        (StatusCode::OK, "READY")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "NOT_READY")
    };
    uncached(json_response(code, &Report { status, checks }))
}

impl From<Readiness> for CheckReport {
    fn from(outcome: Readiness) -> Self {
        match outcome {
            Ok(()) => Self {
                status: "ok",
                reason: None,
            },
            Err(reason) => Self {
                status: "failed",
                reason: Some(reason),
            },
        }
    }
}

fn uncached(response: Response) -> Response {
    with_header(
        response,
        CACHE_CONTROL,
        HeaderValue::from_static("no-store"),
    )
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
mod tests;
