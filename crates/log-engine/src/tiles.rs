//! Verified tiles: what the store returns counts only after the signed tree confirmed it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sigbox_tlog::{Hash, TILE_WIDTH, TileRef, tile_hash};

use crate::error::ReadError;
use crate::name::LogName;
use crate::snapshot::Snapshot;
use crate::status::Damage;
use crate::store::LogStore;

/// Level and index of a tile.
pub(crate) type Place = (u8, u64);

/// Reads the tiles of one log.
///
/// A full tile is accepted if its hash stands in the tile above it, up to the incomplete tiles in memory, which were
/// checked against the signed root. Accepted tiles are kept: they never change.
pub(crate) struct TileReader {
    store: Arc<dyn LogStore>,
    log: LogName,
    /// Held for look-ups only, never across an await.
    cache: Mutex<TileCache>,
}

impl TileReader {
    pub(crate) fn new(store: Arc<dyn LogStore>, log: LogName, capacity: usize) -> Self {
        Self {
            store,
            log,
            cache: Mutex::new(TileCache::new(capacity)),
        }
    }

    /// The hashes of a tile as wide as `snapshot` makes it; `None` if it is empty there.
    pub(crate) async fn tile(
        &self,
        snapshot: &Snapshot,
        level: u8,
        index: u64,
    ) -> Result<Option<Arc<[Hash]>>, ReadError> {
        match TileRef::at_size(level, index, snapshot.size) {
            None => Ok(None),
            Some(tile) if tile.is_full() => self.full(snapshot, level, index).await.map(Some),
            Some(_) => {
                let edge = snapshot
                    .edge
                    .as_ref()
                    .ok_or(ReadError::Damaged(Damage::EdgeLost))?;
                Ok(Some(edge.level(level).into()))
            }
        }
    }

    /// Keeps tiles that a commit has just finished; they come from the tree in memory.
    pub(crate) fn remember(&self, tiles: Vec<(TileRef, Vec<Hash>)>) {
        for (tile, hashes) in tiles {
            self.cache().insert(tile.level, tile.index, hashes.into());
        }
    }

    async fn full(
        &self,
        snapshot: &Snapshot,
        level: u8,
        index: u64,
    ) -> Result<Arc<[Hash]>, ReadError> {
        let (mut parent, mut wanted) = self.climb(snapshot, level, index)?;
        while let Some((level, index)) = wanted.pop() {
            let hashes = self.store.tile(&self.log, level, index).await;
            let hashes = hashes.map_err(|source| ReadError::Store { source })?;
            let hashes = hashes.ok_or(ReadError::Damaged(Damage::TileMissing { level, index }))?;
            let width = usize::from(TILE_WIDTH);
            let position = usize::try_from(index % u64::from(TILE_WIDTH)).unwrap_or(width);
            if hashes.len() != width || parent.get(position) != Some(&tile_hash(&hashes)) {
                return Err(ReadError::Damaged(Damage::TileMismatch { level, index }));
            }
            parent = hashes.into();
            self.cache().insert(level, index, Arc::clone(&parent));
        }
        Ok(parent)
    }

    /// Goes up from a full tile to the first tile that is known, and names the tiles passed on the way.
    fn climb(
        &self,
        snapshot: &Snapshot,
        level: u8,
        index: u64,
    ) -> Result<(Arc<[Hash]>, Vec<Place>), ReadError> {
        let edge = snapshot
            .edge
            .as_ref()
            .ok_or(ReadError::Damaged(Damage::EdgeLost))?;
        let mut wanted = Vec::new();
        let (mut level, mut index) = (level, index);
        loop {
            if let Some(known) = self.cache().get(level, index) {
                return Ok((known, wanted));
            }
            match TileRef::at_size(level, index, snapshot.size) {
                Some(tile) if tile.is_full() => wanted.push((level, index)),
                Some(_) => return Ok((edge.level(level).into(), wanted)),
                None => return Err(ReadError::Damaged(Damage::TileMissing { level, index })),
            }
            (level, index) = (level + 1, index / u64::from(TILE_WIDTH));
        }
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, TileCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The full tiles used last.
struct TileCache {
    capacity: usize,
    /// Counts uses; the smallest number in `tiles` is the one unused for longest.
    clock: u64,
    tiles: HashMap<Place, (u64, Arc<[Hash]>)>,
}

impl TileCache {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            clock: 0,
            tiles: HashMap::new(),
        }
    }

    fn get(&mut self, level: u8, index: u64) -> Option<Arc<[Hash]>> {
        self.clock += 1;
        let (used, hashes) = self.tiles.get_mut(&(level, index))?;
        *used = self.clock;
        Some(Arc::clone(hashes))
    }

    fn insert(&mut self, level: u8, index: u64, hashes: Arc<[Hash]>) {
        self.clock += 1;
        self.tiles.insert((level, index), (self.clock, hashes));
        while self.tiles.len() > self.capacity {
            let oldest = self
                .tiles
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(key, _)| *key);
            match oldest {
                Some(key) => self.tiles.remove(&key),
                None => break,
            };
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_cache_drops_what_was_unused_for_longest() {
        let tile: Arc<[Hash]> = Vec::new().into();
        let mut cache = TileCache::new(2);
        cache.insert(0, 0, Arc::clone(&tile));
        cache.insert(0, 1, Arc::clone(&tile));
        assert!(cache.get(0, 0).is_some());
        cache.insert(0, 2, tile);
        assert!(cache.get(0, 1).is_none());
        assert!(cache.get(0, 0).is_some() && cache.get(0, 2).is_some());
    }
}
