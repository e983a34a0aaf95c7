//! Measures appends per second on SQLite: `cargo run --release -p sigbox-log-engine --example append_rate`.
//!
//! Prints figures, asserts nothing. The database lies in a temporary directory; set `TMPDIR` to measure another disk.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use sigbox_log_engine::{Engine, EngineConfig, FileGuard, Log, Pending, PlainLeaf, init_log};
use sigbox_log_store::SqliteStore;
use sigbox_testkit::note_key::TestKey;
use sigbox_tlog::{UnixMillis, leaf_hash};

/// Size of a Rekor v2 body with a certificate, in bytes.
const BODY: usize = 3_500;
const TASKS: u64 = 64;
const APPENDS_A_TASK: u64 = 400;
const LONE: u64 = 300;

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMillis(u64::try_from(since.as_millis()).unwrap())
}

fn pending(number: u64) -> Pending {
    let mut body = vec![b'.'; BODY];
    body[..8].copy_from_slice(&number.to_be_bytes());
    let body = Bytes::from(body);
    Pending {
        dedup_key: *leaf_hash(&body).as_bytes(),
        body,
        extra: Bytes::new(),
    }
}

async fn append(log: Log, numbers: std::ops::Range<u64>) -> Vec<Duration> {
    let mut times = Vec::new();
    for number in numbers {
        let pending = pending(number);
        let start = Instant::now();
        log.append(pending).await.unwrap();
        times.push(start.elapsed());
    }
    times
}

fn report(what: &str, mut times: Vec<Duration>, total: Duration) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{what}: {:.0} appends/s, p50 {:.2?}, p99 {:.2?}, max {:.2?}",
        times.len() as f64 / total.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

async fn open(directory: &Path, create: bool) -> Engine {
    let store = SqliteStore::open(directory.join("sigbox.db"))
        .await
        .unwrap();
    let guard = Arc::new(FileGuard::new(directory.join("guard")));
    let setup = || TestKey::new("log.example", 1).log("log", Arc::new(PlainLeaf));
    if create {
        init_log(&store, &*guard, &setup(), None, now())
            .await
            .unwrap();
    }
    let config = EngineConfig::default();
    Engine::open(Arc::new(store), guard, Arc::new(now), vec![setup()], config)
        .await
        .unwrap()
}

#[tokio::main]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), true).await;
    let log = engine.log("log").unwrap();

    let start = Instant::now();
    let times = append(log.clone(), 0..LONE).await;
    report("one task", times, start.elapsed());

    let start = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let first = LONE + task * APPENDS_A_TASK;
            tokio::spawn(append(log.clone(), first..first + APPENDS_A_TASK))
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    report("64 tasks", times, start.elapsed());
    engine.shutdown().await;

    let start = Instant::now();
    let engine = open(directory.path(), false).await;
    let elapsed = start.elapsed();
    let log = engine.log("log").unwrap();
    println!(
        "opened again with self-check: {elapsed:.2?} for {} entries, {:?}",
        log.snapshot().size.0,
        log.status()
    );
}
