//! Why a Postgres database cannot be used.

use sigbox_log_engine::StoreError;
use sqlx::migrate::MigrateError;

/// Why a Postgres database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresOpenError {
    /// The URL is not one of a Postgres database; its text is not repeated, it may hold a password.
    #[error("the database URL is not of the form postgres://USER@HOST[,HOST]/DATABASE: {rule}")]
    Url {
        /// The broken rule.
        rule: String,
    },
    /// No primary can be reached, or it is not fit for a log.
    #[error("cannot use the database")]
    Connect {
        /// What was found.
        #[source]
        source: StoreError,
    },
    /// The database was made by a newer program.
    #[error("the database has schema version {found}, this program knows up to {known}")]
    NewerSchema {
        /// Newest version applied to the database.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// The schema cannot be brought up to date; nothing was changed by the step that failed.
    #[error("cannot bring the schema up to date")]
    Migrate {
        /// What failed.
        #[source]
        source: MigrateError,
    },
}
