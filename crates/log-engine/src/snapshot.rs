//! What a log has published.

use std::sync::Arc;

use sigbox_tlog::{Hash, TileEdge, TreeSize, UnixMillis};

use crate::store::Head;

/// One published state of a log: durable, signed, and covered by the guard's promise.
///
/// Everything an answer says should come from one snapshot.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Number of leaves.
    pub size: TreeSize,
    /// Root over those leaves.
    pub root: Hash,
    /// The signed note.
    pub checkpoint: Arc<str>,
    /// Time of the newest entry, or of creation.
    pub last_time: UnixMillis,
    /// The incomplete tiles; absent if the self-check could not rebuild them.
    pub(crate) edge: Option<Arc<TileEdge>>,
}

impl Snapshot {
    pub(crate) fn of(head: &Head, edge: Option<Arc<TileEdge>>) -> Self {
        Self {
            size: head.size,
            root: head.root,
            checkpoint: head.checkpoint.as_str().into(),
            last_time: head.last_time,
            edge,
        }
    }
}
