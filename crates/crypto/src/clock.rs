//! Time as a parameter: this crate never reads a clock.

use std::sync::Arc;

/// Where a service takes the time from; only binaries put the system's clock in.
pub type Clock = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;
