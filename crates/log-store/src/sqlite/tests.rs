//! What the file's connections promise, asked of SQLite itself.

use super::*;

async fn open() -> (tempfile::TempDir, SqliteStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("sigbox.db"))
        .await
        .unwrap();
    (directory, store)
}

#[tokio::test]
async fn the_writer_syncs_every_commit() {
    let (_directory, store) = open().await;
    let mut writer = store.writer.lock().await;
    let connection = writer.connection().await.unwrap();
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    let foreign: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    let busy: i64 = sqlx::query_scalar("PRAGMA busy_timeout")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(
        (journal.as_str(), synchronous, foreign, busy),
        ("wal", 2, 1, 5_000)
    );
}

#[tokio::test]
async fn readers_cannot_write() {
    let (_directory, store) = open().await;
    let refused = sqlx::query("DELETE FROM log")
        .execute(&store.readers)
        .await
        .unwrap_err();
    assert_eq!(
        refused
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .as_deref(),
        Some("8")
    );
}

#[tokio::test]
async fn look_ups_use_their_indexes() {
    let (_directory, store) = open().await;
    let table = [
        (
            "SELECT leaf FROM entry WHERE log_id = 1 AND dedup_key IN (x'00', x'01')",
            "entry_by_dedup_key",
        ),
        (
            "SELECT leaf FROM entry WHERE log_id = 1 AND leaf_hash = x'00'",
            "entry_by_leaf_hash",
        ),
        (
            "SELECT leaf FROM entry WHERE id >= 1 AND id < 2 ORDER BY id",
            "INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        ),
    ];
    for (query, index) in table {
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")));
        let plan = plan.fetch_all(&store.readers).await.unwrap();
        let details: Vec<String> = plan
            .iter()
            .map(|row| sqlx::Row::get(row, "detail"))
            .collect();
        assert!(
            details.len() == 1 && details.iter().all(|detail| detail.contains(index)),
            "{details:?}"
        );
    }
}
