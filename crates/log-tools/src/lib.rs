//! The operator's tools of the logs: a full check, backups, and putting them back.
//!
//! What this crate is: what `rekor-lite` and `sigbox` do to logs that they do not serve. It reads beside a running server
//! and holds no signing key; the only thing it ever writes is a copy, and a database where none was. What it is not: it
//! repairs nothing. A log that is not sound is named, with the first thing that does not hold.
//!
//! ```text
//! instance   a data directory: which database, which guard, which keys are trusted
//! key        the verifier of a log's checkpoints, from a pinned or a given key
//! fsck       every log of a database derived anew          fsck/report   what was found, as text and JSON
//! tiles      the same for a log of which there are only tiles, over HTTP or in a directory
//! backup     one committed state of all logs, verified     restore       the way back, never behind the guard
//! cli        the flags and texts of both programs          meter         how far it is, on a terminal
//! ```

pub mod backup;
pub mod cli;
pub mod fsck;
pub mod instance;
pub mod key;
pub mod meter;
pub mod restore;
pub mod tiles;
