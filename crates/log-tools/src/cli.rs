//! The command lines of both programs: flags, texts, exit codes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::backup::{BackupRequest, backup};
use crate::fsck::{self, Against, Expectations, Report};
use crate::instance::{Database, Instance};
use crate::key::GivenKey;
use crate::meter::Meter;
use crate::restore::{RestoreError, Restored, restore};
use crate::tiles::{self, TileSource};

/// What stands under the help of `fsck`, for the program of this name.
#[macro_export]
macro_rules! fsck_examples {
    ($program:literal) => {
        concat!(
            "Exit code 0 when everything holds, 1 otherwise. Nothing is changed; a server may run meanwhile.\n\nExamples:\n  ",
            $program,
            " fsck --data /srv/sigbox\n  ",
            $program,
            " fsck --database backup.db                  a backup by itself\n  ",
            $program,
            " fsck --database postgres://sigbox@db.example/sigbox --output json\n  ",
            $program,
            " fsck --tiles https://log.example --origin log.example --key log.pub"
        )
    };
}

/// What stands under the help of `backup`.
#[macro_export]
macro_rules! backup_examples {
    ($program:literal) => {
        concat!(
            "A server may run meanwhile. The guard is never part of a backup: it tells an old one from the newest.\n\nExamples:\n  ",
            $program,
            " backup --data /srv/sigbox --to /backup/sigbox.db     the logs, as one file\n  ",
            $program,
            " backup --data /srv/sigbox --to /backup               a new directory there, with configuration and trust files"
        )
    };
}

/// What stands under the help of `restore`.
#[macro_export]
macro_rules! restore_examples {
    ($program:literal) => {
        concat!(
            "A backup that is older than what the guard has seen signed is refused: a log that went on from it would contradict \
             itself.\n\nExamples:\n  ",
            $program,
            " restore /backup/sigbox.db --data /srv/sigbox                   the logs of an instance that lost them\n  ",
            $program,
            " restore /backup/sigbox-20261124T180000Z --data /srv/sigbox     all of it, into a new directory"
        )
    };
}

/// `fsck`.
#[derive(Debug, Args)]
pub struct FsckArgs {
    /// Data directory: its logs, compared with its guard and the keys that it trusts
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A SQLite file or a Postgres URL; beside --data, where the logs of that instance are
    #[arg(
        long,
        value_name = "FILE|URL",
        hide_env_values = true,
        conflicts_with = "tiles"
    )]
    pub database: Option<String>,
    /// Tiles of any log of C2SP tlog-tiles, over HTTP or in a directory
    #[arg(
        long,
        value_name = "URL|DIR",
        requires = "key",
        conflicts_with = "data"
    )]
    pub tiles: Option<String>,
    /// Origin of the log of --tiles [default: the name in the key, if it has one]
    #[arg(long, value_name = "ORIGIN", requires = "tiles")]
    pub origin: Option<String>,
    /// Public key of the log of --tiles: PEM, or NAME+HASH+KEY as C2SP signed-note has it
    #[arg(long, value_name = "FILE", requires = "tiles")]
    pub key: Option<PathBuf>,
    /// Form of the report on stdout
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

/// `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A new file for the logs, or a directory in which a new one is made for logs, configuration and trust files
    #[arg(long, value_name = "FILE|DIR")]
    pub to: PathBuf,
    /// Put the signing keys into it as well; without, keep them elsewhere
    #[arg(long)]
    pub with_keys: bool,
}

/// `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup: a file or a directory
    #[arg(value_name = "BACKUP")]
    pub from: PathBuf,
    /// Data directory: an instance without logs, or absent or empty for a backup that is a directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For a person.
    Text,
    /// JSON.
    Json,
}

impl FsckArgs {
    /// Whether neither a directory nor anything else to check was named.
    pub fn names_nothing(&self) -> bool {
        self.data.is_none() && self.database.is_none() && self.tiles.is_none()
    }

    /// Checks, prints the report and tells by the exit code whether everything holds.
    ///
    /// # Errors
    /// When there is nothing to check, or it cannot be read at all.
    pub async fn run(&self) -> Result<ExitCode> {
        let meter = Meter::new();
        let progress = |log: &str, done, of| meter.tell(log, done, of);
        let report = self.check(&progress).await;
        meter.clear();
        let report = report?;
        say(&match self.output {
            Output::Text => report.to_text(),
            Output::Json => serde_json::to_string_pretty(&report.to_json())? + "\n",
        });
        Ok(if report.is_sound() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    async fn check(&self, progress: fsck::Progress<'_>) -> Result<Report> {
        if let Some(tiles) = &self.tiles {
            let path = self.key.as_deref().context("--tiles needs --key")?;
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("--key: cannot read `{}`", path.display()))?;
            let key = GivenKey::parse(&text)
                .with_context(|| format!("--key: cannot use `{}`", path.display()))?;
            let origin = self.origin.clone().or_else(|| key.name.clone());
            let origin = origin.context("--tiles: expected --origin, for this key has no name")?;
            let source = TileSource::named(tiles).context("--tiles")?;
            return Ok(tiles::check(&source, &origin, &key, progress).await);
        }
        let named = self.database.as_deref().map(Database::named);
        let (database, against) = match (&self.data, named) {
            (Some(directory), named) => {
                let instance = Instance::read(directory)?;
                let expectations = Expectations::of(&instance);
                let database = named.unwrap_or(instance.database);
                (database, Against::Instance(expectations))
            }
            (None, Some(database)) => (database, Against::Nothing),
            (None, None) => {
                bail!("nothing to check: expected --data, --database or --tiles, found none")
            }
        };
        Ok(fsck::check(&database, &against, progress).await?)
    }
}

impl BackupArgs {
    /// Makes the backup and prints what is in it.
    ///
    /// # Errors
    /// When there is no backup.
    pub async fn run(&self, now: Timestamp) -> Result<ExitCode> {
        let directory = directory(self.data.as_deref())?;
        let instance = Instance::read(directory)?;
        let request = BackupRequest {
            instance: &instance,
            to: &self.to,
            with_keys: self.with_keys,
            now,
        };
        let meter = Meter::new();
        let made = backup(&request, &|log, done, of| meter.tell(log, done, of)).await;
        meter.clear();
        let made = made?;
        let keys = if made.has_keys {
            "The signing keys are in it: whoever can read it can sign\n"
        } else {
            "The signing keys are not in it: keep keys/ elsewhere, encrypted\n"
        };
        say(&format!(
            "Backed up to {}\n{}Verified: every leaf hash, tile, root and checkpoint, derived anew from the copy\n{keys}",
            made.path.display(),
            sizes(&made.report),
        ));
        Ok(ExitCode::SUCCESS)
    }
}

impl RestoreArgs {
    /// Puts the backup back and prints what is there now.
    ///
    /// # Errors
    /// When nothing was put back.
    pub async fn run(&self) -> Result<ExitCode> {
        let directory = directory(self.data.as_deref())?;
        let meter = Meter::new();
        let progress = |log: &str, done, of| meter.tell(log, done, of);
        let restored = restore(&self.from, directory, &progress).await;
        meter.clear();
        say(&told(&restored?));
        Ok(ExitCode::SUCCESS)
    }
}

/// What to do about an error, where that needs more than its text.
pub fn hint(error: &anyhow::Error) -> Option<&'static str> {
    match error.downcast_ref::<RestoreError>()? {
        RestoreError::Rollback { .. } => Some(
            "entries that were answered are not in this backup. Look for a newer one, or for the lost database itself with its \
             -wal file (`fsck --database FILE` tells how many entries it has). If they are gone for good, this log may only be \
             read from now on: go on with a new shard, under a new key and a new origin (`sigbox shard new --help`)",
        ),
        _ => None,
    }
}

fn directory(data: Option<&Path>) -> Result<&Path> {
    data.context("no data directory: expected --data or SIGBOX_DATA, found none")
}

fn sizes(report: &Report) -> String {
    let mut text = String::new();
    for log in &report.logs {
        if let Ok(audited) = &log.outcome {
            let _ = writeln!(
                text,
                "  {}: {} entries, root {}",
                log.log, audited.size, audited.root
            );
        }
    }
    text
}

fn told(restored: &Restored) -> String {
    let mut text = format!(
        "Restored into {}\n{}",
        restored.directory.display(),
        sizes(&restored.report)
    );
    if !restored.has_keys {
        text.push_str(
            "The signing keys are not in the backup: put keys/ back before it is served\n",
        );
    }
    let mut accepted = String::new();
    for log in &restored.report.logs {
        if let Ok(audited) = &log.outcome
            && audited.size.0 > 0
            && !restored.guard.keys().any(|known| known.as_str() == log.log)
        {
            let _ = write!(
                accepted,
                " \\\n    --accept-new-guard {}:{}:{}",
                log.log, audited.size, audited.root
            );
        }
    }
    if accepted.is_empty() {
        text.push_str("The guard has seen nothing newer\n");
    } else {
        let _ = writeln!(
            text,
            "There is no guard, so nothing tells whether this is all that was signed. Put the guard file back; or compare with the\n\
             newest checkpoint or bundle that anybody kept, and if nothing is newer, vouch for it once:\n  sigbox up --data {}{accepted}",
            restored.directory.display()
        );
    }
    text
}

#[expect(clippy::print_stdout, reason = "the commands' data")]
fn say(text: &str) {
    print!("{text}");
}
