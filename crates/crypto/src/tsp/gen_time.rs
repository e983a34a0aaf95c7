//! `genTime`: a `GeneralizedTime` that, unlike the X.509 one, may carry a fraction of a second.

use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Digits of `YYYYMMDDHHMMSS`.
const WHOLE_DIGITS: usize = 14;

/// The time in a token, `YYYYMMDDHHMMSS[.f]Z`.
///
/// Source: RFC 3161 §2.4.2 (UTC, seconds present, no trailing zeros in a fraction).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GenTime(pub(super) Timestamp);

impl GenTime {
    /// The time of `at` with its fraction of a second cut off.
    pub(super) fn whole_seconds(at: Timestamp) -> Result<Self, jiff::Error> {
        Timestamp::from_second(
            at.as_nanosecond()
                .div_euclid(1_000_000_000)
                .try_into()
                .unwrap_or(i64::MAX),
        )
        .map(Self)
    }

    fn to_text(self) -> String {
        let civil = TimeZone::UTC.to_datetime(self.0);
        let whole = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        );
        match civil.subsec_nanosecond() {
            0 => format!("{whole}Z"),
            nanos => format!("{whole}.{}Z", format!("{nanos:09}").trim_end_matches('0')),
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('Z')?;
        let (whole, fraction) = match digits.split_once('.') {
            None => (digits, None),
            Some((whole, fraction)) => (whole, Some(fraction)),
        };
        if whole.len() != WHOLE_DIGITS || !whole.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let field = |range: std::ops::Range<usize>| whole.get(range)?.parse::<i8>().ok();
        let civil = DateTime::new(
            whole.get(0..4)?.parse().ok()?,
            field(4..6)?,
            field(6..8)?,
            field(8..10)?,
            field(10..12)?,
            field(12..14)?,
            fraction.map_or(Some(0), nanoseconds)?,
        )
        .ok()?;
        TimeZone::UTC.to_timestamp(civil).ok().map(Self)
    }
}

/// Reads the digits after the point; anything finer than a nanosecond is cut off.
fn nanoseconds(fraction: &str) -> Option<i32> {
    if fraction.is_empty()
        || fraction.ends_with('0')
        || !fraction.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let nine: String = fraction
        .chars()
        .chain(std::iter::repeat('0'))
        .take(9)
        .collect();
    nine.parse().ok()
}

impl FixedTag for GenTime {
    const TAG: Tag = Tag::GeneralizedTime;
}

impl<'a> DecodeValue<'a> for GenTime {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let bytes = reader.read_vec(header.length())?;
        std::str::from_utf8(&bytes)
            .ok()
            .and_then(Self::from_text)
            .ok_or_else(|| reader.error(Self::TAG.value_error()))
    }
}

impl EncodeValue for GenTime {
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(self.to_text().len())
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.to_text().as_bytes())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use der::{Decode, Encode};

    fn encoded(text: &str) -> Vec<u8> {
        let mut der = vec![0x18, u8::try_from(text.len()).unwrap()];
        der.extend_from_slice(text.as_bytes());
        der
    }

    #[test]
    fn reads_and_writes_whole_and_fractional_seconds() {
        for (text, rfc3339) in [
            ("20261123004359Z", "2026-11-23T00:43:59Z"),
            ("20261123004359.5Z", "2026-11-23T00:43:59.5Z"),
            (
                "20240229235959.000000001Z",
                "2024-02-29T23:59:59.000000001Z",
            ),
            ("20500101000000Z", "2050-01-01T00:00:00Z"),
        ] {
            let time = GenTime::from_der(&encoded(text)).unwrap();
            assert_eq!(time.0, rfc3339.parse().unwrap(), "{text}");
            assert_eq!(time.to_der().unwrap(), encoded(text), "{text}");
        }
    }

    #[test]
    fn refuses_what_the_profile_leaves_out() {
        for text in [
            "",
            "Z",
            "202611230043Z",
            "20261123004359",
            "20261123004359+0000",
            "20261123004359.Z",
            "20261123004359.10Z",
            "20261123004359,5Z",
            "20261123004359.-5Z",
            "20261323004359Z",
            "20261123244359Z",
            "20261123004360Z",
            "2026112300435\u{e9}Z",
        ] {
            let kind = GenTime::from_der(&encoded(text)).unwrap_err().kind();
            assert_eq!(
                kind,
                der::ErrorKind::Value {
                    tag: Tag::GeneralizedTime
                },
                "{text}"
            );
        }
    }

    #[test]
    fn cuts_off_the_fraction() {
        for (given, kept) in [
            ("2026-11-23T00:43:59.999Z", "2026-11-23T00:43:59Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"),
        ] {
            let time = GenTime::whole_seconds(given.parse().unwrap()).unwrap();
            assert_eq!(time.0, kept.parse().unwrap());
        }
    }
}
