//! From tiles to proof hashes.

use std::collections::HashMap;

use super::plan::{ProofError, ProofPlan};
use super::range::Subtree;
use crate::hash::{Hash, empty_root, fold_right_edge, node_hash};
use crate::tile::{TileRef, complete_root};

/// Roots of complete subtrees of one log, kept from one proof to the next.
///
/// A complete subtree never changes, so an entry stays true for ever; the cache must not be shared between logs. It
/// grows with every proof: keep it for a batch, then drop it.
#[derive(Clone, Debug, Default)]
pub struct SubtreeCache {
    roots: HashMap<Subtree, Hash>,
}

impl SubtreeCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }
}

impl ProofPlan {
    /// Builds the proof's hashes, in the order in which they are sent.
    ///
    /// `fetch` hands over the hashes of a tile; a fuller form of the same tile is as good, its first hashes are used.
    /// [`plan_root`](crate::plan_root)'s hashes are the frontier, largest subtree first.
    ///
    /// # Errors
    /// [`ProofError::MissingTile`] if `fetch` has no tile, [`ProofError::ShortTile`] if it lacks hashes.
    pub fn build<'a>(
        &self,
        fetch: impl Fn(TileRef) -> Option<&'a [Hash]>,
    ) -> Result<Vec<Hash>, ProofError> {
        self.fold_all(|subtree| {
            let hashes = self.span(subtree, &fetch)?;
            complete_root(hashes).ok_or_else(|| self.missing(subtree))
        })
    }

    /// As [`ProofPlan::build`], remembering every subtree on the way: the proofs of one batch share nearly all of them.
    ///
    /// # Errors
    /// As [`ProofPlan::build`].
    pub fn build_cached<'a>(
        &self,
        cache: &mut SubtreeCache,
        fetch: impl Fn(TileRef) -> Option<&'a [Hash]>,
    ) -> Result<Vec<Hash>, ProofError> {
        self.fold_all(|subtree| self.cached_root(subtree, cache, &fetch))
    }

    fn fold_all(
        &self,
        mut root: impl FnMut(Subtree) -> Result<Hash, ProofError>,
    ) -> Result<Vec<Hash>, ProofError> {
        let mut proof = Vec::with_capacity(self.hashes.len());
        let mut parts = Vec::new();
        for subtrees in &self.hashes {
            parts.clear();
            for subtree in subtrees {
                parts.push(root(*subtree)?);
            }
            proof.push(fold_right_edge(parts.iter().copied()).unwrap_or_else(empty_root));
        }
        Ok(proof)
    }

    fn cached_root<'a>(
        &self,
        subtree: Subtree,
        cache: &mut SubtreeCache,
        fetch: &impl Fn(TileRef) -> Option<&'a [Hash]>,
    ) -> Result<Hash, ProofError> {
        if subtree.span().count == 1 {
            let hashes = self.span(subtree, fetch)?;
            return hashes.first().copied().ok_or_else(|| self.missing(subtree));
        }
        if let Some(root) = cache.roots.get(&subtree) {
            return Ok(*root);
        }
        let (left, right) = subtree.halves().ok_or_else(|| self.missing(subtree))?;
        let root = node_hash(
            &self.cached_root(left, cache, fetch)?,
            &self.cached_root(right, cache, fetch)?,
        );
        cache.roots.insert(subtree, root);
        Ok(root)
    }

    /// The hashes of the subtree's tile that make it up.
    fn span<'a>(
        &self,
        subtree: Subtree,
        fetch: &impl Fn(TileRef) -> Option<&'a [Hash]>,
    ) -> Result<&'a [Hash], ProofError> {
        let tile = self.tile_of(subtree);
        let hashes = fetch(tile).ok_or(ProofError::MissingTile { tile })?;
        let span = subtree.span();
        let (start, end) = (
            usize::from(span.offset),
            usize::from(span.offset) + usize::from(span.count),
        );
        hashes.get(start..end).ok_or(ProofError::ShortTile {
            tile,
            needed: end,
            found: hashes.len(),
        })
    }

    fn missing(&self, subtree: Subtree) -> ProofError {
        ProofError::MissingTile {
            tile: self.tile_of(subtree),
        }
    }

    /// A planned subtree always lies in a tile of the planned size; the full tile stands in for the impossible case.
    fn tile_of(&self, subtree: Subtree) -> TileRef {
        let span = subtree.span();
        subtree
            .tile(self.size)
            .unwrap_or(TileRef::full(span.tile_level, span.tile_index))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;
    use crate::proof::plan_inclusion;
    use crate::units::{LeafIndex, TreeSize};

    #[test]
    fn names_the_tile_that_is_missing_or_short() {
        let plan = plan_inclusion(LeafIndex(0), TreeSize(5)).unwrap();
        let tile = TileRef {
            level: 0,
            index: 0,
            width: 5,
        };
        assert_eq!(plan.tiles(), [tile]);
        assert_eq!(plan.build(|_| None), Err(ProofError::MissingTile { tile }));
        let hashes = [leaf_hash(b"a"); 4];
        let short = ProofError::ShortTile {
            tile,
            needed: 5,
            found: 4,
        };
        assert_eq!(plan.build(|_| Some(hashes.as_slice())), Err(short));
        assert_eq!(
            plan.build_cached(&mut SubtreeCache::new(), |_| Some(hashes.as_slice())),
            Err(short)
        );
    }

    #[test]
    fn a_fuller_tile_is_as_good() {
        let hashes: Vec<Hash> = (0..9_u8).map(|byte| leaf_hash(&[byte])).collect();
        let exact: Vec<Hash> = hashes.iter().take(5).copied().collect();
        let plan = plan_inclusion(LeafIndex(2), TreeSize(5)).unwrap();
        assert_eq!(
            plan.build(|_| Some(hashes.as_slice())),
            plan.build(|_| Some(exact.as_slice()))
        );
    }
}
