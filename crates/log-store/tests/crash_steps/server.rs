//! The process that dies: 64 writers on one log.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use sigbox_log_engine::{
    Appended, Engine, EngineConfig, FileGuard, Guard, Log, LogName, LogSetup, LogStatus, LogStore,
    Pending, PlainLeaf, init_log,
};
use sigbox_log_store::SqliteStore;
use sigbox_testkit::faults::{Death, Dying, Step};
use sigbox_testkit::note_key::TestKey;
use sigbox_tlog::{Checkpoint, SignedNote, UnixMillis, leaf_hash};

use super::record::Said;

pub(crate) const ORIGIN: &str = "log.example";

/// What the process is told.
pub(crate) const DIRECTORY: &str = "SIGBOX_CRASH_DIRECTORY";
pub(crate) const FIRST: &str = "SIGBOX_CRASH_FIRST";
pub(crate) const DEATH: &str = "SIGBOX_CRASH_DEATH";

const WRITERS: u64 = 64;

/// Entries after which a process that does not die stops in order.
const ENOUGH: u64 = 500;

pub(crate) fn name() -> LogName {
    LogName::parse("log").unwrap()
}

pub(crate) fn key() -> TestKey {
    TestKey::new(ORIGIN, 1)
}

fn setup(death: Option<&Arc<Death>>) -> LogSetup {
    LogSetup {
        signer: Arc::new(Dying::new(key(), death.cloned())),
        ..key().log("log", Arc::new(Dying::new(PlainLeaf, death.cloned())))
    }
}

/// Makes the log; nothing dies yet.
pub(crate) async fn make(directory: &Path) {
    let store = SqliteStore::open(directory.join("sigbox.db"))
        .await
        .unwrap();
    let guard = FileGuard::new(directory.join("guard"));
    init_log(&store, &guard, &setup(None), None, UnixMillis(1))
        .await
        .unwrap();
    store.close().await;
}

/// Not a test of its own: what the test of this program runs.
#[ignore = "started by the test beside it"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process() {
    #[expect(clippy::disallowed_methods, reason = "a process is told what to do")]
    let told = |name| std::env::var(name).ok();
    let Some(directory) = told(DIRECTORY) else {
        return;
    };
    let first: u64 = told(FIRST).unwrap().parse().unwrap();
    let death = told(DEATH).filter(|text| !text.is_empty());
    let death = death.map(|text| {
        let numbers: Vec<u64> = text.split(' ').map(|part| part.parse().unwrap()).collect();
        let step = Step::ALL[usize::try_from(numbers[0]).unwrap()];
        Death::at(step, numbers[1], Duration::from_micros(numbers[2]))
    });
    serve(Path::new(&directory), first, death).await;
}

async fn serve(directory: &Path, first: u64, death: Option<Arc<Death>>) {
    let store = SqliteStore::open(directory.join("sigbox.db"))
        .await
        .unwrap();
    let store: Arc<dyn LogStore> = Arc::new(store);
    let guard: Arc<dyn Guard> = Arc::new(Dying::new(
        FileGuard::new(directory.join("guard")),
        death.clone(),
    ));
    let config = EngineConfig {
        // Often enough for a death to find it.
        guard_interval: Duration::from_millis(5),
        ..EngineConfig::default()
    };
    let engine = Engine::open(
        Arc::new(Dying::new(store, death.clone())),
        guard,
        Arc::new(|| UnixMillis(1)),
        vec![setup(death.as_ref())],
        config,
    )
    .await
    .unwrap();
    let log = engine.log("log").unwrap();
    assert!(
        matches!(log.status(), LogStatus::Writable),
        "{:?}",
        log.status()
    );
    tokio::spawn(publish(log.clone()));
    // What was under way when the last process died is sent once more, as clients do.
    let number = Arc::new(AtomicU64::new(first.saturating_sub(WRITERS)));
    let enough = death.is_none().then_some(first + ENOUGH);
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let (log, number, death) = (log.clone(), Arc::clone(&number), death.clone());
        writers.push(tokio::spawn(write(log, number, death, enough)));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    engine.shutdown().await;
}

/// What readers can see is seen.
async fn publish(log: Log) {
    let mut snapshots = log.watch_snapshot();
    while snapshots.changed().await.is_ok() {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        say(&Said::Published {
            size: snapshot.size.0,
            root: snapshot.root,
        });
    }
}

async fn write(log: Log, number: Arc<AtomicU64>, death: Option<Arc<Death>>, enough: Option<u64>) {
    loop {
        let number = number.fetch_add(1, Ordering::SeqCst);
        if enough.is_some_and(|enough| number >= enough) {
            return;
        }
        let body = Bytes::from(format!("entry {number}"));
        let answer = log
            .append(Pending {
                dedup_key: *leaf_hash(&body).as_bytes(),
                body,
                extra: Bytes::new(),
            })
            .await
            .unwrap();
        if let Some(death) = &death {
            death.come_to(Step::Answer);
        }
        say(&acknowledged(number, &answer));
    }
}

fn acknowledged(number: u64, answer: &Appended) -> Said {
    let note = SignedNote::parse(&answer.checkpoint).unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    assert_eq!(answer.proof.size, checkpoint.size);
    Said::Acknowledged {
        number,
        index: answer.entry.index.0,
        leaf: leaf_hash(&answer.entry.leaf),
        size: checkpoint.size.0,
        root: checkpoint.root,
    }
}

/// One line in one write: it is said whole or not at all.
fn say(said: &Said) {
    let line = format!("{said}\n");
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes()).unwrap();
    stdout.flush().unwrap();
}
