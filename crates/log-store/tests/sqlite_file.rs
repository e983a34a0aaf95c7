//! What is particular to the SQLite file: the lock, the mode, the schema's version, the durability settings.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use sigbox_log_engine::{LogStore as _, StoreError};
use sigbox_log_store::{SqliteStore, StoreOpenError};
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

#[tokio::test]
async fn a_second_opener_is_told_who_holds_the_file() {
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
async fn the_lock_of_a_dead_process_is_no_obstacle() {
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
async fn a_newer_schema_is_refused_with_both_versions() {
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
async fn a_file_that_is_no_database_is_refused() {
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
