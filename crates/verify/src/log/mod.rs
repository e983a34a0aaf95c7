//! Step 2: what the transparency logs say about the signature.

mod binding;
mod binding_v1;
mod entry_error;
mod promise;
mod proof;
mod proof_error;

use jiff::Timestamp;
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{BundleVersion, TransparencyLogEntry};

use crate::check::Check;
use crate::error::VerifyError;
use crate::policy::{Demand, Policy};
use crate::shape::Parsed;
use crate::trust::{TransparencyLog, TrustMaterial};
use crate::verdict::{Evidence, Omission, Trace};
use crate::window::window;

pub use entry_error::{BoundField, EntryError, EntryKind};
pub use promise::PromiseError;
pub use proof_error::ProofError;

/// A bundle whose log entries hold as far as the policy asks.
#[derive(Debug)]
pub(crate) struct LogVerified<'a> {
    pub(crate) parsed: Parsed<'a>,
    pub(crate) entries: Vec<LoggedEntry<'a>>,
}

/// An entry that its log has proved.
#[derive(Debug)]
pub(crate) struct LoggedEntry<'a> {
    pub(crate) log: &'a TransparencyLog,
    pub(crate) index: u64,
    /// The log's own time, where the log has signed it.
    pub(crate) integrated_time: Option<Timestamp>,
}

impl<'a> LogVerified<'a> {
    pub(crate) fn new(
        parsed: Parsed<'a>,
        policy: &Policy,
        trust: &'a TrustMaterial,
        trace: &mut Trace,
    ) -> Result<Self, VerifyError> {
        let mut entries: Vec<LoggedEntry<'a>> = Vec::new();
        for (position, entry) in parsed.entries.iter().enumerate() {
            proof::log_index(entry)?;
            // Even an entry that is not asked for, or of a log that nobody knows, must be about this signature:
            // a foreign one would lend its time or its index to it.
            let bound = binding::bind(entry, &parsed)?;
            let detail =
                format!("log entry {position} holds this digest, this signature and this key");
            trace.passed(
                Check::EntryBinding,
                detail,
                vec![Evidence::new("kind", bound)],
            );
            if policy.logs == Demand::SwitchedOff {
                // Nobody is asked and no time is taken, but what a log that we know is said to have signed must be signed.
                if let Some(log) = trust.log(&entry.log_id)
                    && entry.inclusion_promise.is_some()
                {
                    promise::verify(entry, bound, log, trace)?;
                }
                continue;
            }
            let Some(log) = trust.log(&entry.log_id) else {
                let id = encode_base64(&entry.log_id);
                let reason = format!(
                    "log entry {position} is of log {id}, which the trusted root does not hold"
                );
                trace.not_made(Check::TransparencyLog, Omission::UnknownParty, reason);
                continue;
            };
            entries.push(verify_entry(entry, bound, parsed.version, log, trace)?);
        }
        demand(policy, &parsed, &entries, trust, trace)?;
        Ok(Self { parsed, entries })
    }
}

fn verify_entry<'a>(
    entry: &TransparencyLogEntry,
    kind: EntryKind,
    version: BundleVersion,
    log: &'a TransparencyLog,
    trace: &mut Trace,
) -> Result<LoggedEntry<'a>, VerifyError> {
    // Version 0.1 bundles may rest on the promise alone; all others need the proof.
    let promised = version == BundleVersion::V0_1 && entry.inclusion_promise.is_some();
    let proof = entry.inclusion_proof.as_ref();
    let proved = if promised && proof.is_none_or(|proof| proof.checkpoint.is_empty()) {
        let reason = "a version 0.1 bundle may hold the log's promise instead";
        trace.not_made(Check::Checkpoint, Omission::NotPresent, reason);
        trace.not_made(Check::InclusionProof, Omission::NotPresent, reason);
        None
    } else {
        Some(proof::verify(entry, kind, log, trace)?)
    };
    let integrated_time = promise::verify(entry, kind, log, trace)?;
    // The promise covers the index over all shards; without it only the place in this shard is proved.
    let index = match (integrated_time, proved) {
        (None, Some(proved)) => proved,
        _ => proof::log_index(entry)?,
    };
    Ok(LoggedEntry {
        log,
        index,
        integrated_time,
    })
}

/// Counts logs, not entries: one log cannot vouch twice.
fn demand(
    policy: &Policy,
    parsed: &Parsed<'_>,
    entries: &[LoggedEntry<'_>],
    trust: &TrustMaterial,
    trace: &mut Trace,
) -> Result<(), EntryError> {
    let Demand::AtLeast(required) = policy.logs else {
        switched_off(parsed, trust, trace);
        return Ok(());
    };
    let mut logs: Vec<&[u8; 32]> = entries.iter().map(|entry| entry.log.log_id()).collect();
    logs.sort_unstable();
    logs.dedup();
    if let Some(first) = parsed.entries.first() {
        if entries.is_empty() {
            let known = trust
                .logs()
                .iter()
                .map(TransparencyLog::id_and_url)
                .collect();
            return Err(EntryError::UnknownLog {
                found: first.log_id.clone(),
                known,
            });
        }
    } else {
        return Err(EntryError::NoEntry { required });
    }
    if logs.len() < required {
        return Err(EntryError::TooFewLogs {
            required,
            found: logs.len(),
        });
    }
    let evidence = entries.iter().flat_map(|entry| {
        [
            Evidence::new("log", entry.log.name()),
            Evidence::new("trusted", window(&entry.log.valid_for())),
            Evidence::new("log index", entry.index),
        ]
    });
    let detail = format!(
        "logged by {} of at least {required} trusted logs",
        logs.len()
    );
    trace.passed(Check::TransparencyLog, detail, evidence.collect());
    Ok(())
}

/// Without the log nothing is asked of it, but what entries say is compared if there are any.
fn switched_off(parsed: &Parsed<'_>, trust: &TrustMaterial, trace: &mut Trace) {
    let promised = parsed
        .entries
        .iter()
        .any(|entry| entry.inclusion_promise.is_some() && trust.log(&entry.log_id).is_some());
    if parsed.entries.is_empty() {
        let reason = "the bundle holds no log entry";
        trace.not_made(Check::EntryBinding, Omission::NotPresent, reason);
    }
    for check in [
        Check::TransparencyLog,
        Check::Checkpoint,
        Check::InclusionProof,
        Check::InclusionPromise,
    ] {
        // A promise of a log that is known has been looked at all the same.
        if check == Check::InclusionPromise && promised {
            continue;
        }
        let reason = "the policy does not ask transparency logs";
        trace.not_made(check, Omission::SwitchedOff, reason);
    }
}

/// Holds every signed time against the windows in which the logs' keys were in use.
///
/// A v2 log tells no time of its own, so that this waits for the signed times.
pub(crate) fn check_windows(
    entries: &[LoggedEntry<'_>],
    times: impl Iterator<Item = Timestamp> + Clone,
) -> Result<(), EntryError> {
    for entry in entries {
        let window = entry.log.valid_for();
        if let Some(at) = times.clone().find(|at| !window.contains(*at)) {
            return Err(EntryError::Window {
                log: entry.log.name(),
                range: window,
                at,
            });
        }
    }
    Ok(())
}
