//! How far a long check is: one line on a terminal, gone at the end.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Writes to standard error if that is a terminal.
pub struct Meter {
    shown: bool,
    /// Whether a line stands there.
    dirty: AtomicBool,
    /// Hundredths of the log last written; a log is drawn at most a hundred times.
    last: AtomicU64,
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// Silent where there is no terminal.
    pub fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
            dirty: AtomicBool::new(false),
            last: AtomicU64::new(u64::MAX),
        }
    }

    /// A log is this far.
    pub fn tell(&self, log: &str, done: u64, of: u64) {
        let Some(hundredths) = done.saturating_mul(100).checked_div(of) else {
            return;
        };
        if !self.shown || self.last.swap(hundredths, Ordering::Relaxed) == hundredths {
            return;
        }
        let cells = usize::try_from(hundredths / 5).unwrap_or(20).min(20);
        let bar = format!("{}{}", "#".repeat(cells), ".".repeat(20 - cells));
        let line = format!("\r\x1b[K{log} [{bar}] {hundredths} % of {of} entries");
        self.dirty.store(true, Ordering::Relaxed);
        // A terminal that is gone needs no progress.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }

    /// Takes the line away.
    pub fn clear(&self) {
        if self.dirty.swap(false, Ordering::Relaxed) {
            let _ = std::io::stderr().write_all(b"\r\x1b[K");
        }
    }
}
