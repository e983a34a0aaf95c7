//! Step 3: who says when the signature was there?

mod error;

use jiff::Timestamp;
use sigbox_crypto::tsp::{TimeStampResponse, TspError};
use sigbox_crypto::{Certificate, sha256};

use crate::check::Check;
use crate::error::VerifyError;
use crate::log::{LogVerified, check_windows};
use crate::policy::{Demand, ExpectedSigner, Policy};
use crate::trust::{TimestampAuthority, TrustMaterial};
use crate::verdict::{Evidence, Omission, Trace};
use crate::verified::{TimeSource, VerifiedTime};
use crate::window::window;

pub use error::TimeError;

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
        let (mut times, mut parties) = integrated_times(&logged, now, trace)?;
        let mut unknown = None;
        for (position, response) in logged.parsed.timestamps.iter().enumerate() {
            if trust.is_nobody() {
                let reason = format!("timestamp {position}: nobody is believed to tell the time");
                trace.not_made(Check::SignedTime, Omission::UnknownParty, reason);
                continue;
            }
            match verify_timestamp(position, response, logged.parsed.signature, trust)? {
                Stamp::Verified { authority, time } => {
                    let uri = authority.name();
                    let evidence = vec![
                        Evidence::new("authority", &uri),
                        Evidence::new("trusted", window(&authority.valid_for())),
                        Evidence::new("signer", name(authority)),
                        Evidence::new("time", time),
                    ];
                    trace.passed(Check::SignedTime, format!("signed before {time}"), evidence);
                    times.push(VerifiedTime {
                        time,
                        source: TimeSource::TimestampAuthority { uri },
                    });
                    parties.push(party(authority));
                }
                Stamp::UnknownAuthority(error) => {
                    let reason = "its authority is not in the trusted root";
                    trace.not_made(
                        Check::SignedTime,
                        Omission::UnknownParty,
                        format!("timestamp {position}: {reason}"),
                    );
                    unknown.get_or_insert(error);
                }
                Stamp::NoAuthority => {
                    let reason = "the trusted root holds no timestamp authority";
                    trace.not_made(
                        Check::SignedTime,
                        Omission::UnknownParty,
                        format!("timestamp {position}: {reason}"),
                    );
                }
            }
        }
        let unknown = unknown.map(|source| unknown_authority(source, trust));
        let judged_at = judged_at(&times, parties, unknown, policy, now, trace)?;
        check_windows(&logged.entries, times.iter().map(|time| time.time))?;
        Ok(Self {
            logged,
            times,
            judged_at,
        })
    }
}

/// The times that logs have signed, each with the log as the party that vouches.
fn integrated_times(
    logged: &LogVerified<'_>,
    now: Timestamp,
    trace: &mut Trace,
) -> Result<(Vec<VerifiedTime>, Vec<String>), TimeError> {
    let (mut times, mut parties) = (Vec::new(), Vec::new());
    for entry in &logged.entries {
        let Some(time) = entry.integrated_time else {
            continue;
        };
        let base_url = entry.log.name();
        // No skew is allowed: a log that dates entries ahead could publish them later.
        if time > now {
            return Err(TimeError::Future {
                log: base_url,
                at: time,
                now,
            });
        }
        let evidence = vec![Evidence::new("log", &base_url), Evidence::new("time", time)];
        trace.passed(Check::SignedTime, format!("logged at {time}"), evidence);
        parties.push(hex::encode(entry.log.log_id()));
        times.push(VerifiedTime {
            time,
            source: TimeSource::TransparencyLog { base_url },
        });
    }
    Ok((times, parties))
}

/// What makes two authorities one: their URL, or their certificate where none is given.
fn party(authority: &TimestampAuthority) -> String {
    if !authority.uri().is_empty() {
        return authority.uri().to_owned();
    }
    authority
        .chain()
        .first()
        .map(|leaf| hex::encode(sha256(leaf.der())))
        .unwrap_or_default()
}

/// The name of the certificate that signs an authority's timestamps.
fn name(authority: &TimestampAuthority) -> String {
    let leaf = authority.chain().first();
    leaf.map(Certificate::display_name).unwrap_or_default()
}

/// What became of a timestamp that was not refused.
enum Stamp<'t> {
    Verified {
        authority: &'t TimestampAuthority,
        time: Timestamp,
    },
    /// Not by anyone we know: no time, and no fault of the bundle either.
    UnknownAuthority(TspError),
    /// Nobody to judge it by; whoever needs it has been told before.
    NoAuthority,
}

/// Judges a timestamp by every authority that the trusted root holds.
fn verify_timestamp<'t>(
    position: usize,
    response: &[u8],
    signature: &[u8],
    trust: &'t TrustMaterial,
) -> Result<Stamp<'t>, TimeError> {
    let response = TimeStampResponse::parse(response)
        .map_err(|source| TimeError::Malformed { position, source })?;
    let (mut unknown, mut refused) = (None, None);
    for authority in trust.timestamp_authorities() {
        match response.verify(signature, authority.chain()) {
            // Each authority is judged by its own window: a retired one cannot borrow another's.
            Ok(verified) if authority.valid_for().contains(verified.gen_time) => {
                return Ok(Stamp::Verified {
                    authority,
                    time: verified.gen_time,
                });
            }
            Ok(verified) => {
                let (range, at) = (authority.valid_for(), verified.gen_time);
                refused = Some(TimeError::Window {
                    authority: authority.name(),
                    range,
                    at,
                });
            }
            Err(error @ TspError::Signer { .. }) => unknown = Some(error),
            Err(source) => {
                let error = TimeError::Timestamp {
                    position,
                    authority: authority.name(),
                    source,
                };
                refused.get_or_insert(error);
            }
        }
    }
    match (refused, unknown) {
        (Some(refused), _) => Err(refused),
        (None, Some(unknown)) => Ok(Stamp::UnknownAuthority(unknown)),
        (None, None) => Ok(Stamp::NoAuthority),
    }
}

fn unknown_authority(source: TspError, trust: &TrustMaterial) -> TimeError {
    let known = trust.timestamp_authorities().iter();
    TimeError::UnknownAuthority {
        known: known.map(|one| format!("`{}`", one.name())).collect(),
        source,
    }
}

fn judged_at(
    times: &[VerifiedTime],
    mut parties: Vec<String>,
    unknown: Option<TimeError>,
    policy: &Policy,
    now: Timestamp,
    trace: &mut Trace,
) -> Result<Vec<Timestamp>, TimeError> {
    let stamped =
        |time: &VerifiedTime| matches!(time.source, TimeSource::TimestampAuthority { .. });
    if policy.timestamped
        && !times.iter().any(stamped)
        && let Some(error) = unknown
    {
        return Err(error);
    }
    parties.sort_unstable();
    parties.dedup();
    let (required, found) = (policy.times, parties.len());
    if found >= required {
        return Ok(times.iter().map(|time| time.time).collect());
    }
    if let ExpectedSigner::Key { .. } = policy.signer {
        trace.not_made(
            Check::SignedTime,
            Omission::NotDemanded,
            "a key needs no signed time, present stands in for it",
        );
        return Ok(times.iter().map(|time| time.time).chain([now]).collect());
    }
    if let Some(error) = unknown.filter(|_| times.is_empty()) {
        return Err(error);
    }
    // Without a log nobody asks for times; the certificate then has to be good now.
    if times.is_empty() && required == 1 && policy.logs == Demand::SwitchedOff {
        trace.not_made(
            Check::SignedTime,
            Omission::NotPresent,
            "no signed time, the certificate is judged at present",
        );
        return Ok(vec![now]);
    }
    if found == 0 {
        return Err(TimeError::NoVerifiedTime);
    }
    Err(TimeError::TooFew { required, found })
}
