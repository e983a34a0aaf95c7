//! Writers that never give up, on several instances of one log, and what they were promised.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_tlog::Checkpoint;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::client::{Client, Promise, entry_request};

/// Between two attempts with the same entry.
const PAUSE: Duration = Duration::from_millis(20);

/// The longest wait for the writers to get on.
const PATIENCE: Duration = Duration::from_mins(1);

/// What all writers share.
struct Shared {
    clients: Vec<Client>,
    key: SigningKey,
    number: AtomicU64,
    stop: AtomicBool,
    acknowledged: watch::Sender<u64>,
    promises: Mutex<Vec<Promise>>,
    checkpoints: Mutex<Vec<Checkpoint>>,
    /// An answer that no fault excuses.
    broken: Mutex<Option<String>>,
}

/// A number of writers and one reader of checkpoints.
pub struct Swarm {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

/// What was promised, checked against the log.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    /// Entries answered 201.
    pub acknowledged: usize,
    /// Checkpoints seen, those of the answers included.
    pub checkpoints: usize,
    /// Leaves of the log at the end.
    pub size: u64,
}

impl Swarm {
    /// Starts `writers`, each on another instance for every attempt.
    pub fn start(instances: &[String], writers: u64) -> Result<Self> {
        let clients: Result<Vec<_>> = instances.iter().map(|url| Client::new(url)).collect();
        let shared = Arc::new(Shared {
            clients: clients?,
            key: SigningKey::generate(KeyAlgorithm::EcdsaP256)?,
            number: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            acknowledged: watch::Sender::new(0),
            promises: Mutex::default(),
            checkpoints: Mutex::default(),
            broken: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        for writer in 0..writers {
            tasks.spawn(write(Arc::clone(&shared), writer));
        }
        tasks.spawn(watch_checkpoints(Arc::clone(&shared)));
        Ok(Self { shared, tasks })
    }

    /// Entries acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        *self.shared.acknowledged.borrow()
    }

    /// Waits until `count` more entries are acknowledged.
    pub async fn gain(&self, count: u64) -> Result<()> {
        let mut acknowledged = self.shared.acknowledged.subscribe();
        let goal = self.acknowledged() + count;
        let gained = acknowledged.wait_for(|acknowledged| *acknowledged >= goal);
        if tokio::time::timeout(PATIENCE, gained).await.is_err() {
            bail!("the writers get no further than {}", self.acknowledged());
        }
        Ok(())
    }

    /// Stops the writers and decides, from the answers alone, whether the log at `url` keeps every promise: each acknowledged
    /// entry at its index, no index given twice, every checkpoint ever seen a prefix of the tree.
    pub async fn judge(mut self, url: &str) -> Result<Tally> {
        self.shared.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = self.tasks.join_next().await {
            ended?;
        }
        if let Some(broken) = take(&self.shared.broken) {
            bail!("{broken}");
        }
        let client = Client::new(url)?;
        let newest = client.checkpoint().await?;
        let tree = client.tree(newest.size).await?;
        tree.has_seen(&newest)?;
        let promises = take(&self.shared.promises);
        let checkpoints = take(&self.shared.checkpoints);
        for promise in &promises {
            promise.kept_in(&tree)?;
        }
        for checkpoint in &checkpoints {
            tree.has_seen(checkpoint)?;
        }
        let mut indexes: Vec<u64> = promises.iter().map(|promise| promise.index).collect();
        indexes.sort_unstable();
        indexes.dedup();
        ensure!(
            indexes.len() == promises.len(),
            "{} entries were given {} indexes",
            promises.len(),
            indexes.len()
        );
        Ok(Tally {
            acknowledged: promises.len(),
            checkpoints: promises.len() + checkpoints.len(),
            size: newest.size.0,
        })
    }
}

fn take<T: Default>(place: &Mutex<T>) -> T {
    std::mem::take(&mut *place.lock().unwrap_or_else(PoisonError::into_inner))
}

/// One writer: entry after entry, each tried until it is answered.
async fn write(shared: Arc<Shared>, writer: u64) {
    let mut attempt = writer;
    while !shared.stop.load(Ordering::SeqCst) {
        let number = shared.number.fetch_add(1, Ordering::SeqCst);
        let Ok(request) = entry_request(&shared.key, &number.to_be_bytes()) else {
            return;
        };
        while !shared.stop.load(Ordering::SeqCst) {
            // Neighbouring numbers lead to instances far apart.
            attempt = attempt
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let instance = usize::try_from(attempt >> 33).unwrap_or(0) % shared.clients.len();
            let Some(client) = shared.clients.get(instance) else {
                return;
            };
            match client.log_entry(&request).await {
                Ok((201, answer)) => match Promise::of(&answer) {
                    Ok(promise) => {
                        let promises = shared.promises.lock();
                        promises
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(promise);
                        shared.acknowledged.send_modify(|count| *count += 1);
                        break;
                    }
                    Err(error) => {
                        return broken(&shared, format!("a promise does not hold: {error:#}"));
                    }
                },
                // Stored by an attempt whose answer was lost.
                Ok((409, _)) => break,
                Ok((503, _)) | Err(_) => {
                    let _ = tokio::time::timeout(PAUSE, std::future::pending::<()>()).await;
                }
                Ok((status, answer)) => {
                    return broken(
                        &shared,
                        format!("expected 201, 409 or 503, found {status}: {answer}"),
                    );
                }
            }
        }
    }
}

fn broken(shared: &Shared, what: String) {
    let mut broken = shared.broken.lock().unwrap_or_else(PoisonError::into_inner);
    broken.get_or_insert(what);
}

/// Reads checkpoints of every instance, as anybody may at any time.
async fn watch_checkpoints(shared: Arc<Shared>) {
    let mut turn = 0usize;
    while !shared.stop.load(Ordering::SeqCst) {
        turn += 1;
        if let Some(client) = shared.clients.get(turn % shared.clients.len())
            && let Ok(checkpoint) = client.checkpoint().await
        {
            let checkpoints = shared.checkpoints.lock();
            checkpoints
                .unwrap_or_else(PoisonError::into_inner)
                .push(checkpoint);
        }
        let _ = tokio::time::timeout(PAUSE, std::future::pending::<()>()).await;
    }
}
