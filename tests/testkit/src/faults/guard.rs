//! A guard whose writes fail as scripted.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sigbox_log_engine::{Guard, GuardError, GuardState};

use super::{Broken, scripted_io};

/// Wraps a guard; counts its writes and breaks those the script names.
pub struct BreakGuard<G> {
    inner: G,
    script: Mutex<VecDeque<Broken>>,
    down: AtomicBool,
    writes: AtomicUsize,
}

impl<G: Guard> BreakGuard<G> {
    /// Wraps `inner`; nothing breaks yet.
    pub fn new(inner: G) -> Self {
        Self {
            inner,
            script: Mutex::default(),
            down: AtomicBool::new(false),
            writes: AtomicUsize::new(0),
        }
    }

    /// Breaks the next write that is not scripted yet.
    pub fn break_next(&self, broken: Broken) {
        self.script.lock().unwrap().push_back(broken);
    }

    /// Makes every write fail from now on, or none.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// Writes tried so far.
    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// What the wrapped guard holds.
    pub fn stored(&self) -> GuardState {
        self.inner.load().unwrap().unwrap_or_default()
    }
}

impl<G: Guard> Guard for BreakGuard<G> {
    fn load(&self) -> Result<Option<GuardState>, GuardError> {
        self.inner.load()
    }

    fn store(&self, state: &GuardState) -> Result<(), GuardError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let broken = self.script.lock().unwrap().pop_front();
        let down = self.down.load(Ordering::SeqCst).then_some(Broken::Lost);
        let broken = broken.or(down);
        if broken != Some(Broken::Lost) {
            self.inner.store(state)?;
        }
        match broken {
            None => Ok(()),
            Some(_) => Err(GuardError::Write {
                path: PathBuf::from("guard"),
                source: scripted_io(),
            }),
        }
    }
}
