//! Loading a log, with the self-check: at the start, and whenever another writer was faster.
//!
//! The right edge is derived anew from entries and tiles, so that the cost grows with the logarithm of the size and
//! not with the size; `audit` checks everything.

use sigbox_tlog::{
    Checkpoint, Hash, LeafIndex, Origin, SignedNote, TILE_WIDTH, TileEdge, TreeSize, leaf_hash,
    tile_hash,
};

use crate::config::LogSetup;
use crate::entry::StoredEntry;
use crate::name::LogName;
use crate::status::{Damage, ReadOnlyReason};
use crate::store::{Head, LogStore, StoreError};

const WIDTH: u64 = TILE_WIDTH as u64;

/// A log as the store holds it.
pub(crate) struct Loaded {
    pub(crate) head: Head,
    /// The right edge, if it leads to the head's root.
    pub(crate) edge: Option<TileEdge>,
    /// Why the log must not grow.
    pub(crate) fault: Option<ReadOnlyReason>,
}

impl Loaded {
    /// Head and edge, if nothing speaks against growing them.
    pub(crate) fn sound(self) -> Result<(Head, TileEdge), ReadOnlyReason> {
        match (self.edge, self.fault) {
            (Some(edge), None) => Ok((self.head, edge)),
            (_, Some(fault)) => Err(fault),
            (None, None) => Err(ReadOnlyReason::Damaged(Damage::EdgeLost)),
        }
    }
}

/// Why nothing could be loaded.
pub(crate) enum LoadError {
    UnknownLog,
    Store { source: StoreError },
}

/// Loads head and right edge, and checks them against each other and against the log's key.
pub(crate) async fn load(
    setup: &LogSetup,
    origin: &Origin,
    store: &dyn LogStore,
) -> Result<Loaded, LoadError> {
    let head = store
        .head(&setup.name)
        .await
        .map_err(|source| LoadError::Store { source })?;
    let head = head.ok_or(LoadError::UnknownLog)?;
    Ok(load_at(setup, origin, store, head).await)
}

/// The same for a head that was read already.
pub(crate) async fn load_at(
    setup: &LogSetup,
    origin: &Origin,
    store: &dyn LogStore,
    head: Head,
) -> Loaded {
    let (edge, fault) = match rebuild(&setup.name, store, &head).await {
        Ok(edge) => (Some(edge), check_checkpoint(setup, origin, &head).err()),
        Err(fault) => (None, Some(fault)),
    };
    Loaded { head, edge, fault }
}

/// Checks that the stored checkpoint is ours and speaks of the head.
pub(crate) fn check_checkpoint(
    setup: &LogSetup,
    origin: &Origin,
    head: &Head,
) -> Result<(), ReadOnlyReason> {
    let note = SignedNote::parse(&head.checkpoint)
        .map_err(|source| ReadOnlyReason::CheckpointNote { source })?;
    let checkpoint = Checkpoint::parse(note.text())
        .map_err(|source| ReadOnlyReason::CheckpointText { source })?;
    if checkpoint.origin != *origin || checkpoint.size != head.size || checkpoint.root != head.root
    {
        return Err(ReadOnlyReason::CheckpointOther {
            origin: checkpoint.origin.to_string(),
            size: checkpoint.size,
            head: head.size,
        });
    }
    note.verify(setup.verifier.as_ref())
        .map_err(|_| ReadOnlyReason::CheckpointSignature)
}

/// Derives the right edge from stored leaves and full tiles, down to the bytes of the newest entries.
async fn rebuild(
    log: &LogName,
    store: &dyn LogStore,
    head: &Head,
) -> Result<TileEdge, ReadOnlyReason> {
    let damaged = ReadOnlyReason::Damaged;
    let mut levels = vec![newest_leaves(log, store, head.size).await?];
    let mut nodes = head.size.0 / WIDTH;
    while nodes > 0 {
        let level = u8::try_from(levels.len()).map_err(|_| damaged(Damage::SizeMismatch))?;
        let mut hashes = Vec::new();
        for index in nodes - nodes % WIDTH..nodes {
            hashes.push(tile_hash(&full_tile(log, store, level - 1, index).await?));
        }
        levels.push(hashes);
        nodes /= WIDTH;
    }
    let edge =
        TileEdge::from_parts(head.size, levels).map_err(|_| damaged(Damage::SizeMismatch))?;
    let computed = edge.root();
    if computed != head.root {
        return Err(damaged(Damage::RootMismatch {
            computed,
            signed: head.root,
        }));
    }
    if edge.frontier().hashes() != head.frontier {
        return Err(damaged(Damage::FrontierMismatch));
    }
    Ok(edge)
}

/// The leaf hashes of the incomplete level-0 tile, computed from the entries; the full tile before it is compared.
async fn newest_leaves(
    log: &LogName,
    store: &dyn LogStore,
    size: TreeSize,
) -> Result<Vec<Hash>, ReadOnlyReason> {
    let start = size.0 - size.0 % WIDTH;
    if let Some(before) = start.checked_sub(WIDTH) {
        let tile = full_tile(log, store, 0, before / WIDTH).await?;
        let hashes = hash_entries(log, store, before, start).await?;
        if let Some(offset) = (0u64..)
            .zip(tile.iter().zip(&hashes))
            .find(|(_, (a, b))| a != b)
            .map(|(at, _)| at)
        {
            return Err(ReadOnlyReason::Damaged(Damage::EntryMismatch {
                index: LeafIndex(before + offset),
            }));
        }
    }
    hash_entries(log, store, start, size.0).await
}

async fn hash_entries(
    log: &LogName,
    store: &dyn LogStore,
    start: u64,
    end: u64,
) -> Result<Vec<Hash>, ReadOnlyReason> {
    let entries: Vec<StoredEntry> = store.entries(log, start..end).await.map_err(unreadable)?;
    let mut entries = entries.into_iter();
    let mut hashes = Vec::new();
    for index in (start..end).map(LeafIndex) {
        let entry = entries.next().filter(|entry| entry.index == index);
        let entry = entry.ok_or(ReadOnlyReason::Damaged(Damage::EntryMissing { index }))?;
        let hash = leaf_hash(&entry.leaf);
        if hash != entry.leaf_hash {
            return Err(ReadOnlyReason::Damaged(Damage::EntryMismatch { index }));
        }
        hashes.push(hash);
    }
    Ok(hashes)
}

async fn full_tile(
    log: &LogName,
    store: &dyn LogStore,
    level: u8,
    index: u64,
) -> Result<Vec<Hash>, ReadOnlyReason> {
    let tile = store.tile(log, level, index).await.map_err(unreadable)?;
    let tile = tile.ok_or(ReadOnlyReason::Damaged(Damage::TileMissing {
        level,
        index,
    }))?;
    if tile.len() == usize::from(TILE_WIDTH) {
        Ok(tile)
    } else {
        Err(ReadOnlyReason::Damaged(Damage::TileMismatch {
            level,
            index,
        }))
    }
}

fn unreadable(source: StoreError) -> ReadOnlyReason {
    ReadOnlyReason::StoreUnreadable {
        source: source.into(),
    }
}
