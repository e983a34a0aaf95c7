//! The cases; each takes an empty adapter.

use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, LogCommit, LogStore, NewLog, StoreError,
};
use sigbox_tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

use crate::Adapter;
pub(crate) use crate::freezing::*;
use crate::grower::Grower;

pub(crate) fn batch(logs: Vec<LogCommit>) -> CommitBatch {
    CommitBatch { logs }
}

pub(crate) async fn born(store: &dyn LogStore, name: &str) -> Grower {
    let log = Grower::new(name);
    store.create_log(&log.birth()).await.unwrap();
    log
}

pub(crate) async fn creates_empty_and_one_leaf_logs(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let empty = born(&*store, "empty").await;
    let mut one = Grower::new("one");
    let first = one.commit(1);
    let birth = NewLog {
        entries: first.entries.clone(),
        ..one.birth()
    };
    store.create_log(&birth).await.unwrap();
    assert_eq!(store.head(&empty.name).await.unwrap(), Some(empty.head()));
    assert_eq!(store.head(&one.name).await.unwrap(), Some(first.new_head));
    assert_eq!(store.entries(&one.name, 0..9).await.unwrap(), first.entries);
    assert_eq!(
        store
            .checkpoint(&one.name, TreeSize(1))
            .await
            .unwrap()
            .as_deref(),
        Some("one 1")
    );
    let records = store.logs().await.unwrap();
    let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
    assert_eq!(names, ["empty", "one"]);
    assert_eq!(
        (
            records[1].origin.as_str(),
            records[1].public_key_spki.as_slice()
        ),
        ("one.example", &b"one"[..])
    );
}

pub(crate) async fn refuses_a_second_log_of_the_same_name_origin_or_key(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let first = born(&*store, "first").await.birth();
    let other = Grower::new("other");
    let table = [
        first.clone(),
        NewLog {
            origin: first.origin.clone(),
            ..other.birth()
        },
        NewLog {
            public_key_spki: first.public_key_spki.clone(),
            ..other.birth()
        },
    ];
    for log in table {
        match store.create_log(&log).await {
            Err(CreateLogError::Exists { log: found }) => assert_eq!(found, log.name),
            other => panic!("{other:?}"),
        }
    }
    // The refusals left nothing behind.
    store.create_log(&other.birth()).await.unwrap();
    assert_eq!(store.logs().await.unwrap().len(), 2);
}

pub(crate) async fn refuses_a_first_head_of_another_size(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = Grower::new("log");
    log.commit(2);
    let refused = store.create_log(&log.birth()).await;
    assert!(matches!(
        refused,
        Err(CreateLogError::HeadSize {
            entries: 0,
            size: TreeSize(2)
        })
    ));
    assert_eq!(store.head(&log.name).await.unwrap(), None);
}

pub(crate) async fn reads_back_what_was_committed(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = born(&*store, "log").await;
    // Widths around those of the prepared statements.
    for count in [1, 3, 5, 21, 64, 150] {
        let commit = log.commit(count);
        store.commit(&batch(vec![commit.clone()])).await.unwrap();
        let (first, end) = (commit.expected_size.0, commit.new_head.size.0);
        assert_eq!(
            store.entries(&log.name, first..end).await.unwrap(),
            commit.entries
        );
        assert_eq!(store.head(&log.name).await.unwrap(), Some(commit.new_head));
        assert_eq!(
            store.entry(&log.name, LeafIndex(first)).await.unwrap(),
            commit.entries.first().cloned()
        );
    }
    let hashes: Vec<Hash> = (0..244).map(|index| log.entry(index).leaf_hash).collect();
    assert_eq!(store.leaf_hashes(&log.name, 0..244).await.unwrap(), hashes);
}

pub(crate) async fn commits_several_logs_together_or_not_at_all(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let (mut a, mut b) = (born(&*store, "a").await, born(&*store, "b").await);
    store
        .commit(&batch(vec![a.commit(2), b.commit(3)]))
        .await
        .unwrap();
    assert_eq!(store.head(&a.name).await.unwrap(), Some(a.head()));
    assert_eq!(store.head(&b.name).await.unwrap(), Some(b.head()));
    let (good, mut stale) = (a.commit(1), b.commit(1));
    stale.expected_size = TreeSize(2);
    stale.entries[0].index = LeafIndex(2);
    stale.new_head.size = TreeSize(3);
    match store.commit(&batch(vec![good.clone(), stale])).await {
        Err(CommitError::Conflict {
            log,
            expected_size,
            found_size,
        }) => {
            assert_eq!(
                (log, expected_size, found_size),
                (b.name.clone(), TreeSize(2), TreeSize(3))
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        store.head(&a.name).await.unwrap().unwrap().size,
        TreeSize(2)
    );
    assert_eq!(store.entry(&a.name, LeafIndex(2)).await.unwrap(), None);
    store.commit(&batch(vec![good])).await.unwrap();
    assert_eq!(store.head(&a.name).await.unwrap(), Some(a.head()));
}

pub(crate) async fn refuses_a_commit_on_another_head(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = born(&*store, "log").await;
    store.commit(&batch(vec![log.commit(2)])).await.unwrap();
    let mut other_root = log.commit(1);
    other_root.expected_root = leaf_hash(b"another tree of the same size");
    let refused = store.commit(&batch(vec![other_root])).await;
    assert!(
        matches!(
            refused,
            Err(CommitError::Conflict {
                found_size: TreeSize(2),
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(
        store.head(&log.name).await.unwrap().unwrap().size,
        TreeSize(2)
    );
}

pub(crate) async fn a_commit_repeated_is_a_conflict(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = born(&*store, "log").await;
    let commit = batch(vec![log.commit(2)]);
    store.commit(&commit).await.unwrap();
    let refused = store.commit(&commit).await;
    assert!(
        matches!(
            refused,
            Err(CommitError::Conflict {
                found_size: TreeSize(2),
                ..
            })
        ),
        "{refused:?}"
    );
}

pub(crate) async fn refuses_a_gap_and_a_repeated_key(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = born(&*store, "log").await;
    store.commit(&batch(vec![log.commit(2)])).await.unwrap();
    let good = log.commit(1);
    let mut gap = good.clone();
    gap.entries[0].index = LeafIndex(3);
    let mut key = good.clone();
    key.entries[0].dedup_key = log.entry(0).dedup_key;
    let mut hash = good.clone();
    hash.entries[0].leaf_hash = log.entry(1).leaf_hash;
    for commit in [gap, key, hash] {
        let refused = store.commit(&batch(vec![commit])).await;
        assert!(
            matches!(refused, Err(CommitError::Failed { .. })),
            "{refused:?}"
        );
        assert_eq!(
            store.head(&log.name).await.unwrap().unwrap().size,
            TreeSize(2)
        );
    }
    // A failed transaction does not stay open.
    store.commit(&batch(vec![good])).await.unwrap();
}

pub(crate) async fn finds_by_key_and_hash(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let (mut log, mut other) = (born(&*store, "log").await, born(&*store, "other").await);
    store
        .commit(&batch(vec![log.commit(80), other.commit(1)]))
        .await
        .unwrap();
    let keys: Vec<[u8; 32]> = (0..100)
        .chain(0..3)
        .map(|index| log.entry(index).dedup_key)
        .collect();
    let mut found = store.find_by_dedup(&log.name, &keys).await.unwrap();
    found.sort_by_key(|entry| entry.index);
    assert_eq!(
        found,
        (0..80).map(|index| log.entry(index)).collect::<Vec<_>>()
    );
    assert_eq!(store.find_by_dedup(&log.name, &[]).await.unwrap(), []);
    // Keys are a log's own: the other log has the same key for its first entry, and no more.
    assert_eq!(
        store.find_by_dedup(&other.name, &keys).await.unwrap(),
        [other.entry(0)]
    );
    let hash = log.entry(79).leaf_hash;
    assert_eq!(
        store.find_by_leaf_hash(&log.name, &hash).await.unwrap(),
        Some(log.entry(79))
    );
    assert_eq!(
        store.find_by_leaf_hash(&other.name, &hash).await.unwrap(),
        None
    );
}

pub(crate) async fn ranges_end_where_the_log_ends(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let (mut log, mut next) = (born(&*store, "log").await, born(&*store, "next").await);
    store
        .commit(&batch(vec![log.commit(3), next.commit(3)]))
        .await
        .unwrap();
    assert_eq!(
        store.entries(&log.name, 2..u64::MAX).await.unwrap(),
        [log.entry(2)]
    );
    assert_eq!(store.entries(&log.name, 3..9).await.unwrap(), []);
    assert_eq!(
        store
            .leaf_hashes(&log.name, u64::MAX - 1..u64::MAX)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        store.entry(&log.name, LeafIndex(u64::MAX)).await.unwrap(),
        None
    );
}

pub(crate) async fn keeps_full_tiles_and_old_checkpoints(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = born(&*store, "log").await;
    for count in [200, 100] {
        store.commit(&batch(vec![log.commit(count)])).await.unwrap();
    }
    let tile: Vec<Hash> = (0..256).map(|index| log.entry(index).leaf_hash).collect();
    assert_eq!(store.tile(&log.name, 0, 0).await.unwrap(), Some(tile));
    assert_eq!(store.tile(&log.name, 0, 1).await.unwrap(), None);
    assert_eq!(store.tile(&log.name, 1, 0).await.unwrap(), None);
    assert_eq!(store.tile(&log.name, 0, u64::MAX).await.unwrap(), None);
    for (size, note) in [
        (0, Some("log 0")),
        (200, Some("log 200")),
        (201, None),
        (300, Some("log 300")),
    ] {
        assert_eq!(
            store
                .checkpoint(&log.name, TreeSize(size))
                .await
                .unwrap()
                .as_deref(),
            note
        );
    }
    let notes = |sizes: &[u64]| -> Vec<(TreeSize, String)> {
        let note = |size: &u64| (TreeSize(*size), format!("log {size}"));
        sizes.iter().map(note).collect()
    };
    for (range, sizes) in [
        (0..u64::MAX, &[0, 200, 300][..]),
        (0..300, &[0, 200]),
        (200..201, &[200]),
        (201..300, &[]),
        (301..u64::MAX, &[]),
        (u64::MAX - 1..u64::MAX, &[]),
    ] {
        assert_eq!(
            store.checkpoints(&log.name, range).await.unwrap(),
            notes(sizes)
        );
    }
}

/// What a reader beside the store sees: every commit, and it can change nothing.
pub(crate) async fn a_reader_sees_what_is_committed_and_changes_nothing(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = born(&*store, "log").await;
    store.commit(&batch(vec![log.commit(300)])).await.unwrap();
    let Some(reader) = adapter.reader().await else {
        return;
    };
    assert_eq!(reader.head(&log.name).await.unwrap(), Some(log.head()));
    assert_eq!(reader.logs().await.unwrap(), store.logs().await.unwrap());
    assert_eq!(
        reader.entries(&log.name, 0..400).await.unwrap(),
        store.entries(&log.name, 0..400).await.unwrap()
    );
    assert_eq!(
        reader.tile(&log.name, 0, 0).await.unwrap(),
        store.tile(&log.name, 0, 0).await.unwrap()
    );
    let refused = reader.commit(&batch(vec![log.commit(1)])).await;
    assert!(
        matches!(
            refused,
            Err(CommitError::Failed {
                source: StoreError::ReadOnly
            })
        ),
        "{refused:?}"
    );
    // The next commit is seen at once, and the reader is in nobody's way.
    let mut log = Grower::new("log");
    log.commit(300);
    store.commit(&batch(vec![log.commit(2)])).await.unwrap();
    assert_eq!(reader.head(&log.name).await.unwrap(), Some(log.head()));
    reader.close().await;
}

pub(crate) async fn everything_is_there_after_reopening(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = born(&*store, "log").await;
    store.commit(&batch(vec![log.commit(300)])).await.unwrap();
    store.close().await;
    drop(store);
    let store = adapter.open().await;
    assert_eq!(store.head(&log.name).await.unwrap(), Some(log.head()));
    assert_eq!(store.entries(&log.name, 0..300).await.unwrap().len(), 300);
    assert_eq!(
        store
            .find_by_dedup(&log.name, &[log.entry(9).dedup_key])
            .await
            .unwrap(),
        [log.entry(9)]
    );
    store.commit(&batch(vec![log.commit(1)])).await.unwrap();
    assert_eq!(store.head(&log.name).await.unwrap(), Some(log.head()));
}

pub(crate) async fn names_an_unknown_log(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = Grower::new("never-created");
    assert_eq!(store.head(&log.name).await.unwrap(), None);
    let refused = store.entry(&log.name, LeafIndex(0)).await;
    assert!(matches!(refused, Err(StoreError::UnknownLog { log: name }) if name == log.name));
    let refused = store.commit(&batch(vec![log.commit(1)])).await;
    assert!(
        matches!(
            refused,
            Err(CommitError::Failed {
                source: StoreError::UnknownLog { .. }
            })
        ),
        "{refused:?}"
    );
}
