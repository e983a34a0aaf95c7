//! Wrappers that make the writes of a log fail as scripted.
//!
//! Source of the idea: the fault tables of sunlight and azul, every write × {lost, persisted but reported failed}.

mod dying;
mod guard;
mod store;

pub use dying::{Death, Dying, Step};
pub use guard::BreakGuard;
pub use store::{BreakStore, Hold};

use std::io;

use sigbox_log_engine::StoreError;

/// What becomes of a write that is reported as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Nothing was written.
    Lost,
    /// Everything was written.
    Persisted,
}

/// The error a broken store reports unless the script names another.
pub fn scripted_failure() -> StoreError {
    StoreError::Failed {
        source: Box::new(scripted_io()),
    }
}

/// The failure of a sync.
pub fn scripted_sync_failure() -> StoreError {
    StoreError::Sync {
        source: Box::new(scripted_io()),
    }
}

fn scripted_io() -> io::Error {
    io::Error::other("broken by the test's script")
}
