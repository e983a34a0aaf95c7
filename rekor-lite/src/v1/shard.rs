//! One tree of the log: its entries, its key, and where it begins in the numbering over all trees.

use std::sync::Arc;

use sigbox_crypto::{PublicKey, Signer};
use sigbox_log_engine::{Log, LogStatus, ReadError, StoredEntry};
use sigbox_tlog::{Hash, LeafIndex, Origin};
use tokio::sync::Mutex;

use super::id::{EntryId, TreeId};
use super::promise::PromiseSigner;
use super::search::SearchIndex;
use super::service::SetupError;

/// A shard; it is inactive once its log is frozen.
pub(super) struct Shard {
    log: Log,
    tree: TreeId,
    promises: PromiseSigner,
    index: Mutex<SearchIndex>,
    /// Leaves of all older shards.
    base: u64,
}

/// An entry, and the shard that holds it.
pub(super) struct Found<'a> {
    pub(super) shard: &'a Shard,
    pub(super) entry: StoredEntry,
}

impl Shard {
    /// The shard over `log`, whose checkpoints bear `HOST - TREEID`, after shards of `base` leaves together.
    pub(super) fn new(
        log: Log,
        key: Arc<dyn Signer>,
        base: u64,
        postings: usize,
    ) -> Result<Self, SetupError> {
        let origin = Origin::parse_any(log.origin()).ok();
        let tree = origin.and_then(|origin| origin.tree_id());
        let tree = tree
            .and_then(TreeId::new)
            .ok_or_else(|| SetupError::Origin {
                found: log.origin().to_owned(),
            })?;
        Ok(Self {
            log,
            tree,
            promises: PromiseSigner::new(key)?,
            index: Mutex::new(SearchIndex::new(postings)),
            base,
        })
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn tree(&self) -> TreeId {
        self.tree
    }

    pub(super) fn promises(&self) -> &PromiseSigner {
        &self.promises
    }

    pub(super) fn public_key(&self) -> &PublicKey {
        self.promises.public_key()
    }

    pub(super) fn index(&self) -> &Mutex<SearchIndex> {
        &self.index
    }

    pub(super) fn is_writable(&self) -> bool {
        matches!(self.log.status(), LogStatus::Writable)
    }

    pub(super) fn entry_id(&self, leaf_hash: Hash) -> EntryId {
        EntryId {
            tree: self.tree,
            leaf_hash,
        }
    }

    /// The number of an entry over all shards.
    ///
    /// Source: rekor `pkg/sharding/ranges.go`: the lengths of all older shards, then the index in the shard.
    pub(super) fn virtual_index(&self, index: LeafIndex) -> u64 {
        self.base.saturating_add(index.0)
    }

    /// The first number that is not this shard's any more, as far as it has published.
    pub(super) fn end(&self) -> u64 {
        self.base.saturating_add(self.log.snapshot().size.0)
    }

    /// The entry of a number over all shards; `None` if it is not in this shard.
    pub(super) async fn at(&self, number: u64) -> Result<Option<Found<'_>>, ReadError> {
        let Some(index) = number.checked_sub(self.base) else {
            return Ok(None);
        };
        let entry = self.log.entry(LeafIndex(index)).await?;
        Ok(entry.map(|entry| Found { shard: self, entry }))
    }

    pub(super) async fn by_leaf_hash(&self, hash: Hash) -> Result<Option<Found<'_>>, ReadError> {
        let entry = self.log.entry_by_leaf_hash(hash).await?;
        Ok(entry.map(|entry| Found { shard: self, entry }))
    }
}
