//! Durations as Go programs write them: `3m0s`, `90s`, `1h30m`, `1.5s`, `250ms`.

use std::time::Duration;

/// A text that is not a duration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DurationError {
    #[error("a duration is a number with a unit, for example 90s or 2m30s")]
    Form,
    #[error("unknown unit {0:?} (known: ms, s, m, h)")]
    Unit(String),
    #[error("the duration is too long")]
    TooLong,
}

/// Reads a non-negative duration; a lone `0` needs no unit.
pub(super) fn parse(text: &str) -> Result<Duration, DurationError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(DurationError::Form);
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or(DurationError::Form)?;
        let (number, tail) = rest.split_at(digits);
        let number: f64 = number.parse().map_err(|_| DurationError::Form)?;
        let end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let seconds = match unit {
            "ms" => number / 1000.0,
            "s" => number,
            "m" => number * 60.0,
            "h" => number * 3600.0,
            other => return Err(DurationError::Unit(other.to_owned())),
        };
        let part = Duration::try_from_secs_f64(seconds).map_err(|_| DurationError::TooLong)?;
        total = total.checked_add(part).ok_or(DurationError::TooLong)?;
        rest = tail;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::{DurationError, parse};
    use std::time::Duration;

    #[test]
    fn reads_what_go_writes() {
        for (text, millis) in [
            ("3m0s", 180_000),
            ("90s", 90_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1500),
            ("250ms", 250),
            ("0", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in ["", "5", "s", "-1s", "1.2.3s", "m5"] {
            assert_eq!(parse(text), Err(DurationError::Form), "{text}");
        }
        assert_eq!(parse("5d"), Err(DurationError::Unit("d".to_owned())));
        assert_eq!(parse("99999999999999999999h"), Err(DurationError::TooLong));
    }
}
