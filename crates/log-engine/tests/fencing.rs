//! Another writer was faster, or the store was exchanged under a running process.
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
    AppendError, CommitBatch, Damage, Head, LogCommit, PlainLeaf, ReadError, ReadOnlyReason,
    StoredEntry, init_log,
};
use sigbox_log_store::MemoryStore;
use sigbox_log_store::memory::MemoryGuard;
use sigbox_tlog::{
    Checkpoint, LeafIndex, Origin, TileEdge, TreeSize, UnixMillis, leaf_hash, sign_note,
};

const FIRST: [&str; 3] = ["a", "b", "c"];
const SAME: [&str; 4] = ["d", "e", "f", "g"];

/// What another process would commit on top of `head`.
fn foreign(rig: &Rig, head: &Head, bodies: &[&str]) -> CommitBatch {
    let mut edge = TileEdge::new();
    for body in FIRST {
        edge.append(leaf_hash(body.as_bytes()));
    }
    assert_eq!(edge.root(), head.root);
    let mut entries = Vec::new();
    for (index, body) in (head.size.0..).zip(bodies) {
        let pending = pending(body);
        edge.append(leaf_hash(&pending.body));
        entries.push(StoredEntry {
            index: LeafIndex(index),
            time: UnixMillis(rig::NOW),
            leaf_hash: leaf_hash(&pending.body),
            dedup_key: pending.dedup_key,
            leaf: pending.body,
            extra: pending.extra,
        });
    }
    let key = key(rig.name());
    let origin = Origin::parse(&format!("{}.example", rig.name())).unwrap();
    let text = Checkpoint {
        origin,
        size: edge.size(),
        root: edge.root(),
        extensions: vec![],
    }
    .to_text();
    let new_head = Head {
        size: edge.size(),
        root: edge.root(),
        frontier: edge.frontier().hashes().to_vec(),
        checkpoint: sign_note(text, &key, UnixMillis(rig::NOW))
            .unwrap()
            .to_string(),
        last_time: UnixMillis(rig::NOW),
        frozen: None,
    };
    let (expected_size, expected_root) = (head.size, head.root);
    let log = rig.name().clone();
    CommitBatch {
        logs: vec![LogCommit {
            log,
            expected_size,
            expected_root,
            entries,
            tiles: vec![],
            new_head,
        }],
    }
}

#[tokio::test(start_paused = true)]
async fn fault_f10_a_faster_writer_fences_the_batch_and_is_taken_over() {
    let rig = Rig::new(&["log", "other"]).await;
    rig.append(&FIRST).await;
    let head = rig.store.inner().head(rig.name()).await.unwrap().unwrap();
    rig.store
        .inner()
        .commit(&foreign(&rig, &head, &["x", "y"]))
        .await
        .unwrap();

    // Both logs are in one transaction; the other log must not suffer.
    let (log, other) = (rig.names[0].clone(), rig.names[1].clone());
    let (fenced, unharmed) = tokio::join!(
        rig.append_to(&log, &SAME),
        rig.append_to(&other, &["p", "q"])
    );
    assert!(
        fenced
            .iter()
            .all(|result| matches!(result, Err(AppendError::Fenced))),
        "{fenced:?}"
    );
    assert_eq!(placed(&unharmed), fresh(0, 2));
    assert_eq!(rig.log().snapshot().size, TreeSize(5));

    assert_eq!(placed(&rig.append(&SAME).await), fresh(5, 4));
    assert_eq!(placed(&rig.append(&["x"]).await), repeated(3, 1));
    rig.check_size(9).await;
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_of_a_faster_writers_entry_is_found_after_loading() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    let head = rig.store.inner().head(rig.name()).await.unwrap().unwrap();
    rig.store
        .inner()
        .commit(&foreign(&rig, &head, &["x", "y"]))
        .await
        .unwrap();
    assert!(matches!(
        rig.append(&["x"]).await[0],
        Err(AppendError::Fenced)
    ));
    assert_eq!(placed(&rig.append(&["x"]).await), repeated(3, 1));
    rig.check_size(5).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_lost_what_was_signed_freezes_the_log() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    // A restored copy: the same log, one entry long.
    let restored = Arc::new(MemoryStore::new());
    let setup = key(rig.name()).log("log", Arc::new(PlainLeaf));
    let spare = MemoryGuard::new();
    init_log(
        &*restored,
        &spare,
        &setup,
        Some(pending("a")),
        UnixMillis(rig::NOW),
    )
    .await
    .unwrap();
    rig.store.replace(restored);
    for result in rig.append(&SAME).await {
        assert!(
            matches!(
                result,
                Err(AppendError::ReadOnly(ReadOnlyReason::Forked {
                    found: TreeSize(1),
                    signed: TreeSize(3)
                }))
            ),
            "{result:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_longer_store_of_another_tree_freezes_the_log_and_poisons_no_read() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    // The same name, key and origin, but other entries: every self-check of it alone succeeds.
    let other = Rig::new(&["log"]).await;
    let bodies: Vec<String> = (0..300).map(|index| format!("other {index}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    assert_eq!(placed(&other.append(&bodies).await), fresh(0, 300));
    rig.store.replace(other.store.inner());
    for result in rig.append(&SAME).await {
        assert!(
            matches!(
                result,
                Err(AppendError::ReadOnly(ReadOnlyReason::Forked {
                    found: TreeSize(300),
                    signed: TreeSize(3)
                }))
            ),
            "{result:?}"
        );
    }
    assert_eq!(rig.log().snapshot().size, TreeSize(3));
    assert_eq!(rig.guard.stored()[rig.name()].0, TreeSize(3));
    // What the exchanged store holds is not what was signed here, and is not served.
    let read = rig.log().entry(LeafIndex(0)).await;
    assert!(
        matches!(
            read,
            Err(ReadError::Damaged(Damage::EntryMismatch {
                index: LeafIndex(0)
            }))
        ),
        "{read:?}"
    );
}
