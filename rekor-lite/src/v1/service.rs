//! The service as its handlers see it.

use std::iter;
use std::sync::Arc;

use sigbox_crypto::{KeyAlgorithm, Signer};
use sigbox_log_engine::{AppendError, Appended, Log, LogStatus, Outcome, ReadError};
use sigbox_tlog::Hash;

use super::config::RekorV1Config;
use super::entry::CanonicalEntry;
use super::id::TreeId;
use super::problem::Problem;
use super::shard::{Found, Shard};
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
    /// A shard that has a successor would still take entries, and move the numbers of all later ones.
    #[error("the shard `{origin}` has a successor and is not frozen")]
    NotFrozen {
        /// The origin of the shard.
        origin: String,
    },
}

/// One Rekor v1 log with its shards and its configuration; cheap to clone.
#[derive(Clone)]
pub struct RekorV1 {
    inner: Arc<Inner>,
}

struct Inner {
    /// Oldest first.
    inactive: Vec<Shard>,
    active: Shard,
    config: RekorV1Config,
}

impl RekorV1 {
    /// The service over `log`, whose checkpoints bear `HOST - TREEID` and are signed by `key` too.
    ///
    /// # Errors
    /// [`SetupError`] if origin or key are not those of a Rekor v1 log.
    pub fn new(log: Log, key: Arc<dyn Signer>, config: RekorV1Config) -> Result<Self, SetupError> {
        Self::sharded(Vec::new(), (log, key), config)
    }

    /// The service over several logs, each with its key: `inactive` ones of the past, oldest first, and the one that takes
    /// all entries.
    ///
    /// # Errors
    /// [`SetupError`] if an origin or a key is not that of a Rekor v1 log, or an inactive log is not frozen.
    pub fn sharded(
        inactive: Vec<(Log, Arc<dyn Signer>)>,
        active: (Log, Arc<dyn Signer>),
        config: RekorV1Config,
    ) -> Result<Self, SetupError> {
        let postings = config.limits.search_postings / (inactive.len() + 1);
        let mut base = 0;
        let mut shards = Vec::with_capacity(inactive.len());
        for (log, key) in inactive {
            let shard = Shard::new(log, key, base, postings)?;
            if shard.is_writable() {
                let origin = shard.log().origin().to_owned();
                return Err(SetupError::NotFrozen { origin });
            }
            base = shard.end();
            shards.push(shard);
        }
        let (log, key) = active;
        Ok(Self {
            inner: Arc::new(Inner {
                inactive: shards,
                active: Shard::new(log, key, base, postings)?,
                config,
            }),
        })
    }

    /// The choices of the operator.
    pub fn config(&self) -> &RekorV1Config {
        &self.inner.config
    }

    /// Reads what the search indexes lack of the log, so that the first search does not have to.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged; what was read until then stays indexed.
    pub async fn index_stored_entries(&self) -> Result<(), ReadError> {
        for shard in self.shards() {
            shard.index().lock().await.catch_up(shard.log()).await?;
        }
        Ok(())
    }

    /// The shards of the past, oldest first.
    pub(super) fn inactive(&self) -> &[Shard] {
        &self.inner.inactive
    }

    /// The shard that takes all entries.
    pub(super) fn active(&self) -> &Shard {
        &self.inner.active
    }

    /// All shards, oldest first.
    pub(super) fn shards(&self) -> impl Iterator<Item = &Shard> {
        self.inner.inactive.iter().chain(iter::once(self.active()))
    }

    /// Refuses at once what the log would refuse after all the work on the request.
    pub(super) fn check_writable(&self) -> Result<(), Problem> {
        match self.active().log().status() {
            LogStatus::Writable => Ok(()),
            LogStatus::ReadOnly(reason) => Err(AppendError::ReadOnly(reason).into()),
        }
    }

    /// Gives an entry its place in the active shard and waits until a durable checkpoint covers it.
    pub(super) async fn append(&self, entry: CanonicalEntry) -> Result<Appended, Problem> {
        let active = self.active();
        let appended = active.log().append(entry.into_pending()).await?;
        match (appended.outcome, self.inner.config.duplicates) {
            (Outcome::New, _) => metrics::counter!(NEW_ENTRIES).increment(1),
            (Outcome::Duplicate, DuplicatePolicy::ReturnExisting) => {}
            (Outcome::Duplicate, DuplicatePolicy::Conflict) => {
                let id = active.entry_id(appended.entry.leaf_hash);
                return Err(Problem::duplicate(id));
            }
        }
        Ok(appended)
    }

    /// The entries of a leaf hash: in `tree`, or in every shard, the active one first. An unknown tree has none.
    pub(super) async fn find(
        &self,
        tree: Option<TreeId>,
        leaf_hash: Hash,
    ) -> Result<Vec<Found<'_>>, Problem> {
        let mut found = Vec::new();
        for shard in iter::once(self.active()).chain(self.inactive()) {
            if tree.is_none_or(|tree| tree == shard.tree()) {
                found.extend(shard.by_leaf_hash(leaf_hash).await?);
            }
        }
        Ok(found)
    }

    /// The entry of a number over all shards.
    pub(super) async fn at(&self, number: u64) -> Result<Option<Found<'_>>, Problem> {
        let older = self.inactive().iter().find(|shard| number < shard.end());
        Ok(older.unwrap_or(self.active()).at(number).await?)
    }
}
