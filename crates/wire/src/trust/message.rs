//! Messages that several trust documents share, and the collection of unknown members.

use std::fmt;

use jiff::Timestamp;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{TimeRange, TrustError};

/// The names of members that no version we know defines; read only to be reported.
#[derive(Default)]
pub(super) struct Unknown(Vec<String>);

impl<'de> Deserialize<'de> for Unknown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;
        impl<'de> Visitor<'de> for NamesVisitor {
            type Value = Unknown;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unknown, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Unknown(names))
            }
        }
        deserializer.deserialize_map(NamesVisitor)
    }
}

/// Adds one warning for each unknown member at `place` (empty at the top).
pub(super) fn warn_unknown(warnings: &mut Vec<String>, place: &str, unknown: &Unknown) {
    for name in &unknown.0 {
        let dot = if place.is_empty() { "" } else { "." };
        warnings.push(format!("unknown member `{place}{dot}{name}` is ignored"));
    }
}

#[derive(Serialize, Deserialize, Default)]
pub(super) struct TimeRangeMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

impl TimeRangeMessage {
    pub(super) fn new(range: &TimeRange) -> Option<Self> {
        let write = |time: Option<Timestamp>| time.map(protobuf_time);
        (*range != TimeRange::default()).then(|| Self {
            start: write(range.start),
            end: write(range.end),
            unknown: Unknown::default(),
        })
    }

    pub(super) fn into_range(
        self,
        warnings: &mut Vec<String>,
        place: &str,
    ) -> Result<TimeRange, TrustError> {
        warn_unknown(warnings, place, &self.unknown);
        Ok(TimeRange {
            start: parse_time(self.start, place, "start")?,
            end: parse_time(self.end, place, "end")?,
        })
    }
}

/// A time with no, three, six or nine digits of its second's fraction.
///
/// Source: protobuf, `timestamp.proto`, "JSON Mapping".
fn protobuf_time(time: Timestamp) -> String {
    let nanoseconds = time.subsec_nanosecond();
    if nanoseconds == 0 {
        time.to_string()
    } else if nanoseconds % 1_000_000 == 0 {
        format!("{time:.3}")
    } else if nanoseconds % 1_000 == 0 {
        format!("{time:.6}")
    } else {
        format!("{time:.9}")
    }
}

fn parse_time(
    text: Option<String>,
    place: &str,
    member: &str,
) -> Result<Option<Timestamp>, TrustError> {
    let Some(found) = text else { return Ok(None) };
    match found.parse() {
        Ok(time) => Ok(Some(time)),
        Err(_) => Err(TrustError::Time {
            member: format!("{place}.{member}"),
            found,
        }),
    }
}
