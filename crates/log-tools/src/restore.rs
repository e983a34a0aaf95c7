//! Puts a backup's logs where there are none, never behind what was signed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sigbox_log_engine::GuardState;
use sigbox_log_store::{CopyError, LockFile, StoreOpenError};
use sigbox_tlog::TreeSize;

use crate::backup::{DATABASE, copy_tree, parent, part, private_directory, sync_directory};
use crate::fsck::{self, Against, Expectations, Finding, Progress, Report};
use crate::instance::{Database, Instance, InstanceError, OpenError, Opened};

/// What SQLite and the lock keep beside a database.
const BESIDE: &[&str] = &["", "-wal", "-shm", "-journal"];

/// Logs that are back.
pub struct Restored {
    /// The data directory.
    pub directory: PathBuf,
    /// Its logs, all sound.
    pub report: Report,
    /// What the guard holds of them.
    pub guard: GuardState,
    /// Whether the directory has its signing keys.
    pub has_keys: bool,
}

/// A log whose copy is older than what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The log.
    pub log: String,
    /// Entries in the copy.
    pub backup: TreeSize,
    /// Entries that were signed.
    pub guard: TreeSize,
}

/// Why nothing was put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The data directory cannot be read.
    #[error("cannot restore into `{}`", directory.display())]
    Instance {
        /// The data directory.
        directory: PathBuf,
        /// What is wrong with it.
        #[source]
        source: InstanceError,
    },
    /// A file of logs makes no instance.
    #[error(
        "`{}` holds no instance: expected sigbox.toml there, or a backup that was made into a directory", directory.display()
    )]
    NoInstance {
        /// The data directory.
        directory: PathBuf,
    },
    /// The instance keeps its logs elsewhere.
    #[error(
        "the logs of this instance are in Postgres: expected them to be put back by the server's own means"
    )]
    Postgres,
    /// There are logs already.
    #[error("`{}` is there already; nothing is ever overwritten: move it away first, with its -wal and -shm", path.display())]
    Exists {
        /// The file that is in the way.
        path: PathBuf,
    },
    /// A process uses the directory.
    #[error(transparent)]
    Lock(#[from] StoreOpenError),
    /// The backup cannot be read.
    #[error("cannot read the backup")]
    Open(#[from] OpenError),
    /// It was not copied.
    #[error("cannot copy the logs")]
    Copy(#[from] CopyError),
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The backup cannot be checked.
    #[error("the backup is not sound")]
    Unreadable(#[source] Finding),
    /// The backup is not what was signed.
    #[error("log `{log}` of the backup is not sound")]
    NotSound {
        /// The log, or `file`.
        log: String,
        /// The first thing that does not hold.
        #[source]
        finding: Finding,
    },
    /// The backup is older than what was signed.
    #[error("rollback: {}", described(logs))]
    Rollback {
        /// The logs that would go back.
        logs: Vec<Behind>,
    },
}

fn described(logs: &[Behind]) -> String {
    let one = |log: &Behind| {
        format!(
            "log `{}` of the backup has {} entries, {} were signed",
            log.log, log.backup, log.guard
        )
    };
    logs.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Puts back the logs of `from`, a file or a directory that [`backup`](crate::backup::backup) made.
///
/// Into an instance without logs go the logs alone, and the guard decides. Into an absent or empty directory goes all
/// that a backup's directory holds; a guard is never part of it.
///
/// # Errors
/// [`RestoreError`]; the directory is as it was then.
pub async fn restore(
    from: &Path,
    directory: &Path,
    progress: Progress<'_>,
) -> Result<Restored, RestoreError> {
    let (whole, logs) = if from.is_dir() {
        (Some(from), from.join(DATABASE))
    } else {
        (None, from.to_owned())
    };
    if !is_absent_or_empty(directory) {
        return into_instance(&logs, directory, progress).await;
    }
    let whole = whole.filter(|whole| whole.join("sigbox.toml").is_file());
    let Some(whole) = whole else {
        return Err(RestoreError::NoInstance {
            directory: directory.into(),
        });
    };
    let place = parent(directory);
    let unfinished = tempfile::Builder::new()
        .prefix(".sigbox-restore-")
        .tempdir_in(place)
        .map_err(failed(place))?;
    let staging = unfinished.path().join("data");
    private_directory(&staging).map_err(failed(&staging))?;
    for name in ["sigbox.toml", "trust", "keys"] {
        let (source, copy) = (whole.join(name), staging.join(name));
        if source.exists() {
            copy_tree(&source, &copy).map_err(failed(&copy))?;
        }
    }
    let mut restored = into_instance(&logs, &staging, progress).await?;
    // The lock is taken anew where the directory is used.
    let _ = fs::remove_file(staging.join(format!("{DATABASE}.lock")));
    fs::rename(&staging, directory).map_err(failed(directory))?;
    sync_directory(place).map_err(failed(directory))?;
    directory.clone_into(&mut restored.directory);
    Ok(restored)
}

async fn into_instance(
    logs: &Path,
    directory: &Path,
    progress: Progress<'_>,
) -> Result<Restored, RestoreError> {
    if !directory.join("sigbox.toml").exists() {
        return Err(RestoreError::NoInstance {
            directory: directory.into(),
        });
    }
    let instance = Instance::read(directory).map_err(|source| RestoreError::Instance {
        directory: directory.into(),
        source,
    })?;
    let Database::Sqlite(database) = &instance.database else {
        return Err(RestoreError::Postgres);
    };
    let _lock = LockFile::take(database)?;
    for suffix in BESIDE {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        if fs::symlink_metadata(&path).is_ok() {
            return Err(RestoreError::Exists { path });
        }
    }
    let mut expectations = Expectations::of(&instance);
    expectations.guard_is_demanded = false;
    let guard = expectations.guard();
    let unfinished = part(database);
    // What a restore that was killed left.
    let _ = fs::remove_file(&unfinished);
    let checked = copy_and_check(logs, &unfinished, expectations, progress).await;
    let report = checked.inspect_err(|_| {
        let _ = fs::remove_file(&unfinished);
    })?;
    fs::rename(&unfinished, database).map_err(failed(database))?;
    sync_directory(directory).map_err(failed(database))?;
    Ok(Restored {
        directory: directory.to_owned(),
        report,
        guard,
        has_keys: directory.join("keys").is_dir(),
    })
}

/// Copies the backup to the place's own disk, and judges the copy: against the guard first.
async fn copy_and_check(
    logs: &Path,
    copy: &Path,
    expectations: Expectations,
    progress: Progress<'_>,
) -> Result<Report, RestoreError> {
    let opened = Database::Sqlite(logs.to_owned()).open().await?;
    if let Opened::Sqlite(reader) = &opened {
        reader.copy_to(copy).await?;
    }
    opened.store().close().await;
    if let Some(finding) = expectations.guard_fault() {
        let log = "guard".to_owned();
        return Err(RestoreError::NotSound { log, finding });
    }
    let copied = Database::Sqlite(copy.to_owned());
    let behind = behind(&copied, &expectations.guard()).await?;
    if !behind.is_empty() {
        return Err(RestoreError::Rollback { logs: behind });
    }
    let against = Against::Instance(expectations);
    let report = fsck::check(&copied, &against, progress).await;
    let report = report.map_err(RestoreError::Unreadable)?;
    match report.first_finding() {
        None => Ok(report),
        Some((log, finding)) => Err(RestoreError::NotSound {
            log: log.unwrap_or("file").to_owned(),
            finding: finding.clone(),
        }),
    }
}

/// The logs that the guard has seen larger; one that the copy lacks altogether counts as empty.
async fn behind(copy: &Database, guard: &GuardState) -> Result<Vec<Behind>, RestoreError> {
    let opened = copy.open().await?;
    let mut behind = Vec::new();
    for (log, (signed, _)) in guard {
        let head = opened.store().head(log).await;
        let head =
            head.map_err(|error| RestoreError::Unreadable(Finding::unreadable("head", &error)))?;
        let size = head.map_or(TreeSize(0), |head| head.size);
        if size < *signed {
            behind.push(Behind {
                log: log.to_string(),
                backup: size,
                guard: *signed,
            });
        }
    }
    opened.store().close().await;
    Ok(behind)
}

fn is_absent_or_empty(directory: &Path) -> bool {
    match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> RestoreError + use<> {
    let path = path.to_owned();
    |source| RestoreError::File { path, source }
}
