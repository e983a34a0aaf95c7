//! Step 3: who says when the signature was there?

use jiff::Timestamp;
use sigbox_crypto::sha256;
use sigbox_crypto::tsp::{TimeStampResponse, TspError};
use sigbox_wire::TimeRange;

use crate::check::Check;
use crate::error::{BrokenRule, VerifyError};
use crate::log::{LogVerified, check_windows};
use crate::policy::{Demand, ExpectedSigner, Policy};
use crate::trust::{TimestampAuthority, TrustMaterial};
use crate::verdict::{Evidence, Trace};
use crate::verified::{TimeSource, VerifiedTime};
use crate::window::window;

/// No trusted party says when the signature was there, or one says something that does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// Nothing that is signed by a trusted party says when the signature was made.
    #[error("nothing signed by a trusted party says when the signature was made")]
    NoVerifiedTime,
    /// Fewer parties than the policy demands.
    #[error("signed time of {found} trusted parties, at least {required} are demanded")]
    TooFew {
        /// How many are demanded.
        required: usize,
        /// How many there are; several timestamps of one authority count once.
        found: usize,
    },
    /// Timestamps are there, but the trusted root holds no authority to judge them by.
    #[error("the trusted root holds no timestamp authority")]
    NoAuthority,
    /// No timestamp is by an authority that the trusted root holds.
    #[error("no timestamp is by an authority that the trusted root holds")]
    UnknownAuthority(#[source] TspError),
    /// A timestamp that cannot be read.
    #[error("timestamp {position} cannot be read")]
    Malformed {
        /// Its place, from 0.
        position: usize,
        /// What is wrong with it.
        #[source]
        source: TspError,
    },
    /// A timestamp that names a trusted authority, but does not hold.
    #[error("timestamp {position} of {authority} does not hold")]
    Timestamp {
        /// Its place, from 0.
        position: usize,
        /// The authority's URL.
        authority: String,
        /// Which rule is broken.
        #[source]
        source: TspError,
    },
    /// A timestamp made when its authority was not trusted.
    #[error("timestamp authority {authority} was trusted {}, but the timestamp is of {at}", window(range))]
    Window {
        /// The authority's URL.
        authority: String,
        /// When it was trusted.
        range: TimeRange,
        /// The time in the timestamp.
        at: Timestamp,
    },
}

impl BrokenRule for TimeError {
    fn check(&self) -> Check {
        Check::SignedTime
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::TooFew { required, .. } => Some(required.to_string()),
            Self::Window { range, .. } => Some(window(range)),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::TooFew { found, .. } => Some(found.to_string()),
            Self::Window { at, .. } => Some(at.to_string()),
            _ => None,
        }
    }
}

/// A bundle whose times are known.
#[derive(Debug)]
pub(crate) struct TimesVerified<'a> {
    pub(crate) logged: LogVerified<'a>,
    pub(crate) times: Vec<VerifiedTime>,
    /// The times at which the certificate is judged: the signed ones, or now if the policy wants none.
    pub(crate) judged_at: Vec<Timestamp>,
}

impl<'a> TimesVerified<'a> {
    pub(crate) fn new(
        logged: LogVerified<'a>,
        policy: &Policy,
        trust: &TrustMaterial,
        now: Timestamp,
        trace: &mut Trace,
    ) -> Result<Self, VerifyError> {
        let mut times = Vec::new();
        let mut parties = Vec::new();
        let mut unknown = None;
        for (position, response) in logged.parsed.timestamps.iter().enumerate() {
            match verify_timestamp(position, response, logged.parsed.signature, trust)? {
                Ok((authority, time)) => {
                    let uri = authority.uri().to_owned();
                    let evidence = vec![Evidence::new("authority", &uri), Evidence::new("time", time)];
                    trace.passed(Check::SignedTime, format!("signed before {time}"), evidence);
                    times.push(VerifiedTime { time, source: TimeSource::TimestampAuthority { uri } });
                    parties.push(party(authority));
                }
                Err(error) => {
                    let reason = "its authority is not in the trusted root";
                    trace.not_made(Check::SignedTime, format!("timestamp {position}: {reason}"));
                    unknown.get_or_insert(error);
                }
            }
        }
        let judged_at = judged_at(&times, parties, unknown, policy, now, trace)?;
        check_windows(&logged.entries, times.iter().map(|time| time.time))?;
        Ok(Self { logged, times, judged_at })
    }
}

/// What makes two authorities one: their URL, or their certificate where none is given.
fn party(authority: &TimestampAuthority) -> String {
    if !authority.uri().is_empty() {
        return authority.uri().to_owned();
    }
    authority.chain().first().map(|leaf| hex::encode(sha256(leaf.der()))).unwrap_or_default()
}

/// Tries every authority; the inner error says that the timestamp is by none of them.
#[expect(clippy::type_complexity, reason = "one caller, which takes the pair apart at once")]
fn verify_timestamp<'t>(
    position: usize,
    response: &[u8],
    signature: &[u8],
    trust: &'t TrustMaterial,
) -> Result<Result<(&'t TimestampAuthority, Timestamp), TspError>, TimeError> {
    let response = TimeStampResponse::parse(response)
        .map_err(|source| TimeError::Malformed { position, source })?;
    let (mut unknown, mut refused) = (None, None);
    for authority in trust.timestamp_authorities() {
        let uri = || authority.uri().to_owned();
        match response.verify(signature, authority.chain()) {
            // Each authority is judged by its own window: a retired one cannot borrow another's.
            Ok(verified) if authority.valid_for().contains(verified.gen_time) => {
                return Ok(Ok((authority, verified.gen_time)));
            }
            Ok(verified) => {
                let (range, at) = (authority.valid_for(), verified.gen_time);
                refused = Some(TimeError::Window { authority: uri(), range, at });
            }
            Err(error @ TspError::Signer { .. }) => unknown = Some(error),
            Err(source) => {
                let error = TimeError::Timestamp { position, authority: uri(), source };
                refused.get_or_insert(error);
            }
        }
    }
    match (refused, unknown) {
        (Some(refused), _) => Err(refused),
        (None, Some(unknown)) => Ok(Err(unknown)),
        (None, None) => Err(TimeError::NoAuthority),
    }
}

fn judged_at(
    times: &[VerifiedTime],
    mut parties: Vec<String>,
    unknown: Option<TspError>,
    policy: &Policy,
    now: Timestamp,
    trace: &mut Trace,
) -> Result<Vec<Timestamp>, TimeError> {
    parties.sort_unstable();
    parties.dedup();
    let (required, found) = (policy.times, parties.len());
    if found >= required {
        return Ok(times.iter().map(|time| time.time).collect());
    }
    if let ExpectedSigner::Key(_) = policy.signer {
        trace.not_made(Check::SignedTime, "a key given by the caller is trusted at any time");
        return Ok(Vec::new());
    }
    if let Some(error) = unknown.filter(|_| times.is_empty()) {
        return Err(TimeError::UnknownAuthority(error));
    }
    // Without a log nobody asks for times; the certificate then has to be good now.
    if times.is_empty() && required == 1 && policy.logs == Demand::SwitchedOff {
        trace.not_made(Check::SignedTime, "no signed time, the certificate is judged at present");
        return Ok(vec![now]);
    }
    if found == 0 {
        return Err(TimeError::NoVerifiedTime);
    }
    Err(TimeError::TooFew { required, found })
}
