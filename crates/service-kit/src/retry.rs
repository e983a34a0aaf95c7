//! `Retry-After` with jitter: clients that were refused together do not come back together.

use axum::response::Response;
use http::header::{HeaderValue, RETRY_AFTER};
use rand::{Rng, RngExt};

/// How long a refused client is asked to stay away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter {
    /// The shortest wait, in seconds.
    pub least_seconds: u32,
    /// The longest wait, in seconds; below `least_seconds` it counts as equal to it.
    pub most_seconds: u32,
}

impl RetryAfter {
    /// Between `seconds` and twice as many.
    pub const fn around(seconds: u32) -> Self {
        Self {
            least_seconds: seconds,
            most_seconds: seconds.saturating_mul(2),
        }
    }

    /// Draws a wait, in seconds, evenly from the range.
    pub fn draw(self, random: &mut impl Rng) -> u32 {
        random.random_range(self.least_seconds..=self.most_seconds.max(self.least_seconds))
    }
}

/// Sets `Retry-After` on `response` to a wait drawn from `wait`.
pub fn retry_after(response: Response, wait: RetryAfter) -> Response {
    let seconds = wait.draw(&mut rand::rng());
    crate::respond::with_header(response, RETRY_AFTER, HeaderValue::from(seconds))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
mod tests;
