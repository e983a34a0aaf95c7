//! The service as its handlers see it.

use std::sync::Arc;

use sigbox_crypto::{KeyAlgorithm, PublicKey, Signer};
use sigbox_log_engine::{AppendError, Appended, Log, LogStatus, Outcome, ReadError, StoredEntry};
use sigbox_tlog::{Hash, Origin};
use tokio::sync::Mutex;

use super::config::RekorV1Config;
use super::entry::CanonicalEntry;
use super::id::{EntryId, TreeId};
use super::problem::Problem;
use super::promise::PromiseSigner;
use super::search::SearchIndex;
use crate::config::DuplicatePolicy;

/// New entries, all kinds together.
const NEW_ENTRIES: &str = "rekor_v1_new_entries";

/// Why a service cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The log's origin is not `HOST - TREEID`.
    #[error("the origin of a Rekor v1 log is `HOST - TREEID`, found `{found}`")]
    Origin {
        /// The origin of the log.
        found: String,
    },
    /// Clients verify the signed entry timestamp as ECDSA P-256, whatever the key.
    #[error("a Rekor v1 log signs with an ECDSA P-256 key, found {found}")]
    KeyKind {
        /// The kind of key given.
        found: KeyAlgorithm,
    },
}

/// One Rekor v1 log with its configuration; cheap to clone.
#[derive(Clone)]
pub struct RekorV1 {
    inner: Arc<Inner>,
}

struct Inner {
    log: Log,
    tree: TreeId,
    promises: PromiseSigner,
    config: RekorV1Config,
    index: Mutex<SearchIndex>,
}

impl RekorV1 {
    /// The service over `log`, whose checkpoints bear `HOST - TREEID` and are signed by `key` too.
    ///
    /// # Errors
    /// [`SetupError`] if origin or key are not those of a Rekor v1 log.
    pub fn new(log: Log, key: Arc<dyn Signer>, config: RekorV1Config) -> Result<Self, SetupError> {
        let origin = Origin::parse_any(log.origin()).ok();
        let tree = origin.and_then(|origin| origin.tree_id());
        let tree = tree
            .and_then(TreeId::new)
            .ok_or_else(|| SetupError::Origin {
                found: log.origin().to_owned(),
            })?;
        let index = Mutex::new(SearchIndex::new(config.limits.search_postings));
        Ok(Self {
            inner: Arc::new(Inner {
                log,
                tree,
                promises: PromiseSigner::new(key)?,
                config,
                index,
            }),
        })
    }

    /// The log behind the service.
    pub fn log(&self) -> &Log {
        &self.inner.log
    }

    /// The tree that takes all entries.
    pub fn tree_id(&self) -> TreeId {
        self.inner.tree
    }

    /// The log's public key.
    pub fn public_key(&self) -> &PublicKey {
        self.inner.promises.public_key()
    }

    /// The choices of the operator.
    pub fn config(&self) -> &RekorV1Config {
        &self.inner.config
    }

    /// Reads what the search index lacks of the log, so that the first search does not have to.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged; what was read until then stays indexed.
    pub async fn index_stored_entries(&self) -> Result<(), ReadError> {
        self.inner
            .index
            .lock()
            .await
            .catch_up(&self.inner.log)
            .await
    }

    pub(super) fn promises(&self) -> &PromiseSigner {
        &self.inner.promises
    }

    pub(super) fn index(&self) -> &Mutex<SearchIndex> {
        &self.inner.index
    }

    pub(super) fn entry_id(&self, leaf_hash: Hash) -> EntryId {
        EntryId {
            tree: self.inner.tree,
            leaf_hash,
        }
    }

    /// Refuses at once what the log would refuse after all the work on the request.
    pub(super) fn check_writable(&self) -> Result<(), Problem> {
        match self.inner.log.status() {
            LogStatus::Writable => Ok(()),
            LogStatus::ReadOnly(reason) => Err(AppendError::ReadOnly(reason).into()),
        }
    }

    /// Gives an entry its place in the log and waits until a durable checkpoint covers it.
    pub(super) async fn append(&self, entry: CanonicalEntry) -> Result<Appended, Problem> {
        let appended = self.inner.log.append(entry.into_pending()).await?;
        match (appended.outcome, self.inner.config.duplicates) {
            (Outcome::New, _) => metrics::counter!(NEW_ENTRIES).increment(1),
            (Outcome::Duplicate, DuplicatePolicy::ReturnExisting) => {}
            (Outcome::Duplicate, DuplicatePolicy::Conflict) => {
                return Err(Problem::duplicate(self.entry_id(appended.entry.leaf_hash)));
            }
        }
        Ok(appended)
    }

    /// The entry of a leaf hash in `tree`; an absent tree is this one.
    pub(super) async fn find(
        &self,
        tree: Option<TreeId>,
        leaf_hash: Hash,
    ) -> Result<Option<StoredEntry>, Problem> {
        if tree.is_some_and(|tree| tree != self.inner.tree) {
            return Ok(None);
        }
        Ok(self.inner.log.entry_by_leaf_hash(leaf_hash).await?)
    }
}
