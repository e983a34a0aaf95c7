//! What no reader of this crate takes: arrays for messages, repeated members, bytes after the end, numbers out
//! of range, deep nesting; and that no text whatever makes one panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod documents;
mod members;
mod mutations;
mod numbers;
mod objects;
mod outline;
