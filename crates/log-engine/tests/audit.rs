//! What a start reads, and what only the full check finds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use rig::Rig;
use sigbox_log_engine::{AuditError, Damage, ReadOnlyReason, audit_log};
use sigbox_tlog::{LeafIndex, TreeSize, UnixMillis};

#[tokio::test(start_paused = true)]
async fn a_start_reads_the_right_edge_and_not_the_log() {
    let mut rig = Rig::new(&["log"]).await;
    for part in 0..4 {
        let bodies: Vec<String> = (0..768)
            .map(|index| format!("body {part} {index}"))
            .collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        rig.append(&bodies).await;
    }
    rig.append(&["a", "b", "c", "d", "e"]).await;
    rig.stop().await;
    rig.store.take_reads();
    assert!(rig.reopened().await.is_none());
    // 3,077 entries: the loose five and the full tile before them; the twelve full tiles and one of them again.
    assert_eq!(rig.store.take_reads(), (5 + 256, 12 + 1));
}

#[tokio::test(start_paused = true)]
async fn an_audit_finds_what_the_start_does_not_look_at() {
    let mut rig = Rig::new(&["log"]).await;
    let bodies: Vec<String> = (0..700).map(|index| format!("body {index}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    rig.append(&bodies).await;
    rig.stop().await;
    let guard = rig.guard.stored()[rig.name()];
    let audited = audit_log(&*rig.store, &rig.setup(), Some(guard))
        .await
        .unwrap();
    assert_eq!((audited.size, audited.root), guard);

    let fault = async |guard| match audit_log(&*rig.store, &rig.setup(), Some(guard)).await {
        Err(AuditError::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    };
    let rollback = fault((TreeSize(701), guard.1)).await;
    assert!(
        matches!(rollback, ReadOnlyReason::Rollback { .. }),
        "{rollback:?}"
    );
    let mismatch = fault((TreeSize(10), guard.1)).await;
    assert!(
        matches!(
            mismatch,
            ReadOnlyReason::GuardMismatch {
                size: TreeSize(10),
                ..
            }
        ),
        "{mismatch:?}"
    );
    rig.store.tamper_entries(|entry| {
        if entry.index == LeafIndex(10) {
            entry.leaf = bytes::Bytes::from_static(b"rot");
        }
    });
    assert!(rig.reopened().await.is_none());
    let rot = fault(guard).await;
    assert!(
        matches!(
            rot,
            ReadOnlyReason::Damaged(Damage::EntryMismatch {
                index: LeafIndex(10)
            })
        ),
        "{rot:?}"
    );
    rig.store.tamper_entries(|entry| {
        if entry.index == LeafIndex(11) {
            entry.time = UnixMillis(0);
        }
    });
    let back = fault(guard).await;
    assert!(
        matches!(
            back,
            ReadOnlyReason::Damaged(Damage::TimeRunsBack {
                index: LeafIndex(11)
            })
        ),
        "{back:?}"
    );
}
