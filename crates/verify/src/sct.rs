//! Step 5: have trusted CT logs seen the certificate?

use jiff::Timestamp;
use sigbox_crypto::{Sct, SctEntry, SctError};
use sigbox_wire::TimeRange;
use sigbox_wire::proto_json::encode_base64;

use crate::chain::{ChainVerified, Issued};
use crate::check::Check;
use crate::error::{BrokenRule, VerifyError};
use crate::policy::{Demand, Policy};
use crate::trust::{CtLog, TrustMaterial};
use crate::verdict::{Evidence, Omission, Trace};
use crate::window::{names, window};

/// The certificate's SCTs are missing or do not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SctFailure {
    /// The SCT list cannot be read.
    #[error("the certificate's SCTs cannot be read")]
    Malformed(#[source] SctError),
    /// The certificate embeds none.
    #[error("the certificate embeds no SCT, at least {required} are demanded")]
    Missing {
        /// How many are demanded.
        required: usize,
    },
    /// No SCT is of a log that the trusted root holds.
    #[error(
        "CT log {} is not in the trusted root, which holds {}",
        encode_base64(found),
        names(known)
    )]
    UnknownLog {
        /// The id in the first SCT.
        found: [u8; 32],
        /// The logs that are known, each by its id and, if it has one, its URL.
        known: Vec<String>,
    },
    /// Fewer logs than the policy demands.
    #[error("SCTs of {found} trusted CT logs, at least {required} are demanded")]
    TooFew {
        /// How many are demanded.
        required: usize,
        /// How many there are; several SCTs of one log count once.
        found: usize,
    },
    /// An SCT made when its log was not trusted.
    #[error("CT log {log} was trusted {}, but the SCT is of {at}", window(range))]
    Window {
        /// The log's URL.
        log: String,
        /// When its key was in use.
        range: TimeRange,
        /// The time in the SCT.
        at: Timestamp,
    },
    /// A time that no calendar holds.
    #[error("SCT time of {millis} ms since 1970 is out of range")]
    Time {
        /// The time in the SCT.
        millis: u64,
    },
    /// An SCT that names a trusted log, but does not hold.
    #[error("SCT of {log} does not hold")]
    Sct {
        /// The log's URL.
        log: String,
        /// Which rule is broken.
        #[source]
        source: SctError,
    },
}

impl BrokenRule for SctFailure {
    fn check(&self) -> Check {
        Check::CertificateTransparency
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::Missing { required } | Self::TooFew { required, .. } => {
                Some(required.to_string())
            }
            Self::UnknownLog { known, .. } => Some(names(known)),
            Self::Window { range, .. } => Some(window(range)),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("0".to_owned()),
            Self::UnknownLog { found, .. } => Some(encode_base64(found)),
            Self::TooFew { found, .. } => Some(found.to_string()),
            Self::Window { at, .. } => Some(at.to_string()),
            Self::Time { millis } => Some(millis.to_string()),
            _ => None,
        }
    }
}

/// A bundle whose certificate was published.
#[derive(Debug)]
pub(crate) struct SctVerified<'a> {
    pub(crate) chained: ChainVerified<'a>,
    pub(crate) ct_logs: Vec<String>,
}

impl<'a> SctVerified<'a> {
    pub(crate) fn new(
        chained: ChainVerified<'a>,
        policy: &Policy,
        trust: &TrustMaterial,
        trace: &mut Trace,
    ) -> Result<Self, VerifyError> {
        let ct_logs = match (&chained.issued, policy.scts) {
            (None, _) => {
                trace.not_made(
                    Check::CertificateTransparency,
                    Omission::NotPresent,
                    "signed with a key, not a certificate",
                );
                Vec::new()
            }
            (Some(_), Demand::SwitchedOff) => {
                trace.not_made(
                    Check::CertificateTransparency,
                    Omission::SwitchedOff,
                    "the policy does not ask CT logs",
                );
                Vec::new()
            }
            (Some(issued), Demand::AtLeast(required)) => {
                verify_all(issued, &policy.detached_scts, required, trust, trace)?
            }
        };
        Ok(Self { chained, ct_logs })
    }
}

fn verify_all(
    issued: &Issued,
    detached: &[Sct],
    required: usize,
    trust: &TrustMaterial,
    trace: &mut Trace,
) -> Result<Vec<String>, SctFailure> {
    let embedded = Sct::from_certificate(&issued.leaf).map_err(SctFailure::Malformed)?;
    let embedded = embedded.iter().map(|sct| (sct, Place::Embedded));
    let detached = detached.iter().map(|sct| (sct, Place::Detached));
    let scts: Vec<_> = embedded.chain(detached).collect();
    let (first, _) = scts.first().ok_or(SctFailure::Missing { required })?;
    let mut logs: Vec<&CtLog> = Vec::new();
    for (sct, place) in &scts {
        let Some(log) = trust.ct_log(&sct.log_id) else {
            let id = encode_base64(&sct.log_id);
            let reason = format!("SCT of CT log {id}, which the trusted root does not hold");
            trace.not_made(
                Check::CertificateTransparency,
                Omission::UnknownParty,
                reason,
            );
            continue;
        };
        let at = verify_one(sct, *place, issued, log)?;
        let evidence = vec![
            Evidence::new("CT log", log.name()),
            Evidence::new("key sha256", hex::encode(log.key().key_id())),
            Evidence::new("trusted", window(&log.valid_for())),
            Evidence::new("time", at),
        ];
        trace.passed(
            Check::CertificateTransparency,
            format!("published at {at}"),
            evidence,
        );
        // One log cannot vouch twice.
        if logs.iter().all(|other| other.log_id() != log.log_id()) {
            logs.push(log);
        }
    }
    if logs.is_empty() {
        return Err(SctFailure::UnknownLog {
            found: first.log_id,
            known: trust.ct_logs().iter().map(CtLog::id_and_url).collect(),
        });
    }
    if logs.len() < required {
        return Err(SctFailure::TooFew {
            required,
            found: logs.len(),
        });
    }
    Ok(logs.into_iter().map(CtLog::name).collect())
}

/// Where an SCT stands, which decides what it vouches for.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the certificate: over the certificate without it.
    Embedded,
    /// Beside the certificate: over the certificate as it is.
    Detached,
}

fn verify_one(
    sct: &Sct,
    place: Place,
    issued: &Issued,
    log: &CtLog,
) -> Result<Timestamp, SctFailure> {
    let name = || log.name();
    let millis = sct.timestamp.0;
    let time = i64::try_from(millis)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let at = time.ok_or(SctFailure::Time { millis })?;
    let held = match place {
        Place::Embedded => sct.verify_embedded(&issued.leaf, &issued.issuer, log.key()),
        Place::Detached => sct.verify(SctEntry::X509(issued.leaf.der()), log.key()),
    };
    held.map_err(|source| SctFailure::Sct {
        log: name(),
        source,
    })?;
    let range = log.valid_for();
    if !range.contains(at) {
        return Err(SctFailure::Window {
            log: name(),
            range,
            at,
        });
    }
    Ok(at)
}
