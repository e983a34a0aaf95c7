//! What SQLite's errors mean to the engine.

use std::io;

use sigbox_log_engine::StoreError;

// Result codes. Source: sqlite.org/rescode.html.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOTADB: i32 = 26;
const IOERR_FSYNC: i32 = IOERR | 4 << 8;
const IOERR_DIR_FSYNC: i32 = IOERR | 5 << 8;

/// Sorts an error of the driver by what can be done about it.
pub(super) fn store_error(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::PoolClosed => StoreError::Closed,
        sqlx::Error::PoolTimedOut => StoreError::Busy {
            source: error.into(),
        },
        sqlx::Error::Io(io) if io.kind() == io::ErrorKind::StorageFull => StoreError::Full {
            source: error.into(),
        },
        sqlx::Error::Database(database) => {
            let code = database.code().and_then(|code| code.parse().ok());
            by_code(code.unwrap_or_default(), error)
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::Corrupt {
            source: error.into(),
        },
        _ => StoreError::Failed {
            source: error.into(),
        },
    }
}

fn by_code(code: i32, error: sqlx::Error) -> StoreError {
    let source = error.into();
    match (code, code & 0xff) {
        (IOERR_FSYNC | IOERR_DIR_FSYNC, _) => StoreError::Sync { source },
        (_, BUSY | LOCKED) => StoreError::Busy { source },
        (_, FULL) => StoreError::Full { source },
        (_, CORRUPT | NOTADB) => StoreError::Corrupt { source },
        _ => StoreError::Failed { source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_result_codes() {
        let kind = |code| by_code(code, sqlx::Error::RowNotFound);
        assert!(matches!(kind(1034), StoreError::Sync { .. }));
        assert!(matches!(kind(1290), StoreError::Sync { .. }));
        assert!(matches!(kind(778), StoreError::Failed { .. }));
        assert!(matches!(kind(13), StoreError::Full { .. }));
        assert!(matches!(kind(517), StoreError::Busy { .. }));
        assert!(matches!(kind(267), StoreError::Corrupt { .. }));
        assert!(matches!(kind(26), StoreError::Corrupt { .. }));
    }
}
