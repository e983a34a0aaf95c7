//! F02: the power fails. What was written since the last sync is lost, kept or torn; what was answered is there.
//!
//! SQLite answers a commit after it synced the write-ahead log, so of that file every byte up to its length at the answer
//! survives, and of what comes later any part may. The database file itself is written only when the log is moved into
//! it, and the log is given up only after that is synced.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use sigbox_log_engine::{
    Appended, Engine, EngineConfig, FileGuard, Guard as _, LogName, LogStatus, LogStore as _,
    Pending, PlainLeaf, init_log,
};
use sigbox_log_store::SqliteStore;
use sigbox_testkit::log_check::check_log;
use sigbox_testkit::note_key::TestKey;
use sigbox_tlog::{TreeSize, UnixMillis, leaf_hash};
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

/// Header of a write-ahead log, and of each of its frames before the page.
///
/// Source: sqlite.org/fileformat2.html, "The Write-Ahead Log".
const HEADER: usize = 32;
const FRAME: usize = 24 + 4096;

fn key() -> TestKey {
    TestKey::new("log.example", 1)
}

fn name() -> LogName {
    LogName::parse("log").unwrap()
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn length(&self, name: &str) -> usize {
        fs::metadata(self.path(name)).map_or(0, |metadata| usize::try_from(metadata.len()).unwrap())
    }
}

async fn engine(place: &Path) -> Engine {
    let store = SqliteStore::open(place.join("sigbox.db")).await.unwrap();
    let engine = Engine::open(
        Arc::new(store),
        Arc::new(FileGuard::new(place.join("guard"))),
        Arc::new(|| UnixMillis(1)),
        vec![key().log("log", Arc::new(PlainLeaf))],
        EngineConfig::default(),
    );
    engine.await.unwrap()
}

async fn append(engine: &Engine, body: &str) -> Appended {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let log = engine.log("log").unwrap();
    log.append(Pending {
        dedup_key: *leaf_hash(&body).as_bytes(),
        body,
        extra: Bytes::new(),
    })
    .await
    .unwrap()
}

/// The log as it was made, the write-ahead log after some commits, and for each answer how much of it was synced by then.
struct Written {
    database: Vec<u8>,
    wal: Vec<u8>,
    answers: Vec<(usize, Appended)>,
    guard: Vec<u8>,
}

async fn written(entries: u64) -> Written {
    let place = Place::new();
    let store = SqliteStore::open(place.path("sigbox.db")).await.unwrap();
    let guard = FileGuard::new(place.path("guard"));
    let setup = key().log("log", Arc::new(PlainLeaf));
    init_log(&store, &guard, &setup, None, UnixMillis(1))
        .await
        .unwrap();
    store.close().await;
    let database = fs::read(place.path("sigbox.db")).unwrap();
    // The guard as it was made: one that is behind proves the least.
    let guard = fs::read(place.path("guard")).unwrap();

    let engine = engine(place.0.path()).await;
    let mut answers = Vec::new();
    for number in 0..entries {
        let answer = append(&engine, &format!("entry {number}")).await;
        answers.push((place.length("sigbox.db-wal"), answer));
    }
    let wal = fs::read(place.path("sigbox.db-wal")).unwrap();
    // Nothing was moved into the file meanwhile.
    assert_eq!(fs::read(place.path("sigbox.db")).unwrap(), database);
    engine.shutdown().await;
    Written {
        database,
        wal,
        answers,
        guard,
    }
}

/// Starts on what the disk holds: everything that was answered by `synced` bytes is there, the rest is whole or absent.
async fn restart(written: &Written, wal: &[u8], synced: usize) {
    let place = Place::new();
    fs::write(place.path("sigbox.db"), &written.database).unwrap();
    fs::write(place.path("sigbox.db-wal"), wal).unwrap();
    fs::write(place.path("guard"), &written.guard).unwrap();
    let survives = written
        .answers
        .iter()
        .filter(|(length, _)| *length <= synced);
    let survives: Vec<&Appended> = survives.map(|(_, answer)| answer).collect();
    let least = survives
        .last()
        .map_or(TreeSize(0), |answer| answer.proof.size);

    let engine = engine(place.0.path()).await;
    let log = engine.log("log").unwrap();
    assert!(
        matches!(log.status(), LogStatus::Writable),
        "{} bytes: {:?}",
        wal.len(),
        log.status()
    );
    let size = log.snapshot().size;
    assert!(
        size >= least,
        "{} bytes: size {size} < answered {least}",
        wal.len()
    );
    // It goes on where it is.
    assert_eq!(append(&engine, "after").await.entry.index.0, size.0);
    engine.shutdown().await;

    let store = SqliteStore::open(place.path("sigbox.db")).await.unwrap();
    let guard = FileGuard::new(place.path("guard")).load().unwrap().unwrap();
    let checked = check_log(&store, &name(), &key(), &guard).await;
    for answer in survives {
        checked.check_answer(answer);
    }
    store.close().await;
}

#[tokio::test]
async fn fault_f02_every_prefix_of_the_write_ahead_log_holds_what_was_answered() {
    let written = written(12).await;
    let frames = (written.wal.len() - HEADER) / FRAME;
    assert!(frames >= 40, "{frames}");
    assert!(
        written.answers.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "an answer came before its commit was written"
    );
    for frame in 0..=frames {
        let end = HEADER + frame * FRAME;
        restart(&written, &written.wal[..end], end).await;
    }
}

#[tokio::test]
async fn fault_f02_what_comes_after_the_last_sync_may_be_torn_or_of_any_bytes() {
    let written = written(8).await;
    for (synced, _) in &written.answers {
        let (kept, later) = written.wal.split_at(*synced);
        let torn = |keep: usize| [kept, &later[..keep.min(later.len())]].concat();
        // A frame that ends in its header, in its page, one byte early.
        for keep in [0, 5, 24, 2_000, FRAME - 1, FRAME + 7] {
            restart(&written, &torn(keep), *synced).await;
        }
        // Its length is there, its content never arrived: zeros, or what was on the disk before.
        for filler in [0_u8, 0xa5] {
            let mut bytes = kept.to_vec();
            bytes.resize(written.wal.len(), filler);
            restart(&written, &bytes, *synced).await;
        }
        // Later pages arrived, earlier ones did not.
        let mut bytes = written.wal.clone();
        let hole = *synced..(*synced + FRAME).min(bytes.len());
        bytes[hole].fill(0);
        restart(&written, &bytes, *synced).await;
    }
}

/// The write-ahead log is moved into the file, and the power fails in the middle of it.
#[tokio::test]
async fn fault_f02_a_torn_move_into_the_file_is_done_again() {
    let written = written(8).await;
    let place = Place::new();
    fs::write(place.path("sigbox.db"), &written.database).unwrap();
    fs::write(place.path("sigbox.db-wal"), &written.wal).unwrap();
    let mut raw = SqliteConnectOptions::new()
        .filename(place.path("sigbox.db"))
        .connect()
        .await
        .unwrap();
    sqlx::query("PRAGMA wal_checkpoint(FULL)")
        .execute(&mut raw)
        .await
        .unwrap();
    let moved = fs::read(place.path("sigbox.db")).unwrap();
    raw.close().await.unwrap();
    assert_ne!(moved, written.database);
    for pattern in [1_usize, 2, 3, 5, 7] {
        // Some pages arrived, others are still the old ones, or were never there.
        let mut torn = moved.clone();
        for (number, page) in torn.chunks_mut(4096).enumerate() {
            if number % pattern == 0 {
                let old = written.database.get(number * 4096..(number + 1) * 4096);
                page.copy_from_slice(old.unwrap_or(&[0; 4096]));
            }
        }
        let torn = Written {
            database: torn,
            wal: written.wal.clone(),
            answers: written.answers.clone(),
            guard: written.guard.clone(),
        };
        restart(&torn, &written.wal, written.wal.len()).await;
    }
}
