//! Each write × {lost, persisted but reported failed} × {retry of the same batch, of another}; the whole log is derived
//! anew after every step, and every answer ever given must still hold.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use std::sync::Arc;

use rig::{Rig, fresh, key, pending, placed, repeated};
use sigbox_log_engine::{
    AppendError, Appended, Damage, EngineConfig, Outcome, ReadOnlyReason, StoredEntry,
};
use sigbox_log_store::SqliteStore;
use sigbox_testkit::faults::{Broken, scripted_sync_failure};
use sigbox_tlog::{LeafIndex, TreeSize, UnixMillis, leaf_hash};

const FIRST: [&str; 3] = ["a", "b", "c"];
const SAME: [&str; 4] = ["d", "e", "f", "g"];
const OTHER: [&str; 6] = ["h", "i", "j", "k", "l", "m"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Retry {
    Same,
    Other,
}

fn is_unavailable(result: &Result<Appended, AppendError>) -> bool {
    matches!(result, Err(AppendError::Unavailable { .. }))
}

/// After a failed commit: what the waiters hear, and what a retry finds.
async fn commit_fault(mut rig: Rig, broken: Broken, retry: Retry) {
    assert_eq!(placed(&rig.append(&FIRST).await), fresh(0, 3));
    rig.check_size(3).await;

    rig.store.break_commit(broken);
    let results = rig.append(&SAME).await;
    let stored = match broken {
        Broken::Lost => {
            assert!(results.iter().all(is_unavailable), "{results:?}");
            3
        }
        Broken::Persisted => {
            assert_eq!(placed(&results), fresh(3, 4));
            7
        }
    };
    rig.check_size(stored).await;
    assert_eq!(rig.log().snapshot().size, TreeSize(stored));

    let retried = match retry {
        Retry::Same => rig.append(&SAME).await,
        Retry::Other => rig.append(&OTHER).await,
    };
    let (expected, size) = match (broken, retry) {
        (Broken::Lost, Retry::Same) => (fresh(3, 4), 7),
        (Broken::Lost, Retry::Other) => (fresh(3, 6), 9),
        (Broken::Persisted, Retry::Same) => (repeated(3, 4), 7),
        (Broken::Persisted, Retry::Other) => (fresh(7, 6), 13),
    };
    assert_eq!(placed(&retried), expected);
    rig.check_size(size).await;

    assert!(rig.reason().is_none());
    rig.stop().await;
}

/// After a failed guard write: answers are not more than a moment ahead, and the next batch waits for the guard.
async fn guard_fault(mut rig: Rig, broken: Broken, retry: Retry) {
    assert_eq!(placed(&rig.append(&FIRST).await), fresh(0, 3));
    rig.restart().await;

    rig.guard.break_next(broken);
    let before = rig.guard.writes();
    assert_eq!(placed(&rig.append(&SAME).await), fresh(3, 4));
    assert_eq!(rig.guard.writes(), before + 1);
    let guarded = rig.guard.stored()[rig.name()].0;
    assert_eq!(
        guarded,
        TreeSize(if broken == Broken::Lost { 3 } else { 7 })
    );
    rig.check_size(7).await;

    let (bodies, expected, size) = match retry {
        Retry::Same => (&SAME[..], repeated(3, 4), 7),
        Retry::Other => (&OTHER[..], fresh(7, 6), 13),
    };
    assert_eq!(placed(&rig.append(bodies).await), expected);
    rig.check_size(size).await;
    // Before that batch the guard was written again.
    assert!(rig.guard.stored()[rig.name()].0 >= TreeSize(7));
    assert!(rig.reason().is_none());
    rig.stop().await;
    assert_eq!(rig.guard.stored()[rig.name()].0, TreeSize(size));
}

#[tokio::test(start_paused = true)]
async fn fault_f01_every_write_broken_in_memory() {
    for broken in [Broken::Lost, Broken::Persisted] {
        for retry in [Retry::Same, Retry::Other] {
            commit_fault(Rig::new(&["log"]).await, broken, retry).await;
            guard_fault(Rig::new(&["log"]).await, broken, retry).await;
        }
    }
}

#[tokio::test]
async fn fault_f01_every_commit_broken_on_sqlite() {
    for broken in [Broken::Lost, Broken::Persisted] {
        for retry in [Retry::Same, Retry::Other] {
            let directory = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(directory.path().join("db"))
                .await
                .unwrap();
            commit_fault(Rig::on(Arc::new(store), &["log"]).await, broken, retry).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fault_f12_an_outcome_that_cannot_be_read_is_read_before_the_next_batch() {
    for broken in [Broken::Lost, Broken::Persisted] {
        let rig = Rig::new(&["log"]).await;
        rig.append(&FIRST).await;
        rig.store.break_commit(broken);
        // The head cannot be read after the commit, nor before the next batch.
        rig.store.break_heads(2);
        assert!(rig.append(&SAME).await.iter().all(is_unavailable));
        assert_eq!(rig.log().snapshot().size, TreeSize(3));
        let commits = rig.store.batches().len();
        assert!(rig.append(&OTHER).await.iter().all(is_unavailable));
        assert_eq!(
            rig.store.batches().len(),
            commits,
            "nothing is built on a doubtful head"
        );

        let (expected, size) = match broken {
            Broken::Lost => (fresh(3, 4), 7),
            Broken::Persisted => (repeated(3, 4), 7),
        };
        assert_eq!(placed(&rig.append(&SAME).await), expected);
        rig.check_size(size).await;
        assert_eq!(rig.log().snapshot().size, TreeSize(size));
    }
}

#[tokio::test(start_paused = true)]
async fn fault_f12_a_doubtful_outcome_survives_a_restart() {
    for (broken, size) in [(Broken::Lost, 3), (Broken::Persisted, 7)] {
        let mut rig = Rig::new(&["log"]).await;
        rig.append(&FIRST).await;
        rig.store.break_commit(broken);
        rig.store.break_heads(1);
        assert!(rig.append(&SAME).await.iter().all(is_unavailable));
        rig.restart().await;
        assert!(rig.reason().is_none(), "{:?}", rig.reason());
        rig.check_size(size).await;
        assert_eq!(
            rig.guard.stored()[rig.name()].0,
            TreeSize(size),
            "the guard follows at the start"
        );
        assert_eq!(placed(&rig.append(&OTHER).await), fresh(size, 6));
        rig.check_size(size + 6).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_neither_old_nor_new_freezes_the_log() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    rig.store.break_commit(Broken::Lost);
    rig.store.tamper_heads(|head| head.size = TreeSize(5));
    let results = rig.append(&SAME).await;
    for result in results {
        match result {
            Err(AppendError::ReadOnly(ReadOnlyReason::UnexpectedHead { old, new, found })) => {
                assert_eq!((old, new, found), (TreeSize(3), TreeSize(7), TreeSize(5)));
            }
            other => panic!("{other:?}"),
        }
    }
    let commits = rig.store.batches().len();
    let refused = rig.append(&OTHER).await;
    assert!(matches!(
        refused[0],
        Err(AppendError::ReadOnly(ReadOnlyReason::UnexpectedHead { .. }))
    ));
    assert_eq!(rig.store.batches().len(), commits);
    // Reads go on.
    assert_eq!(rig.log().snapshot().size, TreeSize(3));
    assert_eq!(
        rig.log().entry(LeafIndex(2)).await.unwrap().unwrap().leaf,
        "c"
    );
    rig.check_size(3).await;
}

#[tokio::test(start_paused = true)]
async fn fault_f04_a_failed_sync_is_not_answered_and_stops_every_log() {
    for broken in [Broken::Lost, Broken::Persisted] {
        let mut rig = Rig::new(&["log", "other"]).await;
        rig.append(&FIRST).await;
        rig.store.break_commit_with(broken, scripted_sync_failure());
        assert!(rig.append(&SAME).await.iter().all(is_unavailable));
        assert_eq!(rig.log().snapshot().size, TreeSize(3));
        let commits = rig.store.batches().len();
        for name in rig.names.clone() {
            let refused = rig.append_to(&name, &["x"]).await;
            assert!(
                matches!(
                    refused[0],
                    Err(AppendError::ReadOnly(ReadOnlyReason::SyncFailed { .. }))
                ),
                "{refused:?}"
            );
        }
        assert_eq!(rig.store.batches().len(), commits);
        // The next start finds out what is there.
        rig.restart().await;
        assert!(rig.reason().is_none());
        let size = if broken == Broken::Lost { 3 } else { 7 };
        assert_eq!(placed(&rig.append(&OTHER).await), fresh(size, 6));
        rig.check_size(size + 6).await;
    }
}

#[tokio::test(start_paused = true)]
async fn fault_f06_a_store_that_cannot_be_searched_fails_the_batch_alone() {
    let rig = Rig::new(&["log"]).await;
    rig.store.break_reads(1);
    assert!(rig.append(&FIRST).await.iter().all(is_unavailable));
    assert_eq!(rig.store.batches(), Vec::<usize>::new());
    assert_eq!(placed(&rig.append(&FIRST).await), fresh(0, 3));
    rig.check_size(3).await;
}

#[tokio::test(start_paused = true)]
async fn fault_f08_stored_bytes_that_rot_are_never_answered() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    rig.store.tamper_entries(|entry| {
        if entry.index == LeafIndex(1) {
            entry.leaf_hash = leaf_hash(b"rot");
            entry.extra = bytes::Bytes::from_static(b"rot");
        }
    });
    let read = rig.log().entry(LeafIndex(1)).await;
    assert!(
        matches!(
            read,
            Err(sigbox_log_engine::ReadError::Damaged(
                Damage::EntryMismatch {
                    index: LeafIndex(1)
                }
            ))
        ),
        "{read:?}"
    );
    assert!(rig.log().entry(LeafIndex(0)).await.unwrap().is_some());
    assert!(
        rig.log()
            .entry_bundle(0, 3)
            .await
            .is_err_and(|error| matches!(
                error,
                sigbox_log_engine::ReadError::Damaged(Damage::EntryMismatch {
                    index: LeafIndex(1)
                })
            ))
    );
}

/// A format that calls everything of one key the same, as a log does whose leaf holds a time.
struct ByKey;

impl sigbox_log_engine::LeafFormat for ByKey {
    fn leaf(
        &self,
        pending: &sigbox_log_engine::Pending,
        _: LeafIndex,
        _: UnixMillis,
    ) -> Result<Vec<u8>, sigbox_log_engine::LeafError> {
        Ok(pending.body.to_vec())
    }

    fn same(&self, _: &sigbox_log_engine::Pending, _: &StoredEntry) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn fault_f08_a_duplicate_whose_bytes_rot_stops_the_log() {
    let mut rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    rig.stop().await;
    let setups = vec![key(rig.name()).log("log", Arc::new(ByKey))];
    let engine = sigbox_log_engine::Engine::open(
        rig.store.clone(),
        rig.guard.clone(),
        rig.clock(),
        setups,
        EngineConfig::default(),
    )
    .await
    .unwrap();
    rig.store
        .tamper_entries(|entry| entry.leaf = bytes::Bytes::from_static(b"rot"));
    let log = engine.log("log").unwrap();
    for _ in 0..2 {
        let refused = log.append(pending("b")).await;
        assert!(
            matches!(
                refused,
                Err(AppendError::ReadOnly(ReadOnlyReason::Damaged(
                    Damage::EntryMismatch {
                        index: LeafIndex(1)
                    }
                )))
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn fault_f23_a_clock_set_back_does_not_take_time_back() {
    let rig = Rig::new(&["log"]).await;
    let first = rig.append(&["a"]).await[0].as_ref().unwrap().entry.time;
    rig.time
        .store(rig::NOW - 3_600_000, std::sync::atomic::Ordering::SeqCst);
    let second = rig.append(&["b"]).await[0].as_ref().unwrap().entry.time;
    assert_eq!(
        (first, second),
        (UnixMillis(rig::NOW), UnixMillis(rig::NOW))
    );
    rig.check_size(2).await;
}

#[tokio::test(start_paused = true)]
async fn adv_l11_one_key_with_other_bytes_is_an_error_and_never_a_merge() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    let mut forged = pending("other bytes");
    forged.dedup_key = pending("b").dedup_key;
    let refused = rig.log().append(forged.clone()).await;
    assert!(
        matches!(
            refused,
            Err(AppendError::KeyCollision {
                index: LeafIndex(1)
            })
        ),
        "{refused:?}"
    );
    // Within a batch too.
    forged.dedup_key = pending("new").dedup_key;
    let log = rig.log();
    let (first, second) = tokio::join!(log.append(pending("new")), log.append(forged));
    assert_eq!(
        (first.unwrap().entry.index, rig.store.batches().len()),
        (LeafIndex(3), 2)
    );
    assert!(
        matches!(
            second,
            Err(AppendError::KeyCollision {
                index: LeafIndex(3)
            })
        ),
        "{second:?}"
    );
    assert_eq!(
        rig.append(&["new"]).await[0].as_ref().unwrap().outcome,
        Outcome::Duplicate
    );
    rig.check_size(4).await;
}
