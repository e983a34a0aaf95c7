//! F01: the process dies at each named step of a write, under 64 writers, on a real SQLite file and a real guard file.
//!
//! This program is both sides. Run as a test it starts itself as the process that dies (`server`), reads what that process
//! acknowledged and published, and decides from those lines alone, at the end, whether the log keeps every promise.
//!
//! Short by default; `SIGBOX_KILLS=1000` makes the long form whose figures are in docs/reliability.md.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests"
)]

mod record;
mod server;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use record::{Record, Said};
use sigbox_log_engine::{AuditSubject, FileGuard, Guard as _, audit_log};
use sigbox_log_store::SqliteStore;
use sigbox_testkit::faults::Step;
use sigbox_testkit::log_check::check_log;

/// How many times each step is died at, unless the long form is asked for.
const SHORT: usize = 3 * Step::ALL.len();

#[expect(
    clippy::disallowed_methods,
    reason = "the one command of the long form says how long"
)]
fn kills() -> usize {
    let given = std::env::var("SIGBOX_KILLS").ok();
    given.map_or(SHORT, |text| text.parse().unwrap())
}

/// Runs the process once; what it said, and how it ended.
fn run(directory: &Path, first: u64, death: &str) -> (Vec<Said>, ExitStatus) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "server::process", "--ignored", "--nocapture"])
        .env(server::DIRECTORY, directory)
        .env(server::FIRST, first.to_string())
        .env(server::DEATH, death)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // A line without its end was not said.
    while lines.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
        said.extend(Said::parse(&line));
        line.clear();
    }
    (said, child.wait().unwrap())
}

/// Another number each time, always the same ones.
fn scattered(number: usize, below: u64) -> u64 {
    let mixed = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 33) % below
}

#[tokio::test]
async fn fault_f01_a_death_at_every_step_loses_no_acknowledged_entry_and_forks_nothing() {
    let directory = tempfile::tempdir().unwrap();
    server::make(directory.path()).await;
    let (kills, started) = (kills(), Instant::now());
    let mut record = Record::default();
    let mut died = 0;
    for kill in 0..kills {
        let step = Step::ALL[kill % Step::ALL.len()];
        let passes = match step {
            Step::Leaf | Step::Answer => scattered(kill, 400),
            _ => scattered(kill, 6),
        };
        let within = scattered(kill + kills, 2_500);
        let death = format!("{} {passes} {within}", kill % Step::ALL.len());
        let (said, status) = run(directory.path(), record.next(), &death);
        // It opened the log without a hand's help (P7) and died where it should.
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(6),
            "{step:?} {passes}: {status}"
        );
        died += 1;
        record.add(said);
    }
    let (said, status) = run(directory.path(), record.next(), "");
    assert!(status.success(), "{status}");
    record.add(said);

    let store = SqliteStore::open(directory.path().join("sigbox.db"))
        .await
        .unwrap();
    let guard = FileGuard::new(directory.path().join("guard"));
    let guard = guard.load().unwrap().unwrap();
    let (name, key) = (server::name(), server::key());
    let log = check_log(&store, &name, &key, &guard).await;
    record.judge(&log.leaves);
    let subject = AuditSubject {
        log: &name,
        origin: server::ORIGIN,
        verifier: &key,
        guard: guard.get(&name).copied(),
    };
    let audited = audit_log(&store, &subject, &|_, _| {}).await.unwrap();
    assert_eq!(audited.size.0, log.size);
    eprintln!(
        "{died} deaths at {} steps in {:.0} s: {record}, {} leaves",
        Step::ALL.len(),
        started.elapsed().as_secs_f64(),
        log.size
    );
}
