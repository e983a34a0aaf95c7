//! The harness of the end-to-end tests: a stack as a process, real peers, a recording proxy, a real browser.
//!
//! Errors are `anyhow`: a failed step ends the test, and the text says which.

mod binaries;
mod browser;
mod client;
pub mod matrix;
mod outcome;
pub mod peers;
mod proxy;
mod stack;

pub use binaries::{cosign, sigbox};
pub use browser::Browser;
pub use client::{Client, Promise, Tree, checkpoint, entry_request};
pub use outcome::{Outcome, run};
pub use proxy::RecordingProxy;
pub use stack::Stack;
