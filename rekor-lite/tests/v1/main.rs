//! Rekor v1 on the wire: status, headers and body of every operation and every error.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod bench;
mod create;
mod formats;
mod hostile;
mod kinds;
mod log;
mod races;
mod read;
mod refused;
mod retrieve;
mod search;
mod shards;
