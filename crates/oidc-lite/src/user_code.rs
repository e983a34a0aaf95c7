//! The code that a person carries from a device to the browser.

use std::fmt::{self, Display, Formatter};

/// No vowels, so that no words come about, and no digits that look like letters.
///
/// Source: RFC 8628 §6.1.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// 20^8 is 34 bits: beyond guessing within the minutes that a code lives. Source: RFC 8628 §5.1.
const LENGTH: usize = 8;

/// Eight letters; shown in two groups, read in any spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct UserCode(String);

impl UserCode {
    /// A code made from random bytes, each letter equally likely; `None` if too few of them can be used.
    pub(crate) fn from_random(bytes: &[u8; 32]) -> Option<Self> {
        let letters = u8::try_from(ALPHABET.len()).ok()?;
        // Bytes past the last full round of letters would make the first letters likelier.
        let even = u8::MAX - u8::MAX % letters;
        let usable = bytes.iter().filter(|byte| **byte < even);
        let text: String = usable
            .filter_map(|byte| ALPHABET.get(usize::from(byte % letters)))
            .map(|letter| char::from(*letter))
            .take(LENGTH)
            .collect();
        (text.len() == LENGTH).then_some(Self(text))
    }

    /// Reads what a person typed: case, hyphens, spaces and other marks do not count.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 4 * LENGTH {
            return None;
        }
        let letters = typed.chars().filter(char::is_ascii_alphanumeric);
        let text: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        let known = text.bytes().all(|letter| ALPHABET.contains(&letter));
        (known && text.len() == LENGTH).then_some(Self(text))
    }
}

impl Display for UserCode {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let (left, right) = self.0.split_at(LENGTH / 2);
        write!(out, "{left}-{right}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn is_read_in_any_spelling() {
        for typed in ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "B.C.D.F-G_H_J_K"] {
            assert_eq!(UserCode::parse(typed).unwrap().to_string(), "BCDF-GHJK");
        }
        for typed in ["", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF-GHJ0"] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
        assert_eq!(UserCode::parse(&"-".repeat(40)), None);
    }

    #[test]
    fn random_bytes_that_would_favour_a_letter_are_left_out() {
        let mut bytes = [255; 32];
        bytes[24..].copy_from_slice(&[0, 19, 20, 39, 239, 240, 1, 2]);
        assert_eq!(UserCode::from_random(&bytes), None);
        bytes[23] = 3;
        assert_eq!(
            UserCode::from_random(&bytes).unwrap().to_string(),
            "FBZB-ZZCD"
        );
    }
}
