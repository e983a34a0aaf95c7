//! The log engine: one sequencer over several append-only Merkle logs, their recovery, and the ports they store through.
//!
//! What it promises: an [`Appended`] leaves only after its entry, the tiles it finished and the signed checkpoint
//! that covers it were committed in one durable transaction, and only with an inclusion proof that was verified.
//! A log that can no longer promise that turns read-only with a typed [`ReadOnlyReason`] and goes on serving
//! verified reads.
//!
//! What it deliberately is not: it holds no SQL, no HTTP and no Sigstore type. A leaf is bytes, made by the
//! personality's [`LeafFormat`].
//!
//! ```text
//!   Log::append ──queue──▶ sequencer ──▶ batch (dedup, leaves, tree, signature) ──▶ LogStore::commit ──▶ Guard
//!                             │                                                                          │
//!   Log reads ◀── snapshot ◀──┴───────────────── publish, prove, answer ◀────────────────────────────────┘
//!   Engine::open ──▶ recover (the same loading that a fenced or doubtful commit runs)
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `entry` | what is appended and what is stored; the leaf format |
//! | `store` | the storage port and its contract |
//! | `guard` | the last signed size and root, kept outside the database |
//! | `engine`, `init`, `retire` | opening, creation, freezing, shutdown |
//! | `recover`, `recover_guard` | the start-up self-check |
//! | `sequencer` | batching, commit, answers |
//! | `audit` | the full check, without a key of its own |
//! | `log`, `read`, `tiles`, `proof` | the handle, verified reads, proofs |

mod audit;
mod config;
mod engine;
mod entry;
mod error;
mod guard;
mod init;
mod log;
mod name;
mod proof;
mod read;
mod recover;
mod recover_guard;
mod retire;
mod sequencer;
mod shared;
mod snapshot;
mod status;
mod store;
mod tiles;

pub use audit::{AuditError, AuditSubject, Audited, CheckpointFault, audit_log};
pub use config::{Clock, EngineConfig, LogSetup};
pub use engine::Engine;
pub use entry::{LeafError, LeafFormat, MAX_LEAF_BYTES, Pending, PlainLeaf, StoredEntry};
pub use error::{AppendError, OpenError, ReadError};
pub use guard::{FileGuard, Guard, GuardError, GuardState};
pub use init::{InitError, init_log};
pub use log::{Appended, InclusionProof, Log, Outcome};
pub use name::{LogName, LogNameError};
pub use retire::{Freeze, FreezeError, freeze_log};
pub use snapshot::Snapshot;
pub use status::{Damage, LogStatus, ReadOnlyReason};
pub use store::{
    BoxError, CommitBatch, CommitError, CreateLogError, Head, Heads, LogCommit, LogRecord,
    LogStore, NewLog, RetireError, Retirement, StoreError,
};
