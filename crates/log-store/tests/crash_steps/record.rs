//! What a process said before it died, and whether the log still holds it.

use std::collections::BTreeMap;
use std::fmt;

use sigbox_tlog::{Frontier, Hash};

/// One line of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// An entry was answered, with a checkpoint.
    Acknowledged {
        number: u64,
        index: u64,
        leaf: Hash,
        size: u64,
        root: Hash,
    },
    /// A checkpoint could be read.
    Published { size: u64, root: Hash },
}

impl Said {
    /// Reads a line; the test runner's own lines are none.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        // The runner's first words stand on the same line.
        let line = &line[line.find("said ")?..];
        let parts: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| parts[at].parse::<u64>().unwrap();
        let hash = |at: usize| Hash::from_base64(parts[at]).unwrap();
        Some(match parts[1] {
            "acknowledged" => Self::Acknowledged {
                number: number(2),
                index: number(3),
                leaf: hash(4),
                size: number(5),
                root: hash(6),
            },
            "published" => Self::Published {
                size: number(2),
                root: hash(3),
            },
            other => panic!("{other}"),
        })
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acknowledged {
                number,
                index,
                leaf,
                size,
                root,
            } => write!(
                f,
                "said acknowledged {number} {index} {} {size} {}",
                leaf.to_base64(),
                root.to_base64()
            ),
            Self::Published { size, root } => {
                write!(f, "said published {size} {}", root.to_base64())
            }
        }
    }
}

/// Everything that was ever said.
#[derive(Default)]
pub(crate) struct Record {
    /// Number of an entry → its index and leaf.
    entries: BTreeMap<u64, (u64, Hash)>,
    /// Index → leaf.
    indexes: BTreeMap<u64, Hash>,
    /// Size → root.
    checkpoints: BTreeMap<u64, Hash>,
    said: usize,
}

impl Record {
    /// The first number that no process has used for certain; a gap for those that were under way.
    pub(crate) fn next(&self) -> u64 {
        let last = self.entries.keys().next_back();
        last.map_or(0, |last| last + 1) + 64
    }

    /// Takes note; what was said before must not be contradicted.
    pub(crate) fn add(&mut self, said: Vec<Said>) {
        for said in said {
            self.said += 1;
            let (size, root) = match said {
                Said::Published { size, root } => (size, root),
                Said::Acknowledged {
                    number,
                    index,
                    leaf,
                    size,
                    root,
                } => {
                    let known = *self.entries.entry(number).or_insert((index, leaf));
                    assert_eq!(known, (index, leaf), "entry {number} moved");
                    let known = *self.indexes.entry(index).or_insert(leaf);
                    assert_eq!(known, leaf, "index {index} was given twice");
                    assert!(index < size, "entry {number} is not in its checkpoint");
                    (size, root)
                }
            };
            let known = *self.checkpoints.entry(size).or_insert(root);
            assert_eq!(known, root, "two checkpoints of size {size}: a fork");
        }
    }

    /// Every entry at its index, every checkpoint a prefix.
    pub(crate) fn judge(&self, leaves: &[Hash]) {
        for (number, (index, leaf)) in &self.entries {
            let at = usize::try_from(*index).unwrap();
            assert_eq!(leaves.get(at), Some(leaf), "entry {number} was lost");
        }
        let mut frontier = Frontier::new();
        let mut roots = vec![frontier.root()];
        for leaf in leaves {
            frontier.append(*leaf);
            roots.push(frontier.root());
        }
        for (size, root) in &self.checkpoints {
            let at = usize::try_from(*size).unwrap();
            assert_eq!(roots.get(at), Some(root), "checkpoint of size {size}");
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} entries acknowledged, {} checkpoints seen, {} lines",
            self.entries.len(),
            self.checkpoints.len(),
            self.said
        )
    }
}
