//! What the engine is opened with.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sigbox_tlog::{Hash, NoteSigner, NoteVerifier, TreeSize, UnixMillis};

use crate::entry::LeafFormat;
use crate::name::LogName;

/// The clock, as a function; only a binary binds it to the system's.
pub type Clock = Arc<dyn Fn() -> UnixMillis + Send + Sync>;

/// Limits and intervals of an engine.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Entries that may wait for the sequencer, per log; one more is refused at once.
    pub queue: usize,
    /// Entries a log may add in one commit.
    pub batch_max: usize,
    /// A guard younger than this is not written again at once; a timer catches up.
    pub guard_interval: Duration,
    /// How far the guard may be behind what is answered.
    pub guard_lag_max: Duration,
    /// Full tiles kept in memory per log, 8 KiB each.
    pub tile_cache: usize,
    /// Heads an operator vouches for by hand because the guard is lost: the exact size and root of each log.
    pub accept_new_guard: BTreeMap<LogName, (TreeSize, Hash)>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            queue: 4096,
            batch_max: 1024,
            guard_interval: Duration::from_millis(500),
            guard_lag_max: Duration::from_secs(1),
            tile_cache: 512,
            accept_new_guard: BTreeMap::new(),
        }
    }
}

/// One log of an engine: its identity, key and leaf format.
pub struct LogSetup {
    /// Internal name.
    pub name: LogName,
    /// Signs its checkpoints.
    pub signer: Arc<dyn NoteSigner>,
    /// Checks its checkpoints, those just signed included.
    pub verifier: Box<dyn NoteVerifier>,
    /// The origin line of its checkpoints.
    pub origin: String,
    /// Makes its leaves.
    pub format: Arc<dyn LeafFormat>,
    /// DER `SubjectPublicKeyInfo` of its key, compared with the one pinned at creation.
    pub public_key_spki: Vec<u8>,
}

impl fmt::Debug for LogSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogSetup")
            .field("name", &self.name)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
