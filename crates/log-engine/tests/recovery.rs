//! What an engine finds at the start: rollbacks, guards, keys, damage. Writes stop with a typed reason, reads go on.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use std::collections::BTreeMap;
use std::sync::Arc;

use rig::{NOW, Rig, fresh, key, pending, placed};
use sigbox_log_engine::{
    AppendError, Damage, Engine, EngineConfig, FileGuard, Guard, GuardError, GuardState, InitError,
    LogName, LogSetup, LogStatus, LogStore, OpenError, PlainLeaf, ReadError, ReadOnlyReason,
    init_log,
};
use sigbox_log_store::memory::MemoryGuard;
use sigbox_log_store::{MemoryStore, SqliteStore};
use sigbox_testkit::note_key::TestKey;
use sigbox_tlog::{Hash, LeafIndex, TileRef, TreeSize, UnixMillis, leaf_hash};

const BODIES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A stopped log of five entries and what its guard holds.
async fn stopped() -> (Rig, Hash) {
    let mut rig = Rig::new(&["log"]).await;
    assert_eq!(placed(&rig.append(&BODIES).await), fresh(0, 5));
    rig.stop().await;
    let root = rig.guard.stored()[rig.name()].1;
    (rig, root)
}

async fn open_with(rig: &Rig, setup: LogSetup, config: EngineConfig) -> (Engine, LogStatus) {
    let engine = Engine::open(
        rig.store.clone(),
        rig.guard.clone(),
        rig.clock(),
        vec![setup],
        config,
    )
    .await
    .unwrap();
    let status = engine.log("log").unwrap().status();
    (engine, status)
}

fn setup(rig: &Rig) -> LogSetup {
    key(rig.name()).log("log", Arc::new(PlainLeaf))
}

async fn reopened(rig: &Rig) -> Option<ReadOnlyReason> {
    let (_, status) = open_with(rig, setup(rig), EngineConfig::default()).await;
    match status {
        LogStatus::Writable => None,
        LogStatus::ReadOnly(reason) => Some(reason),
    }
}

fn guard_at(rig: &Rig, size: u64, root: Hash) {
    let state = GuardState::from([(rig.name().clone(), (TreeSize(size), root))]);
    rig.guard.store(&state).unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_older_database_opens_read_only_and_serves_what_it_has() {
    let (mut rig, _) = stopped().await;
    guard_at(&rig, 9, leaf_hash(b"the root of what was lost"));
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
    let (rig, root) = stopped().await;
    let other = leaf_hash(b"another tree");
    guard_at(&rig, 5, other);
    let reason = reopened(&rig).await;
    assert!(
        matches!(reason, Some(ReadOnlyReason::GuardMismatch { size: TreeSize(5), database, guard })
            if database == root && guard == other),
        "{reason:?}"
    );
    // Behind the head, too: the tree of the database at that size is not the one that was signed.
    guard_at(&rig, 3, other);
    let reason = reopened(&rig).await;
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
    let (mut rig, root) = stopped().await;
    let log = &rig.check().await[0];
    guard_at(
        &rig,
        3,
        sigbox_testkit::log_check::naive_root(&log.leaves[..3]),
    );
    rig.open(EngineConfig::default()).await;
    assert!(rig.reason().is_none());
    assert_eq!(rig.guard.stored()[rig.name()], (TreeSize(5), root));
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_cannot_be_raised_holds_up_the_first_batch() {
    let (mut rig, root) = stopped().await;
    let log = &rig.check().await[0];
    guard_at(
        &rig,
        3,
        sigbox_testkit::log_check::naive_root(&log.leaves[..3]),
    );
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
async fn a_missing_guard_is_made_anew_only_by_exact_words() {
    let (rig, root) = stopped().await;
    rig.guard.store(&GuardState::new()).unwrap();
    let reason = reopened(&rig).await;
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
        let (engine, status) = open_with(&rig, setup(&rig), config).await;
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
    let (rig, root) = stopped().await;
    guard_at(&rig, 9, leaf_hash(b"what was lost"));
    let accept_new_guard = BTreeMap::from([(rig.name().clone(), (TreeSize(5), root))]);
    let (_, status) = open_with(
        &rig,
        setup(&rig),
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
async fn an_unreadable_guard_is_not_a_missing_one() {
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
    let heads = [
        (head.size, head.root),
        (TreeSize(0), sigbox_tlog::empty_root()),
    ];
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

#[tokio::test(start_paused = true)]
async fn another_key_or_origin_than_the_pinned_one_stops_writes() {
    let (rig, _) = stopped().await;
    let other_key = TestKey::new("log.example", 2).log("log", Arc::new(PlainLeaf));
    let (_, status) = open_with(&rig, other_key, EngineConfig::default()).await;
    assert!(
        matches!(status, LogStatus::ReadOnly(ReadOnlyReason::KeyChanged)),
        "{status:?}"
    );
    let other_origin = LogSetup {
        origin: "elsewhere.example".to_owned(),
        ..setup(&rig)
    };
    let (_, status) = open_with(&rig, other_origin, EngineConfig::default()).await;
    assert!(
        matches!(&status, LogStatus::ReadOnly(ReadOnlyReason::OriginChanged { pinned, configured })
            if pinned == "log.example" && configured == "elsewhere.example"),
        "{status:?}"
    );
    // The public key is the pinned one, but the signatures are not of it.
    let verifier = Box::new(TestKey::new("log.example", 3));
    let (_, status) = open_with(
        &rig,
        LogSetup {
            verifier,
            ..setup(&rig)
        },
        EngineConfig::default(),
    )
    .await;
    assert!(
        matches!(
            status,
            LogStatus::ReadOnly(ReadOnlyReason::CheckpointSignature)
        ),
        "{status:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_that_does_not_fit_stops_writes() {
    let (rig, _) = stopped().await;
    rig.store
        .tamper_heads(|head| head.checkpoint = "no note".to_owned());
    assert!(matches!(
        reopened(&rig).await,
        Some(ReadOnlyReason::CheckpointNote { .. })
    ));
    let old = rig
        .store
        .inner()
        .checkpoint(rig.name(), TreeSize(0))
        .await
        .unwrap()
        .unwrap();
    rig.store
        .tamper_heads(move |head| head.checkpoint.clone_from(&old));
    let reason = reopened(&rig).await;
    assert!(
        matches!(
            reason,
            Some(ReadOnlyReason::CheckpointOther {
                size: TreeSize(0),
                head: TreeSize(5),
                ..
            })
        ),
        "{reason:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn damage_at_the_right_edge_stops_writes_and_unverified_reads() {
    type Tamper = fn(&Rig);
    let table: [(Tamper, fn(&Damage) -> bool); 4] = [
        (
            |rig| {
                rig.store
                    .tamper_entries(|entry| entry.leaf = bytes::Bytes::from_static(b"rot"))
            },
            |damage| matches!(damage, Damage::EntryMismatch { .. }),
        ),
        (
            |rig| rig.store.tamper_heads(|head| head.root = leaf_hash(b"rot")),
            |damage| matches!(damage, Damage::RootMismatch { .. }),
        ),
        (
            |rig| {
                rig.store
                    .tamper_heads(|head| head.frontier[0] = leaf_hash(b"rot"))
            },
            |damage| matches!(damage, Damage::FrontierMismatch),
        ),
        (
            |rig| {
                rig.store
                    .tamper_heads(|head| head.size = TreeSize(head.size.0 + 1))
            },
            |damage| {
                matches!(
                    damage,
                    Damage::EntryMissing {
                        index: LeafIndex(300)
                    }
                )
            },
        ),
    ];
    for (tamper, expected) in table {
        let mut rig = Rig::new(&["log"]).await;
        let bodies: Vec<String> = (0..300).map(|index| format!("body {index}")).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        assert_eq!(placed(&rig.append(&bodies).await), fresh(0, 300));
        rig.stop().await;
        tamper(&rig);
        rig.open(EngineConfig::default()).await;
        let reason = rig.reason();
        assert!(
            matches!(&reason, Some(ReadOnlyReason::Damaged(damage)) if expected(damage)),
            "{reason:?}"
        );
        // The last signed checkpoint is still there; nothing unverified is.
        assert!(
            rig.log()
                .snapshot()
                .checkpoint
                .starts_with("log.example\n300\n")
        );
        let read = rig.log().tile(TileRef::full(0, 0)).await;
        assert!(
            matches!(read, Err(ReadError::Damaged(Damage::EdgeLost))),
            "{read:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_rotten_tile_beside_the_edge_is_found_at_the_start() {
    let mut rig = Rig::new(&["log"]).await;
    let bodies: Vec<String> = (0..300).map(|index| format!("body {index}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    rig.append(&bodies).await;
    rig.stop().await;
    rig.store.tamper_tiles(|tile| tile[7] = leaf_hash(b"rot"));
    let reason = reopened(&rig).await;
    assert!(
        matches!(
            reason,
            Some(ReadOnlyReason::Damaged(Damage::EntryMismatch {
                index: LeafIndex(7)
            }))
        ),
        "{reason:?}"
    );
    rig.store.break_reads(1);
    let reason = reopened(&rig).await;
    assert!(
        matches!(reason, Some(ReadOnlyReason::StoreUnreadable { .. })),
        "{reason:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_log_is_created_explicitly_and_once() {
    let store = Arc::new(MemoryStore::new());
    let guard = Arc::new(MemoryGuard::new());
    let key = TestKey::new("log.example", 1);
    let make = || key.log("log", Arc::new(PlainLeaf));
    let clock = Arc::new(|| UnixMillis(NOW));
    let open = Engine::open(
        store.clone(),
        guard.clone(),
        clock.clone(),
        vec![make()],
        EngineConfig::default(),
    );
    assert!(matches!(open.await, Err(OpenError::UnknownLog { log }) if log.as_str() == "log"));

    let head = init_log(
        &*store,
        &*guard,
        &make(),
        Some(pending("genesis")),
        UnixMillis(NOW),
    )
    .await
    .unwrap();
    assert_eq!((head.size, head.root), (TreeSize(1), leaf_hash(b"genesis")));
    assert!(head.checkpoint.starts_with("log.example\n1\n"));
    assert_eq!(
        guard.load().unwrap().unwrap()[&make().name],
        (head.size, head.root)
    );
    let again = init_log(&*store, &*guard, &make(), None, UnixMillis(NOW)).await;
    assert!(
        matches!(
            again,
            Err(InitError::Create(
                sigbox_log_engine::CreateLogError::Exists { .. }
            ))
        ),
        "{again:?}"
    );
    let wrong = LogSetup {
        verifier: Box::new(TestKey::new("log.example", 2)),
        ..make()
    };
    let wrong = init_log(&MemoryStore::new(), &*guard, &wrong, None, UnixMillis(NOW)).await;
    assert!(matches!(wrong, Err(InitError::WrongSignature)), "{wrong:?}");

    let twice = Engine::open(
        store.clone(),
        guard.clone(),
        clock,
        vec![make(), make()],
        EngineConfig::default(),
    )
    .await;
    assert!(matches!(twice, Err(OpenError::DuplicateSetup { .. })));
    assert_eq!(store.head(&make().name).await.unwrap(), Some(head));
}

#[test]
fn a_guard_file_round_trips_for_its_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let guard = FileGuard::new(directory.path().join("guard"));
    assert_eq!(guard.load().unwrap(), None);
    let mut state = GuardState::new();
    for size in [7, u64::MAX] {
        state.insert(
            LogName::parse("ct").unwrap(),
            (TreeSize(size), leaf_hash(b"root")),
        );
        state.insert(
            LogName::parse("rekor-v2").unwrap(),
            (TreeSize(0), sigbox_tlog::empty_root()),
        );
        guard.store(&state).unwrap();
        assert_eq!(guard.load().unwrap().as_ref(), Some(&state));
    }
    let files: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|file| file.unwrap())
        .collect();
    assert_eq!(files.len(), 1, "no half-written file is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            files[0].metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let text = std::fs::read_to_string(guard.path()).unwrap();
    assert!(
        text.contains("\"rekor-v2\"") && text.contains(&sigbox_tlog::empty_root().to_string()),
        "{text}"
    );
}

#[test]
fn a_guard_file_of_another_form_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let guard = FileGuard::new(directory.path().join("guard"));
    let root = "00".repeat(32);
    let table = [
        String::new(),
        "[]".to_owned(),
        r#"{"version":1}"#.to_owned(),
        r#"{"version":1,"logs":{},"more":0}"#.to_owned(),
        format!(r#"{{"version":1,"logs":{{"ct":{{"size":-1,"root":"{root}"}}}}}}"#),
        r#"{"version":1,"logs":{"ct":{"size":1,"root":"00"}}}"#.to_owned(),
        format!(
            r#"{{"version":1,"logs":{{"ct":{{"size":1,"root":"{}"}}}}}}"#,
            "é".repeat(32)
        ),
        format!(r#"{{"version":1,"logs":{{"C T":{{"size":1,"root":"{root}"}}}}}}"#),
    ];
    for text in table {
        std::fs::write(guard.path(), &text).unwrap();
        let refused = guard.load();
        assert!(
            matches!(refused, Err(GuardError::Malformed { .. })),
            "{text} {refused:?}"
        );
    }
    std::fs::write(guard.path(), r#"{"version":2,"logs":{}}"#).unwrap();
    assert!(matches!(
        guard.load(),
        Err(GuardError::Version {
            found: 2,
            known: 1,
            ..
        })
    ));
    std::fs::remove_file(guard.path()).unwrap();
    std::fs::create_dir(guard.path()).unwrap();
    assert!(matches!(guard.load(), Err(GuardError::Read { .. })));
    assert!(matches!(
        guard.store(&GuardState::new()),
        Err(GuardError::Write { .. })
    ));
}
