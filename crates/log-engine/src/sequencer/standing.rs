//! How sure the state in memory is, and how it becomes sure again.

use std::sync::Arc;

use super::guard_keeper::GuardKeeper;
use super::writer::{Candidate, Writer};
use crate::error::{AppendError, ReadError};
use crate::proof::Prover;
use crate::recover::{check_checkpoint, load_at};
use crate::snapshot::Snapshot;
use crate::status::ReadOnlyReason;
use crate::store::{Head, StoreError};
use crate::tiles::TileReader;

/// Full tiles that a comparison of two trees may keep at hand.
const COMPARED_TILES: usize = 64;

/// Leaves of other writers that are added to the tree in memory; a larger step loads the log as at the start.
const STEP_MAX: u64 = 65_536;

/// How sure the state in memory is.
pub(super) enum Standing {
    /// It is what the store held last.
    Sure,
    /// A commit's outcome is unknown: the store holds this state, the new one, or what others built on either.
    Doubt(Box<Candidate>),
    /// Another writer was faster: catch up before the next batch.
    Stale,
}

/// What the store says after a commit of unknown outcome.
pub(super) enum Settled {
    New,
    Old,
    /// The head could not be read.
    Unknown,
    Failed(AppendError),
}

/// Why a log was not taken over from the store.
enum ReloadError {
    Store(Arc<StoreError>),
    Freeze(ReadOnlyReason),
}

impl Writer {
    /// Learns the outcome of the commit that would have made `new`, and takes over what others built on it meanwhile.
    ///
    /// For [`Settled::New`] the writer holds `new` or an extension of it, unless the store held exactly `new`: then the
    /// caller, who has the tree, adopts it.
    pub(super) async fn settle(&mut self, new: &Head, guard: &mut GuardKeeper) -> Settled {
        let found = match self.shared.store.head(&self.shared.setup.name).await {
            Ok(Some(found)) => found,
            Ok(None) => return Settled::Failed(self.freeze(ReadOnlyReason::Vanished)),
            Err(error) => {
                tracing::warn!(%error, "the head after a doubtful commit cannot be read yet");
                return Settled::Unknown;
            }
        };
        if found == *new {
            return Settled::New;
        }
        if found == *self.head {
            return Settled::Old;
        }
        match self.take_moved(found, new, guard).await {
            Ok(()) => match self.holds(new).await {
                Ok(true) => Settled::New,
                Ok(false) => Settled::Old,
                Err(source) => Settled::Failed(AppendError::Unproven {
                    source: Arc::new(source),
                }),
            },
            Err(error) => Settled::Failed(error),
        }
    }

    /// Whether the head in memory extends `head`.
    async fn holds(&self, head: &Head) -> Result<bool, ReadError> {
        if head.size > self.head.size {
            return Ok(false);
        }
        let snapshot = self.snapshot();
        let root = Prover::new(&self.shared.tiles, &snapshot)
            .root(head.size)
            .await?;
        Ok(root == head.root)
    }

    /// Remembers that the outcome is still unknown.
    pub(super) fn doubt(&mut self, candidate: Candidate) {
        self.standing = Standing::Doubt(Box::new(candidate));
    }

    /// Ends doubt and staleness before anything is built on the state in memory; `turn` is the head of the turn, if the
    /// store gives turns.
    pub(super) async fn make_sure(
        &mut self,
        turn: Option<Head>,
        guard: &mut GuardKeeper,
    ) -> Result<(), AppendError> {
        match (turn, &self.standing) {
            (Some(found), _) => self.take(found, guard).await,
            (None, Standing::Sure) => Ok(()),
            (None, _) => self.reload(guard).await,
        }
    }

    /// Reads the head and takes it over.
    pub(super) async fn reload(&mut self, guard: &mut GuardKeeper) -> Result<(), AppendError> {
        match self.shared.store.head(&self.shared.setup.name).await {
            Ok(Some(found)) => self.take(found, guard).await,
            Ok(None) => Err(self.freeze(ReadOnlyReason::Vanished)),
            Err(source) => Err(AppendError::Unavailable {
                source: Arc::new(source),
            }),
        }
    }

    /// Takes over a final head of the store, if it extends what this process signed.
    pub(super) async fn take(
        &mut self,
        found: Head,
        guard: &mut GuardKeeper,
    ) -> Result<(), AppendError> {
        match std::mem::replace(&mut self.standing, Standing::Sure) {
            _ if found == *self.head => Ok(()),
            Standing::Doubt(candidate) if found == candidate.head => {
                self.adopt(*candidate, guard);
                Ok(())
            }
            Standing::Doubt(candidate) => self.take_moved(found, &candidate.head, guard).await,
            Standing::Sure | Standing::Stale => self.catch_up(found, guard).await,
        }
    }

    /// Takes over a head that is neither the old nor the new one of a commit of unknown outcome.
    async fn take_moved(
        &mut self,
        found: Head,
        new: &Head,
        guard: &mut GuardKeeper,
    ) -> Result<(), AppendError> {
        let (old, size) = (self.head.size, found.size);
        self.standing = Standing::Stale;
        let reason = match self.extension(found).await {
            Ok(candidate) => {
                self.adopt(candidate, guard);
                return Ok(());
            }
            Err(ReloadError::Store(source)) => {
                return Err(AppendError::Unavailable { source });
            }
            Err(ReloadError::Freeze(reason)) => reason,
        };
        tracing::error!(%reason, "the head after a doubtful commit does not hold: {reason}");
        Err(self.freeze(ReadOnlyReason::UnexpectedHead {
            old,
            new: new.size,
            found: size,
        }))
    }

    async fn catch_up(&mut self, found: Head, guard: &mut GuardKeeper) -> Result<(), AppendError> {
        self.standing = Standing::Stale;
        match self.extension(found).await {
            Ok(candidate) => {
                self.adopt(candidate, guard);
                Ok(())
            }
            Err(ReloadError::Store(source)) => Err(AppendError::Unavailable { source }),
            Err(ReloadError::Freeze(reason)) => Err(self.freeze(reason)),
        }
    }

    /// The state of `found`, by the shortest way that proves it.
    async fn extension(&self, found: Head) -> Result<Candidate, ReloadError> {
        let grown = self.grown(&found).await;
        match grown.map_err(|source| ReloadError::Store(Arc::new(source)))? {
            Some(candidate) => Ok(candidate),
            None => self.loaded_extension(found).await,
        }
    }

    /// Grows the tree in memory by the leaves that others added: what leads to the signed root of `found` extends it.
    async fn grown(&self, found: &Head) -> Result<Option<Candidate>, StoreError> {
        let (from, to) = (self.head.size.0, found.size.0);
        if to <= from || to - from > STEP_MAX {
            return Ok(None);
        }
        let shared = &self.shared;
        let added = shared
            .store
            .leaf_hashes(&shared.setup.name, from..to)
            .await?;
        let mut edge = (*self.edge).clone();
        let tiles = added.iter().flat_map(|hash| edge.append(*hash)).collect();
        let sound = edge.size() == found.size
            && edge.root() == found.root
            && edge.frontier().hashes() == found.frontier
            && check_checkpoint(&shared.setup, &shared.origin, found).is_ok();
        Ok(sound.then(|| Candidate {
            edge: Arc::new(edge),
            head: found.clone(),
            tiles,
        }))
    }

    /// Loads the log as at the start, and compares it with what this process signed.
    async fn loaded_extension(&self, found: Head) -> Result<Candidate, ReloadError> {
        let shared = &self.shared;
        let loaded = load_at(&shared.setup, &shared.origin, shared.store.as_ref(), found).await;
        let (head, edge) = loaded.sound().map_err(|reason| match reason {
            // A store that is away for a moment is no reason to stop for good.
            ReadOnlyReason::StoreUnreadable { source } => ReloadError::Store(source),
            reason => ReloadError::Freeze(reason),
        })?;
        let edge = Arc::new(edge);
        let snapshot = Snapshot::of(&head, Some(Arc::clone(&edge)));
        // Not the log's own reader: it must never keep a tile of a tree that turns out to be another one.
        let tiles = TileReader::new(
            Arc::clone(&shared.store),
            shared.setup.name.clone(),
            COMPARED_TILES,
        );
        let root = Prover::new(&tiles, &snapshot).root(self.head.size).await;
        match root {
            Ok(root) if root == self.head.root => Ok(Candidate {
                edge,
                head,
                tiles: Vec::new(),
            }),
            Err(ReadError::Store { source }) => Err(ReloadError::Store(Arc::new(source))),
            Err(ReadError::Damaged(damage)) => {
                Err(ReloadError::Freeze(ReadOnlyReason::Damaged(damage)))
            }
            _ => Err(ReloadError::Freeze(ReadOnlyReason::Forked {
                found: head.size,
                signed: self.head.size,
            })),
        }
    }
}
