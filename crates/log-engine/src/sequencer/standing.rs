//! How sure the state in memory is, and how it becomes sure again.

use std::sync::Arc;

use super::guard_keeper::GuardKeeper;
use super::writer::{Candidate, Writer};
use crate::error::{AppendError, ReadError};
use crate::proof::Prover;
use crate::recover::{LoadError, load};
use crate::snapshot::Snapshot;
use crate::status::ReadOnlyReason;
use crate::store::{Head, StoreError};
use crate::tiles::TileReader;

/// Full tiles that a comparison of two trees may keep at hand.
const COMPARED_TILES: usize = 64;

/// How sure the state in memory is.
pub(super) enum Standing {
    /// It is what the store holds.
    Sure,
    /// A commit's outcome is unknown: the store holds this state or the new one.
    Doubt(Box<Candidate>),
    /// Another writer was faster: load before the next batch.
    Stale,
}

/// What the store says after a commit of unknown outcome.
pub(super) enum Settled {
    New,
    Old,
    /// The head could not be read.
    Unknown(Arc<StoreError>),
    Frozen(ReadOnlyReason),
}

/// Why a log was not taken over from the store.
enum ReloadError {
    Store(StoreError),
    Freeze(ReadOnlyReason),
}

impl Writer {
    /// Reads the head after a commit of unknown outcome and compares.
    pub(super) async fn settle(&self, new: &Head) -> Settled {
        match self.shared.store.head(&self.shared.setup.name).await {
            Ok(Some(found)) if found == *new => Settled::New,
            Ok(Some(found)) if found == *self.head => Settled::Old,
            Ok(Some(found)) => Settled::Frozen(ReadOnlyReason::UnexpectedHead {
                old: self.head.size,
                new: new.size,
                found: found.size,
            }),
            Ok(None) => Settled::Frozen(ReadOnlyReason::Vanished),
            Err(source) => Settled::Unknown(Arc::new(source)),
        }
    }

    /// Remembers that the outcome is still unknown.
    pub(super) fn doubt(&mut self, candidate: Candidate) {
        self.standing = Standing::Doubt(Box::new(candidate));
    }

    /// Ends doubt and staleness before anything is built on the state in memory.
    pub(super) async fn make_sure(&mut self, guard: &mut GuardKeeper) -> Result<(), AppendError> {
        match std::mem::replace(&mut self.standing, Standing::Sure) {
            Standing::Sure => Ok(()),
            Standing::Stale => self.reload(guard).await,
            Standing::Doubt(candidate) => match self.settle(&candidate.head).await {
                Settled::Old => Ok(()),
                Settled::New => {
                    self.adopt(*candidate, guard);
                    Ok(())
                }
                Settled::Unknown(source) => {
                    self.standing = Standing::Doubt(candidate);
                    Err(AppendError::Unavailable { source })
                }
                Settled::Frozen(reason) => Err(self.freeze(reason)),
            },
        }
    }

    /// Loads the log as at the start, and takes it over if it extends what this process signed.
    pub(super) async fn reload(&mut self, guard: &mut GuardKeeper) -> Result<(), AppendError> {
        self.standing = Standing::Stale;
        match self.load_extension().await {
            Ok(candidate) => {
                self.adopt(candidate, guard);
                Ok(())
            }
            Err(ReloadError::Store(source)) => Err(AppendError::Unavailable {
                source: Arc::new(source),
            }),
            Err(ReloadError::Freeze(reason)) => Err(self.freeze(reason)),
        }
    }

    async fn load_extension(&self) -> Result<Candidate, ReloadError> {
        let shared = &self.shared;
        let loaded = load(&shared.setup, &shared.origin, shared.store.as_ref()).await;
        let loaded = loaded.map_err(|error| match error {
            LoadError::Store { source } => ReloadError::Store(source),
            LoadError::UnknownLog => ReloadError::Freeze(ReadOnlyReason::Vanished),
        })?;
        let (head, edge) = loaded.sound().map_err(ReloadError::Freeze)?;
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
            Err(ReadError::Store { source }) => Err(ReloadError::Store(source)),
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
