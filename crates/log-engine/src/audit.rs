//! The full check of a log: every entry, every tile, head, checkpoint and guard.
//!
//! The self-check at the start looks at the right edge only; this looks at everything, and takes its time. It reads
//! alone, so it may run beside a serving engine of another process's copy, or on a backup.

use sigbox_tlog::{
    Hash, LeafIndex, Origin, OriginError, TILE_WIDTH, TileEdge, TreeSize, UnixMillis, leaf_hash,
};

use crate::config::LogSetup;
use crate::name::LogName;
use crate::recover::{LoadError, load};
use crate::status::{Damage, ReadOnlyReason};
use crate::store::{LogStore, StoreError};

/// A log that passed the full check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// Number of leaves, all of them derived anew.
    pub size: TreeSize,
    /// Root over those leaves.
    pub root: Hash,
    /// Time of the newest entry, or of creation.
    pub last_time: UnixMillis,
}

/// Why a log did not pass the full check.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The origin of the setup cannot stand in a checkpoint.
    #[error("the origin cannot stand in a checkpoint")]
    Origin(#[source] OriginError),
    /// The store has no such log.
    #[error("the store has no log `{log}`")]
    UnknownLog {
        /// The log.
        log: LogName,
    },
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Store(#[source] StoreError),
    /// The first fault found; a log with it must not grow.
    #[error("the log is not sound")]
    Fault(#[source] ReadOnlyReason),
}

/// Derives the whole log anew from its stored entries; `guard` is what the guard holds of it.
///
/// # Errors
/// [`AuditError`], by the first thing that does not hold.
pub async fn audit_log(
    store: &dyn LogStore,
    setup: &LogSetup,
    guard: Option<(TreeSize, Hash)>,
) -> Result<Audited, AuditError> {
    let origin = Origin::parse_any(&setup.origin).map_err(AuditError::Origin)?;
    let loaded = load(setup, &origin, store)
        .await
        .map_err(|error| match error {
            LoadError::UnknownLog => AuditError::UnknownLog {
                log: setup.name.clone(),
            },
            LoadError::Store { source } => AuditError::Store(source),
        })?;
    let (head, _) = loaded.sound().map_err(AuditError::Fault)?;
    if let Some((signed, _)) = guard.filter(|(signed, _)| *signed > head.size) {
        let reason = ReadOnlyReason::Rollback {
            database: head.size,
            guard: signed,
        };
        return Err(AuditError::Fault(reason));
    }
    let mut audit = Audit {
        store,
        log: &setup.name,
        edge: TileEdge::new(),
        time: UnixMillis(0),
        guard,
    };
    audit.check_guard()?;
    audit.check_entries(head.size).await?;
    let computed = audit.edge.root();
    if computed != head.root {
        return Err(damaged(Damage::RootMismatch {
            computed,
            signed: head.root,
        }));
    }
    let beyond = LeafIndex(head.size.0);
    if store
        .entry(&setup.name, beyond)
        .await
        .map_err(AuditError::Store)?
        .is_some()
    {
        return Err(damaged(Damage::EntryBeyondHead { index: beyond }));
    }
    Ok(Audited {
        size: head.size,
        root: head.root,
        last_time: head.last_time,
    })
}

fn damaged(damage: Damage) -> AuditError {
    AuditError::Fault(ReadOnlyReason::Damaged(damage))
}

/// The tree as derived so far.
struct Audit<'a> {
    store: &'a dyn LogStore,
    log: &'a LogName,
    edge: TileEdge,
    time: UnixMillis,
    guard: Option<(TreeSize, Hash)>,
}

impl Audit<'_> {
    async fn check_entries(&mut self, size: TreeSize) -> Result<(), AuditError> {
        let mut start = 0;
        while start < size.0 {
            let end = start.saturating_add(u64::from(TILE_WIDTH)).min(size.0);
            let entries = self
                .store
                .entries(self.log, start..end)
                .await
                .map_err(AuditError::Store)?;
            let mut entries = entries.into_iter();
            for index in (start..end).map(LeafIndex) {
                let entry = entries.next().filter(|entry| entry.index == index);
                let entry = entry.ok_or_else(|| damaged(Damage::EntryMissing { index }))?;
                let hash = leaf_hash(&entry.leaf);
                if hash != entry.leaf_hash {
                    return Err(damaged(Damage::EntryMismatch { index }));
                }
                if entry.time < self.time {
                    return Err(damaged(Damage::TimeRunsBack { index }));
                }
                self.time = entry.time;
                self.grow(hash).await?;
            }
            start = end;
        }
        Ok(())
    }

    async fn grow(&mut self, leaf_hash: Hash) -> Result<(), AuditError> {
        for (tile, hashes) in self.edge.append(leaf_hash) {
            let (level, index) = (tile.level, tile.index);
            match self
                .store
                .tile(self.log, level, index)
                .await
                .map_err(AuditError::Store)?
            {
                None => return Err(damaged(Damage::TileMissing { level, index })),
                Some(stored) if stored != hashes => {
                    return Err(damaged(Damage::TileMismatch { level, index }));
                }
                Some(_) => {}
            }
        }
        self.check_guard()
    }

    fn check_guard(&self) -> Result<(), AuditError> {
        let Some((size, guard)) = self.guard.filter(|(size, _)| *size == self.edge.size()) else {
            return Ok(());
        };
        let database = self.edge.root();
        if database == guard {
            return Ok(());
        }
        Err(AuditError::Fault(ReadOnlyReason::GuardMismatch {
            size,
            database,
            guard,
        }))
    }
}
