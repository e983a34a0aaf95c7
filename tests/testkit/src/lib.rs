//! Test parts: faults, a lying Sigstore. For `tests/` folders only, never a dependency of a program.
//!
//! ```text
//! faults      BreakStore, BreakGuard: every write lost, or persisted but reported failed; held commits; tampered reads
//! log_check   check_log: derives a whole log anew from what is stored
//! lying_registry   an OCI registry in memory: honest, until told how to lie
//! postgres    real Postgres servers for a test: crashed, killed, followed by a standby, promoted
//! note_key    a note key without cryptography
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a broken test setup should stop the test"
)]

pub mod faults;
pub mod log_check;
pub mod lying_registry;
pub mod note_key;
pub mod postgres;
pub mod virtual_sigstore;
