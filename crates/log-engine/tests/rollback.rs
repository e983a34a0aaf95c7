//! The database against the guard at the start: rollbacks, other trees, lost guards. Writes stop, reads go on.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use std::collections::BTreeMap;
use std::sync::Arc;

use rig::{NOW, Rig, fresh, pending, placed};
use sigbox_log_engine::{
    AppendError, Engine, EngineConfig, FileGuard, Guard, GuardError, GuardState, LogName,
    LogStatus, PlainLeaf, ReadOnlyReason, init_log,
};
use sigbox_log_store::SqliteStore;
use sigbox_testkit::log_check::naive_root;
use sigbox_testkit::note_key::TestKey;
use sigbox_tlog::{LeafIndex, TreeSize, UnixMillis, empty_root, leaf_hash};

#[tokio::test(start_paused = true)]
async fn fault_f17_an_older_database_opens_read_only_and_serves_what_it_has() {
    let (mut rig, _) = Rig::stopped().await;
    rig.guard_at(9, leaf_hash(b"the root of what was lost"));
    rig.open(EngineConfig::default()).await;
    let reason = rig.reason();
    let rolled_back = |reason: &ReadOnlyReason| {
        matches!(
            reason,
            ReadOnlyReason::Rollback {
                database: TreeSize(5),
                guard: TreeSize(9)
            }
        )
    };
    assert!(reason.as_ref().is_some_and(rolled_back), "{reason:?}");
    assert_eq!(
        reason.unwrap().to_string(),
        "rollback detected: database size 5 < last signed 9"
    );
    match rig.append(&["x"]).await.remove(0) {
        Err(AppendError::ReadOnly(reason)) => assert!(rolled_back(&reason), "{reason:?}"),
        other => panic!("{other:?}"),
    }
    let log = rig.log();
    assert_eq!(log.snapshot().size, TreeSize(5));
    assert_eq!(log.entry(LeafIndex(4)).await.unwrap().unwrap().leaf, "e");
    assert!(log.inclusion_proof(LeafIndex(0), TreeSize(5)).await.is_ok());
    rig.stop().await;
    assert_eq!(
        rig.guard.stored()[rig.name()].0,
        TreeSize(9),
        "the guard is never lowered"
    );
}

#[tokio::test(start_paused = true)]
async fn a_guard_of_another_tree_stops_writes() {
    let (rig, root) = Rig::stopped().await;
    let other = leaf_hash(b"another tree");
    rig.guard_at(5, other);
    let reason = rig.reopened().await;
    assert!(
        matches!(reason, Some(ReadOnlyReason::GuardMismatch { size: TreeSize(5), database, guard })
            if database == root && guard == other),
        "{reason:?}"
    );
    // Behind the head, too: the tree of the database at that size is not the one that was signed.
    rig.guard_at(3, other);
    let reason = rig.reopened().await;
    assert!(
        matches!(
            reason,
            Some(ReadOnlyReason::GuardMismatch {
                size: TreeSize(3),
                ..
            })
        ),
        "{reason:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_guard_behind_the_head_is_raised_at_the_start() {
    let (mut rig, root) = Rig::stopped().await;
    let log = &rig.check().await[0];
    rig.guard_at(3, naive_root(&log.leaves[..3]));
    rig.open(EngineConfig::default()).await;
    assert!(rig.reason().is_none());
    assert_eq!(rig.guard.stored()[rig.name()], (TreeSize(5), root));
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_cannot_be_raised_holds_up_the_first_batch() {
    let (mut rig, root) = Rig::stopped().await;
    let log = &rig.check().await[0];
    rig.guard_at(3, naive_root(&log.leaves[..3]));
    rig.guard.set_down(true);
    rig.open(EngineConfig::default()).await;
    assert!(rig.reason().is_none());
    let refused = rig.append(&["x"]).await;
    assert!(
        matches!(refused[0], Err(AppendError::GuardBehind { .. })),
        "{refused:?}"
    );
    rig.guard.set_down(false);
    assert_eq!(placed(&rig.append(&["x"]).await), fresh(5, 1));
    assert!(rig.guard.stored()[rig.name()] >= (TreeSize(5), root));
    rig.check_size(6).await;
}

#[tokio::test(start_paused = true)]
async fn fault_f18_a_missing_guard_is_made_anew_only_by_exact_words() {
    let (rig, root) = Rig::stopped().await;
    rig.guard.store(&GuardState::new()).unwrap();
    let reason = rig.reopened().await;
    assert!(
        matches!(
            reason,
            Some(ReadOnlyReason::GuardMissing { size: TreeSize(5) })
        ),
        "{reason:?}"
    );
    assert_eq!(
        rig.guard.stored(),
        GuardState::new(),
        "nothing is made silently"
    );
    for (size, root, accepted) in [
        (4, root, false),
        (5, leaf_hash(b"guess"), false),
        (5, root, true),
    ] {
        let accept_new_guard = BTreeMap::from([(rig.name().clone(), (TreeSize(size), root))]);
        let config = EngineConfig {
            accept_new_guard,
            ..EngineConfig::default()
        };
        let (engine, status) = rig.open_with(rig.setup(), config).await;
        assert_eq!(
            matches!(status, LogStatus::Writable),
            accepted,
            "{size} {status:?}"
        );
        engine.shutdown().await;
    }
    assert_eq!(rig.guard.stored()[rig.name()], (TreeSize(5), root));
}

#[tokio::test(start_paused = true)]
async fn words_do_not_override_a_guard_that_is_there() {
    let (rig, root) = Rig::stopped().await;
    rig.guard_at(9, leaf_hash(b"what was lost"));
    let accept_new_guard = BTreeMap::from([(rig.name().clone(), (TreeSize(5), root))]);
    let (_, status) = rig
        .open_with(
            rig.setup(),
            EngineConfig {
                accept_new_guard,
                ..EngineConfig::default()
            },
        )
        .await;
    assert!(
        matches!(status, LogStatus::ReadOnly(ReadOnlyReason::Rollback { .. })),
        "{status:?}"
    );
}

#[tokio::test]
async fn fault_f18_an_unreadable_guard_is_not_a_missing_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("guard");
    let guard = Arc::new(FileGuard::new(&path));
    let store = Arc::new(
        SqliteStore::open(directory.path().join("db"))
            .await
            .unwrap(),
    );
    let (a, b) = (TestKey::new("a.example", 1), TestKey::new("b.example", 1));
    let make = |key: &TestKey, name: &str| key.log(name, Arc::new(PlainLeaf));
    let head = init_log(
        &*store,
        &*guard,
        &make(&a, "a"),
        Some(pending("a")),
        UnixMillis(NOW),
    )
    .await
    .unwrap();
    init_log(&*store, &*guard, &make(&b, "b"), None, UnixMillis(NOW))
        .await
        .unwrap();
    std::fs::write(&path, "{").unwrap();
    let names = [LogName::parse("a").unwrap(), LogName::parse("b").unwrap()];
    let heads = [(head.size, head.root), (TreeSize(0), empty_root())];
    for (vouched, writable) in [(0, false), (1, false), (2, true)] {
        let accept_new_guard = names.iter().cloned().zip(heads).take(vouched).collect();
        let config = EngineConfig {
            accept_new_guard,
            ..EngineConfig::default()
        };
        let clock = Arc::new(|| UnixMillis(NOW));
        let setups = vec![make(&a, "a"), make(&b, "b")];
        let engine = Engine::open(store.clone(), guard.clone(), clock, setups, config)
            .await
            .unwrap();
        for log in engine.logs() {
            let status = log.status();
            match &status {
                LogStatus::Writable => assert!(writable, "{vouched}"),
                LogStatus::ReadOnly(ReadOnlyReason::GuardUnreadable { source }) => {
                    assert!(!writable && matches!(**source, GuardError::Malformed { .. }));
                }
                LogStatus::ReadOnly(other) => panic!("{other}"),
            }
        }
        drop(engine);
    }
    assert_eq!(guard.load().unwrap().unwrap().len(), 2);
}
