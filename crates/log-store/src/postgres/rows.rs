//! Between rows and domain types.

use bytes::Bytes;
use sigbox_log_engine::{Head, LogName, LogRecord, StoreError, StoredEntry};
use sigbox_tlog::{Hash, LeafIndex, TreeSize, UnixMillis};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::fault::store_error;

/// The row id of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogId(pub(super) i32);

pub(super) fn to_integer(field: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::TooLarge { field, value })
}

/// A bound of a range: past the largest number that is stored, nothing is there.
pub(super) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn time(row: &PgRow, column: &'static str) -> Result<Option<UnixMillis>, StoreError> {
    let value: Option<i64> = row.try_get(column).map_err(store_error)?;
    let value = value.map(u64::try_from).transpose();
    let value = value.map_err(|_| StoreError::Malformed { field: column })?;
    Ok(value.map(UnixMillis))
}

fn unsigned(row: &PgRow, column: &'static str) -> Result<u64, StoreError> {
    let value: i64 = row.try_get(column).map_err(store_error)?;
    u64::try_from(value).map_err(|_| StoreError::Malformed { field: column })
}

fn bytes<'a>(row: &'a PgRow, column: &'static str) -> Result<&'a [u8], StoreError> {
    row.try_get(column).map_err(store_error)
}

pub(super) fn hash(row: &PgRow, column: &'static str) -> Result<Hash, StoreError> {
    Hash::try_from_slice(bytes(row, column)?).map_err(|_| StoreError::Malformed { field: column })
}

pub(super) fn hashes(row: &PgRow, column: &'static str) -> Result<Vec<Hash>, StoreError> {
    let (chunks, rest) = bytes(row, column)?.as_chunks::<32>();
    if rest.is_empty() {
        Ok(chunks
            .iter()
            .map(|chunk| Hash::from_bytes(*chunk))
            .collect())
    } else {
        Err(StoreError::Malformed { field: column })
    }
}

pub(super) fn joined(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

pub(super) fn text(row: &PgRow, column: &'static str) -> Result<String, StoreError> {
    row.try_get(column).map_err(store_error)
}

pub(super) fn name(row: &PgRow) -> Result<LogName, StoreError> {
    LogName::parse(&text(row, "name")?).map_err(|_| StoreError::Malformed { field: "name" })
}

/// Columns: `leaf_index, time, leaf_hash, dedup_key, leaf, extra`.
pub(super) fn entry(row: &PgRow) -> Result<StoredEntry, StoreError> {
    Ok(StoredEntry {
        index: LeafIndex(unsigned(row, "leaf_index")?),
        time: UnixMillis(unsigned(row, "time")?),
        leaf_hash: hash(row, "leaf_hash")?,
        dedup_key: *hash(row, "dedup_key")?.as_bytes(),
        leaf: Bytes::copy_from_slice(bytes(row, "leaf")?),
        extra: Bytes::copy_from_slice(bytes(row, "extra")?),
    })
}

/// Columns: `size, root, frontier, checkpoint, last_time, frozen`.
pub(super) fn head(row: &PgRow) -> Result<Head, StoreError> {
    Ok(Head {
        size: TreeSize(unsigned(row, "size")?),
        root: hash(row, "root")?,
        frontier: hashes(row, "frontier")?,
        checkpoint: text(row, "checkpoint")?,
        last_time: UnixMillis(unsigned(row, "last_time")?),
        frozen: time(row, "frozen")?,
    })
}

/// Columns: `name, origin, public_key`.
pub(super) fn record(row: &PgRow) -> Result<LogRecord, StoreError> {
    Ok(LogRecord {
        name: name(row)?,
        origin: text(row, "origin")?,
        public_key_spki: bytes(row, "public_key")?.to_vec(),
    })
}

pub(super) fn size(row: &PgRow) -> Result<TreeSize, StoreError> {
    unsigned(row, "size").map(TreeSize)
}
