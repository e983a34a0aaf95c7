//! Counters and latencies in Prometheus' text format.
//!
//! One recorder a process, without a listener of its own: [`router`] serves `/metrics` wherever it is mounted.
//! Labels are bounded: the route is the pattern that matched, never the path that was sent.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use http::header::HeaderValue;
use http::{Method, StatusCode};
use metrics::{counter, describe_counter, describe_histogram, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tokio::time::Instant;

use crate::respond::with_type;
use crate::stack::same_origin;

/// Requests answered, by `route`, `method` and `code`.
pub const REQUESTS_TOTAL: &str = "http_requests_total";
/// Time from the end of the request's head to the start of the answer, by `route` and `method`, in seconds.
pub const REQUEST_DURATION_SECONDS: &str = "http_request_duration_seconds";

/// The label of a request that no route matched.
const UNMATCHED: &str = "unmatched";

/// Upper bounds in seconds: an append is one fsync (about 1 to 50 ms), the longest request may take 60 s.
const BUCKETS_SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
];

/// How often samples that nobody scraped are folded into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

const EXPOSITION: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4");

/// Reads what the recorder has collected; clones read the same.
#[derive(Clone)]
pub struct Exporter {
    handle: PrometheusHandle,
}

impl Exporter {
    /// Everything collected so far, in Prometheus' text format.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds samples into their buckets from time to time, so that memory stays bounded when nobody scrapes.
    ///
    /// Never ends; run it beside the server.
    pub async fn upkeep(&self) {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            self.handle.run_upkeep();
        }
    }
}

/// Why the recorder could not be installed.
#[derive(Debug, thiserror::Error)]
#[error("cannot install the metrics recorder")]
pub struct MetricsError {
    #[from]
    source: BuildError,
}

/// Installs the recorder of the process; later calls return the same one.
///
/// # Errors
/// [`MetricsError`] if someone else has installed a recorder before.
pub fn install() -> Result<Exporter, MetricsError> {
    static INSTALLED: OnceLock<Exporter> = OnceLock::new();
    static INSTALLING: Mutex<()> = Mutex::new(());

    let _one_at_a_time = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(exporter) = INSTALLED.get() {
        return Ok(exporter.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets(&BUCKETS_SECONDS)?
        .install_recorder()?;
    describe_counter!(REQUESTS_TOTAL, "requests answered");
    describe_histogram!(REQUEST_DURATION_SECONDS, "time to answer, in seconds");
    Ok(INSTALLED.get_or_init(|| Exporter { handle }).clone())
}

/// `GET /metrics`, not readable by other web origins.
pub fn router(exporter: Exporter) -> Router {
    Router::new()
        .route("/metrics", get(render))
        .layer(same_origin())
        .with_state(exporter)
}

async fn render(State(exporter): State<Exporter>) -> Response {
    with_type(StatusCode::OK, EXPOSITION, exporter.render())
}

/// Counts and times every request; part of [`crate::stack::finish`].
pub(crate) async fn record(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| UNMATCHED.to_owned(), |path| path.as_str().to_owned());
    let method = method_label(request.method());
    let started = Instant::now();
    let response = next.run(request).await;
    let code = response.status().as_str().to_owned();
    counter!(REQUESTS_TOTAL, "route" => route.clone(), "method" => method, "code" => code)
        .increment(1);
    histogram!(REQUEST_DURATION_SECONDS, "route" => route, "method" => method)
        .record(started.elapsed().as_secs_f64());
    response
}

/// The method, or `other`: HTTP lets a client invent methods, and each would be a new series.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
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
