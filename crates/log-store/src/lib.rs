//! Where the logs are kept: adapters of [`sigbox_log_engine::LogStore`].
//!
//! [`SqliteStore`] keeps all logs in one SQLite file, for one process; [`PostgresStore`] in a database that any number of
//! processes share. Both survive power loss. [`memory`] is for tests. None knows a signing key or an entry format.
//! `tests/contract.rs` runs one suite on all.
//!
//! ```text
//! sqlite        open, the writer connection, the read pool
//! sqlite/lock   one process a file         sqlite/write, sqlite/read   the statements
//! sqlite/rows   rows to domain types       sqlite/fault                what SQLite's errors mean
//! postgres          open, reads, who is the primary        postgres/writer, postgres/session   turns and commits
//! postgres/follow   other processes' heads                 postgres/servers                    the URL, several hosts
//! read_only, sqlite/reader, postgres/reader                the same without the writes: for checks and backups
//! memory        MemoryStore, MemoryGuard
//! ```

pub mod memory;
mod postgres;
mod read_only;
mod sqlite;

pub use memory::MemoryStore;
pub use postgres::{PostgresOpenError, PostgresReader, PostgresStore};
pub use sqlite::{CopyError, LockFile, SqliteReader, SqliteStore, StoreOpenError};

use sigbox_log_engine::{CreateLogError, NewLog};

/// A log is born with as many entries as its head says.
fn check_size(log: &NewLog) -> Result<(), CreateLogError> {
    if u64::try_from(log.entries.len()) == Ok(log.head.size.0) {
        return Ok(());
    }
    Err(CreateLogError::HeadSize {
        entries: log.entries.len(),
        size: log.head.size,
    })
}
