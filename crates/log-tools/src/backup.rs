//! One committed state of all logs of an instance, verified before it has its name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sigbox_log_store::CopyError;

use crate::fsck::{self, Against, Expectations, Finding, Progress, Report};
use crate::instance::{Database, Instance, OpenError, Opened};

/// What is copied beside the logs into a directory.
const PUBLIC_FILES: &[&str] = &["sigbox.toml", "trust"];
/// What is copied when it is asked for.
const SECRET_FILES: &[&str] = &["keys"];
/// The logs' name in an instance and in a directory of a backup.
pub(crate) const DATABASE: &str = "sigbox.db";

/// What to make.
pub struct BackupRequest<'a> {
    /// The instance.
    pub instance: &'a Instance,
    /// A new file, for the logs alone; or a directory, in which a new one is made for logs, configuration and trust files.
    pub to: &'a Path,
    /// The signing keys as well.
    pub with_keys: bool,
    /// Now, for the name of the directory.
    pub now: Timestamp,
}

/// A backup that is there.
pub struct Backup {
    /// The file or directory.
    pub path: PathBuf,
    /// Its logs, all sound.
    pub report: Report,
    /// Whether signing keys are in it.
    pub has_keys: bool,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The logs are not in a file.
    #[error(
        "the logs of this instance are in Postgres: expected a backup by the server's own means, pg_dump or continuous archiving; \
         `fsck --database URL` verifies the copy"
    )]
    Postgres,
    /// Keys do not go into a file of logs.
    #[error("--with-keys: expected --to DIRECTORY, found a file name; a file holds the logs alone")]
    KeysInFile,
    /// Something is there already.
    #[error("`{}` is there already; nothing is ever overwritten", path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// The database cannot be read.
    #[error("cannot read the logs")]
    Open(#[from] OpenError),
    /// It was not copied.
    #[error("cannot copy the logs")]
    Copy(#[from] CopyError),
    /// A file cannot be copied.
    #[error("cannot copy to `{}`", path.display())]
    File {
        /// The copy.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The copy cannot be checked.
    #[error("the copy is not sound, and was removed")]
    Unreadable(#[source] Finding),
    /// The copy is not what was signed, because the logs themselves are not.
    #[error(
        "the copy of log `{log}` is not sound, and was removed; `fsck` tells whether the log is"
    )]
    NotSound {
        /// The log, or `file`.
        log: String,
        /// The first thing that does not hold.
        #[source]
        finding: Finding,
    },
}

/// Makes a backup beside a running server.
///
/// # Errors
/// [`BackupError`]; nothing is left behind then.
pub async fn backup(
    request: &BackupRequest<'_>,
    progress: Progress<'_>,
) -> Result<Backup, BackupError> {
    let Database::Sqlite(database) = &request.instance.database else {
        return Err(BackupError::Postgres);
    };
    // The guard follows the database, so what it holds now is in the copy.
    let expectations = Expectations::of(request.instance);
    if request.to.is_dir() {
        let stamp = request.now.strftime("%Y%m%dT%H%M%SZ");
        let path = request.to.join(format!("sigbox-{stamp}"));
        refuse_present(&path)?;
        let unfinished = tempfile::Builder::new()
            .prefix(".sigbox-backup-")
            .tempdir_in(request.to)
            .map_err(failed(request.to))?;
        let staging = unfinished.path().join("backup");
        private_directory(&staging).map_err(failed(&staging))?;
        copy_files(request, &staging)?;
        let copy = staging.join(DATABASE);
        let report = copy_logs(database, &copy, expectations, progress).await?;
        fs::rename(&staging, &path).map_err(failed(&path))?;
        sync_directory(request.to).map_err(failed(&path))?;
        return Ok(Backup {
            path,
            report,
            has_keys: request.with_keys,
        });
    }
    if request.with_keys {
        return Err(BackupError::KeysInFile);
    }
    refuse_present(request.to)?;
    let unfinished = part(request.to);
    let copied = copy_logs(database, &unfinished, expectations, progress).await;
    let report = copied.inspect_err(|error| {
        // A file that was there before is not ours to remove.
        if !matches!(error, BackupError::Copy(CopyError::Exists { .. })) {
            let _ = fs::remove_file(&unfinished);
        }
    })?;
    fs::rename(&unfinished, request.to).map_err(failed(request.to))?;
    sync_directory(parent(request.to)).map_err(failed(request.to))?;
    Ok(Backup {
        path: request.to.to_owned(),
        report,
        has_keys: false,
    })
}

/// Copies the logs and derives every one of them anew from the copy.
async fn copy_logs(
    database: &Path,
    copy: &Path,
    mut expectations: Expectations,
    progress: Progress<'_>,
) -> Result<Report, BackupError> {
    let opened = Database::Sqlite(database.to_owned()).open().await?;
    if let Opened::Sqlite(reader) = &opened {
        reader.copy_to(copy).await?;
    }
    opened.store().close().await;
    // An instance that lost its guard needs a backup all the more.
    expectations.guard_is_demanded = false;
    let against = Against::Instance(expectations);
    let report = fsck::check(&Database::Sqlite(copy.to_owned()), &against, progress).await;
    let report = report.map_err(BackupError::Unreadable)?;
    match report.first_finding() {
        None => Ok(report),
        Some((log, finding)) => Err(BackupError::NotSound {
            log: log.unwrap_or("file").to_owned(),
            finding: finding.clone(),
        }),
    }
}

fn copy_files(request: &BackupRequest<'_>, to: &Path) -> Result<(), BackupError> {
    let secret = if request.with_keys { SECRET_FILES } else { &[] };
    for name in PUBLIC_FILES.iter().chain(secret) {
        let copy = to.join(name);
        copy_tree(&request.instance.directory.join(name), &copy).map_err(failed(&copy))?;
    }
    Ok(())
}

/// Copies a file (mode 0600) or a directory of files (0700), each synced. What is neither is left out.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    if metadata.is_dir() {
        private_directory(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_tree(&entry.path(), &to.join(entry.file_name()))?;
        }
        return sync_directory(to);
    }
    if metadata.is_file() {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut copy = options.open(to)?;
        io::copy(&mut fs::File::open(from)?, &mut copy)?;
        copy.sync_all()?;
    }
    Ok(())
}

/// Makes a directory for its owner only.
pub(crate) fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes the names in a directory survive power loss.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

/// The directory that a path is in.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The name of a copy that is not finished.
pub(crate) fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn refuse_present(path: &Path) -> Result<(), BackupError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(BackupError::Exists { path: path.into() }),
        Err(_) => Ok(()),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    |source| BackupError::File { path, source }
}
