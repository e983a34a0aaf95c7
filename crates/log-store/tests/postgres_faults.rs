//! What is particular to Postgres: turns, several stores over one database, settings that promise too little, outcomes that nobody
//! knows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "contract/grower.rs"]
mod grower;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use grower::Grower;
use sigbox_log_engine::{CommitBatch, CommitError, LogStore as _, StoreError};
use sigbox_log_store::{PostgresOpenError, PostgresStore};
use sigbox_testkit::postgres::Postgres;
use sigbox_tlog::TreeSize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(url).await.unwrap()
}

async fn born(store: &PostgresStore) -> Grower {
    let log = Grower::new("log");
    store.create_log(&log.birth()).await.unwrap();
    log
}

fn batch(log: &mut Grower, count: u64) -> CommitBatch {
    CommitBatch {
        logs: vec![log.commit(count)],
    }
}

#[tokio::test]
async fn a_turn_keeps_others_out_until_its_commit() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database();
    let (a, b) = (open(&url).await, Arc::new(open(&url).await));
    let mut log = born(&a).await;
    let names = [log.name.clone()];
    let heads = a.begin_turn(&names).await.unwrap().unwrap();
    assert_eq!(heads[&log.name], log.head());
    let waiting = tokio::spawn({
        let (b, names) = (Arc::clone(&b), names.clone());
        async move { b.begin_turn(&names).await }
    });
    a.commit(&batch(&mut log, 3)).await.unwrap();
    // The other one sees the head that the commit made, never the one before.
    let heads = waiting.await.unwrap().unwrap().unwrap();
    assert_eq!(heads[&log.name], log.head());
    b.end_turn().await;
    a.begin_turn(&names).await.unwrap();
    a.end_turn().await;
}

#[tokio::test]
async fn other_stores_see_a_commit_without_a_turn() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database();
    let (a, b) = (open(&url).await, open(&url).await);
    let mut log = born(&a).await;
    let mut heads = b.heads().unwrap();
    a.commit(&batch(&mut log, 5)).await.unwrap();
    let seen = heads
        .wait_for(|heads| {
            heads
                .get(&log.name)
                .is_some_and(|head| head.size == TreeSize(5))
        })
        .await;
    assert_eq!(seen.unwrap()[&log.name], log.head());
}

#[tokio::test]
async fn fault_f10_a_turn_that_was_lost_commits_nothing_on_a_stale_head() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database();
    let (a, b) = (open(&url).await, open(&url).await);
    let mut log = born(&a).await;
    let names = [log.name.clone()];
    a.begin_turn(&names).await.unwrap();
    let stale = batch(&mut Grower::new("log"), 2);
    // What happens to a process that was stopped for too long: the server ends its session.
    server.sql(
        Postgres::name(&url),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()",
    );
    b.commit(&batch(&mut log, 3)).await.unwrap();
    let refused = a.commit(&stale).await;
    assert!(
        matches!(
            refused,
            Err(CommitError::Conflict {
                expected_size: TreeSize(0),
                found_size: TreeSize(3),
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(a.head(&log.name).await.unwrap(), Some(log.head()));
}

/// Passes bytes on, and breaks the connection when it is told to, after a COMMIT was passed on and before its answer.
fn cutting_proxy(server: &Postgres) -> (tempfile::TempDir, Arc<AtomicBool>) {
    let directory = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(directory.path().join(".s.PGSQL.5432")).unwrap();
    let target = server.socket().join(".s.PGSQL.5432");
    let cut = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&cut);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let upstream = UnixStream::connect(&target).await.unwrap();
            tokio::spawn(pass(client, upstream, Arc::clone(&told)));
        }
    });
    (directory, cut)
}

async fn pass(client: UnixStream, upstream: UnixStream, cut: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = upstream.into_split();
    let answers = tokio::spawn(async move {
        let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
    });
    let mut buffer = vec![0; 65_536];
    while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
        let sent = &buffer[..read];
        let commit = sent.windows(6).any(|word| word == b"COMMIT");
        if commit && cut.swap(false, Ordering::SeqCst) {
            // The answer has no way back any more when the server gets to see the word.
            answers.abort();
            let _ = answers.await;
            let _ = to_server.write_all(sent).await;
            return;
        }
        if to_server.write_all(sent).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn fault_f12_a_connection_lost_during_commit_is_settled_by_reading_back() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database();
    let (proxy, cut) = cutting_proxy(server);
    let name = Postgres::name(&url);
    let through = format!(
        "postgres://postgres@localhost/{name}?host={}",
        proxy.path().display()
    );
    let store = open(&through).await;
    let mut log = born(&store).await;
    store
        .begin_turn(std::slice::from_ref(&log.name))
        .await
        .unwrap();
    cut.store(true, Ordering::SeqCst);
    let unknown = store.commit(&batch(&mut log, 4)).await;
    assert!(
        matches!(
            unknown,
            Err(CommitError::Failed {
                source: StoreError::Unreachable { .. }
            })
        ),
        "{unknown:?}"
    );
    // It was committed, and that is what is read, as soon as it can be read.
    assert_eq!(store.head(&log.name).await.unwrap(), Some(log.head()));
    store.commit(&batch(&mut log, 1)).await.unwrap();
}

#[tokio::test]
async fn fault_f14_a_database_that_restarts_between_batches_costs_nothing() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let store = open(&server.database()).await;
    let mut log = born(&store).await;
    store.commit(&batch(&mut log, 2)).await.unwrap();
    server.crash();
    server.start_again();
    let names = [log.name.clone()];
    let heads = store.begin_turn(&names).await.unwrap().unwrap();
    assert_eq!(heads[&log.name], log.head());
    // And within a turn: the transaction is made anew, once.
    server.crash();
    server.start_again();
    store.commit(&batch(&mut log, 3)).await.unwrap();
    assert_eq!(store.head(&log.name).await.unwrap(), Some(log.head()));
    assert_eq!(store.entries(&log.name, 0..9).await.unwrap().len(), 5);
}

#[tokio::test]
async fn fault_f15_a_server_that_promises_less_takes_no_entry() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database();
    let name = Postgres::name(&url);
    let mut log = born(&open(&url).await).await;
    let table = [
        ("synchronous_commit", "off", "synchronous_commit"),
        (
            "default_transaction_read_only",
            "on",
            "transaction_read_only",
        ),
    ];
    for (setting, value, named) in table {
        let store = open(&url).await;
        server.sql(
            "postgres",
            &format!("ALTER DATABASE {name} SET {setting} = '{value}'"),
        );
        // A new session has the setting.
        server.sql(
            name,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        let refused = store.begin_turn(std::slice::from_ref(&log.name)).await;
        match refused {
            Err(StoreError::Weak { setting, found, .. }) => {
                assert_eq!((setting, found.as_str()), (named, value));
            }
            other => panic!("{other:?}"),
        }
        // Reads go on.
        assert_eq!(store.entries(&log.name, 0..9).await.unwrap(), []);
        server.sql(
            "postgres",
            &format!("ALTER DATABASE {name} RESET {setting}"),
        );
    }
    let store = open(&url).await;
    store.commit(&batch(&mut log, 1)).await.unwrap();
}

#[tokio::test]
async fn fault_f13_several_hosts_without_a_synchronous_standby_take_no_entry() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database();
    let log = born(&open(&url).await).await;
    let store = open(&format!("{url},/nonexistent")).await;
    let refused = store.begin_turn(std::slice::from_ref(&log.name)).await;
    assert!(
        matches!(
            refused,
            Err(StoreError::Weak {
                setting: "synchronous_standby_names",
                ..
            })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn fault_f40_a_newer_schema_is_refused_with_both_versions() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database();
    open(&url).await.close().await;
    server.sql(
        Postgres::name(&url),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', true, '\\x00', 0)",
    );
    match PostgresStore::open(&url).await {
        Err(PostgresOpenError::NewerSchema { found: 9999, known }) => assert!(known < 9999),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}
