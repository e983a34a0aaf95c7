//! Freezing a log for good, with or without a successor: an explicit act, after the full check of the log.

use std::sync::Arc;

use sigbox_tlog::{Hash, NoteSignError, Origin, OriginError, TreeSize, UnixMillis};

use crate::audit::{AuditError, AuditSubject, audit_log};
use crate::config::LogSetup;
use crate::engine::check_pins;
use crate::error::AppendError;
use crate::guard::{Guard, GuardError};
use crate::init::{InitError, new_log};
use crate::sequencer::batch::sign;
use crate::status::ReadOnlyReason;
use crate::store::{Head, LogStore, RetireError, Retirement, StoreError};

/// How a log ends.
pub struct Freeze<'a> {
    /// The log.
    pub log: &'a LogSetup,
    /// Extension lines of its final checkpoint; none: the checkpoint that it has stays as it is.
    pub extensions: Vec<String>,
    /// The log that takes over. It is created empty.
    pub successor: Option<&'a LogSetup>,
    /// The size of the guard, if the store is known to have lost what was signed after its own head.
    pub accept_rollback_from: Option<TreeSize>,
    /// The time.
    pub now: UnixMillis,
    /// Told how many entries were checked, of how many.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
}

/// Why a log was not frozen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FreezeError {
    /// There is no such log.
    #[error("there is no such log")]
    UnknownLog,
    /// The origin of a setup cannot stand in a checkpoint.
    #[error("the origin cannot stand in a checkpoint")]
    Origin(#[source] OriginError),
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Read(#[source] StoreError),
    /// The log was frozen before.
    #[error("the log is frozen already")]
    AlreadyFrozen,
    /// Origin or key are not the log's, or the guard has never seen it.
    #[error("the log does not take entries as it is")]
    Refused(#[source] ReadOnlyReason),
    /// The log is not in order, so that this head must not become its last one.
    #[error("the log is not sound")]
    NotSound(#[source] AuditError),
    /// The rollback that the operator accepts is not the one that was found.
    #[error(
        "the database is at size {database} and the guard at {guard}, accepted was a rollback from {accepted}"
    )]
    OtherRollback {
        /// Size of the stored head.
        database: TreeSize,
        /// Size in the guard.
        guard: TreeSize,
        /// Size that was named.
        accepted: TreeSize,
    },
    /// The final checkpoint could not be signed.
    #[error("the final checkpoint could not be signed")]
    Signer {
        /// What the signer said.
        #[source]
        source: Arc<NoteSignError>,
    },
    /// The signer returned a signature that its public key does not verify.
    #[error("the signer returned a signature that its public key does not verify")]
    WrongSignature,
    /// The successor cannot be made.
    #[error("the successor cannot be made")]
    Successor(#[source] InitError),
    /// The store refused or failed.
    #[error("the store did not freeze the log")]
    Retire(#[source] RetireError),
    /// The guard could not be read before or written after; the log is frozen in the latter case.
    #[error("the guard does not follow")]
    Guard(#[source] GuardError),
}

/// Freezes a log at its head and creates its successor, in one transaction; answers the last head.
///
/// The whole log is checked before (see [`audit_log`]): what it holds then, it holds for ever. The successor is empty: were
/// the process to end before the guard knows it, it opens all the same.
///
/// # Errors
/// [`FreezeError`]; nothing is changed but for [`FreezeError::Guard`] after the store succeeded.
pub async fn freeze_log(
    store: &dyn LogStore,
    guard: &dyn Guard,
    freeze: Freeze<'_>,
) -> Result<Head, FreezeError> {
    let setup = freeze.log;
    let records = store.logs().await.map_err(FreezeError::Read)?;
    let record = records.iter().find(|record| record.name == setup.name);
    check_pins(setup, record.ok_or(FreezeError::UnknownLog)?).map_err(FreezeError::Refused)?;
    let head = store.head(&setup.name).await.map_err(FreezeError::Read)?;
    let head = head.ok_or(FreezeError::UnknownLog)?;
    let mut state = guard
        .load()
        .map_err(FreezeError::Guard)?
        .unwrap_or_default();
    let known = state.get(&setup.name).copied();
    let rolled_back = is_accepted(&freeze, &head, known)?;
    if head.frozen.is_some() && !rolled_back {
        return Err(FreezeError::AlreadyFrozen);
    }
    let subject = AuditSubject {
        log: &setup.name,
        origin: &setup.origin,
        verifier: setup.verifier.as_ref(),
        guard: known.filter(|_| !rolled_back),
    };
    let audited = audit_log(store, &subject, freeze.progress).await;
    audited.map_err(FreezeError::NotSound)?;
    let last_head = if head.frozen.is_some() {
        // An earlier attempt ended before it told the guard.
        head
    } else {
        retire(store, &freeze, head).await?
    };
    state.insert(setup.name.clone(), (last_head.size, last_head.root));
    guard.store(&state).map_err(FreezeError::Guard)?;
    Ok(last_head)
}

/// Whether the guard is ahead of the store, by as much as the operator says.
fn is_accepted(
    freeze: &Freeze<'_>,
    head: &Head,
    known: Option<(TreeSize, Hash)>,
) -> Result<bool, FreezeError> {
    let guard = known.map_or(TreeSize(0), |(size, _)| size);
    match freeze.accept_rollback_from {
        Some(accepted) if accepted == guard && guard > head.size => Ok(true),
        Some(accepted) => Err(FreezeError::OtherRollback {
            database: head.size,
            guard,
            accepted,
        }),
        None if known.is_none() && head.size.0 > 0 => {
            Err(FreezeError::Refused(ReadOnlyReason::GuardMissing {
                size: head.size,
            }))
        }
        None => Ok(false),
    }
}

async fn retire(
    store: &dyn LogStore,
    freeze: &Freeze<'_>,
    head: Head,
) -> Result<Head, FreezeError> {
    let setup = freeze.log;
    let origin = Origin::parse_any(&setup.origin).map_err(FreezeError::Origin)?;
    // A clock that was set back does not end a log before its newest entry.
    let now = freeze.now.max(head.last_time);
    let successor = freeze.successor.map(|successor| {
        let origin = Origin::parse_any(&successor.origin).map_err(FreezeError::Origin)?;
        new_log(successor, &origin, None, now).map_err(FreezeError::Successor)
    });
    let mut last_head = head;
    if !freeze.extensions.is_empty() {
        let (size, root) = (last_head.size, last_head.root);
        let note = sign(setup, &origin, size, root, freeze.extensions.clone(), now);
        last_head.checkpoint = note.map_err(|error| match error {
            AppendError::Signer { source } => FreezeError::Signer { source },
            _ => FreezeError::WrongSignature,
        })?;
    }
    last_head.frozen = Some(now);
    let retirement = Retirement {
        log: setup.name.clone(),
        last_head,
        successor: successor.transpose()?,
    };
    store
        .retire(&retirement)
        .await
        .map_err(FreezeError::Retire)?;
    Ok(retirement.last_head)
}
