//! A store and a guard in memory, for tests: what they hold lasts as long as one of their clones.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use sigbox_log_engine::{
    CommitBatch, CommitError, CreateLogError, Guard, GuardError, GuardState, Head, LogCommit,
    LogName, LogRecord, LogStore, NewLog, RetireError, Retirement, StoreError, StoredEntry,
};
use sigbox_tlog::{Hash, LeafIndex, TreeSize};

use crate::check_size;

/// A [`LogStore`] in memory; clones share their content, so a clone is also the store opened again.
#[derive(Clone, Default)]
pub struct MemoryStore {
    logs: Arc<Mutex<BTreeMap<LogName, MemoryLog>>>,
}

struct MemoryLog {
    record: LogRecord,
    head: Head,
    /// In index order, from 0 on.
    entries: Vec<StoredEntry>,
    by_dedup: HashMap<[u8; 32], usize>,
    by_leaf_hash: HashMap<Hash, usize>,
    tiles: HashMap<(u8, u64), Vec<Hash>>,
    checkpoints: BTreeMap<TreeSize, String>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn logs(&self) -> MutexGuard<'_, BTreeMap<LogName, MemoryLog>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, name: &LogName, read: impl FnOnce(&MemoryLog) -> T) -> Result<T, StoreError> {
        match self.logs().get(name) {
            Some(log) => Ok(read(log)),
            None => Err(StoreError::UnknownLog { log: name.clone() }),
        }
    }
}

impl MemoryLog {
    fn new(record: LogRecord, head: Head, entries: &[StoredEntry]) -> Self {
        let checkpoints = BTreeMap::from([(head.size, head.checkpoint.clone())]);
        let mut log = Self {
            record,
            head,
            entries: Vec::new(),
            by_dedup: HashMap::new(),
            by_leaf_hash: HashMap::new(),
            tiles: HashMap::new(),
            checkpoints,
        };
        log.push(entries);
        log
    }

    fn push(&mut self, entries: &[StoredEntry]) {
        for entry in entries {
            self.by_dedup.insert(entry.dedup_key, self.entries.len());
            self.by_leaf_hash
                .insert(entry.leaf_hash, self.entries.len());
            self.entries.push(entry.clone());
        }
    }

    fn at(&self, position: Option<&usize>) -> Option<StoredEntry> {
        self.entries.get(*position?).cloned()
    }

    fn range(&self, range: Range<u64>) -> &[StoredEntry] {
        let position = |index: u64| {
            usize::try_from(index).map_or(self.entries.len(), |at| at.min(self.entries.len()))
        };
        self.entries
            .get(position(range.start)..position(range.end))
            .unwrap_or_default()
    }

    /// As a database's unique indexes do.
    fn admits(&self, entries: &[StoredEntry]) -> bool {
        let mut keys = HashSet::new();
        let mut hashes = HashSet::new();
        entries.iter().all(|new| {
            !self.by_dedup.contains_key(&new.dedup_key)
                && !self.by_leaf_hash.contains_key(&new.leaf_hash)
                && keys.insert(new.dedup_key)
                && hashes.insert(new.leaf_hash)
        })
    }

    fn check(&self, commit: &LogCommit) -> Result<(), CommitError> {
        let expected = (commit.expected_size, commit.expected_root);
        if (self.head.size, self.head.root) != expected || self.head.frozen.is_some() {
            let (expected_size, found_size) = (commit.expected_size, self.head.size);
            return Err(CommitError::Conflict {
                log: commit.log.clone(),
                expected_size,
                found_size,
            });
        }
        if !commit.is_contiguous() || !self.admits(&commit.entries) {
            return Err(CommitError::Failed {
                source: StoreError::Malformed { field: "batch" },
            });
        }
        Ok(())
    }

    fn apply(&mut self, commit: &LogCommit) {
        self.push(&commit.entries);
        for (tile, hashes) in &commit.tiles {
            self.tiles.insert((tile.level, tile.index), hashes.clone());
        }
        self.checkpoints
            .insert(commit.new_head.size, commit.new_head.checkpoint.clone());
        self.head = commit.new_head.clone();
    }
}

fn create(logs: &mut BTreeMap<LogName, MemoryLog>, log: &NewLog) -> Result<(), CreateLogError> {
    check_size(log)?;
    let NewLog {
        name,
        origin,
        public_key_spki,
        head,
        entries,
    } = log.clone();
    let same = |other: &LogRecord| {
        other.name == name || other.origin == origin || other.public_key_spki == public_key_spki
    };
    if logs.values().any(|other| same(&other.record)) {
        return Err(CreateLogError::Exists { log: name });
    }
    let record = LogRecord {
        name: name.clone(),
        origin,
        public_key_spki,
    };
    logs.insert(name, MemoryLog::new(record, head, &entries));
    Ok(())
}

#[async_trait]
impl LogStore for MemoryStore {
    async fn create_log(&self, log: &NewLog) -> Result<(), CreateLogError> {
        create(&mut self.logs(), log)
    }

    async fn retire(&self, retirement: &Retirement) -> Result<(), RetireError> {
        let mut logs = self.logs();
        let last = &retirement.last_head;
        let moved = || RetireError::Moved {
            log: retirement.log.clone(),
            expected_size: last.size,
        };
        let found = logs.get(&retirement.log).ok_or_else(moved)?;
        if (found.head.size, found.head.root) != (last.size, last.root)
            || found.head.frozen.is_some()
        {
            return Err(moved());
        }
        if let Some(successor) = &retirement.successor {
            create(&mut logs, successor).map_err(RetireError::Successor)?;
        }
        if let Some(log) = logs.get_mut(&retirement.log) {
            log.checkpoints.insert(last.size, last.checkpoint.clone());
            log.head = last.clone();
        }
        Ok(())
    }

    async fn logs(&self) -> Result<Vec<LogRecord>, StoreError> {
        Ok(self.logs().values().map(|log| log.record.clone()).collect())
    }

    async fn head(&self, log: &LogName) -> Result<Option<Head>, StoreError> {
        Ok(self.logs().get(log).map(|log| log.head.clone()))
    }

    async fn commit(&self, batch: &CommitBatch) -> Result<(), CommitError> {
        let mut logs = self.logs();
        for commit in &batch.logs {
            let unknown = || CommitError::Failed {
                source: StoreError::UnknownLog {
                    log: commit.log.clone(),
                },
            };
            logs.get(&commit.log).ok_or_else(unknown)?.check(commit)?;
        }
        for commit in &batch.logs {
            if let Some(log) = logs.get_mut(&commit.log) {
                log.apply(commit);
            }
        }
        Ok(())
    }

    async fn find_by_dedup(
        &self,
        log: &LogName,
        keys: &[[u8; 32]],
    ) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(log, |log| {
            let keys: HashSet<&[u8; 32]> = keys.iter().collect();
            keys.into_iter()
                .filter_map(|key| log.at(log.by_dedup.get(key)))
                .collect()
        })
    }

    async fn find_by_leaf_hash(
        &self,
        log: &LogName,
        leaf_hash: &Hash,
    ) -> Result<Option<StoredEntry>, StoreError> {
        self.read(log, |log| log.at(log.by_leaf_hash.get(leaf_hash)))
    }

    async fn entry(
        &self,
        log: &LogName,
        index: LeafIndex,
    ) -> Result<Option<StoredEntry>, StoreError> {
        self.read(log, |log| {
            usize::try_from(index.0)
                .ok()
                .and_then(|position| log.at(Some(&position)))
        })
    }

    async fn entries(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(log, |log| log.range(range).to_vec())
    }

    async fn leaf_hashes(&self, log: &LogName, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.read(log, |log| {
            log.range(range)
                .iter()
                .map(|entry| entry.leaf_hash)
                .collect()
        })
    }

    async fn tile(
        &self,
        log: &LogName,
        level: u8,
        index: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        self.read(log, |log| log.tiles.get(&(level, index)).cloned())
    }

    async fn checkpoint(
        &self,
        log: &LogName,
        size: TreeSize,
    ) -> Result<Option<String>, StoreError> {
        self.read(log, |log| log.checkpoints.get(&size).cloned())
    }

    async fn checkpoints(
        &self,
        log: &LogName,
        range: Range<u64>,
    ) -> Result<Vec<(TreeSize, String)>, StoreError> {
        self.read(log, |log| {
            let range = log
                .checkpoints
                .range(TreeSize(range.start)..TreeSize(range.end.max(range.start)));
            let notes = range.map(|(size, note)| (*size, note.clone()));
            notes.take(4096).collect()
        })
    }

    async fn close(&self) {}
}

/// A [`Guard`] in memory; clones share their content.
#[derive(Clone, Default)]
pub struct MemoryGuard {
    state: Arc<Mutex<Option<GuardState>>>,
}

impl MemoryGuard {
    /// A guard that was never stored.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Guard for MemoryGuard {
    fn load(&self) -> Result<Option<GuardState>, GuardError> {
        Ok(self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    fn store(&self, state: &GuardState) -> Result<(), GuardError> {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.clone());
        Ok(())
    }
}
