//! Parts of a log whose process dies at a named step of a write: without a destructor, an answer, or a last flush.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, Guard, GuardError, GuardState, Head, LeafError,
    LeafFormat, LogName, LogRecord, LogStore, NewLog, Pending, PlainLeaf, RetireError, Retirement,
    StoreError, StoredEntry,
};
use sigbox_tlog::{Hash, KeyHint, LeafIndex, NoteSignError, NoteSigner, TreeSize, UnixMillis};

/// Where the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Duplicates are about to be looked up.
    Search,
    /// A leaf is about to be made.
    Leaf,
    /// The checkpoint is about to be signed.
    Sign,
    /// The checkpoint is signed.
    Signed,
    /// The transaction is about to begin.
    Commit,
    /// The transaction is under way.
    InCommit,
    /// The transaction is committed, and nobody knows.
    Committed,
    /// The guard is about to be written.
    Guard,
    /// The guard is being written.
    InGuard,
    /// The guard is written, nothing is published.
    Guarded,
    /// An answer is ready, and whom it is for has not got it.
    Answer,
}

impl Step {
    /// Every step, in the order of a write.
    pub const ALL: [Self; 11] = [
        Self::Search,
        Self::Leaf,
        Self::Sign,
        Self::Signed,
        Self::Commit,
        Self::InCommit,
        Self::Committed,
        Self::Guard,
        Self::InGuard,
        Self::Guarded,
        Self::Answer,
    ];
}

/// When the process dies: at the so-many-th time that it comes to a step.
#[derive(Debug)]
pub struct Death {
    step: Step,
    left: AtomicU64,
    /// How long after the beginning of a step that is under way.
    within: Duration,
}

impl Death {
    /// Dies when it comes to `step` after it passed it `passes` times; `within` is for the steps that take time.
    pub fn at(step: Step, passes: u64, within: Duration) -> Arc<Self> {
        Arc::new(Self {
            step,
            left: AtomicU64::new(passes),
            within,
        })
    }

    /// The process is at a step.
    pub fn come_to(&self, step: Step) {
        if self.is_now(step) {
            std::process::abort();
        }
    }

    /// The process begins a step that takes time.
    fn begin(&self, step: Step) {
        if self.is_now(step) {
            let (begun, within) = (Instant::now(), self.within);
            std::thread::spawn(move || {
                while begun.elapsed() < within {
                    std::thread::yield_now();
                }
                std::process::abort();
            });
        }
    }

    fn is_now(&self, step: Step) -> bool {
        step == self.step && {
            let passed = self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                });
            passed.is_err()
        }
    }
}

/// A part that dies; none does without a death.
pub struct Dying<T> {
    inner: T,
    death: Option<Arc<Death>>,
}

impl<T> Dying<T> {
    /// Wraps a part.
    pub fn new(inner: T, death: Option<Arc<Death>>) -> Self {
        Self { inner, death }
    }

    fn come_to(&self, step: Step) {
        if let Some(death) = &self.death {
            death.come_to(step);
        }
    }

    fn begin(&self, step: Step) {
        if let Some(death) = &self.death {
            death.begin(step);
        }
    }
}

impl<G: Guard> Guard for Dying<G> {
    fn load(&self) -> Result<Option<GuardState>, GuardError> {
        self.inner.load()
    }

    fn store(&self, state: &GuardState) -> Result<(), GuardError> {
        self.come_to(Step::Guard);
        self.begin(Step::InGuard);
        self.inner.store(state)?;
        self.come_to(Step::Guarded);
        Ok(())
    }
}

impl LeafFormat for Dying<PlainLeaf> {
    fn leaf(
        &self,
        pending: &Pending,
        index: LeafIndex,
        time: UnixMillis,
    ) -> Result<Vec<u8>, LeafError> {
        self.come_to(Step::Leaf);
        self.inner.leaf(pending, index, time)
    }

    fn same(&self, pending: &Pending, entry: &StoredEntry) -> bool {
        self.inner.same(pending, entry)
    }
}

impl<S: NoteSigner> NoteSigner for Dying<S> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn hint(&self) -> KeyHint {
        self.inner.hint()
    }

    fn sign(&self, text: &str, now: UnixMillis) -> Result<Vec<u8>, NoteSignError> {
        self.come_to(Step::Sign);
        let signature = self.inner.sign(text, now)?;
        self.come_to(Step::Signed);
        Ok(signature)
    }
}

#[async_trait]
impl LogStore for Dying<Arc<dyn LogStore>> {
    async fn create_log(&self, log: &NewLog) -> Result<(), CreateLogError> {
        self.inner.create_log(log).await
    }

    async fn retire(&self, retirement: &Retirement) -> Result<(), RetireError> {
        self.inner.retire(retirement).await
    }

    async fn logs(&self) -> Result<Vec<LogRecord>, StoreError> {
        self.inner.logs().await
    }

    async fn head(&self, log: &LogName) -> Result<Option<Head>, StoreError> {
        self.inner.head(log).await
    }

    async fn commit(&self, batch: &CommitBatch) -> Result<(), CommitError> {
        self.come_to(Step::Commit);
        self.begin(Step::InCommit);
        self.inner.commit(batch).await?;
        self.come_to(Step::Committed);
        Ok(())
    }

    async fn find_by_dedup(
        &self,
        log: &LogName,
        keys: &[[u8; 32]],
    ) -> Result<Vec<StoredEntry>, StoreError> {
        self.come_to(Step::Search);
        self.inner.find_by_dedup(log, keys).await
    }

    async fn find_by_leaf_hash(
        &self,
        log: &LogName,
        leaf_hash: &Hash,
    ) -> Result<Option<StoredEntry>, StoreError> {
        self.inner.find_by_leaf_hash(log, leaf_hash).await
    }

    async fn entry(
        &self,
        log: &LogName,
        index: LeafIndex,
    ) -> Result<Option<StoredEntry>, StoreError> {
        self.inner.entry(log, index).await
    }

    async fn entries(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        self.inner.entries(log, range).await
    }

    async fn leaf_hashes(&self, log: &LogName, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.inner.leaf_hashes(log, range).await
    }

    async fn tile(
        &self,
        log: &LogName,
        level: u8,
        index: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        self.inner.tile(log, level, index).await
    }

    async fn checkpoint(
        &self,
        log: &LogName,
        size: TreeSize,
    ) -> Result<Option<String>, StoreError> {
        self.inner.checkpoint(log, size).await
    }

    async fn checkpoints(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<(TreeSize, String)>, StoreError> {
        self.inner.checkpoints(log, range).await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
