//! The authority that the handlers share.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::tsp::{ObjectIdentifier, TimeStampRequest, TimestampIssuer};
use sigbox_crypto::{Clock, random_bytes};

use crate::refusal::Refusal;

/// How far the clock may step back before the authority stops: a correction by the time service is smaller.
const STEP_BACK_ALLOWED: SignedDuration = SignedDuration::from_secs(5);

/// The sizes that the authority accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest DER request, in bytes.
    pub der_bytes: usize,
    /// Longest JSON request, in bytes; the JSON reader itself stops at 1 KiB.
    pub json_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            der_bytes: 10 * 1024,
            json_bytes: 1024,
        }
    }
}

/// A timestamp authority; clones share one key and one guard of issued times.
#[derive(Clone)]
pub struct Tsa(Arc<Shared>);

struct Shared {
    issuer: TimestampIssuer,
    clock: Clock,
    limits: Limits,
    chain_pem: String,
    /// The latest time issued. It is held only while a time is chosen, never while one is signed.
    last: Mutex<Option<Timestamp>>,
}

/// Why the authority cannot issue timestamps now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// A certificate of the chain has ended, or not begun.
    #[error("certificate `{subject}` is valid from {not_before} to {not_after}, now is {now}")]
    Chain {
        /// Its common name.
        subject: String,
        /// Start of its validity.
        not_before: Timestamp,
        /// End of its validity.
        not_after: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// The clock is far behind the last time that was issued.
    #[error("clock says {now}, but a timestamp for {last} was issued already")]
    Clock {
        /// The latest time issued.
        last: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
}

impl Tsa {
    /// An authority that stamps what `clock` says with the key of `issuer`.
    pub fn new(issuer: TimestampIssuer, clock: Clock, limits: Limits) -> Self {
        let chain_pem = issuer
            .chain()
            .iter()
            .map(sigbox_crypto::Certificate::to_pem)
            .collect();
        Self(Arc::new(Shared {
            issuer,
            clock,
            limits,
            chain_pem,
            last: Mutex::new(None),
        }))
    }

    /// Whether a timestamp asked for now would be issued.
    ///
    /// # Errors
    /// [`NotReady`] names what stands in the way.
    pub fn ready(&self) -> Result<(), NotReady> {
        let now = (self.0.clock)();
        let last = *self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.filter(|last| too_far_behind(now, *last)) {
            return Err(NotReady::Clock { last, now });
        }
        let outside = |certificate: &&sigbox_crypto::Certificate| {
            now < certificate.not_before() || now > certificate.not_after()
        };
        match self.0.issuer.chain().iter().find(outside) {
            None => Ok(()),
            Some(certificate) => Err(NotReady::Chain {
                subject: certificate.subject_cn().unwrap_or_default().to_owned(),
                not_before: certificate.not_before(),
                not_after: certificate.not_after(),
                now,
            }),
        }
    }

    /// The certificates of the authority in PEM, its own first, the root last.
    pub fn chain_pem(&self) -> &str {
        &self.0.chain_pem
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn policy(&self) -> ObjectIdentifier {
        self.0.issuer.policy()
    }

    /// Signs a DER response to `request` for the time that it is now.
    pub(crate) fn stamp(&self, request: &TimeStampRequest) -> Result<Vec<u8>, Refusal> {
        let serial = random_bytes::<20>()?;
        let gen_time = self.next_time()?;
        Ok(self.0.issuer.issue(request, serial, gen_time)?)
    }

    /// The time to stamp: what the clock says, but never before a time that was already issued.
    fn next_time(&self) -> Result<Timestamp, Refusal> {
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that two requests cannot swap their times.
        let now = (self.0.clock)();
        let time = match *last {
            Some(last) if too_far_behind(now, last) => {
                return Err(Refusal::Clock(NotReady::Clock { last, now }));
            }
            Some(last) => now.max(last),
            None => now,
        };
        *last = Some(time);
        Ok(time)
    }
}

fn too_far_behind(now: Timestamp, last: Timestamp) -> bool {
    last.duration_since(now) > STEP_BACK_ALLOWED
}
