//! What a start reads, and what only the full check finds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use std::sync::Arc;

use rig::Rig;
use sigbox_log_engine::{
    AuditError, AuditSubject, Audited, CheckpointFault, LogName, LogStore as _, PlainLeaf,
    audit_log,
};
use sigbox_tlog::{
    Checkpoint, Hash, LeafIndex, NoteVerifyError, SignedNote, TreeSize, UnixMillis, leaf_hash,
    sign_note,
};

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
    let audited = audit(&rig, Some(guard)).await.unwrap();
    assert_eq!((audited.size, audited.root), guard);
    // That of the creation, and one for the commit.
    assert_eq!(audited.checkpoints, 2);

    let rollback = audit(&rig, Some((TreeSize(701), guard.1))).await;
    assert!(
        matches!(
            rollback,
            Err(AuditError::Rollback {
                database: TreeSize(700),
                guard: TreeSize(701)
            })
        ),
        "{rollback:?}"
    );
    let mismatch = audit(&rig, Some((TreeSize(10), guard.1))).await;
    assert!(
        matches!(mismatch, Err(AuditError::GuardRoot { size: TreeSize(10), expected, .. }) if expected == guard.1),
        "{mismatch:?}"
    );
    rig.store.tamper_entries(|entry| {
        if entry.index == LeafIndex(10) {
            entry.leaf = bytes::Bytes::from_static(b"rot");
        }
    });
    assert!(rig.reopened().await.is_none());
    let rot = audit(&rig, Some(guard)).await;
    assert!(
        matches!(
            rot,
            Err(AuditError::LeafHash { index: LeafIndex(10), expected, found })
                if expected == leaf_hash(b"body 10") && found == leaf_hash(b"rot")
        ),
        "{rot:?}"
    );
    rig.store.tamper_entries(|entry| {
        if entry.index == LeafIndex(11) {
            entry.time = UnixMillis(0);
        }
    });
    let back = audit(&rig, Some(guard)).await;
    assert!(
        matches!(
            back,
            Err(AuditError::TimeRunsBack {
                index: LeafIndex(11),
                found: UnixMillis(0),
                ..
            })
        ),
        "{back:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_audit_compares_tiles_head_and_every_checkpoint() {
    let mut rig = Rig::new(&["log"]).await;
    let bodies: Vec<String> = (0..300).map(|index| format!("body {index}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    rig.append(&bodies).await;
    rig.append(&["one more"]).await;
    rig.stop().await;
    assert_eq!(audit(&rig, None).await.unwrap().checkpoints, 3);

    let other = leaf_hash(b"other");
    rig.store.tamper_tiles(move |hashes| hashes[7] = other);
    let tile = audit(&rig, None).await;
    assert!(
        matches!(tile, Err(AuditError::TileHash { level: 0, index: 0, expected, found }) if expected != found),
        "{tile:?}"
    );
    rig.store.tamper_tiles(|_| {});

    // A checkpoint in the middle that is another log's.
    let foreign = rig::key(&LogName::parse("foreign").unwrap()).log("foreign", Arc::new(PlainLeaf));
    rig.store.tamper_checkpoints(move |size, note| {
        if size == TreeSize(300) {
            let text = SignedNote::parse(note).unwrap().text().to_owned();
            *note = sign_note(text, &*foreign.signer, UnixMillis(0))
                .unwrap()
                .to_string();
        }
    });
    let forged = audit(&rig, None).await;
    assert!(
        matches!(
            forged,
            Err(AuditError::Checkpoint {
                size: TreeSize(300),
                source: CheckpointFault::Signature(NoteVerifyError::NoMatchingSignature { .. })
            })
        ),
        "{forged:?}"
    );
    // One of this log's own key, of a tree that never was: a fork that somebody was given.
    let own = rig.setup();
    rig.store.tamper_checkpoints(move |size, note| {
        if size == TreeSize(300) {
            let note_of = SignedNote::parse(note).unwrap();
            let mut checkpoint = Checkpoint::parse(note_of.text()).unwrap();
            checkpoint.root = other;
            let text = checkpoint.to_text();
            *note = sign_note(text, &*own.signer, UnixMillis(0))
                .unwrap()
                .to_string();
        }
    });
    let fork = audit(&rig, None).await;
    assert!(
        matches!(
            fork,
            Err(AuditError::Checkpoint {
                size: TreeSize(300),
                source: CheckpointFault::Root { found, .. }
            }) if found == other
        ),
        "{fork:?}"
    );
    rig.store.tamper_checkpoints(|_, _| {});
    rig.store.tamper_heads(|head| head.frontier.reverse());
    let frontier = audit(&rig, None).await;
    assert!(
        matches!(
            frontier,
            Err(AuditError::Frontier {
                size: TreeSize(301)
            })
        ),
        "{frontier:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_audit_beside_a_growing_log_is_of_the_head_it_began_with() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&["a", "b"]).await;
    // The head as it was before the second commit: entry and checkpoint past it are there, and so is a newer head.
    let first = rig.store.head(rig.name()).await.unwrap().unwrap();
    rig.append(&["c"]).await;
    let reads = std::sync::atomic::AtomicUsize::new(0);
    let old = first.clone();
    rig.store.tamper_heads(move |head| {
        if reads.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            *head = old.clone();
        }
    });
    assert_eq!(audit(&rig, None).await.unwrap().size, TreeSize(2));
    // The same with a head that stays behind its entries is none that a commit leaves.
    rig.store.tamper_heads(move |head| *head = first.clone());
    let beyond = audit(&rig, None).await;
    assert!(
        matches!(
            beyond,
            Err(AuditError::EntryBeyondHead {
                index: LeafIndex(2),
                size: TreeSize(2)
            })
        ),
        "{beyond:?}"
    );
}

async fn audit(rig: &Rig, guard: Option<(TreeSize, Hash)>) -> Result<Audited, AuditError> {
    let setup = rig.setup();
    let subject = AuditSubject {
        log: rig.name(),
        origin: &setup.origin,
        verifier: setup.verifier.as_ref(),
        guard,
    };
    audit_log(&*rig.store, &subject, &|_, _| {}).await
}
