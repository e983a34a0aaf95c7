//! The full check of a log: every entry, every tile, every checkpoint, head and guard.
//!
//! The self-check at the start looks at the right edge only; this looks at everything, and takes its time. It only reads,
//! without a key of its own, so it may run beside a serving engine, on a copy, or on what an auditor was given.

mod error;

use sigbox_tlog::{
    Checkpoint, Hash, LeafIndex, NoteVerifier, SignedNote, TILE_WIDTH, TileEdge, TileRef, TreeSize,
    UnixMillis, leaf_hash, tile_hash,
};

use crate::name::LogName;
use crate::store::{Head, LogStore};

pub use error::{AuditError, CheckpointFault};

/// Sizes whose checkpoints are read at a time.
const CHECKPOINT_SPAN: u64 = 4096;

/// A log that passed the full check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// Number of leaves, all of them derived anew.
    pub size: TreeSize,
    /// Root over those leaves.
    pub root: Hash,
    /// Time of the newest entry, or of creation.
    pub last_time: UnixMillis,
    /// Number of signed notes that were checked.
    pub checkpoints: u64,
}

/// What is checked, and against what.
pub struct AuditSubject<'a> {
    /// The log.
    pub log: &'a LogName,
    /// The origin line that its checkpoints bear.
    pub origin: &'a str,
    /// Its key.
    pub verifier: &'a dyn NoteVerifier,
    /// What the guard holds of it. Read before the head is: a guard that was read later may be ahead.
    pub guard: Option<(TreeSize, Hash)>,
}

/// Derives the whole log anew from its stored entries and compares everything that is stored or signed with it.
///
/// `progress` is told after every full tile how many entries are done, of how many. A log that grows meanwhile is checked
/// up to the head that it had at the beginning.
///
/// # Errors
/// [`AuditError`], by the first thing that does not hold.
pub async fn audit_log(
    store: &dyn LogStore,
    subject: &AuditSubject<'_>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Audited, AuditError> {
    let unknown = || AuditError::UnknownLog {
        log: subject.log.clone(),
    };
    let head = store.head(subject.log).await?.ok_or_else(unknown)?;
    subject.check_guard_is_reached(&head)?;
    subject.check_note(&head.checkpoint, head.size, head.root)?;
    let mut audit = Audit {
        store,
        subject,
        head: &head,
        edge: TileEdge::new(),
        time: UnixMillis(0),
        notes: Notes::default(),
    };
    audit.check_size().await?;
    audit.check_entries(progress).await?;
    audit.check_head()?;
    audit.check_nothing_beyond().await?;
    let checkpoints = audit.notes.checked;
    Ok(Audited {
        size: head.size,
        root: head.root,
        last_time: head.last_time,
        checkpoints,
    })
}

impl AuditSubject<'_> {
    /// Checks that a signed note is this log's and speaks of this tree.
    fn check_note(&self, note: &str, size: TreeSize, root: Hash) -> Result<(), AuditError> {
        self.judge_note(note, size, root)
            .map_err(|source| AuditError::Checkpoint { size, source })
    }

    fn judge_note(&self, note: &str, size: TreeSize, root: Hash) -> Result<(), CheckpointFault> {
        let note = SignedNote::parse(note)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin.as_str() != self.origin {
            return Err(CheckpointFault::Origin {
                expected: self.origin.to_owned(),
                found: checkpoint.origin.to_string(),
            });
        }
        if checkpoint.size != size {
            return Err(CheckpointFault::Size {
                expected: size,
                found: checkpoint.size,
            });
        }
        if checkpoint.root != root {
            return Err(CheckpointFault::Root {
                expected: root,
                found: checkpoint.root,
            });
        }
        Ok(note.verify(self.verifier)?)
    }

    fn check_guard_is_reached(&self, head: &Head) -> Result<(), AuditError> {
        match self.guard {
            Some((guard, _)) if guard > head.size => Err(AuditError::Rollback {
                database: head.size,
                guard,
            }),
            _ => Ok(()),
        }
    }
}

/// The stored notes of the sizes that come next.
#[derive(Default)]
struct Notes {
    /// Newest size first, so that the next one is at the end.
    next: Vec<(TreeSize, String)>,
    /// Sizes below this were read.
    read: u64,
    checked: u64,
}

/// The tree as derived so far.
struct Audit<'a> {
    store: &'a dyn LogStore,
    subject: &'a AuditSubject<'a>,
    head: &'a Head,
    edge: TileEdge,
    time: UnixMillis,
    notes: Notes,
}

impl Audit<'_> {
    async fn check_entries(
        &mut self,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<(), AuditError> {
        let size = self.head.size.0;
        let mut start = 0;
        progress(start, size);
        while start < size {
            let end = start.saturating_add(u64::from(TILE_WIDTH)).min(size);
            let entries = self.store.entries(self.subject.log, start..end).await?;
            let mut entries = entries.into_iter();
            for index in (start..end).map(LeafIndex) {
                let entry = entries.next().filter(|entry| entry.index == index);
                let entry = entry.ok_or(AuditError::EntryMissing { index })?;
                let hash = leaf_hash(&entry.leaf);
                if hash != entry.leaf_hash {
                    return Err(AuditError::LeafHash {
                        index,
                        expected: entry.leaf_hash,
                        found: hash,
                    });
                }
                if entry.time < self.time {
                    return Err(AuditError::TimeRunsBack {
                        index,
                        before: self.time,
                        found: entry.time,
                    });
                }
                self.time = entry.time;
                self.grow(hash).await?;
            }
            start = end;
            progress(start, size);
        }
        Ok(())
    }

    async fn grow(&mut self, leaf_hash: Hash) -> Result<(), AuditError> {
        for (tile, hashes) in self.edge.append(leaf_hash) {
            let TileRef { level, index, .. } = tile;
            let stored = self.store.tile(self.subject.log, level, index).await?;
            let stored = stored.ok_or(AuditError::TileMissing { level, index })?;
            if stored != hashes {
                return Err(AuditError::TileHash {
                    level,
                    index,
                    expected: tile_hash(&hashes),
                    found: tile_hash(&stored),
                });
            }
        }
        self.check_size().await
    }

    /// What was said of the tree at the size that it has now: by the guard, and by a checkpoint.
    async fn check_size(&mut self) -> Result<(), AuditError> {
        let size = self.edge.size();
        if let Some((_, guard)) = self.subject.guard.filter(|(at, _)| *at == size) {
            let database = self.edge.root();
            if database != guard {
                return Err(AuditError::GuardRoot {
                    size,
                    expected: guard,
                    found: database,
                });
            }
        }
        if self.notes.read <= size.0 {
            let span = size.0..size.0.saturating_add(CHECKPOINT_SPAN);
            self.notes.read = span.end;
            self.notes.next = self.store.checkpoints(self.subject.log, span).await?;
            self.notes.next.reverse();
        }
        while let Some((_, note)) = self.notes.next.pop_if(|(at, _)| *at == size) {
            self.subject.check_note(&note, size, self.edge.root())?;
            self.notes.checked += 1;
        }
        Ok(())
    }

    fn check_head(&self) -> Result<(), AuditError> {
        let found = self.edge.root();
        if found != self.head.root {
            return Err(AuditError::Root {
                size: self.head.size,
                expected: self.head.root,
                found,
            });
        }
        if self.edge.frontier().hashes() != self.head.frontier {
            return Err(AuditError::Frontier {
                size: self.head.size,
            });
        }
        if self.head.size.0 > 0 && self.time != self.head.last_time {
            return Err(AuditError::LastTime {
                expected: self.time,
                found: self.head.last_time,
            });
        }
        Ok(())
    }

    /// Nothing may be stored past the head, unless the head has moved meanwhile.
    async fn check_nothing_beyond(&self) -> Result<(), AuditError> {
        let (store, log, size) = (self.store, self.subject.log, self.head.size);
        let entry = LeafIndex(size.0);
        let beyond = size.0.saturating_add(1)..u64::MAX;
        let found = if store.entry(log, entry).await?.is_some() {
            AuditError::EntryBeyondHead { index: entry, size }
        } else if let Some((found, _)) = store.checkpoints(log, beyond).await?.first() {
            AuditError::CheckpointBeyondHead {
                found: *found,
                size,
            }
        } else {
            return Ok(());
        };
        // Entry, checkpoint and head of a commit become visible together.
        match store.head(log).await? {
            Some(head) if head.size > size => Ok(()),
            _ => Err(found),
        }
    }
}
