//! The short internal name of a log.

use std::fmt;
use std::str::FromStr;

/// Longest log name, in bytes; names are keys of tables and of the guard, not prose.
const MAX_NAME_BYTES: usize = 64;

/// The short internal name of a log, such as `rekor-v2` or `ct`: 1 to 64 of `a-z`, `0-9`, `-`.
///
/// It never appears on the wire; the origin does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogName(String);

/// Why a text is not a log name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogNameError {
    /// The text is empty.
    #[error("a log name is empty")]
    Empty,
    /// The text is longer than 64 bytes.
    #[error("a log name has {found} bytes, at most {limit} are allowed")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A character outside `a-z`, `0-9`, `-`.
    #[error("a log name holds {found:?}, only a-z, 0-9 and - are allowed")]
    Character {
        /// The first such character.
        found: char,
    },
}

impl LogName {
    /// Reads a log name.
    ///
    /// # Errors
    /// [`LogNameError`] naming the broken rule.
    pub fn parse(text: &str) -> Result<Self, LogNameError> {
        if text.is_empty() {
            return Err(LogNameError::Empty);
        }
        if text.len() > MAX_NAME_BYTES {
            return Err(LogNameError::TooLong {
                found: text.len(),
                limit: MAX_NAME_BYTES,
            });
        }
        let odd = |c: &char| !matches!(c, 'a'..='z' | '0'..='9' | '-');
        match text.chars().find(odd) {
            Some(found) => Err(LogNameError::Character { found }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LogName {
    type Err = LogNameError;

    fn from_str(text: &str) -> Result<Self, LogNameError> {
        Self::parse(text)
    }
}

impl std::borrow::Borrow<str> for LogName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{LogName, LogNameError};

    #[test]
    fn accepts_short_lower_case_names() {
        assert_eq!(
            LogName::parse("rekor-v2").map(|name| name.to_string()),
            Ok("rekor-v2".to_owned())
        );
    }

    #[test]
    fn refuses_odd_names() {
        assert_eq!(LogName::parse(""), Err(LogNameError::Empty));
        assert_eq!(
            LogName::parse("a/b"),
            Err(LogNameError::Character { found: '/' })
        );
        assert_eq!(
            LogName::parse(&"a".repeat(65)),
            Err(LogNameError::TooLong {
                found: 65,
                limit: 64
            })
        );
    }
}
