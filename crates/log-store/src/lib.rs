//! Where the logs are kept: adapters of [`sigbox_log_engine::LogStore`].
//!
//! [`SqliteStore`] keeps all logs in one SQLite file and survives power loss; [`memory`] is for tests. Neither knows
//! a signing key or an entry format. `tests/contract.rs` runs one suite on both.
//!
//! ```text
//! sqlite        open, the writer connection, the read pool
//! sqlite/lock   one process a file         sqlite/write, sqlite/read   the statements
//! sqlite/rows   rows to domain types       sqlite/fault                what SQLite's errors mean
//! memory        MemoryStore, MemoryGuard
//! ```

pub mod memory;
mod sqlite;

pub use memory::MemoryStore;
pub use sqlite::{SqliteStore, StoreOpenError};
