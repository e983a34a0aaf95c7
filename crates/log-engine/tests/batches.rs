//! Concurrency and cost: nothing lost, nothing doubled, and one commit for all that waits.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use std::collections::BTreeSet;
use std::sync::Arc;

use rig::{Rig, fresh, pending, placed};
use sigbox_log_engine::{AppendError, EngineConfig, LeafError, Outcome};
use sigbox_log_store::SqliteStore;
use sigbox_tlog::TreeSize;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_once_over_two_logs() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("db"))
        .await
        .unwrap();
    let mut rig = Rig::on(Arc::new(store), &["log", "other"]).await;
    // Every body is sent to both logs; every fifth is sent twice.
    let bodies: Vec<String> = (0..400)
        .chain((0..400).step_by(5))
        .map(|body| format!("body {body}"))
        .collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let (log, other) = (rig.names[0].clone(), rig.names[1].clone());
    let (first, second) =
        tokio::join!(rig.append_to(&log, &bodies), rig.append_to(&other, &bodies));
    for results in [first, second] {
        let placed = placed(&results);
        let new: BTreeSet<u64> = placed
            .iter()
            .filter(|(_, outcome)| *outcome == Outcome::New)
            .map(|(index, _)| *index)
            .collect();
        assert_eq!(new, (0..400).collect(), "each body once, without a gap");
        // Both askers of one body hear of the same entry.
        for (repeat, body) in (400..480).zip((0..400).step_by(5)) {
            assert_eq!(placed[repeat].0, placed[body].0);
        }
    }
    for log in rig.check().await {
        assert_eq!(log.size, 400);
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn all_that_waits_joins_one_commit_of_all_logs() {
    let rig = Rig::new(&["log", "other"]).await;
    let hold = rig.store.hold_commits();
    let (log, other) = (rig.names[0].clone(), rig.names[1].clone());
    let bodies: Vec<String> = (0..300).map(|body| format!("body {body}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let first = rig.append_to(&log, &["first"]);
    let rest = async {
        rig.store.arrived(1).await;
        let waiting =
            async { tokio::join!(rig.append_to(&log, &bodies), rig.append_to(&other, &bodies)) };
        let release = async {
            while rig.named(&log).queue_depth() + rig.named(&other).queue_depth() < 600 {
                tokio::task::yield_now().await;
            }
            drop(hold);
        };
        tokio::join!(waiting, release).0
    };
    let (first, (in_log, in_other)) = tokio::join!(first, rest);
    assert_eq!(placed(&first), fresh(0, 1));
    assert_eq!(
        (placed(&in_log), placed(&in_other)),
        (fresh(1, 300), fresh(0, 300))
    );
    assert_eq!(
        rig.store.batches(),
        [1, 600],
        "one commit while idle, one for everything that came meanwhile"
    );
    let checkpoints: BTreeSet<&str> = in_log
        .iter()
        .map(|result| &*result.as_ref().unwrap().checkpoint)
        .collect();
    assert_eq!(
        checkpoints.len(),
        1,
        "all waiters of a batch hear the same checkpoint"
    );
    rig.check_size(301).await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_a_limit_and_duplicates_need_no_commit() {
    let mut rig = Rig::new(&["log"]).await;
    rig.stop().await;
    rig.open(EngineConfig {
        batch_max: 4,
        ..EngineConfig::default()
    })
    .await;
    let bodies = ["a", "b", "c", "d", "e", "f", "a"];
    let placed = placed(&rig.append(&bodies).await);
    assert_eq!(placed[6], (0, Outcome::Duplicate));
    assert_eq!(rig.store.batches(), [4, 2]);
    rig.append(&bodies).await;
    assert_eq!(rig.store.batches(), [4, 2]);
    rig.check_size(6).await;
}

#[tokio::test(start_paused = true)]
async fn fault_f11_a_full_queue_refuses_at_once() {
    let mut rig = Rig::new(&["log"]).await;
    rig.stop().await;
    rig.open(EngineConfig {
        queue: 3,
        ..EngineConfig::default()
    })
    .await;
    let hold = rig.store.hold_commits();
    let log = rig.log();
    let append = |body: &'static str| {
        let log = log.clone();
        tokio::spawn(async move { log.append(pending(body)).await })
    };
    let first = append("a");
    rig.store.arrived(1).await;
    let waiting: Vec<_> = ["b", "c", "d"].map(append).into_iter().collect();
    while log.queue_depth() < 3 {
        tokio::task::yield_now().await;
    }
    let refused = log.append(pending("e")).await;
    assert!(
        matches!(refused, Err(AppendError::QueueFull { limit: 3 })),
        "{refused:?}"
    );
    drop(hold);
    assert_eq!(first.await.unwrap().unwrap().entry.index.0, 0);
    for (task, index) in waiting.into_iter().zip(1..) {
        assert_eq!(task.await.unwrap().unwrap().entry.index.0, index);
    }
    assert_eq!(rig.store.batches(), [1, 3]);
    rig.check_size(4).await;
}

#[tokio::test(start_paused = true)]
async fn fault_f41_a_shutdown_answers_what_waits_and_writes_the_guard() {
    let mut rig = Rig::new(&["log"]).await;
    let hold = rig.store.hold_commits();
    let log = rig.log();
    let append = |body: &'static str| {
        let log = log.clone();
        tokio::spawn(async move { log.append(pending(body)).await })
    };
    let first = append("a");
    rig.store.arrived(1).await;
    let waiting: Vec<_> = ["b", "c"].map(append).into_iter().collect();
    while log.queue_depth() < 2 {
        tokio::task::yield_now().await;
    }
    let store = Arc::clone(&rig.store);
    let release = async {
        // The stop is asked for first: `join!` polls in order.
        drop(hold);
        store.arrived(2).await;
    };
    tokio::join!(rig.stop(), release);
    assert!(first.await.unwrap().is_ok());
    for task in waiting {
        assert!(task.await.unwrap().is_ok());
    }
    let refused = log.append(pending("d")).await;
    assert!(
        matches!(refused, Err(AppendError::ShuttingDown)),
        "{refused:?}"
    );
    assert_eq!(rig.guard.stored()[rig.name()].0, TreeSize(3));
    rig.check_size(3).await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_engine_drains_too() {
    let rig = Rig::new(&["log"]).await;
    let log = rig.log();
    let waiting = tokio::spawn({
        let log = log.clone();
        async move { log.append(pending("a")).await }
    });
    tokio::task::yield_now().await;
    let (store, guard, names) = (
        Arc::clone(&rig.store),
        Arc::clone(&rig.guard),
        rig.names.clone(),
    );
    drop(rig);
    assert_eq!(waiting.await.unwrap().unwrap().entry.index.0, 0);
    while !matches!(
        log.append(pending("b")).await,
        Err(AppendError::ShuttingDown)
    ) {
        tokio::task::yield_now().await;
    }
    let checked = sigbox_testkit::log_check::check_log(
        &*store.inner(),
        &names[0],
        &rig::key(&names[0]),
        &guard.stored(),
    )
    .await;
    assert!(checked.size >= 1);
}

#[tokio::test(start_paused = true)]
async fn a_leaf_that_is_too_long_is_refused_alone() {
    let rig = Rig::new(&["log"]).await;
    let (fits, long) = ("x".repeat(65_535), "x".repeat(65_536));
    let results = rig.append(&["a", &long, "b", &fits]).await;
    assert!(
        matches!(
            results[1],
            Err(AppendError::Leaf(LeafError::TooLong {
                found: 65_536,
                limit: 65_535
            }))
        ),
        "{:?}",
        results[1]
    );
    let indexes: Vec<u64> = results
        .iter()
        .flatten()
        .map(|answer| answer.entry.index.0)
        .collect();
    assert_eq!(indexes, [0, 1, 2]);
    rig.check_size(3).await;
}

#[tokio::test(start_paused = true)]
async fn adv_l17_a_flood_of_one_entry_is_one_row_and_others_go_on() {
    let rig = Rig::new(&["log"]).await;
    let mut bodies = vec!["flood"; 3_000];
    bodies.insert(1_500, "another");
    let placed = placed(&rig.append(&bodies).await);
    let new = placed
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::New)
        .count();
    assert_eq!((placed.len(), new), (3_001, 2));
    assert_eq!(placed[1_500].1, Outcome::New);
    rig.check_size(2).await;
    // The copies that came later were looked up, not committed.
    let entries: usize = rig.store.batches().iter().sum();
    assert_eq!(entries, 2);
}
