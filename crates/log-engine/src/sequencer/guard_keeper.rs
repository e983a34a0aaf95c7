//! Keeps the guard close behind the heads.

use std::sync::Arc;
use std::time::Duration;

use sigbox_tlog::{Hash, TreeSize};
use tokio::time::Instant;

use crate::error::AppendError;
use crate::guard::{Guard, GuardError, GuardState};
use crate::name::LogName;

/// Owns the guard; used by the sequencer alone, so that writes never overlap.
pub(crate) struct GuardKeeper {
    guard: Arc<dyn Guard>,
    state: GuardState,
    interval: Duration,
    lag_max: Duration,
    last_write: Option<Instant>,
    /// Since when the oldest head that the guard does not hold is committed.
    behind_since: Option<Instant>,
    /// The last attempt, if it failed.
    failure: Option<(Instant, Arc<GuardError>)>,
}

impl GuardKeeper {
    pub(crate) fn new(
        guard: Arc<dyn Guard>,
        state: GuardState,
        interval: Duration,
        lag_max: Duration,
    ) -> Self {
        Self {
            guard,
            state,
            interval,
            lag_max,
            last_write: None,
            behind_since: None,
            failure: None,
        }
    }

    /// Takes note of a committed head.
    pub(crate) fn record(&mut self, log: &LogName, size: TreeSize, root: Hash) {
        if self.state.get(log) != Some(&(size, root)) {
            self.state.insert(log.clone(), (size, root));
            self.behind_since.get_or_insert_with(Instant::now);
        }
    }

    /// After a commit: writes if the last write is old enough; then tells whether answers may leave.
    pub(crate) async fn follow(&mut self) -> Result<(), AppendError> {
        if self.due().is_some_and(|due| due <= Instant::now()) {
            self.write().await;
        }
        self.within_lag()
    }

    /// Before a batch: a write that failed has to succeed first, or nothing more is signed.
    pub(crate) async fn settle(&mut self) -> Result<(), AppendError> {
        if self.failure.is_some() || self.within_lag().is_err() {
            self.write().await;
        }
        match &self.failure {
            None => self.within_lag(),
            Some((_, source)) => Err(self.behind(source)),
        }
    }

    /// Writes what is missing, at shutdown.
    pub(crate) async fn finish(&mut self) {
        if self.behind_since.is_some() {
            self.write().await;
        }
    }

    /// Waits for the moment of the next write and makes it; for ever if the guard holds everything.
    ///
    /// Cancelling while it waits loses nothing.
    pub(crate) async fn wait_due(&self) {
        match self.due() {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    pub(crate) async fn write(&mut self) {
        let (guard, state) = (Arc::clone(&self.guard), self.state.clone());
        let stored = tokio::task::spawn_blocking(move || guard.store(&state)).await;
        let now = Instant::now();
        match stored.unwrap_or(Err(GuardError::BrokenOff)) {
            Ok(()) => {
                self.last_write = Some(now);
                self.behind_since = None;
                self.failure = None;
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the guard cannot be written: {error}"
                );
                self.failure = Some((now, Arc::new(error)));
            }
        }
    }

    fn due(&self) -> Option<Instant> {
        let since = self.behind_since?;
        match (&self.failure, self.last_write) {
            (Some((failed, _)), _) => Some(*failed + self.interval),
            (None, Some(last)) => Some((last + self.interval).min(since + self.lag_max)),
            (None, None) => Some(since),
        }
    }

    fn within_lag(&self) -> Result<(), AppendError> {
        match (&self.failure, self.lag() <= self.lag_max) {
            (_, true) => Ok(()),
            (Some((_, source)), false) => Err(self.behind(source)),
            (None, false) => Err(self.behind(&Arc::new(GuardError::BrokenOff))),
        }
    }

    fn behind(&self, source: &Arc<GuardError>) -> AppendError {
        AppendError::GuardBehind {
            lag: self.lag(),
            source: Arc::clone(source),
        }
    }

    fn lag(&self) -> Duration {
        self.behind_since
            .map_or(Duration::ZERO, |since| since.elapsed())
    }
}
