//! Rekor v1: the interface that most deployed clients still speak, over a log of its own.
//!
//! It differs from v2 in what it promises: every answer carries the time of integration and a signed entry timestamp
//! over it, a proof, and a checkpoint whose origin is `HOST - TREEID`.
//!
//! ```text
//! router     every route, with its source
//! api        handlers: create, read, retrieve, log, search
//! entry      Proposal ─verify▶ VerifiedEntry ─canonicalize▶ CanonicalEntry
//! search     the index by digest, name and key, derived from the log
//! service    the service as the handlers see it
//! shard      one tree of the log, and its place in the numbering over all of them
//! promise    the signed entry timestamp
//! respond    an entry as its JSON
//! id         tree ID and entry ID
//! problem    what went wrong, as status and JSON
//! genesis    the first leaf of a new log
//! ```

mod api;
mod config;
pub mod entry;
mod genesis;
mod id;
mod problem;
mod promise;
mod respond;
mod router;
mod search;
mod service;
mod shard;

pub use config::{Limits, RekorV1Config};
pub use genesis::{GenesisError, genesis_entry};
pub use id::TreeId;
pub use promise::PromiseError;
pub use router::{router, standalone};
pub use service::{RekorV1, SetupError};
