//! The search index: which entries a digest, a name or a key leads to.
//!
//! It is derived from the log alone and kept in memory: built anew after a start, and brought up to the published
//! head before each search. It is bounded; past the bound it says so instead of denying entries.

mod keys;

use std::collections::{BTreeSet, HashMap};

use sigbox_crypto::sha256;
use sigbox_log_engine::{Log, ReadError};
use sigbox_tlog::{Hash, TreeSize};

pub(super) use keys::key_digest;

/// Entries read at a time.
const CHUNK: u64 = 256;

/// Entries by search key. A search key is text; its hash stands for it.
pub(super) struct SearchIndex {
    /// Leaf hashes of the indexed entries, by index.
    leaves: Vec<Hash>,
    entries: HashMap<[u8; 32], Vec<usize>>,
    postings: usize,
    limit: usize,
}

/// The index is full before the end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Incomplete {
    /// Entries that are indexed.
    pub(super) entries: u64,
}

impl SearchIndex {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            leaves: Vec::new(),
            entries: HashMap::new(),
            postings: 0,
            limit,
        }
    }

    /// Indexes what was published since the last time, until the index is full. May be dropped at any point.
    pub(super) async fn catch_up(&mut self, log: &Log) -> Result<(), ReadError> {
        let end = log.snapshot().size.0;
        while self.size() < end && !self.is_full() {
            let from = self.size();
            for entry in log.entries(from..end.min(from + CHUNK)).await? {
                self.add(entry.leaf_hash, &entry.leaf, &entry.extra);
            }
        }
        Ok(())
    }

    fn add(&mut self, leaf_hash: Hash, leaf: &[u8], extra: &[u8]) {
        let place = self.leaves.len();
        self.leaves.push(leaf_hash);
        let keys: BTreeSet<String> = keys::of_entry(leaf, extra).into_iter().collect();
        self.postings += keys.len();
        for key in keys {
            let key = sha256(key.as_bytes());
            self.entries.entry(key).or_default().push(place);
        }
    }

    fn size(&self) -> u64 {
        u64::try_from(self.leaves.len()).unwrap_or(u64::MAX)
    }

    fn is_full(&self) -> bool {
        self.postings >= self.limit
    }

    /// The leaf hashes of at most `limit` entries that have any of `keys`, or with `all` every one of them; the newest,
    /// in the order of the log.
    ///
    /// # Errors
    /// [`Incomplete`] if the log has `size` entries and the index fewer.
    pub(super) fn search(
        &self,
        keys: &[String],
        all: bool,
        limit: usize,
        size: TreeSize,
    ) -> Result<Vec<Hash>, Incomplete> {
        if self.size() < size.0 {
            return Err(Incomplete {
                entries: self.size(),
            });
        }
        let lists: Vec<&[usize]> = keys
            .iter()
            .map(|key| sha256(key.to_lowercase().as_bytes()))
            .map(|key| self.entries.get(&key).map_or(&[][..], Vec::as_slice))
            .collect();
        let mut found = if all {
            in_all(&lists, limit)
        } else {
            in_any(&lists, limit)
        };
        found.sort_unstable();
        let places = found.into_iter();
        Ok(places
            .filter_map(|place| self.leaves.get(place).copied())
            .collect())
    }
}

/// The last `limit` places of all lists together; each list is in order.
fn in_any(lists: &[&[usize]], limit: usize) -> Vec<usize> {
    // A key that every entry has is not walked through for the few that are answered.
    let newest = lists.iter().flat_map(|list| list.iter().rev().take(limit));
    let places: BTreeSet<usize> = newest.copied().collect();
    places.into_iter().rev().take(limit).collect()
}

/// The last `limit` places that are in every list; each list is in order.
fn in_all(lists: &[&[usize]], limit: usize) -> Vec<usize> {
    let Some(shortest) = lists.iter().min_by_key(|list| list.len()) else {
        return Vec::new();
    };
    let newest = shortest
        .iter()
        .rev()
        .filter(|place| lists.iter().all(|list| list.binary_search(place).is_ok()));
    newest.take(limit).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_found_in_any_and_in_all() {
        let (one, two): (&[usize], &[usize]) = (&[0, 1, 2, 5, 8], &[1, 3, 5, 9]);
        assert_eq!(in_any(&[one, two], 3), [9, 8, 5]);
        assert_eq!(in_any(&[one, two], 100), [9, 8, 5, 3, 2, 1, 0]);
        assert_eq!(in_all(&[one, two], 1), [5]);
        assert_eq!(in_all(&[one, two], 100), [5, 1]);
        assert_eq!(in_all(&[one, &[]], 100), [0; 0]);
        for lists in [[].as_slice(), &[&[][..]]] {
            assert_eq!(in_any(lists, 9), [0; 0]);
            assert_eq!(in_all(lists, 9), [0; 0]);
        }
    }
}
