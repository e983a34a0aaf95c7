//! The service as its handlers see it.

use std::sync::Arc;

use sigbox_log_engine::{AppendError, Appended, Log, LogStatus, Outcome};

use crate::config::{DuplicatePolicy, RekorConfig};
use crate::entry::CanonicalEntry;
use crate::problem::Problem;

/// New entries, named as upstream names them.
///
/// Source: rekor-tiles `internal/server/metrics.go`.
const NEW_ENTRIES: &str = "rekor_v2_new_hashedrekord_entries";

/// One Rekor v2 log with its configuration; cheap to clone.
#[derive(Clone)]
pub struct Rekor {
    inner: Arc<Inner>,
}

struct Inner {
    log: Log,
    origin: String,
    log_id: [u8; 32],
    config: RekorConfig,
}

impl Rekor {
    /// The service over `log`, whose checkpoints bear `origin` (a bare host name) and whose full key ID is `log_id`.
    ///
    /// `log_id` is what `sigbox_crypto::rekor_v2_log_id` makes of the origin and the log's key; it goes into every
    /// answer and has to be the `logId` of the trusted root.
    pub fn new(log: Log, origin: String, log_id: [u8; 32], config: RekorConfig) -> Self {
        Self {
            inner: Arc::new(Inner {
                log,
                origin,
                log_id,
                config,
            }),
        }
    }

    /// The log behind the service.
    pub fn log(&self) -> &Log {
        &self.inner.log
    }

    /// The first line of the checkpoints.
    pub fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// The log's key ID, all 32 bytes.
    pub fn log_id(&self) -> &[u8; 32] {
        &self.inner.log_id
    }

    /// The choices of the operator.
    pub fn config(&self) -> &RekorConfig {
        &self.inner.config
    }

    /// Refuses at once what the log would refuse after all the work on the request.
    pub(crate) fn check_writable(&self) -> Result<(), Problem> {
        match self.inner.log.status() {
            LogStatus::Writable => Ok(()),
            LogStatus::ReadOnly(reason) => Err(AppendError::ReadOnly(reason).into()),
        }
    }

    /// Gives an entry its place in the log and waits until a durable checkpoint covers it.
    pub(crate) async fn append(&self, entry: CanonicalEntry) -> Result<Appended, Problem> {
        let appended = self.inner.log.append(entry.into_pending()).await?;
        match (appended.outcome, self.inner.config.duplicates) {
            (Outcome::New, _) => metrics::counter!(NEW_ENTRIES).increment(1),
            (Outcome::Duplicate, DuplicatePolicy::ReturnExisting) => {}
            (Outcome::Duplicate, DuplicatePolicy::Conflict) => {
                return Err(Problem::duplicate(appended.entry.index));
            }
        }
        Ok(appended)
    }
}
