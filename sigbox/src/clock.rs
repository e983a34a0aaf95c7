//! The one place of this program that reads the system clock.

use std::sync::Arc;

use jiff::Timestamp;
use sigbox_tlog::UnixMillis;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "a binary's wiring reads the clock and hands it down"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The clock of the services.
pub(crate) fn clock() -> sigbox_crypto::Clock {
    Arc::new(now)
}

/// The clock of the logs: milliseconds, as their leaves hold them.
pub(crate) fn log_clock() -> sigbox_log_engine::Clock {
    Arc::new(|| millis(now()))
}

/// A time as the logs count it; before 1970 is 1970.
pub(crate) fn millis(time: Timestamp) -> UnixMillis {
    UnixMillis(u64::try_from(time.as_millisecond()).unwrap_or(0))
}
