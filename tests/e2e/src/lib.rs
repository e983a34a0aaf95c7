//! The harness of the end-to-end tests: a stack as a process, real peers, a recording proxy, a real browser.
//!
//! Errors are `anyhow`: a failed step ends the test, and the text says which.

mod binaries;
mod browser;
mod client;
mod front;
mod image_scene;
pub mod images;
pub mod login;
pub mod matrix;
mod outcome;
pub mod peers;
mod proxy;
mod registry_process;
mod registry_transport;
mod stack;
mod swarm;

pub use binaries::{cosign, rekor_lite, sigbox};
pub use browser::Browser;
pub use client::{Client, Promise, Tree, checkpoint, entry_request};
pub use front::{Asked, Front};
pub use image_scene::ImageScene;
pub use outcome::{Outcome, run};
pub use proxy::RecordingProxy;
pub use registry_process::RegistryProcess;
pub use registry_transport::RegistryTransport;
pub use stack::Stack;
pub use swarm::{Swarm, Tally};
