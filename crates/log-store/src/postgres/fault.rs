//! What the errors of Postgres and of the connection to it mean to the engine.

use sigbox_log_engine::StoreError;

/// Sorts an error of the driver by what can be done about it.
pub(super) fn store_error(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::PoolClosed => StoreError::Closed,
        sqlx::Error::PoolTimedOut => StoreError::Busy {
            source: error.into(),
        },
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            StoreError::Unreachable {
                source: error.into(),
            }
        }
        sqlx::Error::Database(database) => {
            let code = database.code().map(std::borrow::Cow::into_owned);
            by_code(code.as_deref().unwrap_or_default(), error)
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::Corrupt {
            source: error.into(),
        },
        _ => StoreError::Failed {
            source: error.into(),
        },
    }
}

/// Source: PostgreSQL, appendix A, "PostgreSQL Error Codes".
fn by_code(code: &str, error: sqlx::Error) -> StoreError {
    let source = error.into();
    match code {
        // lock_not_available, serialization_failure, deadlock_detected, query_canceled, too_many_connections.
        "55P03" | "40001" | "40P01" | "57014" | "53300" => StoreError::Busy { source },
        // admin_shutdown, crash_shutdown, cannot_connect_now, idle_in_transaction_session_timeout.
        "57P01" | "57P02" | "57P03" | "25P03" => StoreError::Unreachable { source },
        "53100" => StoreError::Full { source },
        "XX001" | "XX002" => StoreError::Corrupt { source },
        // read_only_sql_transaction: a standby, or a primary that was told so.
        "25006" => StoreError::Weak {
            setting: "transaction_read_only",
            found: "on".to_owned(),
            expected: "off",
        },
        // Class 08: connection exceptions.
        _ if code.starts_with("08") => StoreError::Unreachable { source },
        _ => StoreError::Failed { source },
    }
}

/// The deadline of a call has passed; the connection it used is not used again.
pub(super) fn timed_out() -> StoreError {
    StoreError::Unreachable {
        source: std::io::Error::from(std::io::ErrorKind::TimedOut).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_states() {
        let kind = |code| by_code(code, sqlx::Error::RowNotFound);
        assert!(matches!(kind("55P03"), StoreError::Busy { .. }));
        assert!(matches!(kind("40001"), StoreError::Busy { .. }));
        assert!(matches!(kind("57P01"), StoreError::Unreachable { .. }));
        assert!(matches!(kind("08006"), StoreError::Unreachable { .. }));
        assert!(matches!(kind("53100"), StoreError::Full { .. }));
        assert!(matches!(kind("XX001"), StoreError::Corrupt { .. }));
        assert!(matches!(kind("23505"), StoreError::Failed { .. }));
        assert!(matches!(
            kind("25006"),
            StoreError::Weak {
                setting: "transaction_read_only",
                ..
            }
        ));
    }
}
