//! A store whose commits can be held or made to fail.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, Head, LogName, LogRecord, LogStore, NewLog,
    RetireError, Retirement, StoreError, StoredEntry,
};
use sigbox_log_store::MemoryStore;
use sigbox_tlog::{Hash, LeafIndex, TreeSize};
use tokio::sync::{Notify, Semaphore};

pub(crate) struct FaultyStore {
    inner: MemoryStore,
    /// A commit takes one permit; without permits it waits.
    pub(crate) permits: Semaphore,
    /// Told when a commit begins.
    pub(crate) committing: Notify,
    pub(crate) full: AtomicBool,
    pub(crate) busy: AtomicBool,
    pub(crate) unreadable: AtomicBool,
}

impl FaultyStore {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(),
            permits: Semaphore::new(Semaphore::MAX_PERMITS),
            committing: Notify::new(),
            full: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            unreadable: AtomicBool::new(false),
        })
    }
}

#[async_trait]
impl LogStore for FaultyStore {
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
        self.committing.notify_one();
        self.permits.acquire().await.unwrap().forget();
        if self.full.load(Ordering::SeqCst) {
            return Err(CommitError::Failed {
                source: StoreError::Full {
                    source: "disk is full".into(),
                },
            });
        }
        if self.busy.load(Ordering::SeqCst) {
            return Err(CommitError::Failed {
                source: StoreError::Busy {
                    source: "secret name of who holds it".into(),
                },
            });
        }
        self.inner.commit(batch).await
    }

    async fn find_by_dedup(
        &self,
        log: &LogName,
        keys: &[[u8; 32]],
    ) -> Result<Vec<StoredEntry>, StoreError> {
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
        if self.unreadable.load(Ordering::SeqCst) {
            return Err(StoreError::Corrupt {
                source: "secret path of a page".into(),
            });
        }
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
