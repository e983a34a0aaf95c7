//! Reads of one log: each from one published snapshot, each verified against it.

use std::ops::Range;

use sigbox_tlog::{Hash, LeafIndex, TILE_WIDTH, TileRef, TreeSize, entry_bundle, leaf_hash};

use crate::entry::StoredEntry;
use crate::error::ReadError;
use crate::log::{InclusionProof, Log};
use crate::proof::Prover;
use crate::status::Damage;

impl Log {
    /// The proof that leaf `index` is in the tree of `size` leaves.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::IndexBeyondSize`] and [`ReadError::SizeBeyondHead`] are the caller's fault.
    pub async fn inclusion_proof(
        &self,
        index: LeafIndex,
        size: TreeSize,
    ) -> Result<InclusionProof, ReadError> {
        let snapshot = self.snapshot();
        if size > snapshot.size {
            return Err(ReadError::SizeBeyondHead {
                size,
                head: snapshot.size,
            });
        }
        if index.0 >= size.0 {
            return Err(ReadError::IndexBeyondSize { index, size });
        }
        let mut prover = Prover::new(&self.shared.tiles, &snapshot);
        let leaf_hash = prover.leaf_hash(index).await?;
        prover.inclusion(leaf_hash, index, size).await
    }

    /// The proof that the tree of `second` leaves extends that of `first` leaves; empty if `first` is 0 or `second`.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::SizeOrder`] and [`ReadError::SizeBeyondHead`] are the caller's fault.
    pub async fn consistency_proof(
        &self,
        first: TreeSize,
        second: TreeSize,
    ) -> Result<Vec<Hash>, ReadError> {
        let snapshot = self.snapshot();
        Prover::new(&self.shared.tiles, &snapshot)
            .consistency(first, second)
            .await
    }

    /// The root of the tree of `size` leaves.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::SizeBeyondHead`] is the caller's fault.
    pub async fn root(&self, size: TreeSize) -> Result<Hash, ReadError> {
        let snapshot = self.snapshot();
        Prover::new(&self.shared.tiles, &snapshot).root(size).await
    }

    /// The bytes of a tile: `width` hashes of 32 bytes; `None` if the published tree does not hold that many.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    ///
    /// Source: C2SP tlog-tiles, "Merkle Tree".
    pub async fn tile(&self, tile: TileRef) -> Result<Option<Vec<u8>>, ReadError> {
        let snapshot = self.snapshot();
        let widest = TileRef::at_size(tile.level, tile.index, snapshot.size);
        if tile.width == 0 || widest.is_none_or(|widest| tile.width > widest.width) {
            return Ok(None);
        }
        let Some(hashes) = self
            .shared
            .tiles
            .tile(&snapshot, tile.level, tile.index)
            .await?
        else {
            return Ok(None);
        };
        Ok(Some(
            hashes
                .iter()
                .take(usize::from(tile.width))
                .flat_map(|hash| *hash.as_bytes())
                .collect(),
        ))
    }

    /// The bytes of an entry bundle: `width` leaves from leaf `index * 256` on; `None` as for [`Log::tile`].
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    ///
    /// Source: C2SP tlog-tiles, "Log Entries".
    pub async fn entry_bundle(&self, index: u64, width: u16) -> Result<Option<Vec<u8>>, ReadError> {
        let widest = TileRef::at_size(0, index, self.snapshot().size);
        if width == 0 || widest.is_none_or(|widest| width > widest.width) {
            return Ok(None);
        }
        let first = index * u64::from(TILE_WIDTH);
        let entries = self.entries(first..first + u64::from(width)).await?;
        let leaves: Vec<_> = entries.into_iter().map(|entry| entry.leaf).collect();
        let damaged = |_| {
            ReadError::Damaged(Damage::EntryMismatch {
                index: LeafIndex(first),
            })
        };
        entry_bundle::encode(&leaves).map(Some).map_err(damaged)
    }

    /// The entry at `index`, its leaf verified; `None` if the published tree does not hold it.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    pub async fn entry(&self, index: LeafIndex) -> Result<Option<StoredEntry>, ReadError> {
        let end = index.0.saturating_add(1);
        Ok(self.entries(index.0..end).await?.pop())
    }

    /// The entries of `range` that the published tree holds, in order, their leaves verified.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    pub async fn entries(&self, range: Range<u64>) -> Result<Vec<StoredEntry>, ReadError> {
        let snapshot = self.snapshot();
        let range = range.start..range.end.min(snapshot.size.0);
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let entries = self.shared.store.entries(self.name(), range.clone()).await;
        let entries = entries.map_err(|source| ReadError::Store { source })?;
        let mut prover = Prover::new(&self.shared.tiles, &snapshot);
        let mut expected = range.clone();
        for entry in &entries {
            let index = LeafIndex(expected.next().unwrap_or(range.end));
            if entry.index != index {
                return Err(ReadError::Damaged(Damage::EntryMissing { index }));
            }
            verify_leaf(&mut prover, entry).await?;
        }
        match expected.next() {
            Some(index) => Err(ReadError::Damaged(Damage::EntryMissing {
                index: LeafIndex(index),
            })),
            None => Ok(entries),
        }
    }

    /// The entry with this leaf hash, verified; `None` if the published tree does not hold it.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    pub async fn entry_by_leaf_hash(&self, hash: Hash) -> Result<Option<StoredEntry>, ReadError> {
        let found = self
            .shared
            .store
            .find_by_leaf_hash(self.name(), &hash)
            .await;
        self.published_only(found.map_err(|source| ReadError::Store { source })?)
            .await
    }

    /// The entry of a de-duplication key, verified; `None` if the published tree does not hold it.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read or is damaged.
    pub async fn entry_by_dedup_key(
        &self,
        key: [u8; 32],
    ) -> Result<Option<StoredEntry>, ReadError> {
        let found = self.shared.store.find_by_dedup(self.name(), &[key]).await;
        self.published_only(found.map_err(|source| ReadError::Store { source })?.pop())
            .await
    }

    async fn published_only(
        &self,
        found: Option<StoredEntry>,
    ) -> Result<Option<StoredEntry>, ReadError> {
        let snapshot = self.snapshot();
        match found {
            Some(entry) if entry.index.0 < snapshot.size.0 => {
                verify_leaf(&mut Prover::new(&self.shared.tiles, &snapshot), &entry).await?;
                Ok(Some(entry))
            }
            _ => Ok(None),
        }
    }
}

/// Refuses an entry whose bytes are not those the signed tree commits to.
async fn verify_leaf(prover: &mut Prover<'_>, entry: &StoredEntry) -> Result<(), ReadError> {
    let signed = prover.leaf_hash(entry.index).await?;
    if leaf_hash(&entry.leaf) == signed && entry.leaf_hash == signed {
        Ok(())
    } else {
        Err(ReadError::Damaged(Damage::EntryMismatch {
            index: entry.index,
        }))
    }
}
