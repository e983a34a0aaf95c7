//! What a flag says of one service: keys with their values, `url=…,start-time=…`.

use jiff::Timestamp;
use sigbox_wire::TimeRange;

use crate::ui::Escaped;

/// The length of `2026-01-01T00:00:00`.
const SECONDS_LENGTH: usize = 19;

/// What a specification is of; the name stands in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A certificate authority in a trusted root.
    Fulcio,
    /// A log in a trusted root.
    Log,
    /// A timestamp authority in a trusted root.
    Tsa,
    /// Any service in a signing config.
    Service,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Fulcio => "fulcio",
            Self::Log => "tlog",
            Self::Tsa => "tsa",
            Self::Service => "service",
        }
    }

    fn required(self) -> &'static [&'static str] {
        match self {
            Self::Fulcio | Self::Tsa => &["url", "certificate-chain"],
            Self::Log => &["url", "public-key", "start-time"],
            Self::Service => &["url", "api-version", "start-time", "operator"],
        }
    }

    fn optional(self) -> &'static [&'static str] {
        match self {
            Self::Fulcio | Self::Tsa => &["start-time", "end-time"],
            Self::Log => &["end-time", "origin"],
            Self::Service => &["end-time"],
        }
    }

    fn lack(self) -> &'static str {
        match self {
            Self::Service => "missing",
            _ => "missing or empty",
        }
    }
}

/// A specification that says nothing usable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SpecError {
    /// A part has no equals sign.
    #[error("invalid key-value pair: {}", Escaped(.pair))]
    Pair {
        /// The part.
        pair: String,
    },
    /// A key that nothing reads: a typo in `end-time` must not make a service valid for ever.
    #[error(
        "unknown key '{}' in {} spec: expected {}",
        Escaped(.key),
        .kind.name(),
        known(*.kind)
    )]
    UnknownKey {
        /// What the specification is of.
        kind: Kind,
        /// The key.
        key: String,
    },
    /// A key stands twice, and one value would be dropped.
    #[error("key '{key}' stands twice in {} spec", .kind.name())]
    KeyTwice {
        /// What the specification is of.
        kind: Kind,
        /// The key.
        key: String,
    },
    /// A key that must be there is not, or has no value.
    #[error("{} required key '{key}' in {} spec", .kind.lack(), .kind.name())]
    MissingKey {
        /// What the specification is of.
        kind: Kind,
        /// The key.
        key: &'static str,
    },
    /// A time is in another form.
    #[error("parsing {key}: `{}` is not an RFC 3339 time such as 2026-01-01T00:00:00Z", Escaped(.found))]
    Time {
        /// The key.
        key: &'static str,
        /// The value.
        found: String,
    },
    /// The service would never be valid.
    #[error("end-time {end} is before start-time {start}")]
    EndsBeforeStart {
        /// The start.
        start: Timestamp,
        /// The end.
        end: Timestamp,
    },
}

fn known(kind: Kind) -> String {
    let all = kind.required().iter().chain(kind.optional());
    all.copied().collect::<Vec<_>>().join(", ")
}

/// The keys and values of one service; all that must be there are, and no other ones.
#[derive(Debug)]
pub(crate) struct Spec {
    kind: Kind,
    pairs: Vec<(String, String)>,
}

impl Spec {
    /// Reads the value of a flag.
    ///
    /// Source: cosign 3.1.3, `trustedroot.go` and `signingconfig.go`, which ignore unknown keys and take the last of two.
    pub(crate) fn parse(kind: Kind, text: &str) -> Result<Self, SpecError> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in text.split(',') {
            let (key, value) = pair.split_once('=').ok_or_else(|| SpecError::Pair {
                pair: pair.to_owned(),
            })?;
            let key = key.trim().to_owned();
            if !kind
                .required()
                .iter()
                .chain(kind.optional())
                .any(|known| *known == key)
            {
                return Err(SpecError::UnknownKey { kind, key });
            }
            if pairs.iter().any(|(other, _)| *other == key) {
                return Err(SpecError::KeyTwice { kind, key });
            }
            pairs.push((key, value.trim().to_owned()));
        }
        let spec = Self { kind, pairs };
        for key in kind.required() {
            spec.required(key)?;
        }
        Ok(spec)
    }

    /// The value of a key that must be there.
    pub(crate) fn required(&self, key: &'static str) -> Result<&str, SpecError> {
        let kind = self.kind;
        self.optional(key)
            .ok_or(SpecError::MissingKey { kind, key })
    }

    /// The value of a key; an empty one is none.
    pub(crate) fn optional(&self, key: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(known, _)| known == key);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The time of a key, if it is there.
    pub(crate) fn time(&self, key: &'static str) -> Result<Option<Timestamp>, SpecError> {
        self.optional(key).map(|text| time(key, text)).transpose()
    }

    /// From `start-time`, or `otherwise` without one, to `end-time`, if there is one.
    pub(crate) fn window(&self, otherwise: Timestamp) -> Result<TimeRange, SpecError> {
        let start = self.time("start-time")?.unwrap_or(otherwise);
        window(start, self.time("end-time")?)
    }
}

/// A validity that is at least a moment long.
pub(super) fn window(start: Timestamp, end: Option<Timestamp>) -> Result<TimeRange, SpecError> {
    match end {
        Some(end) if end < start => Err(SpecError::EndsBeforeStart { start, end }),
        end => Ok(TimeRange {
            start: Some(start),
            end,
        }),
    }
}

/// Reads a time in the form of RFC 3339 and in no other that a lenient reader would take.
pub(super) fn time(key: &'static str, text: &str) -> Result<Timestamp, SpecError> {
    let shaped = |found: &str| {
        let digits = found.get(..SECONDS_LENGTH)?;
        let form = digits.bytes().zip("0000-00-00T00:00:00".bytes());
        let fits = form.fold(true, |fits, (byte, form)| {
            fits && match form {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            }
        });
        let rest = found.get(SECONDS_LENGTH..)?;
        let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        let offset = zone.len() == 6 && zone.starts_with(['+', '-']) && zone.get(3..4) == Some(":");
        (fits && (zone == "Z" || offset)).then_some(())?;
        found.parse().ok()
    };
    shaped(text).ok_or_else(|| SpecError::Time {
        key,
        found: text.to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_specification_has_all_keys_that_it_must_and_no_others() {
        let text = "url=https://a?b=c, public-key = k.pub,start-time=2026-01-01T00:00:00Z,origin=";
        let spec = Spec::parse(Kind::Log, text).unwrap();
        assert_eq!(spec.required("url").unwrap(), "https://a?b=c");
        assert_eq!(spec.required("public-key").unwrap(), "k.pub");
        assert_eq!(spec.optional("origin"), None);
        let refused = |kind, text| Spec::parse(kind, text).unwrap_err().to_string();
        for (kind, text, message) in [
            (Kind::Fulcio, "", "invalid key-value pair: "),
            (Kind::Fulcio, "url", "invalid key-value pair: url"),
            (
                Kind::Log,
                "url=a,public-key=,start-time=b",
                "missing or empty required key 'public-key' in tlog spec",
            ),
            (
                Kind::Service,
                "url=a,api-version=1,start-time=b",
                "missing required key 'operator' in service spec",
            ),
            (
                Kind::Tsa,
                "url=a,certificate-chain=b,end_time=c",
                "unknown key 'end_time' in tsa spec: expected url, certificate-chain, start-time, end-time",
            ),
            (
                Kind::Fulcio,
                "url=a,certificate-chain=b,url=c",
                "key 'url' stands twice in fulcio spec",
            ),
        ] {
            assert_eq!(refused(kind, text), message);
        }
    }

    #[test]
    fn a_time_is_in_one_form_only_and_a_window_is_not_empty() {
        let read = |text: &str| time("end-time", text).map(|time| time.to_string());
        for (text, expected) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.5Z"),
        ] {
            assert_eq!(read(text).unwrap(), expected);
        }
        for text in [
            "2026-01-01",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00Z",
            "2026-01-01T00:00:00Z[UTC]",
            "2026-13-01T00:00:00Z",
        ] {
            let found = text.to_owned();
            let key = "end-time";
            assert_eq!(read(text).unwrap_err(), SpecError::Time { key, found });
        }
        let (start, end): (Timestamp, Timestamp) = (
            "2026-01-02T00:00:00Z".parse().unwrap(),
            "2026-01-01T00:00:00Z".parse().unwrap(),
        );
        let refused = window(start, Some(end)).unwrap_err();
        assert_eq!(refused, SpecError::EndsBeforeStart { start, end });
        assert_eq!(window(start, None).unwrap(), TimeRange::from_start(start));
    }
}
