//! Fuzz targets: functions that take any bytes and assert what must hold whatever they are.
//!
//! ```text
//! targets     one function a target, and their table
//! verdict     the target of `verify`: good bundles, the mutator of their fields, what a change may leave unnoticed
//! second      second implementations: canonical JSON, Merkle trees, the outer form of DER
//! bounds      the memory that one call may take
//! mutate      mutation by chance from a fixed seed, for a run without the engine
//! seeds       where the seeds are
//! ```
//!
//! `cargo test -p sigbox-fuzz` replays the seeds and a fixed number of mutations of them. `bash tests/fuzz/run` builds the
//! same functions into libFuzzer, which looks for inputs that reach new code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a panic is how a target says that something does not hold"
)]

pub mod bounds;
pub mod mutate;
pub mod seeds;
pub mod targets;

mod second;
mod verdict;
