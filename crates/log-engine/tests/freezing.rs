//! A log is frozen for good, with or without a successor; what was lost before stays lost, by name.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use std::sync::Arc;

use rig::{NOW, Rig, fresh, key, placed};
use sigbox_log_engine::{
    AppendError, AuditError, CheckpointFault, Engine, EngineConfig, Freeze, FreezeError,
    Guard as _, LogName, LogSetup, LogStatus, OpenError, PlainLeaf, ReadOnlyReason, freeze_log,
};
use sigbox_tlog::{Checkpoint, SignedNote, TreeSize, UnixMillis, leaf_hash};

const LAST_WORDS: &str = "Log frozen \u{2014} now";

fn setup(name: &str) -> LogSetup {
    key(&LogName::parse(name).unwrap()).log(name, Arc::new(PlainLeaf))
}

fn freeze<'a>(log: &'a LogSetup, successor: Option<&'a LogSetup>) -> Freeze<'a> {
    Freeze {
        log,
        extensions: Vec::new(),
        successor,
        accept_rollback_from: None,
        now: UnixMillis(NOW + 5),
        progress: &|_, _| {},
    }
}

fn is_frozen(status: &LogStatus) -> bool {
    matches!(status, LogStatus::ReadOnly(ReadOnlyReason::Frozen))
}

#[tokio::test(start_paused = true)]
async fn a_frozen_log_serves_what_it_has_and_its_successor_takes_entries() {
    let (mut rig, _) = Rig::stopped().await;
    let (old, new) = (setup("log"), setup("log-2"));
    let last = freeze_log(&*rig.store, &*rig.guard, freeze(&old, Some(&new))).await;
    let last = last.unwrap();
    assert_eq!(
        (last.size, last.frozen),
        (TreeSize(5), Some(UnixMillis(NOW + 5)))
    );

    rig.names.push(LogName::parse("log-2").unwrap());
    rig.open(EngineConfig::default()).await;
    assert!(is_frozen(&rig.log().status()));
    match rig.append(&["x"]).await.remove(0) {
        Err(AppendError::ReadOnly(ReadOnlyReason::Frozen)) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(*rig.log().snapshot().checkpoint, *last.checkpoint);
    let name = rig.names[1].clone();
    // What the old log holds is new here.
    assert_eq!(
        placed(&rig.append_to(&name, &["a", "y"]).await),
        fresh(0, 2)
    );
    let sizes: Vec<u64> = rig.check().await.iter().map(|log| log.size).collect();
    assert_eq!(sizes, [5, 2]);
}

#[tokio::test(start_paused = true)]
async fn the_final_checkpoint_bears_the_last_words() {
    let (mut rig, root) = Rig::stopped().await;
    let old = setup("log");
    let how = Freeze {
        extensions: vec![LAST_WORDS.to_owned()],
        ..freeze(&old, None)
    };
    freeze_log(&*rig.store, &*rig.guard, how).await.unwrap();
    rig.open(EngineConfig::default()).await;
    let note = SignedNote::parse(&rig.log().snapshot().checkpoint).unwrap();
    note.verify(&key(rig.name())).unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (TreeSize(5), root));
    assert_eq!(checkpoint.extensions, [LAST_WORDS]);

    let again = freeze_log(&*rig.store, &*rig.guard, freeze(&old, None)).await;
    assert!(
        matches!(again, Err(FreezeError::AlreadyFrozen)),
        "{again:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_running_engine_learns_that_another_process_froze_its_log() {
    let rig = Rig::new(&["log", "other"]).await;
    rig.append(&["a"]).await;
    let old = setup("log");
    // The guard may be late by now, and is not lowered.
    rig::pass(std::time::Duration::from_secs(2)).await;
    freeze_log(&*rig.store, &*rig.guard, freeze(&old, None))
        .await
        .unwrap();

    let other = rig.names[1].clone();
    let (refused, unharmed) = tokio::join!(rig.append(&["b"]), rig.append_to(&other, &["p"]));
    match &refused[0] {
        Err(AppendError::Fenced | AppendError::ReadOnly(ReadOnlyReason::Frozen)) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(placed(&unharmed), fresh(0, 1));
    assert!(is_frozen(&rig.log().status()));
    match rig.append(&["c"]).await.remove(0) {
        Err(AppendError::ReadOnly(ReadOnlyReason::Frozen)) => {}
        other => panic!("{other:?}"),
    }
    rig.check_size(1).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_in_order_is_not_frozen() {
    let (rig, _) = Rig::stopped().await;
    let old = setup("log");
    let other = LogSetup {
        public_key_spki: b"another".to_vec(),
        ..setup("log")
    };
    let refused = freeze_log(&*rig.store, &*rig.guard, freeze(&other, None)).await;
    assert!(
        matches!(
            refused,
            Err(FreezeError::Refused(ReadOnlyReason::KeyChanged))
        ),
        "{refused:?}"
    );
    let unknown = setup("unknown");
    let refused = freeze_log(&*rig.store, &*rig.guard, freeze(&unknown, None)).await;
    assert!(
        matches!(refused, Err(FreezeError::UnknownLog)),
        "{refused:?}"
    );

    rig.store.tamper_heads(|head| head.root = leaf_hash(b"rot"));
    let refused = freeze_log(&*rig.store, &*rig.guard, freeze(&old, None)).await;
    assert!(
        matches!(
            refused,
            Err(FreezeError::NotSound(AuditError::Checkpoint {
                size: TreeSize(5),
                source: CheckpointFault::Root { .. }
            }))
        ),
        "{refused:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn fault_f17_a_rollback_is_frozen_only_by_its_exact_size() {
    let (mut rig, _) = Rig::stopped().await;
    rig.guard_at(9, leaf_hash(b"the root of what was lost"));
    let (old, new) = (setup("log"), setup("log-2"));
    let refused = freeze_log(&*rig.store, &*rig.guard, freeze(&old, Some(&new))).await;
    match refused {
        Err(FreezeError::NotSound(AuditError::Rollback { database, guard })) => {
            assert_eq!((database, guard), (TreeSize(5), TreeSize(9)));
        }
        other => panic!("{other:?}"),
    }
    let accepting = |size| Freeze {
        accept_rollback_from: Some(TreeSize(size)),
        ..freeze(&old, Some(&new))
    };
    let refused = freeze_log(&*rig.store, &*rig.guard, accepting(8)).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the database is at size 5 and the guard at 9, accepted was a rollback from 8"
    );
    let last = freeze_log(&*rig.store, &*rig.guard, accepting(9)).await;
    assert_eq!(last.unwrap().size, TreeSize(5));
    assert_eq!(rig.guard.stored()[rig.name()].0, TreeSize(5));

    rig.names.push(LogName::parse("log-2").unwrap());
    rig.open(EngineConfig::default()).await;
    assert!(is_frozen(&rig.log().status()));
    let name = rig.names[1].clone();
    assert_eq!(placed(&rig.append_to(&name, &["x"]).await), fresh(0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_database_from_before_a_log_is_not_opened() {
    let (rig, root) = Rig::stopped().await;
    let mut state = rig.guard.load().unwrap().unwrap();
    state.insert(LogName::parse("log-2").unwrap(), (TreeSize(1), root));
    rig.guard.store(&state).unwrap();
    let opened = Engine::open(
        rig.store.clone(),
        rig.guard.clone(),
        rig.clock(),
        vec![setup("log")],
        EngineConfig::default(),
    );
    match opened.await {
        Err(OpenError::LostLog { log }) => assert_eq!(log.as_str(), "log-2"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("opened"),
    }
}
