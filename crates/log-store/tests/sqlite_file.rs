//! What is particular to the SQLite file: the lock, the mode, the schema's version, the durability settings.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "contract/grower.rs"]
mod grower;

use grower::Grower;
use sigbox_log_engine::{CommitBatch, CommitError, LogStore as _, StoreError};
use sigbox_log_store::{SqliteReader, SqliteStore, StoreOpenError};
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

#[tokio::test]
async fn adv_l16_a_second_opener_is_told_who_holds_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sigbox.db");
    let first = SqliteStore::open(&path).await.unwrap();
    match SqliteStore::open(&path).await {
        Err(StoreOpenError::Locked {
            path: named,
            pid,
            host,
        }) => {
            assert_eq!((named, pid), (path.clone(), Some(std::process::id())));
            #[cfg(target_os = "linux")]
            assert_eq!(
                host,
                Some(
                    std::fs::read_to_string("/proc/sys/kernel/hostname")
                        .unwrap()
                        .trim()
                        .to_owned()
                )
            );
            #[cfg(not(target_os = "linux"))]
            drop(host);
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened twice"),
    }
    first.close().await;
    SqliteStore::open(&path).await.unwrap();
}

#[tokio::test]
async fn fault_f09_the_lock_of_a_dead_process_is_no_obstacle() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sigbox.db");
    // A file is left behind, but the kernel has dropped the lock on it.
    std::fs::write(
        directory.path().join("sigbox.db.lock"),
        "4294967295\nelsewhere\n",
    )
    .unwrap();
    SqliteStore::open(&path).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_the_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("sigbox.db"))
        .await
        .unwrap();
    store.logs().await.unwrap();
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            entry.path().display()
        );
    }
}

#[tokio::test]
async fn fault_f40_a_newer_schema_is_refused_with_both_versions() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sigbox.db");
    SqliteStore::open(&path).await.unwrap().close().await;
    let mut raw = SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', 1, x'00', 0)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    raw.close().await.unwrap();
    match SqliteStore::open(&path).await {
        Err(StoreOpenError::NewerSchema { found: 9999, known }) => assert!(known < 9999),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}

#[tokio::test]
async fn fault_f06_a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sigbox.db");
    std::fs::write(
        &path,
        "not a database, but longer than the header that SQLite reads first".repeat(9),
    )
    .unwrap();
    let refused = SqliteStore::open(&path).await.err();
    assert!(
        matches!(
            refused,
            Some(StoreOpenError::Open {
                source: StoreError::Corrupt { .. },
                ..
            })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("sigbox.db"))
        .await
        .unwrap();
    store.close().await;
    let refused = store.logs().await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
}

/// A shell or a backup tool that holds the file: the commit waits its five seconds, fails, and can be tried again.
#[tokio::test]
async fn fault_f05_a_file_that_another_holds_is_busy_and_nothing_is_half_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sigbox.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let mut log = Grower::new("log");
    store.create_log(&log.birth()).await.unwrap();
    let born = log.head();
    let batch = CommitBatch {
        logs: vec![log.commit(3)],
    };
    let mut other = SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let busy = store.commit(&batch).await;
    assert!(
        matches!(
            busy,
            Err(CommitError::Failed {
                source: StoreError::Busy { .. }
            })
        ),
        "{busy:?}"
    );
    assert_eq!(store.head(&log.name).await.unwrap(), Some(born));
    // Whoever only reads is not held up, and holds nobody up.
    let reader = SqliteReader::open(&path).await.unwrap();
    assert_eq!(reader.entries(&log.name, 0..9).await.unwrap(), []);
    other.close().await.unwrap();
    store.commit(&batch).await.unwrap();
    assert_eq!(reader.head(&log.name).await.unwrap(), Some(log.head()));
    assert_eq!(reader.entries(&log.name, 0..9).await.unwrap().len(), 3);
}

/// A page of the middle of the file that rots: what it held cannot be read, the rest can, and nothing mends it.
#[tokio::test]
async fn fault_f06_a_page_that_rots_is_an_error_and_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sigbox.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let mut log = Grower::new("log");
    store.create_log(&log.birth()).await.unwrap();
    store
        .commit(&CommitBatch {
            logs: vec![log.commit(600)],
        })
        .await
        .unwrap();
    store.close().await;
    // The page with the leaf of entry 300: its header says how many rows it has, and where.
    let mut bytes = std::fs::read(&path).unwrap();
    let leaf = log.entry(300).leaf;
    let at = bytes
        .windows(leaf.len())
        .position(|window| window == leaf)
        .unwrap();
    let page = at - at % 4096;
    bytes[page..page + 64].fill(0xff);
    std::fs::write(&path, &bytes).unwrap();

    let store = SqliteStore::open(&path).await.unwrap();
    let read = store.entries(&log.name, 299..302).await;
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    let whole = store.entries(&log.name, 0..2).await.unwrap();
    assert_eq!(whole, [log.entry(0), log.entry(1)]);
    store.close().await;
    let reader = SqliteReader::open(&path).await.unwrap();
    let checked = reader.check_file().await;
    assert!(
        matches!(checked, Err(StoreError::Corrupt { .. })),
        "{checked:?}"
    );
    reader.close().await;
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "something mended it");
}
