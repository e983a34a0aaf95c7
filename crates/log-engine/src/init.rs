//! Creating a log: an explicit act, never a side effect of opening.

use std::sync::Arc;

use sigbox_tlog::{LeafIndex, TreeSize};
use sigbox_tlog::{NoteSignError, Origin, OriginError, TileEdge, UnixMillis, empty_root};

use crate::config::LogSetup;
use crate::entry::{LeafError, Pending};
use crate::error::AppendError;
use crate::guard::{Guard, GuardError};
use crate::sequencer::batch::{BuildError, grow, make_entry, sign};
use crate::store::{CreateLogError, Head, LogStore, NewLog};

/// Why a log was not created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// The origin cannot stand in a checkpoint.
    #[error("the origin cannot stand in a checkpoint")]
    Origin(#[source] OriginError),
    /// The first entry cannot become a leaf.
    #[error("the first entry cannot become a leaf")]
    Leaf(#[source] LeafError),
    /// The first checkpoint could not be signed.
    #[error("the first checkpoint could not be signed")]
    Signer {
        /// What the signer said.
        #[source]
        source: Arc<NoteSignError>,
    },
    /// The signer returned a signature that its public key does not verify.
    #[error("the signer returned a signature that its public key does not verify")]
    WrongSignature,
    /// The tree in memory and the one derived anew differ.
    #[error("the first tree could not be derived anew")]
    NotRederived,
    /// The store refused or failed.
    #[error("the store did not create the log")]
    Create(#[source] CreateLogError),
    /// The guard could not be read before or written after; the log is there in the latter case.
    #[error("the guard does not follow")]
    Guard(#[source] GuardError),
}

/// Creates a log in `store` with a signed checkpoint of size 0, or of size 1 over `first`, and tells the guard.
///
/// # Errors
/// [`InitError`]; nothing is created but for [`InitError::Guard`] after the store succeeded.
pub async fn init_log(
    store: &dyn LogStore,
    guard: &dyn Guard,
    setup: &LogSetup,
    first: Option<Pending>,
    now: UnixMillis,
) -> Result<Head, InitError> {
    let origin = Origin::parse_any(&setup.origin).map_err(InitError::Origin)?;
    let mut state = guard.load().map_err(InitError::Guard)?.unwrap_or_default();
    let log = new_log(setup, &origin, first, now)?;
    store.create_log(&log).await.map_err(InitError::Create)?;
    state.insert(setup.name.clone(), (log.head.size, log.head.root));
    guard.store(&state).map_err(InitError::Guard)?;
    Ok(log.head)
}

pub(crate) fn new_log(
    setup: &LogSetup,
    origin: &Origin,
    first: Option<Pending>,
    now: UnixMillis,
) -> Result<NewLog, InitError> {
    let (size, root) = (TreeSize(0), empty_root());
    let checkpoint = sign(setup, origin, size, root, Vec::new(), now).map_err(unsigned)?;
    let mut head = Head {
        size,
        root,
        frontier: Vec::new(),
        checkpoint,
        last_time: now,
        frozen: None,
    };
    let mut entries = Vec::new();
    if let Some(pending) = first {
        let entry = make_entry(setup.format.as_ref(), &pending, LeafIndex(0), now)
            .map_err(InitError::Leaf)?;
        let grown = grow(setup, origin, &TileEdge::new(), &head, vec![entry], now);
        let signed = grown.map_err(|error| match error {
            BuildError::Batch(error) => unsigned(error),
            BuildError::Freeze(_) => InitError::NotRederived,
        })?;
        head = signed.commit.new_head;
        entries = signed.commit.entries;
    }
    let (name, origin) = (setup.name.clone(), setup.origin.clone());
    Ok(NewLog {
        name,
        origin,
        public_key_spki: setup.public_key_spki.clone(),
        head,
        entries,
    })
}

fn unsigned(error: AppendError) -> InitError {
    match error {
        AppendError::Signer { source } => InitError::Signer { source },
        _ => InitError::WrongSignature,
    }
}
