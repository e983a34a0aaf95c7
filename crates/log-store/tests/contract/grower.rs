//! Makes true commits for the cases.

use bytes::Bytes;
use sigbox_log_engine::{Head, LogCommit, LogName, NewLog, StoredEntry};
use sigbox_tlog::{LeafIndex, TileEdge, UnixMillis, leaf_hash};

/// A log that grows outside of the store, so that commits are true ones.
pub(crate) struct Grower {
    pub(crate) name: LogName,
    edge: TileEdge,
}

impl Grower {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: LogName::parse(name).unwrap(),
            edge: TileEdge::new(),
        }
    }

    pub(crate) fn head(&self) -> Head {
        let size = self.edge.size();
        Head {
            size,
            root: self.edge.root(),
            frontier: self.edge.frontier().hashes().to_vec(),
            checkpoint: format!("{} {size}", self.name),
            last_time: UnixMillis(1_000 + size.0),
            frozen: None,
        }
    }

    pub(crate) fn birth(&self) -> NewLog {
        NewLog {
            name: self.name.clone(),
            origin: format!("{}.example", self.name),
            public_key_spki: self.name.as_str().as_bytes().to_vec(),
            head: self.head(),
            entries: Vec::new(),
        }
    }

    pub(crate) fn entry(&self, index: u64) -> StoredEntry {
        let leaf = Bytes::from(format!("{} leaf {index}", self.name));
        StoredEntry {
            index: LeafIndex(index),
            time: UnixMillis(1_001 + index),
            leaf_hash: leaf_hash(&leaf),
            dedup_key: *leaf_hash(format!("key {index}").as_bytes()).as_bytes(),
            leaf,
            extra: Bytes::from(vec![7; (index % 3) as usize]),
        }
    }

    /// A commit of the next `count` entries; grows.
    pub(crate) fn commit(&mut self, count: u64) -> LogCommit {
        let (expected_size, expected_root) = (self.edge.size(), self.edge.root());
        let entries: Vec<_> = (expected_size.0..expected_size.0 + count)
            .map(|index| self.entry(index))
            .collect();
        let tiles = entries
            .iter()
            .flat_map(|entry| self.edge.append(entry.leaf_hash))
            .collect();
        LogCommit {
            log: self.name.clone(),
            expected_size,
            expected_root,
            entries,
            tiles,
            new_head: self.head(),
        }
    }
}
