//! The cases of a log that is frozen; each takes an empty adapter.

use sigbox_log_engine::{CommitError, CreateLogError, Head, RetireError, Retirement};
use sigbox_tlog::{TreeSize, UnixMillis};

use crate::Adapter;
use crate::grower::Grower;
use crate::suite::{batch, born};

fn end_of(log: &Grower, successor: Option<&Grower>) -> Retirement {
    Retirement {
        log: log.name.clone(),
        last_head: Head {
            checkpoint: "the last".to_owned(),
            frozen: Some(UnixMillis(9_000)),
            ..log.head()
        },
        successor: successor.map(Grower::birth),
    }
}

pub(crate) async fn a_frozen_log_keeps_its_last_head_and_takes_no_commit(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = born(&*store, "log").await;
    store.commit(&batch(vec![log.commit(3)])).await.unwrap();
    let next = Grower::new("next");
    let end = end_of(&log, Some(&next));
    store.retire(&end).await.unwrap();

    let last = Some(end.last_head.clone());
    assert_eq!(store.head(&log.name).await.unwrap(), last);
    let note = store.checkpoint(&log.name, TreeSize(3)).await.unwrap();
    assert_eq!(note.as_deref(), Some("the last"));
    assert_eq!(store.head(&next.name).await.unwrap(), Some(next.head()));

    let refused = store.commit(&batch(vec![log.commit(1)])).await;
    match refused {
        Err(CommitError::Conflict {
            expected_size,
            found_size,
            ..
        }) => assert_eq!((expected_size, found_size), (TreeSize(3), TreeSize(3))),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.head(&log.name).await.unwrap(), last);
    assert_eq!(store.entries(&log.name, 0..9).await.unwrap().len(), 3);
}

pub(crate) async fn a_log_is_frozen_once_at_its_head_and_with_its_successor(adapter: &dyn Adapter) {
    let store = adapter.open().await;
    let mut log = born(&*store, "log").await;
    let early = end_of(&log, None);
    store.commit(&batch(vec![log.commit(1)])).await.unwrap();
    match store.retire(&early).await {
        Err(RetireError::Moved { expected_size, .. }) => assert_eq!(expected_size, TreeSize(0)),
        other => panic!("{other:?}"),
    }
    // A successor that cannot be made leaves the log as it is.
    let taken = born(&*store, "taken").await;
    match store.retire(&end_of(&log, Some(&taken))).await {
        Err(RetireError::Successor(CreateLogError::Exists { log })) => assert_eq!(log, taken.name),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.head(&log.name).await.unwrap(), Some(log.head()));
    store.commit(&batch(vec![log.commit(1)])).await.unwrap();

    let end = end_of(&log, None);
    store.retire(&end).await.unwrap();
    match store.retire(&end).await {
        Err(RetireError::Moved { expected_size, .. }) => assert_eq!(expected_size, TreeSize(2)),
        other => panic!("{other:?}"),
    }
}
