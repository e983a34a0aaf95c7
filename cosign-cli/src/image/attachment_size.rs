//! How much of a blob is read (`COSIGN_MAX_ATTACHMENT_SIZE`).

use crate::ui::Escaped;

/// What is read if nobody says otherwise.
pub(crate) const DEFAULT: u64 = 128 * 1024 * 1024;

/// A text that is no size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("COSIGN_MAX_ATTACHMENT_SIZE: \"{}\" is not a size, for example 128MiB", Escaped(.found))]
pub(crate) struct SizeError {
    found: String,
}

/// Reads a number of bytes with an optional unit, of 1000 (`MB`) or of 1024 (`MiB`).
///
/// # Errors
/// [`SizeError`].
///
/// Source: cosign `pkg/cosign/env`, `COSIGN_MAX_ATTACHMENT_SIZE`; go-humanize `ParseBytes`.
pub(crate) fn parse(text: &str) -> Result<u64, SizeError> {
    let wrong = || SizeError {
        found: text.to_owned(),
    };
    let trimmed = text.trim();
    let end = trimmed
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "ki" | "kib" => 1 << 10,
        "mi" | "mib" => 1 << 20,
        "gi" | "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    number.checked_mul(factor).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("0", 0),
            ("100", 100),
            ("128MiB", 128 * 1024 * 1024),
            ("1 GB", 1_000_000_000),
            ("2k", 2000),
            ("3kib", 3072),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "-1", "1.5GB", "1 x", "99999999999GiB"] {
            assert!(
                parse(text).is_err_and(|error| error.found == text),
                "{text}"
            );
        }
    }
}
