//! A log that cannot take entries says so, and one that was restarted is the same log.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use faulty::FaultyStore;
use sigbox_log_engine::{EngineConfig, Guard as _};
use sigbox_log_store::SqliteStore;
use sigbox_log_store::memory::MemoryGuard;
use sigbox_tlog::{Hash, TreeSize};
use support::{Answer, Setup, json, log_name, p256, post, request};

fn entry() -> String {
    json(&request(&p256(), b"x"))
}

/// Between one and two seconds, so that clients that were refused together do not return together.
fn assert_retry_after(answer: &Answer) {
    let seconds: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn fault_f17_a_read_only_log_tells_the_reason_and_goes_on_serving_reads() {
    let setup = Setup::default();
    setup.create().await;
    // The guard remembers more than the database holds: an old copy was restored.
    let state = BTreeMap::from([(log_name(), (TreeSize(5), Hash::from_bytes([7; 32])))]);
    let guard = MemoryGuard::new();
    guard.store(&state).unwrap();
    let bench = Setup {
        guard: Arc::new(guard),
        ..setup
    }
    .open()
    .await;
    let answer = bench.post(entry()).await;
    answer.assert_error(
        503,
        14,
        "the log is read-only: rollback detected: database size 0 < last signed 5",
    );
    assert_eq!(answer.header("retry-after"), "");
    assert_eq!(
        bench.checkpoint(bench.get("/checkpoint").await.text()).size,
        TreeSize(0)
    );
    assert_eq!(bench.size(), 0);
}

#[tokio::test]
async fn fault_f11_a_full_queue_is_answered_at_once() {
    let store = FaultyStore::new();
    let engine = EngineConfig {
        queue: 1,
        ..EngineConfig::default()
    };
    let setup = Setup {
        store: store.clone(),
        engine,
        ..Setup::default()
    };
    setup.create().await;
    let bench = setup.open().await;
    store.permits.forget_permits(usize::MAX);
    let committing = tokio::spawn(Answer::of(bench.router.clone(), post(entry())));
    store.committing.notified().await;
    let waiting = tokio::spawn(Answer::of(bench.router.clone(), post(entry())));
    while bench.log.queue_depth() == 0 {
        tokio::task::yield_now().await;
    }
    let answer = bench.post(entry()).await;
    answer.assert_error(503, 14, "reached max pushback; retry");
    assert_retry_after(&answer);
    assert_eq!(bench.size(), 0);
    store.permits.add_permits(2);
    for answer in [committing.await.unwrap(), waiting.await.unwrap()] {
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    }
    assert_eq!(bench.size(), 2);
}

#[tokio::test]
async fn fault_f03_a_full_disk_is_a_retryable_refusal_without_details() {
    let store = FaultyStore::new();
    let setup = Setup {
        store: store.clone(),
        ..Setup::default()
    };
    setup.create().await;
    let bench = setup.open().await;
    let body = entry();
    store.full.store(true, Ordering::SeqCst);
    let answer = bench.post(body.clone()).await;
    answer.assert_error(
        503,
        14,
        "the log cannot store the entry at the moment; retry",
    );
    assert_retry_after(&answer);
    assert_eq!(bench.size(), 0);
    store.full.store(false, Ordering::SeqCst);
    assert_eq!(bench.post(body).await.status.as_u16(), 201);
    assert_eq!(bench.size(), 1);
}

#[tokio::test]
async fn fault_f05_a_store_that_another_holds_is_a_retryable_refusal_without_details() {
    let store = FaultyStore::new();
    let setup = Setup {
        store: store.clone(),
        ..Setup::default()
    };
    setup.create().await;
    let bench = setup.open().await;
    let body = entry();
    store.busy.store(true, Ordering::SeqCst);
    let answer = bench.post(body.clone()).await;
    answer.assert_error(
        503,
        14,
        "the log cannot store the entry at the moment; retry",
    );
    assert_retry_after(&answer);
    assert_eq!(bench.size(), 0);
    store.busy.store(false, Ordering::SeqCst);
    assert_eq!(bench.post(body).await.status.as_u16(), 201);
    assert_eq!(bench.size(), 1);
}

#[tokio::test]
async fn fault_f06_a_store_that_cannot_be_read_is_an_internal_error_without_details() {
    let store = FaultyStore::new();
    let setup = Setup {
        store: store.clone(),
        ..Setup::default()
    };
    setup.create().await;
    let bench = setup.open().await;
    assert_eq!(bench.post(entry()).await.status.as_u16(), 201);
    store.unreadable.store(true, Ordering::SeqCst);
    bench
        .get("/tile/entries/000.p/1")
        .await
        .assert_error(500, 13, "internal error");
    store.unreadable.store(false, Ordering::SeqCst);
    assert_eq!(
        bench.get("/tile/entries/000.p/1").await.status.as_u16(),
        200
    );
}

#[tokio::test]
async fn a_log_that_shuts_down_asks_to_come_back() {
    let setup = Setup::default();
    setup.create().await;
    let bench = setup.open().await;
    let router = bench.router.clone();
    bench.engine.shutdown().await;
    let answer = Answer::of(router, post(entry())).await;
    answer.assert_error(503, 14, "the log shuts down; retry");
    assert_retry_after(&answer);
}

#[tokio::test]
async fn a_restarted_log_is_the_same_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.db");
    let setup = Setup {
        store: Arc::new(SqliteStore::open(&path).await.unwrap()),
        ..Setup::default()
    };
    let (key, guard) = (setup.key.clone(), setup.guard.clone());
    setup.create().await;
    let bench = setup.open().await;
    let bodies: Vec<String> = (0..3).map(|_| entry()).collect();
    for body in &bodies {
        assert_eq!(bench.post(body.clone()).await.status.as_u16(), 201);
    }
    let paths = ["/checkpoint", "/tile/0/000.p/3", "/tile/entries/000.p/3"];
    let mut before = Vec::new();
    for path in paths {
        before.push(bench.get(path).await.body);
    }
    bench.engine.shutdown().await;

    let store = Arc::new(SqliteStore::open(&path).await.unwrap());
    let bench = Setup {
        store,
        guard,
        key,
        ..Setup::default()
    }
    .open()
    .await;
    for (path, body) in paths.into_iter().zip(before) {
        assert_eq!(bench.get(path).await.body, body, "{path}");
    }
    let again = bench.post(bodies.get(1).unwrap().clone()).await;
    again.assert_error(
        409,
        6,
        "an equivalent entry already exists in the transparency log with index 1",
    );
    assert_eq!(bench.post(entry()).await.status.as_u16(), 201);
    assert_eq!(bench.size(), 4);
}
