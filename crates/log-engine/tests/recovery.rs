//! Keys, checkpoints and damage found at the start, and the creation of a log. Writes stop with a typed reason.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use std::sync::Arc;

use rig::{NOW, Rig, fresh, pending, placed};
use sigbox_log_engine::{
    CreateLogError, Damage, Engine, EngineConfig, Guard, InitError, LogSetup, LogStatus, LogStore,
    OpenError, PlainLeaf, ReadError, ReadOnlyReason, init_log,
};
use sigbox_log_store::MemoryStore;
use sigbox_log_store::memory::MemoryGuard;
use sigbox_testkit::note_key::TestKey;
use sigbox_tlog::{LeafIndex, TileRef, TreeSize, UnixMillis, leaf_hash};

#[tokio::test(start_paused = true)]
async fn fault_f20_another_key_or_origin_than_the_pinned_one_stops_writes() {
    let (rig, _) = Rig::stopped().await;
    let other_key = TestKey::new("log.example", 2).log("log", Arc::new(PlainLeaf));
    let (_, status) = rig.open_with(other_key, EngineConfig::default()).await;
    assert!(
        matches!(status, LogStatus::ReadOnly(ReadOnlyReason::KeyChanged)),
        "{status:?}"
    );
    let other_origin = LogSetup {
        origin: "elsewhere.example".to_owned(),
        ..rig.setup()
    };
    let (_, status) = rig.open_with(other_origin, EngineConfig::default()).await;
    assert!(
        matches!(&status, LogStatus::ReadOnly(ReadOnlyReason::OriginChanged { pinned, configured })
            if pinned == "log.example" && configured == "elsewhere.example"),
        "{status:?}"
    );
    // The public key is the pinned one, but the signatures are not of it.
    let verifier = Box::new(TestKey::new("log.example", 3));
    let (_, status) = rig
        .open_with(
            LogSetup {
                verifier,
                ..rig.setup()
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
    let (rig, _) = Rig::stopped().await;
    rig.store
        .tamper_heads(|head| head.checkpoint = "no note".to_owned());
    assert!(matches!(
        rig.reopened().await,
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
    let reason = rig.reopened().await;
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
async fn fault_f08_damage_at_the_right_edge_stops_writes_and_unverified_reads() {
    type Case = (fn(&Rig), fn(&Damage) -> bool);
    let table: [Case; 4] = [
        (
            |rig| {
                rig.store
                    .tamper_entries(|entry| entry.leaf = bytes::Bytes::from_static(b"rot"));
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
                    .tamper_heads(|head| head.frontier[0] = leaf_hash(b"rot"));
            },
            |damage| matches!(damage, Damage::FrontierMismatch),
        ),
        (
            |rig| {
                rig.store
                    .tamper_heads(|head| head.size = TreeSize(head.size.0 + 1));
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
    let reason = rig.reopened().await;
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
    let reason = rig.reopened().await;
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
        matches!(again, Err(InitError::Create(CreateLogError::Exists { .. }))),
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
