//! A store whose commits and reads fail as scripted.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, Head, Heads, LogName, LogRecord, LogStore, NewLog,
    RetireError, Retirement, StoreError, StoredEntry,
};
use sigbox_tlog::{Hash, LeafIndex, TreeSize};
use tokio::sync::watch;

use super::{Broken, scripted_failure};

type Tamper<T> = Box<dyn Fn(&mut T) + Send + Sync>;
type TamperNote = Box<dyn Fn(TreeSize, &mut String) + Send + Sync>;

/// Wraps a store; counts commits, breaks or holds those the script names, and tampers with what is read.
pub struct BreakStore {
    inner: Mutex<Arc<dyn LogStore>>,
    commits: Mutex<VecDeque<(Broken, StoreError)>>,
    heads: AtomicUsize,
    reads: AtomicUsize,
    /// Commits that wait while this is true.
    held: watch::Sender<bool>,
    /// Sizes of the commits that arrived so far, one number an arrival.
    arrived: watch::Sender<usize>,
    batches: Mutex<Vec<usize>>,
    entries_read: AtomicUsize,
    tiles_read: AtomicUsize,
    tamper_entry: Mutex<Option<Tamper<StoredEntry>>>,
    tamper_head: Mutex<Option<Tamper<Head>>>,
    tamper_tile: Mutex<Option<Tamper<Vec<Hash>>>>,
    tamper_checkpoint: Mutex<Option<TamperNote>>,
}

/// Commits wait while this lives.
pub struct Hold {
    held: watch::Sender<bool>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.held.send_replace(false);
    }
}

impl BreakStore {
    /// Wraps `inner`; nothing breaks yet.
    pub fn new(inner: Arc<dyn LogStore>) -> Self {
        Self {
            inner: Mutex::new(inner),
            commits: Mutex::default(),
            heads: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
            held: watch::Sender::new(false),
            arrived: watch::Sender::new(0),
            batches: Mutex::default(),
            entries_read: AtomicUsize::new(0),
            tiles_read: AtomicUsize::new(0),
            tamper_entry: Mutex::default(),
            tamper_head: Mutex::default(),
            tamper_tile: Mutex::default(),
            tamper_checkpoint: Mutex::default(),
        }
    }

    /// Breaks the next commit that is not scripted yet.
    pub fn break_commit(&self, broken: Broken) {
        self.break_commit_with(broken, scripted_failure());
    }

    /// As [`BreakStore::break_commit`], with this error.
    pub fn break_commit_with(&self, broken: Broken, error: StoreError) {
        self.commits.lock().unwrap().push_back((broken, error));
    }

    /// Makes the next `count` reads of a head fail.
    pub fn break_heads(&self, count: usize) {
        self.heads.store(count, Ordering::SeqCst);
    }

    /// Makes the next `count` reads of entries by key, and of tiles, fail.
    pub fn break_reads(&self, count: usize) {
        self.reads.store(count, Ordering::SeqCst);
    }

    /// Lets commits wait until the returned value is dropped.
    pub fn hold_commits(&self) -> Hold {
        self.held.send_replace(true);
        Hold {
            held: self.held.clone(),
        }
    }

    /// Waits until `count` commits have arrived since the start, held ones included.
    pub async fn arrived(&self, count: usize) {
        self.arrived
            .subscribe()
            .wait_for(|arrived| *arrived >= count)
            .await
            .unwrap();
    }

    /// Entries of each commit that was tried, of all its logs together.
    pub fn batches(&self) -> Vec<usize> {
        self.batches.lock().unwrap().clone()
    }

    /// Entries and tiles read since the last call.
    pub fn take_reads(&self) -> (usize, usize) {
        (
            self.entries_read.swap(0, Ordering::SeqCst),
            self.tiles_read.swap(0, Ordering::SeqCst),
        )
    }

    /// Changes every entry that is read from now on.
    pub fn tamper_entries(&self, tamper: impl Fn(&mut StoredEntry) + Send + Sync + 'static) {
        *self.tamper_entry.lock().unwrap() = Some(Box::new(tamper));
    }

    /// Changes every head that is read from now on.
    pub fn tamper_heads(&self, tamper: impl Fn(&mut Head) + Send + Sync + 'static) {
        *self.tamper_head.lock().unwrap() = Some(Box::new(tamper));
    }

    /// Changes every tile that is read from now on.
    pub fn tamper_tiles(&self, tamper: impl Fn(&mut Vec<Hash>) + Send + Sync + 'static) {
        *self.tamper_tile.lock().unwrap() = Some(Box::new(tamper));
    }

    /// Changes every stored checkpoint that is read from now on, but not the one in the head.
    pub fn tamper_checkpoints(
        &self,
        tamper: impl Fn(TreeSize, &mut String) + Send + Sync + 'static,
    ) {
        *self.tamper_checkpoint.lock().unwrap() = Some(Box::new(tamper));
    }

    /// Puts another store in the place of the wrapped one, as a restored backup does.
    pub fn replace(&self, inner: Arc<dyn LogStore>) {
        *self.inner.lock().unwrap() = inner;
    }

    /// The wrapped store: what it does is neither counted nor broken.
    pub fn inner(&self) -> Arc<dyn LogStore> {
        Arc::clone(&self.inner.lock().unwrap())
    }

    fn entry_read(&self, mut entry: StoredEntry) -> StoredEntry {
        self.entries_read.fetch_add(1, Ordering::SeqCst);
        if let Some(tamper) = &*self.tamper_entry.lock().unwrap() {
            tamper(&mut entry);
        }
        entry
    }
}

fn use_up(count: &AtomicUsize) -> Result<(), StoreError> {
    match count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
        left.checked_sub(1)
    }) {
        Ok(_) => Err(scripted_failure()),
        Err(_) => Ok(()),
    }
}

#[async_trait]
impl LogStore for BreakStore {
    async fn create_log(&self, log: &NewLog) -> Result<(), CreateLogError> {
        self.inner().create_log(log).await
    }

    async fn retire(&self, retirement: &Retirement) -> Result<(), RetireError> {
        self.inner().retire(retirement).await
    }

    async fn logs(&self) -> Result<Vec<LogRecord>, StoreError> {
        self.inner().logs().await
    }

    async fn head(&self, log: &LogName) -> Result<Option<Head>, StoreError> {
        use_up(&self.heads)?;
        let mut head = self.inner().head(log).await?;
        if let (Some(tamper), Some(head)) = (&*self.tamper_head.lock().unwrap(), head.as_mut()) {
            tamper(head);
        }
        Ok(head)
    }

    async fn begin_turn(&self, logs: &[LogName]) -> Result<Option<Heads>, StoreError> {
        let Some(mut heads) = self.inner().begin_turn(logs).await? else {
            return Ok(None);
        };
        if let Err(error) = use_up(&self.heads) {
            self.inner().end_turn().await;
            return Err(error);
        }
        if let Some(tamper) = &*self.tamper_head.lock().unwrap() {
            heads.values_mut().for_each(tamper);
        }
        Ok(Some(heads))
    }

    async fn end_turn(&self) {
        self.inner().end_turn().await;
    }

    fn heads(&self) -> Option<watch::Receiver<Heads>> {
        self.inner().heads()
    }

    async fn commit(&self, batch: &CommitBatch) -> Result<(), CommitError> {
        self.batches
            .lock()
            .unwrap()
            .push(batch.logs.iter().map(|commit| commit.entries.len()).sum());
        self.arrived.send_modify(|arrived| *arrived += 1);
        self.held.subscribe().wait_for(|held| !held).await.unwrap();
        let script = self.commits.lock().unwrap().pop_front();
        match script {
            None => self.inner().commit(batch).await,
            Some((Broken::Lost, source)) => Err(CommitError::Failed { source }),
            Some((Broken::Persisted, source)) => {
                self.inner().commit(batch).await?;
                Err(CommitError::Failed { source })
            }
        }
    }

    async fn find_by_dedup(
        &self,
        log: &LogName,
        keys: &[[u8; 32]],
    ) -> Result<Vec<StoredEntry>, StoreError> {
        use_up(&self.reads)?;
        let found = self.inner().find_by_dedup(log, keys).await?;
        Ok(found
            .into_iter()
            .map(|entry| self.entry_read(entry))
            .collect())
    }

    async fn find_by_leaf_hash(
        &self,
        log: &LogName,
        leaf_hash: &Hash,
    ) -> Result<Option<StoredEntry>, StoreError> {
        let found = self.inner().find_by_leaf_hash(log, leaf_hash).await?;
        Ok(found.map(|entry| self.entry_read(entry)))
    }

    async fn entry(
        &self,
        log: &LogName,
        index: LeafIndex,
    ) -> Result<Option<StoredEntry>, StoreError> {
        let found = self.inner().entry(log, index).await?;
        Ok(found.map(|entry| self.entry_read(entry)))
    }

    async fn entries(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let found = self.inner().entries(log, range).await?;
        Ok(found
            .into_iter()
            .map(|entry| self.entry_read(entry))
            .collect())
    }

    async fn leaf_hashes(&self, log: &LogName, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.inner().leaf_hashes(log, range).await
    }

    async fn tile(
        &self,
        log: &LogName,
        level: u8,
        index: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        self.tiles_read.fetch_add(1, Ordering::SeqCst);
        use_up(&self.reads)?;
        let mut tile = self.inner().tile(log, level, index).await?;
        if let (Some(tamper), Some(tile)) = (&*self.tamper_tile.lock().unwrap(), tile.as_mut()) {
            tamper(tile);
        }
        Ok(tile)
    }

    async fn checkpoint(
        &self,
        log: &LogName,
        size: TreeSize,
    ) -> Result<Option<String>, StoreError> {
        self.inner().checkpoint(log, size).await
    }

    async fn checkpoints(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<(TreeSize, String)>, StoreError> {
        let mut notes = self.inner().checkpoints(log, range).await?;
        if let Some(tamper) = &*self.tamper_checkpoint.lock().unwrap() {
            for (size, note) in &mut notes {
                tamper(*size, note);
            }
        }
        Ok(notes)
    }

    async fn close(&self) {
        self.inner().close().await;
    }
}
