//! Proofs from verified tiles; each is checked before it is handed out.

use std::collections::HashMap;
use std::sync::Arc;

use sigbox_tlog::{
    Frontier, Hash, LeafIndex, ProofError, ProofPlan, SubtreeCache, TILE_WIDTH, TileRef, TreeSize,
    empty_root, plan_consistency, plan_inclusion, plan_root, verify_consistency, verify_inclusion,
};

use crate::error::ReadError;
use crate::log::InclusionProof;
use crate::snapshot::Snapshot;
use crate::status::Damage;
use crate::tiles::{Place, TileReader};

/// Builds proofs in the tree of one snapshot; tiles and inner nodes are read and computed once for all of them.
pub(crate) struct Prover<'a> {
    reader: &'a TileReader,
    snapshot: &'a Snapshot,
    tiles: HashMap<Place, Arc<[Hash]>>,
    /// Inner nodes of this log; valid for every size, because complete subtrees never change.
    subtrees: SubtreeCache,
}

impl<'a> Prover<'a> {
    pub(crate) fn new(reader: &'a TileReader, snapshot: &'a Snapshot) -> Self {
        Self {
            reader,
            snapshot,
            tiles: HashMap::new(),
            subtrees: SubtreeCache::new(),
        }
    }

    /// The proof that the leaf with hash `leaf_hash` is leaf `index` of the tree of `size` leaves.
    pub(crate) async fn inclusion(
        &mut self,
        leaf_hash: Hash,
        index: LeafIndex,
        size: TreeSize,
    ) -> Result<InclusionProof, ReadError> {
        self.check_size(size)?;
        if index.0 >= size.0 {
            return Err(ReadError::IndexBeyondSize { index, size });
        }
        let root = self.root(size).await?;
        let hashes = self
            .build(&plan_inclusion(index, size).map_err(|error| planned(error, size))?)
            .await?;
        verify_inclusion(leaf_hash, index, size, &hashes, root)
            .map_err(|_| ReadError::Damaged(Damage::ProofFailed { size }))?;
        Ok(InclusionProof {
            index,
            size,
            root,
            hashes,
        })
    }

    /// The proof that the tree of `second` leaves extends that of `first` leaves.
    pub(crate) async fn consistency(
        &mut self,
        first: TreeSize,
        second: TreeSize,
    ) -> Result<Vec<Hash>, ReadError> {
        if first > second {
            return Err(ReadError::SizeOrder { first, second });
        }
        self.check_size(second)?;
        let (first_root, second_root) = (self.root(first).await?, self.root(second).await?);
        let plan = plan_consistency(first, second).map_err(|error| planned(error, second))?;
        let hashes = self.build(&plan).await?;
        verify_consistency(first, second, &hashes, first_root, second_root)
            .map_err(|_| ReadError::Damaged(Damage::ProofFailed { size: second }))?;
        Ok(hashes)
    }

    /// The root of the tree of `size` leaves.
    pub(crate) async fn root(&mut self, size: TreeSize) -> Result<Hash, ReadError> {
        self.check_size(size)?;
        if size == self.snapshot.size {
            return Ok(self.snapshot.root);
        }
        if size.0 == 0 {
            return Ok(empty_root());
        }
        let hashes = self
            .build(&plan_root(size).map_err(|error| planned(error, size))?)
            .await?;
        let frontier = Frontier::from_parts(size, hashes);
        Ok(frontier
            .map_err(|_| ReadError::Damaged(Damage::SizeMismatch))?
            .root())
    }

    /// The hash that the tree holds for leaf `index`, which is below the snapshot's size.
    pub(crate) async fn leaf_hash(&mut self, index: LeafIndex) -> Result<Hash, ReadError> {
        let width = u64::from(TILE_WIDTH);
        let tile = self.load(0, index.0 / width).await?;
        let position = usize::try_from(index.0 % width).unwrap_or(usize::MAX);
        tile.get(position)
            .copied()
            .ok_or(ReadError::Damaged(Damage::EntryMissing { index }))
    }

    fn check_size(&self, size: TreeSize) -> Result<(), ReadError> {
        let head = self.snapshot.size;
        if size > head {
            Err(ReadError::SizeBeyondHead { size, head })
        } else {
            Ok(())
        }
    }

    async fn build(&mut self, plan: &ProofPlan) -> Result<Vec<Hash>, ReadError> {
        for tile in plan.tiles() {
            self.load(tile.level, tile.index).await?;
        }
        let tiles = &self.tiles;
        let fetch = |tile: TileRef| tiles.get(&(tile.level, tile.index)).map(AsRef::as_ref);
        plan.build_cached(&mut self.subtrees, fetch)
            .map_err(|error| planned(error, self.snapshot.size))
    }

    async fn load(&mut self, level: u8, index: u64) -> Result<Arc<[Hash]>, ReadError> {
        if let Some(tile) = self.tiles.get(&(level, index)) {
            return Ok(Arc::clone(tile));
        }
        let tile = self.reader.tile(self.snapshot, level, index).await?;
        let tile = tile.ok_or(ReadError::Damaged(Damage::TileMissing { level, index }))?;
        self.tiles.insert((level, index), Arc::clone(&tile));
        Ok(tile)
    }
}

/// Sizes and indexes were checked before planning, and all tiles were loaded: what is left is damage.
fn planned(error: ProofError, size: TreeSize) -> ReadError {
    match error {
        ProofError::MissingTile { tile } | ProofError::ShortTile { tile, .. } => {
            ReadError::Damaged(Damage::TileMissing {
                level: tile.level,
                index: tile.index,
            })
        }
        _ => ReadError::Damaged(Damage::ProofFailed { size }),
    }
}
