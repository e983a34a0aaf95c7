//! Every log of a database derived anew, and compared with all that was signed.

mod finding;
mod report;

use std::collections::BTreeMap;
use std::fmt;

use sigbox_crypto::PublicKey;
use sigbox_log_engine::{
    AuditSubject, Audited, Guard as _, GuardError, GuardState, LogRecord, LogStore, audit_log,
};

use crate::instance::{Database, Instance, Opened};
use crate::key;

pub use finding::Finding;
pub use report::{Report, Scope};

/// Told how many entries of a log are done, of how many.
pub type Progress<'a> = &'a (dyn Fn(&str, u64, u64) + Sync);

/// What became of one log.
pub struct Checked {
    /// Its internal name.
    pub log: String,
    /// The origin of its checkpoints.
    pub origin: String,
    /// Its size and root, or the first thing that does not hold.
    pub outcome: Result<Audited, Finding>,
}

/// What the logs of a database are compared with, beside themselves.
pub enum Against {
    /// Nothing: a copy by itself.
    Nothing,
    /// The guard and the trusted keys of an instance.
    Instance(Expectations),
}

/// What an instance remembers of its logs outside of their database.
pub struct Expectations {
    guard: Result<Option<GuardState>, GuardError>,
    /// Which logs must stand in the guard: all with entries, unless a copy is being put back.
    pub guard_is_demanded: bool,
    keys: Result<Vec<Vec<u8>>, Finding>,
}

impl Expectations {
    /// Reads the guard, and which keys are trusted. To be called before the database is read: the guard follows it.
    pub fn of(instance: &Instance) -> Self {
        let keys = instance.trusted_keys();
        Self {
            guard: instance.guard().load(),
            guard_is_demanded: true,
            keys: keys.map_err(|error| Finding::unreadable("trusted root", &error)),
        }
    }

    /// What the guard holds; empty if it cannot be read.
    pub fn guard(&self) -> GuardState {
        match &self.guard {
            Ok(Some(state)) => state.clone(),
            Ok(None) | Err(_) => BTreeMap::new(),
        }
    }

    /// Why the guard cannot be read, if it cannot.
    pub fn guard_fault(&self) -> Option<Finding> {
        let error = self.guard.as_ref().err()?;
        Some(Finding::unreadable("guard", error))
    }

    fn check_key(&self, record: &LogRecord) -> Result<(), Finding> {
        let keys = self.keys.as_ref().map_err(Clone::clone)?;
        if keys.contains(&record.public_key_spki) {
            return Ok(());
        }
        Err(Finding {
            check: "key of the log".to_owned(),
            expected: "a key of trust/trusted_root.json".to_owned(),
            found: format!(
                "key {}",
                Hex(&sigbox_crypto::sha256(&record.public_key_spki))
            ),
        })
    }

    fn check_guard(&self, record: &LogRecord, audited: &Audited) -> Result<(), Finding> {
        if let Some(fault) = self.guard_fault() {
            return Err(fault);
        }
        let known = self.guard().contains_key(&record.name);
        if known || audited.size.0 == 0 || !self.guard_is_demanded {
            return Ok(());
        }
        Err(Finding {
            check: "guard".to_owned(),
            expected: format!("what was signed of `{}`", record.name),
            found: "nothing".to_owned(),
        })
    }
}

/// Checks a database: the pages of a SQLite file, then each log by itself, so that one that is not sound hides no other.
///
/// # Errors
/// A [`Finding`] if the logs cannot even be listed.
pub async fn check(
    database: &Database,
    against: &Against,
    progress: Progress<'_>,
) -> Result<Report, Finding> {
    let unreadable = |error: &dyn std::error::Error| Finding::unreadable("database", error);
    let opened = database.open().await.map_err(|error| unreadable(&error))?;
    let report = check_opened(&opened, database, against, progress).await;
    opened.store().close().await;
    report
}

async fn check_opened(
    opened: &Opened,
    database: &Database,
    against: &Against,
    progress: Progress<'_>,
) -> Result<Report, Finding> {
    let file = match opened {
        Opened::Postgres(_) => Ok(()),
        Opened::Sqlite(reader) => {
            let checked = reader.check_file().await;
            checked.map_err(|error| Finding::unreadable("pages of the file", &error))
        }
    };
    let store = opened.store();
    let records = store.logs().await;
    let records = records.map_err(|error| Finding::unreadable("list of the logs", &error))?;
    if records.is_empty() {
        return Err(Finding {
            check: "list of the logs".to_owned(),
            expected: "at least one log".to_owned(),
            found: "none".to_owned(),
        });
    }
    let mut logs = Vec::with_capacity(records.len());
    for record in records {
        let outcome = check_log(store, &record, against, progress).await;
        logs.push(Checked {
            log: record.name.to_string(),
            origin: record.origin,
            outcome,
        });
    }
    let scope = match (database, against) {
        (_, Against::Instance(_)) => Scope::Instance,
        (_, Against::Nothing) => Scope::Alone,
    };
    Ok(Report {
        source: database.label(),
        scope,
        file,
        logs,
    })
}

/// One log, with the verifier that its pinned key gives.
async fn check_log(
    store: &dyn LogStore,
    record: &LogRecord,
    against: &Against,
    progress: Progress<'_>,
) -> Result<Audited, Finding> {
    let name = record.name.as_str();
    let key = PublicKey::from_spki_der(&record.public_key_spki)
        .map_err(|error| Finding::unreadable("key of the log", &error))?;
    let head = store.head(&record.name).await;
    let head = head.map_err(|error| Finding::unreadable("head of the log", &error))?;
    let note = head.map_or_else(String::new, |head| head.checkpoint);
    let verifier = key::verifier(&record.origin, &key, &note)
        .map_err(|error| Finding::unreadable("key of the log", &error))?;
    let guard = match against {
        Against::Nothing => None,
        Against::Instance(expectations) => {
            expectations.check_key(record)?;
            expectations.guard().get(&record.name).copied()
        }
    };
    let subject = AuditSubject {
        log: &record.name,
        origin: &record.origin,
        verifier: verifier.as_ref(),
        guard,
    };
    let audited = audit_log(store, &subject, &|done, of| progress(name, done, of)).await;
    let audited = audited.map_err(|error| Finding::of(&error))?;
    if let Against::Instance(expectations) = against {
        expectations.check_guard(record, &audited)?;
    }
    Ok(audited)
}

/// Bytes as lower-case hex digits.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
