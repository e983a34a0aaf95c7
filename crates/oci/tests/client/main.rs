//! The client against registries that are honest, strange or lying.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod concurrency;
mod content;
mod credentials;
mod honest;
mod kit;
mod limits;
mod redirects;
mod referrers;
mod statuses;
mod tag_changes;
