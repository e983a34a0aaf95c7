//! A log on a store and a guard that can be broken, with a record of every answer it ever gave.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use sigbox_log_engine::{
    AppendError, Appended, Clock, Engine, EngineConfig, Guard, GuardState, Log, LogName, LogSetup,
    LogStatus, LogStore, Outcome, Pending, PlainLeaf, ReadOnlyReason, init_log,
};
use sigbox_log_store::memory::{MemoryGuard, MemoryStore};
use sigbox_testkit::faults::{BreakGuard, BreakStore};
use sigbox_testkit::log_check::{CheckedLog, check_log};
use sigbox_testkit::note_key::TestKey;
use sigbox_tlog::{Hash, TreeSize, UnixMillis, leaf_hash};
use tokio::time::Instant;

pub(crate) const NOW: u64 = 1_700_000_000_000;

pub(crate) struct Rig {
    pub(crate) store: Arc<BreakStore>,
    pub(crate) guard: Arc<BreakGuard<MemoryGuard>>,
    pub(crate) time: Arc<AtomicU64>,
    pub(crate) names: Vec<LogName>,
    answers: Mutex<Vec<(LogName, Appended)>>,
    engine: Option<Engine>,
}

/// An entry whose key belongs to its body.
pub(crate) fn pending(body: &str) -> Pending {
    let body = Bytes::copy_from_slice(body.as_bytes());
    Pending {
        dedup_key: *leaf_hash(&body).as_bytes(),
        body,
        extra: Bytes::new(),
    }
}

pub(crate) fn key(name: &LogName) -> TestKey {
    TestKey::new(&format!("{name}.example"), 1)
}

impl Rig {
    /// Fresh empty logs of these names, in memory.
    pub(crate) async fn new(names: &[&str]) -> Self {
        Self::on(Arc::new(MemoryStore::new()), names).await
    }

    pub(crate) async fn on(store: Arc<dyn LogStore>, names: &[&str]) -> Self {
        let mut rig = Self {
            store: Arc::new(BreakStore::new(store)),
            guard: Arc::new(BreakGuard::new(MemoryGuard::new())),
            time: Arc::new(AtomicU64::new(NOW)),
            names: names
                .iter()
                .map(|name| LogName::parse(name).unwrap())
                .collect(),
            answers: Mutex::default(),
            engine: None,
        };
        for name in &rig.names {
            let setup = key(name).log(name.as_str(), Arc::new(PlainLeaf));
            init_log(&*rig.store, &*rig.guard, &setup, None, UnixMillis(NOW))
                .await
                .unwrap();
        }
        rig.open(EngineConfig::default()).await;
        rig
    }

    pub(crate) async fn open(&mut self, config: EngineConfig) {
        let setups = self
            .names
            .iter()
            .map(|name| key(name).log(name.as_str(), Arc::new(PlainLeaf)))
            .collect();
        self.engine = Some(
            Engine::open(
                self.store.clone(),
                self.guard.clone(),
                self.clock(),
                setups,
                config,
            )
            .await
            .unwrap(),
        );
    }

    pub(crate) fn clock(&self) -> Clock {
        let time = Arc::clone(&self.time);
        Arc::new(move || UnixMillis(time.load(Ordering::SeqCst)))
    }

    /// A stopped log of five entries, and their root.
    pub(crate) async fn stopped() -> (Self, Hash) {
        let mut rig = Self::new(&["log"]).await;
        assert_eq!(
            placed(&rig.append(&["a", "b", "c", "d", "e"]).await),
            fresh(0, 5)
        );
        rig.stop().await;
        let root = rig.guard.stored()[rig.name()].1;
        (rig, root)
    }

    /// The setup of the first log.
    pub(crate) fn setup(&self) -> LogSetup {
        key(self.name()).log(self.name().as_str(), Arc::new(PlainLeaf))
    }

    /// Opens the first log beside the rig, as another process would after this one.
    pub(crate) async fn open_with(
        &self,
        setup: LogSetup,
        config: EngineConfig,
    ) -> (Engine, LogStatus) {
        let opened = Engine::open(
            self.store.clone(),
            self.guard.clone(),
            self.clock(),
            vec![setup],
            config,
        );
        let engine = opened.await.unwrap();
        let status = engine.log(self.name().as_str()).unwrap().status();
        (engine, status)
    }

    /// Why the first log opens read-only, if it does.
    pub(crate) async fn reopened(&self) -> Option<ReadOnlyReason> {
        let (_, status) = self.open_with(self.setup(), EngineConfig::default()).await;
        match status {
            LogStatus::Writable => None,
            LogStatus::ReadOnly(reason) => Some(reason),
        }
    }

    /// Lets the guard hold this of the first log, and nothing else.
    pub(crate) fn guard_at(&self, size: u64, root: Hash) {
        let state = GuardState::from([(self.name().clone(), (TreeSize(size), root))]);
        self.guard.store(&state).unwrap();
    }

    /// Stops in order and starts anew on the same store and guard.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.open(EngineConfig::default()).await;
    }

    pub(crate) async fn stop(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.shutdown().await;
        }
    }

    pub(crate) fn name(&self) -> &LogName {
        &self.names[0]
    }

    pub(crate) fn log(&self) -> Log {
        self.named(self.name())
    }

    pub(crate) fn named(&self, name: &LogName) -> Log {
        self.engine.as_ref().unwrap().log(name.as_str()).unwrap()
    }

    pub(crate) fn reason(&self) -> Option<ReadOnlyReason> {
        match self.log().status() {
            LogStatus::Writable => None,
            LogStatus::ReadOnly(reason) => Some(reason),
        }
    }

    /// Appends together: on one thread all are queued before the sequencer runs, so they make one batch.
    pub(crate) async fn append(&self, bodies: &[&str]) -> Vec<Result<Appended, AppendError>> {
        self.append_to(self.name(), bodies).await
    }

    pub(crate) async fn append_to(
        &self,
        name: &LogName,
        bodies: &[&str],
    ) -> Vec<Result<Appended, AppendError>> {
        let log = self.named(name);
        let tasks: Vec<_> = bodies
            .iter()
            .map(|body| tokio::spawn(submit(log.clone(), pending(body))))
            .collect();
        let mut results = Vec::new();
        for task in tasks {
            let result = task.await.unwrap();
            if let Ok(answer) = &result {
                self.answers
                    .lock()
                    .unwrap()
                    .push((name.clone(), answer.clone()));
            }
            results.push(result);
        }
        results
    }

    /// Derives every log anew and checks every answer ever given against it.
    pub(crate) async fn check(&self) -> Vec<CheckedLog> {
        let guard = self.guard.stored();
        let mut checked = Vec::new();
        for name in &self.names {
            let log = check_log(&*self.store.inner(), name, &key(name), &guard).await;
            let answers = self.answers.lock().unwrap();
            answers
                .iter()
                .filter(|(of, _)| of == name)
                .for_each(|(_, answer)| log.check_answer(answer));
            checked.push(log);
        }
        checked
    }

    pub(crate) async fn check_size(&self, size: u64) {
        assert_eq!(self.check().await[0].size, size);
    }
}

async fn submit(log: Log, pending: Pending) -> Result<Appended, AppendError> {
    log.append(pending).await
}

/// Lets paused time pass. The runtime moves its clock only while no task and no blocking call runs, so everything that
/// becomes due on the way has happened afterwards.
pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep_until(Instant::now() + time).await;
}

/// Index and outcome of each answer.
pub(crate) fn placed(results: &[Result<Appended, AppendError>]) -> Vec<(u64, Outcome)> {
    results
        .iter()
        .map(|result| result.as_ref().unwrap())
        .map(|answer| (answer.entry.index.0, answer.outcome))
        .collect()
}

/// All of them new, from `first` on.
pub(crate) fn fresh(first: u64, count: u64) -> Vec<(u64, Outcome)> {
    (first..first + count)
        .map(|index| (index, Outcome::New))
        .collect()
}

pub(crate) fn repeated(first: u64, count: u64) -> Vec<(u64, Outcome)> {
    (first..first + count)
        .map(|index| (index, Outcome::Duplicate))
        .collect()
}
