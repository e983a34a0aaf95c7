//! One suite for every adapter of the storage port.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "contract/freezing.rs"]
mod freezing;
#[path = "contract/grower.rs"]
mod grower;
#[path = "contract/suite.rs"]
mod suite;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use sigbox_log_engine::LogStore;
use sigbox_log_store::{MemoryStore, PostgresReader, PostgresStore, SqliteReader, SqliteStore};
use sigbox_testkit::postgres::Postgres;

/// An adapter under test: opens its one store, as often as asked, one after the other.
#[async_trait]
pub(crate) trait Adapter: Send + Sync {
    async fn open(&self) -> Arc<dyn LogStore>;

    /// The same for reading only, beside an open store; none in memory.
    async fn reader(&self) -> Option<Arc<dyn LogStore>>;
}

struct Memory(MemoryStore);

#[async_trait]
impl Adapter for Memory {
    async fn open(&self) -> Arc<dyn LogStore> {
        Arc::new(self.0.clone())
    }

    async fn reader(&self) -> Option<Arc<dyn LogStore>> {
        None
    }
}

struct Sqlite {
    directory: tempfile::TempDir,
}

impl Sqlite {
    fn path(&self) -> PathBuf {
        self.directory.path().join("sigbox.db")
    }
}

#[async_trait]
impl Adapter for Sqlite {
    async fn open(&self) -> Arc<dyn LogStore> {
        Arc::new(SqliteStore::open(self.path()).await.unwrap())
    }

    async fn reader(&self) -> Option<Arc<dyn LogStore>> {
        Some(Arc::new(SqliteReader::open(self.path()).await.unwrap()))
    }
}

/// A fresh database of the server that this test process shares.
struct InPostgres {
    url: String,
}

#[async_trait]
impl Adapter for InPostgres {
    async fn open(&self) -> Arc<dyn LogStore> {
        Arc::new(PostgresStore::open(&self.url).await.unwrap())
    }

    async fn reader(&self) -> Option<Arc<dyn LogStore>> {
        Some(Arc::new(PostgresReader::open(&self.url).await.unwrap()))
    }
}

macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $case() {
                super::suite::$case(&super::Memory(super::MemoryStore::new())).await;
            })*
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::suite::$case(&super::Sqlite { directory: tempfile::tempdir().unwrap() }).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $case() {
                let Some(server) = super::Postgres::shared() else { return };
                super::suite::$case(&super::InPostgres { url: server.database() }).await;
            })*
        }
    };
}

contract!(
    creates_empty_and_one_leaf_logs,
    refuses_a_second_log_of_the_same_name_origin_or_key,
    refuses_a_first_head_of_another_size,
    reads_back_what_was_committed,
    commits_several_logs_together_or_not_at_all,
    refuses_a_commit_on_another_head,
    a_commit_repeated_is_a_conflict,
    refuses_a_gap_and_a_repeated_key,
    finds_by_key_and_hash,
    ranges_end_where_the_log_ends,
    keeps_full_tiles_and_old_checkpoints,
    a_reader_sees_what_is_committed_and_changes_nothing,
    everything_is_there_after_reopening,
    names_an_unknown_log,
    a_frozen_log_keeps_its_last_head_and_takes_no_commit,
    a_log_is_frozen_once_at_its_head_and_with_its_successor,
);
