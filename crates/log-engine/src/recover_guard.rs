//! Comparing the logs with the guard at the start.

use std::collections::BTreeMap;
use std::sync::Arc;

use sigbox_tlog::{Hash, TreeSize};

use crate::config::{EngineConfig, LogSetup};
use crate::error::ReadError;
use crate::guard::{Guard, GuardError, GuardState};
use crate::name::LogName;
use crate::proof::Prover;
use crate::snapshot::Snapshot;
use crate::status::ReadOnlyReason;
use crate::tiles::TileReader;

/// The guard as found, and what it has to learn.
pub(crate) struct LoadedGuard {
    pub(crate) state: GuardState,
    /// Heads beyond the guard that proved to extend it, or that an operator vouched for.
    pub(crate) raised: GuardState,
    unreadable: Option<Arc<GuardError>>,
    accepted: BTreeMap<LogName, (TreeSize, Hash)>,
}

/// A loaded log, to be compared with the guard.
pub(crate) struct GuardCheck<'a> {
    pub(crate) name: &'a LogName,
    pub(crate) tiles: &'a TileReader,
    pub(crate) snapshot: &'a Snapshot,
}

impl LoadedGuard {
    pub(crate) fn load(guard: &dyn Guard, setups: &[LogSetup], config: &EngineConfig) -> Self {
        let accepted = config.accept_new_guard.clone();
        let (state, unreadable) = match guard.load() {
            Ok(state) => (state.unwrap_or_default(), None),
            // Replacing what cannot be read drops what it said of every log, so every log must be vouched for.
            Err(_)
                if setups
                    .iter()
                    .all(|setup| accepted.contains_key(&setup.name)) =>
            {
                (GuardState::new(), None)
            }
            Err(error) => (GuardState::new(), Some(Arc::new(error))),
        };
        Self {
            state,
            raised: GuardState::new(),
            unreadable,
            accepted,
        }
    }

    /// Decides whether the log may grow.
    pub(crate) async fn check(&mut self, log: GuardCheck<'_>) -> Result<(), ReadOnlyReason> {
        if let Some(source) = &self.unreadable {
            return Err(ReadOnlyReason::GuardUnreadable {
                source: Arc::clone(source),
            });
        }
        let Snapshot {
            size: database,
            root,
            ..
        } = *log.snapshot;
        let known = self.state.get(log.name).copied();
        match known {
            None if database.0 == 0 || self.accepted.get(log.name) == Some(&(database, root)) => {}
            None => return Err(ReadOnlyReason::GuardMissing { size: database }),
            Some((guard, _)) if database < guard => {
                return Err(ReadOnlyReason::Rollback { database, guard });
            }
            Some((guard, signed)) => log.extends(guard, signed).await?,
        }
        if known != Some((database, root)) {
            self.raised.insert(log.name.clone(), (database, root));
        }
        Ok(())
    }
}

impl GuardCheck<'_> {
    /// The guard may be behind after a crash; its root must then be the root of the tree at its size.
    async fn extends(&self, size: TreeSize, guard: Hash) -> Result<(), ReadOnlyReason> {
        match Prover::new(self.tiles, self.snapshot).root(size).await {
            Ok(database) if database == guard => Ok(()),
            Ok(database) => Err(ReadOnlyReason::GuardMismatch {
                size,
                database,
                guard,
            }),
            Err(ReadError::Store { source }) => Err(ReadOnlyReason::StoreUnreadable {
                source: Arc::new(source),
            }),
            Err(ReadError::Damaged(damage)) => Err(ReadOnlyReason::Damaged(damage)),
            Err(_) => Err(ReadOnlyReason::Rollback {
                database: self.snapshot.size,
                guard: size,
            }),
        }
    }
}
