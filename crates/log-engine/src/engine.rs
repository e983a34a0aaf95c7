//! The engine: several logs, one sequencer.

use std::collections::BTreeMap;
use std::sync::Arc;

use sigbox_tlog::Origin;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::config::{Clock, EngineConfig, LogSetup};
use crate::error::OpenError;
use crate::guard::Guard;
use crate::log::Log;
use crate::name::LogName;
use crate::recover::{LoadError, Loaded, load};
use crate::recover_guard::{GuardCheck, LoadedGuard};
use crate::sequencer::guard_keeper::GuardKeeper;
use crate::sequencer::{Sequencer, Writer};
use crate::shared::Shared;
use crate::snapshot::Snapshot;
use crate::status::{LogStatus, ReadOnlyReason};
use crate::store::{LogRecord, LogStore};
use crate::tiles::TileReader;

/// Several logs in one store, with the task that sequences them.
///
/// Dropping it stops the task after the queues are drained; [`Engine::shutdown`] also waits for that.
pub struct Engine {
    logs: BTreeMap<LogName, Log>,
    store: Arc<dyn LogStore>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Engine {
    /// Opens the logs of `setups`, each after its self-check, and starts the sequencer.
    ///
    /// A log that fails the self-check or contradicts the guard opens read-only with its reason; ask
    /// [`Log::status`]. Must run inside a tokio runtime with time enabled.
    ///
    /// # Errors
    /// [`OpenError`] if a log was never created, its head cannot be read, or the guard knows a log that the store does not.
    pub async fn open(
        store: Arc<dyn LogStore>,
        guard: Arc<dyn Guard>,
        clock: Clock,
        setups: Vec<LogSetup>,
        config: EngineConfig,
    ) -> Result<Self, OpenError> {
        let records = store
            .logs()
            .await
            .map_err(|source| OpenError::Store { source })?;
        let mut guard_state = LoadedGuard::load(guard.as_ref(), &setups, &config);
        let held = |name: &LogName| records.iter().any(|record| record.name == *name);
        if let Some(log) = guard_state.state.keys().find(|name| !held(name)) {
            return Err(OpenError::LostLog { log: log.clone() });
        }
        let wake = Arc::new(Notify::new());
        let mut logs = BTreeMap::new();
        let mut writers = Vec::new();
        for setup in setups {
            let name = setup.name.clone();
            let writer =
                open_log(&store, setup, &records, &mut guard_state, &config, &wake).await?;
            if logs
                .insert(name.clone(), Log::new(Arc::clone(&writer.shared)))
                .is_some()
            {
                return Err(OpenError::DuplicateSetup { log: name });
            }
            writers.push(writer);
        }
        let (stop, stopped) = oneshot::channel();
        let sequencer = Sequencer {
            heads: store.heads(),
            store: Arc::clone(&store),
            clock,
            batch_max: config.batch_max.max(1),
            writers,
            guard: keeper(guard, guard_state, &config).await,
            wake,
            stop: stopped,
            answers: JoinSet::new(),
        };
        Ok(Self {
            task: spawn(sequencer),
            logs,
            store,
            stop,
        })
    }

    /// The log of this name.
    pub fn log(&self, name: &str) -> Option<Log> {
        self.logs.get(name).cloned()
    }

    /// All logs, by name.
    pub fn logs(&self) -> impl Iterator<Item = &Log> {
        self.logs.values()
    }

    /// Takes no more entries, sequences and answers those that wait, writes the guard and closes the store.
    pub async fn shutdown(self) {
        drop(self.stop);
        if self.task.await.is_err() {
            tracing::error!("the sequencer was broken off before its queues were drained");
        }
        self.store.close().await;
    }
}

async fn open_log(
    store: &Arc<dyn LogStore>,
    setup: LogSetup,
    records: &[LogRecord],
    guard: &mut LoadedGuard,
    config: &EngineConfig,
    wake: &Arc<Notify>,
) -> Result<Writer, OpenError> {
    let name = setup.name.clone();
    let origin = Origin::parse_any(&setup.origin).map_err(|source| OpenError::Origin {
        log: name.clone(),
        source,
    })?;
    let record = records.iter().find(|record| record.name == name);
    let record = record.ok_or_else(|| OpenError::UnknownLog { log: name.clone() })?;
    let loaded = load(&setup, &origin, store.as_ref())
        .await
        .map_err(|error| match error {
            LoadError::UnknownLog => OpenError::UnknownLog { log: name.clone() },
            LoadError::Store { source } => OpenError::Store { source },
        })?;
    let Loaded { head, edge, fault } = loaded;
    let edge = edge.map(Arc::new);
    let snapshot = Snapshot::of(&head, edge.clone());
    let tiles = TileReader::new(Arc::clone(store), name.clone(), config.tile_cache);
    let mut fault = check_pins(&setup, record).err().or(fault);
    if fault.is_none() {
        let check = GuardCheck {
            name: &name,
            tiles: &tiles,
            snapshot: &snapshot,
        };
        fault = guard.check(check).await.err();
    }
    if fault.is_none() && head.frozen.is_some() {
        fault = Some(ReadOnlyReason::Frozen);
    }
    let status = match fault {
        None => LogStatus::Writable,
        Some(ReadOnlyReason::Frozen) => LogStatus::ReadOnly(ReadOnlyReason::Frozen),
        Some(reason) => {
            tracing::error!(log = %name, %reason, "log opens read-only: {reason}");
            LogStatus::ReadOnly(reason)
        }
    };
    tracing::info!(log = %name, size = head.size.0, writable = matches!(status, LogStatus::Writable), "log opened");
    let (queue, receiver) = mpsc::channel(config.queue.max(1));
    let shared = Shared {
        setup,
        origin,
        store: Arc::clone(store),
        tiles,
        status: watch::Sender::new(status),
        snapshot: watch::Sender::new(Arc::new(snapshot)),
        queue,
        wake: Arc::clone(wake),
    };
    Ok(Writer::new(
        Arc::new(shared),
        receiver,
        edge.unwrap_or_default(),
        head,
    ))
}

/// Compares identity and key with what was pinned when the log was created.
pub(crate) fn check_pins(setup: &LogSetup, record: &LogRecord) -> Result<(), ReadOnlyReason> {
    if setup.origin != record.origin {
        return Err(ReadOnlyReason::OriginChanged {
            pinned: record.origin.clone(),
            configured: setup.origin.clone(),
        });
    }
    if setup.public_key_spki != record.public_key_spki {
        return Err(ReadOnlyReason::KeyChanged);
    }
    Ok(())
}

/// Starts the guard's keeper; what the guard lacks after a crash is written at once.
async fn keeper(guard: Arc<dyn Guard>, loaded: LoadedGuard, config: &EngineConfig) -> GuardKeeper {
    let LoadedGuard { state, raised, .. } = loaded;
    let mut keeper = GuardKeeper::new(guard, state, config.guard_interval, config.guard_lag_max);
    for (name, (size, root)) in raised {
        keeper.record(&name, size, root);
    }
    keeper.finish().await;
    keeper
}

/// Runs the sequencer, and freezes the logs if it should ever break off.
fn spawn(sequencer: Sequencer) -> JoinHandle<()> {
    let logs: Vec<Arc<Shared>> = sequencer
        .writers
        .iter()
        .map(|writer| Arc::clone(&writer.shared))
        .collect();
    tokio::spawn(async move {
        if tokio::spawn(sequencer.run()).await.is_err() {
            for log in logs {
                log.freeze(ReadOnlyReason::SequencerBroken);
            }
        }
    })
}
