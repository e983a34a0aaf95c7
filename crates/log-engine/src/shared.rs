//! What the handle of a log and the sequencer share.

use std::sync::Arc;

use sigbox_tlog::Origin;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::config::LogSetup;
use crate::entry::Pending;
use crate::error::AppendError;
use crate::log::Appended;
use crate::snapshot::Snapshot;
use crate::status::{LogStatus, ReadOnlyReason};
use crate::store::LogStore;
use crate::tiles::TileReader;

/// An entry on its way, with the way back to who waits for it.
pub(crate) struct Item {
    pub(crate) pending: Pending,
    pub(crate) reply: oneshot::Sender<Result<Appended, AppendError>>,
}

impl Item {
    /// Answers; a waiter that went away does not matter, its entry is stored or not all the same.
    pub(crate) fn answer(self, result: Result<Appended, AppendError>) {
        let _ = self.reply.send(result);
    }
}

/// Shared by the handles of one log and the sequencer.
pub(crate) struct Shared {
    pub(crate) setup: LogSetup,
    pub(crate) origin: Origin,
    pub(crate) store: Arc<dyn LogStore>,
    pub(crate) tiles: TileReader,
    /// Written by the sequencer and by its answering tasks; never set back to writable.
    pub(crate) status: watch::Sender<LogStatus>,
    /// Written by the sequencer alone.
    pub(crate) snapshot: watch::Sender<Arc<Snapshot>>,
    pub(crate) queue: mpsc::Sender<Item>,
    /// Tells the sequencer that some queue is not empty.
    pub(crate) wake: Arc<Notify>,
}

impl Shared {
    pub(crate) fn published(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.borrow())
    }

    pub(crate) fn read_only(&self) -> Option<ReadOnlyReason> {
        match &*self.status.borrow() {
            LogStatus::Writable => None,
            LogStatus::ReadOnly(reason) => Some(reason.clone()),
        }
    }

    /// Stops writes for good; the first reason stays.
    pub(crate) fn freeze(&self, reason: ReadOnlyReason) {
        match reason {
            ReadOnlyReason::Frozen => tracing::info!(log = %self.setup.name, "{reason}"),
            _ => {
                tracing::error!(log = %self.setup.name, reason = %reason, "log stops: read-only: {reason}");
            }
        }
        self.status.send_if_modified(|status| match status {
            LogStatus::Writable => {
                *status = LogStatus::ReadOnly(reason);
                true
            }
            LogStatus::ReadOnly(_) => false,
        });
    }
}
