//! A guard whose writes fail as scripted.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use sigbox_log_engine::{Guard, GuardError, GuardState};

use tokio::sync::watch;

use super::{Broken, scripted_io};

/// Wraps a guard; counts its writes and breaks those the script names.
pub struct BreakGuard<G> {
    inner: G,
    script: Mutex<VecDeque<Broken>>,
    down: AtomicBool,
    /// Writes that came to their end.
    writes: watch::Sender<usize>,
}

impl<G: Guard> BreakGuard<G> {
    /// Wraps `inner`; nothing breaks yet.
    pub fn new(inner: G) -> Self {
        Self {
            inner,
            script: Mutex::default(),
            down: AtomicBool::new(false),
            writes: watch::Sender::new(0),
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
        *self.writes.borrow()
    }

    /// Waits until `count` writes were tried since the start.
    pub async fn written(&self, count: usize) {
        let mut writes = self.writes.subscribe();
        writes.wait_for(|writes| *writes >= count).await.unwrap();
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
        let broken = self.script.lock().unwrap().pop_front();
        let down = self.down.load(Ordering::SeqCst).then_some(Broken::Lost);
        let broken = broken.or(down);
        let stored = match broken {
            Some(Broken::Lost) => Ok(()),
            _ => self.inner.store(state),
        };
        self.writes.send_modify(|writes| *writes += 1);
        stored?;
        match broken {
            None => Ok(()),
            Some(_) => Err(GuardError::Write {
                path: PathBuf::from("guard"),
                source: scripted_io(),
            }),
        }
    }
}
