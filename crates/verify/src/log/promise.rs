//! Did the log promise the entry, and at what time?

use jiff::Timestamp;
use sigbox_crypto::{HashAlgorithm, SignatureError};
use sigbox_wire::TransparencyLogEntry;
use sigbox_wire::proto_json::encode_base64;

use super::EntryKind;
use crate::check::Check;
use crate::error::BrokenRule;
use crate::trust::TransparencyLog;
use crate::verdict::{Evidence, Omission, Trace};

/// A log's promise (SET) that does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PromiseError {
    /// A promise without a signature.
    #[error("signed entry timestamp is empty")]
    Empty,
    /// The signature is not the log's over this entry at this time and index.
    #[error("signed entry timestamp of {log} does not hold")]
    Signature {
        /// The log's URL.
        log: String,
        /// What the check said.
        #[source]
        source: SignatureError,
    },
    /// A time that no log has.
    #[error("integrated time {found} is not a time of a log")]
    Time {
        /// Seconds since 1970.
        found: i64,
    },
}

impl BrokenRule for PromiseError {
    fn check(&self) -> Check {
        Check::InclusionPromise
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::Time { found } => Some(found.to_string()),
            _ => None,
        }
    }
}

/// Checks the promise if there is one, and gives the time that it covers.
///
/// Without a promise nothing covers the integrated time, so that it says nothing.
pub(super) fn verify(
    entry: &TransparencyLogEntry,
    kind: EntryKind,
    log: &TransparencyLog,
    trace: &mut Trace,
) -> Result<Option<Timestamp>, PromiseError> {
    let Some(signature) = &entry.inclusion_promise else {
        let reason = if kind.is_v2() {
            "a Rekor v2 log gives none"
        } else {
            "the bundle holds none"
        };
        trace.not_made(Check::InclusionPromise, Omission::NotPresent, reason);
        return Ok(None);
    };
    if signature.is_empty() {
        return Err(PromiseError::Empty);
    }
    let found = entry.integrated_time;
    let time = Timestamp::from_second(found).ok().filter(|_| found > 0);
    let time = time.ok_or(PromiseError::Time { found })?;
    log.key()
        .verify(
            HashAlgorithm::Sha2_256,
            promised(entry).as_bytes(),
            signature,
        )
        .map_err(|source| PromiseError::Signature {
            log: log.name(),
            source,
        })?;
    let evidence = vec![
        Evidence::new("log", log.name()),
        Evidence::new("key sha256", hex::encode(log.key().key_id())),
        Evidence::new("integrated time", time),
    ];
    trace.passed(
        Check::InclusionPromise,
        format!("promised by {}", log.name()),
        evidence,
    );
    Ok(Some(time))
}

/// The bytes that the log signs: canonical JSON of four members, none of which needs escaping.
///
/// Source: rekor, signed entry timestamp; RFC 8785.
fn promised(entry: &TransparencyLogEntry) -> String {
    format!(
        r#"{{"body":"{}","integratedTime":{},"logID":"{}","logIndex":{}}}"#,
        encode_base64(&entry.canonicalized_body),
        entry.integrated_time,
        hex::encode(&entry.log_id),
        entry.log_index,
    )
}
