//! What can be wrong with the time of signing.

use jiff::Timestamp;
use sigbox_crypto::tsp::TspError;
use sigbox_wire::TimeRange;

use crate::check::Check;
use crate::error::BrokenRule;
use crate::window::{names, window};

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
    /// A log says that the entry was logged in the future.
    #[error("log {log} dates the entry {at}, which is after {now}")]
    Future {
        /// The log's URL.
        log: String,
        /// The log's time.
        at: Timestamp,
        /// The verifier's time.
        now: Timestamp,
    },
    /// No timestamp is by an authority that the trusted root holds.
    #[error(
        "no timestamp is by an authority that the trusted root holds, which are {}",
        names(known)
    )]
    UnknownAuthority {
        /// The authorities that are known.
        known: Vec<String>,
        /// How the timestamp's signer differs from the last of them.
        #[source]
        source: TspError,
    },
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
    #[error(
        "timestamp authority {authority} was trusted {}, but the timestamp is of {at}",
        window(range)
    )]
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
            Self::UnknownAuthority { known, .. } => Some(names(known)),
            Self::Window { range, .. } => Some(window(range)),
            Self::Future { now, .. } => Some(format!("until {now}")),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::TooFew { found, .. } => Some(found.to_string()),
            Self::Window { at, .. } | Self::Future { at, .. } => Some(at.to_string()),
            _ => None,
        }
    }
}
