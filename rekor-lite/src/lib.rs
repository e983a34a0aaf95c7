//! Rekor-compatible transparency log: versions 1 and 2, each over a log of its own.
//!
//! What this crate is: the personality that makes a log engine a Rekor. It decides which signatures may be logged,
//! writes them in their canonical form, and answers in the shapes that unmodified clients expect. What it is not: it
//! orders nothing and stores nothing (`sigbox-log-engine` does), and it reads no clock and no configuration file.
//!
//! ```text
//! router     every route, with its source
//! api        handlers: v2 (write), read (checkpoint, tiles)
//! entry      ProposedEntry ─verify▶ VerifiedEntry ─canonicalize▶ CanonicalEntry
//! rekor      the service as the handlers see it
//! respond    an appended entry as TransparencyLogEntry
//! problem    what went wrong, as status and JSON
//! genesis    the first leaf of a new log
//! v1         the same again for Rekor v1
//! ```

mod api;
mod config;
pub mod entry;
mod genesis;
mod problem;
mod rekor;
mod respond;
mod router;
pub mod v1;

pub use config::{DssePolicy, DuplicatePolicy, Limits, RekorConfig};
pub use genesis::{GenesisError, genesis_entry};
pub use rekor::Rekor;
pub use router::{router, standalone};
