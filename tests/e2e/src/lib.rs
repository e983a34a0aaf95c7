//! The harness of the end-to-end tests: a stack as a process, real peers, a recording proxy.
//!
//! Errors are `anyhow`: a failed step ends the test, and the text says which.

mod binaries;
mod client;
mod outcome;
pub mod peers;
mod proxy;
mod stack;

pub use binaries::{cosign, sigbox};
pub use client::{Client, Promise, checkpoint, consistent, entry_request};
pub use outcome::{Outcome, run};
pub use proxy::RecordingProxy;
pub use stack::Stack;
