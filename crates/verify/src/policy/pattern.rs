//! Exact texts and patterns.

use std::fmt;

use regex::{Regex, RegexBuilder};

use super::re2::ascii_classes;

/// The longest pattern that is taken from a policy, in bytes.
const MAX_PATTERN_BYTES: usize = 4 * 1024;
/// The longest exact value that is taken from a policy, in bytes.
const MAX_EXACT_BYTES: usize = 64 * 1024;
/// The largest compiled pattern, in bytes.
const MAX_COMPILED_BYTES: usize = 1024 * 1024;
/// A longer text is matched by no pattern, in bytes; no name that an authority certifies comes near it.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// A condition on a text: an exact value, a pattern, or both at once.
#[derive(Debug, Clone)]
pub struct TextMatch {
    exact: Option<String>,
    pattern: Option<Pattern>,
}

/// A pattern as it was given, and as it is searched for.
#[derive(Debug, Clone)]
struct Pattern {
    given: String,
    compiled: Regex,
}

/// A condition on a text that cannot be one.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// Neither a value nor a pattern, or empty ones: that would match everything.
    #[error("neither a value nor a pattern is given")]
    Empty,
    /// The value or pattern is longer than any real one.
    #[error("value or pattern of {found} bytes, at most {limit} are taken")]
    TooLong {
        /// Its length in bytes.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The pattern takes more memory than any real one.
    #[error("pattern takes more than {limit} bytes when it is compiled")]
    TooBig {
        /// The limit in bytes.
        limit: usize,
    },
    /// The pattern is not a regular expression.
    #[error("pattern `{pattern}` is not a regular expression")]
    Syntax {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: regex::Error,
    },
}

impl TextMatch {
    /// Demands this value, every byte of it.
    ///
    /// # Errors
    /// [`PatternError::Empty`].
    pub fn exact(value: impl Into<String>) -> Result<Self, PatternError> {
        Self::new(Some(value.into()), None)
    }

    /// Demands that the pattern (RE2 syntax) is found anywhere in the text: it is not anchored.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn pattern(pattern: &str) -> Result<Self, PatternError> {
        Self::new(None, Some(pattern))
    }

    /// Demands what is given of both; empty texts count as not given, as in cosign's flags.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn new(exact: Option<String>, pattern: Option<&str>) -> Result<Self, PatternError> {
        let exact = exact.filter(|value| !value.is_empty());
        let pattern = pattern.filter(|pattern| !pattern.is_empty());
        within(MAX_EXACT_BYTES, exact.as_deref())?;
        within(MAX_PATTERN_BYTES, pattern)?;
        let pattern = pattern.map(compile).transpose()?;
        if exact.is_none() && pattern.is_none() {
            return Err(PatternError::Empty);
        }
        Ok(Self { exact, pattern })
    }

    /// Whether the pattern can match in the middle of a text, which is seldom what was meant.
    pub fn is_unanchored(&self) -> bool {
        let anchored = |pattern: &str| pattern.starts_with('^') && pattern.ends_with('$');
        self.pattern
            .as_ref()
            .is_some_and(|pattern| !anchored(&pattern.given))
    }

    /// The condition that `text` breaks.
    pub(crate) fn check(&self, text: &str) -> Result<(), Unmatched> {
        if let Some(exact) = self.exact.as_ref().filter(|exact| *exact != text) {
            return Err(Unmatched::Exact(exact.clone()));
        }
        if let Some(pattern) = &self.pattern
            && (text.len() > MAX_TEXT_BYTES || !pattern.compiled.is_match(text))
        {
            return Err(Unmatched::Pattern(pattern.given.clone()));
        }
        Ok(())
    }
}

impl fmt::Display for TextMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.exact, &self.pattern) {
            (Some(exact), None) => f.write_str(exact),
            (None, Some(pattern)) => write!(f, "matches {}", pattern.given),
            (Some(exact), Some(pattern)) => write!(f, "{exact}, matches {}", pattern.given),
            (None, None) => Ok(()),
        }
    }
}

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unmatched {
    Exact(String),
    Pattern(String),
}

fn within(limit: usize, text: Option<&str>) -> Result<(), PatternError> {
    match text.map(str::len) {
        Some(found) if found > limit => Err(PatternError::TooLong { found, limit }),
        _ => Ok(()),
    }
}

fn compile(pattern: &str) -> Result<Pattern, PatternError> {
    let given = pattern.to_owned();
    let built = RegexBuilder::new(&ascii_classes(pattern))
        .size_limit(MAX_COMPILED_BYTES)
        .build();
    match built {
        Ok(compiled) => Ok(Pattern { given, compiled }),
        Err(regex::Error::CompiledTooBig(limit)) => Err(PatternError::TooBig { limit }),
        Err(source) => Err(PatternError::Syntax {
            pattern: given,
            source,
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn exact_compares_every_byte() {
        let exact = TextMatch::exact("alice@example.com").unwrap();
        assert_eq!(exact.check("alice@example.com"), Ok(()));
        for other in [
            "Alice@example.com",
            "alice@example.com ",
            "alice@example.com.evil",
            "",
        ] {
            assert_eq!(
                exact.check(other),
                Err(Unmatched::Exact("alice@example.com".to_owned())),
                "{other}"
            );
        }
    }

    #[test]
    fn patterns_are_not_anchored_unless_they_say_so() {
        let loose = TextMatch::pattern("alice@example").unwrap();
        assert_eq!(loose.check("malice@example.com"), Ok(()));
        assert!(loose.is_unanchored());
        let anchored = TextMatch::pattern("^alice@.*$").unwrap();
        assert!(!anchored.is_unanchored());
        assert_eq!(
            anchored.check("malice@example.com"),
            Err(Unmatched::Pattern("^alice@.*$".to_owned()))
        );
    }

    #[test]
    fn both_conditions_must_hold() {
        let both = TextMatch::new(Some("a".to_owned()), Some("b")).unwrap();
        assert_eq!(both.check("a"), Err(Unmatched::Pattern("b".to_owned())));
        assert_eq!(both.check("b"), Err(Unmatched::Exact("a".to_owned())));
    }

    #[test]
    fn conditions_that_match_everything_or_nothing_sensible_are_refused() {
        assert_eq!(TextMatch::exact("").unwrap_err(), PatternError::Empty);
        assert_eq!(
            TextMatch::new(Some(String::new()), Some("")).unwrap_err(),
            PatternError::Empty
        );
        assert!(
            matches!(TextMatch::pattern("("), Err(PatternError::Syntax { pattern, .. }) if pattern == "(")
        );
        let long = "a".repeat(MAX_PATTERN_BYTES + 1);
        assert_eq!(
            TextMatch::pattern(&long).unwrap_err(),
            PatternError::TooLong {
                found: MAX_PATTERN_BYTES + 1,
                limit: MAX_PATTERN_BYTES
            }
        );
        // RE2 has no back references, and neither have we: no pattern can take exponential time.
        assert!(matches!(
            TextMatch::pattern(r"(a)\1"),
            Err(PatternError::Syntax { .. })
        ));
    }

    #[test]
    fn abuse_b13_a_pattern_has_a_length_a_size_and_no_exponential_time() {
        let longest = "a".repeat(MAX_PATTERN_BYTES);
        assert_eq!(
            TextMatch::pattern(&longest).unwrap().check(&longest),
            Ok(())
        );
        for bomb in [
            "(a{1000}){1000}",
            r"(\pL{100}){100}",
            "((a{100}){100}){100}",
        ] {
            assert_eq!(
                TextMatch::pattern(bomb).unwrap_err(),
                PatternError::TooBig {
                    limit: MAX_COMPILED_BYTES
                },
                "{bomb}"
            );
        }
        // What takes others hours: it is over at once, and says no.
        for evil in [
            "^(a+)+$",
            "^(a|a)*b$",
            "(.*)*x",
            "^(([a-z])+.)+[A-Z]([a-z])+$",
        ] {
            let text = "a".repeat(MAX_TEXT_BYTES - 1) + "!";
            let refused = TextMatch::pattern(evil).unwrap().check(&text);
            assert_eq!(refused, Err(Unmatched::Pattern(evil.to_owned())));
        }
        let all = TextMatch::pattern("^a*$").unwrap();
        let text = "a".repeat(MAX_TEXT_BYTES);
        assert_eq!(all.check(&text), Ok(()));
        let refused = all.check(&(text + "a"));
        assert_eq!(refused, Err(Unmatched::Pattern("^a*$".to_owned())));
    }

    #[test]
    fn adv_c54_values_are_compared_as_they_are_and_have_a_length() {
        // Other programs read separators in such names, and allocate by them.
        for odd in ["x509.subject: CN=#, O=#", "=#", "C=US,=#ff", "a=b=#", "\0"] {
            let exact = TextMatch::exact(odd).unwrap();
            assert_eq!(exact.check(odd), Ok(()));
            let other = format!("{odd} ");
            assert_eq!(exact.check(&other), Err(Unmatched::Exact(odd.to_owned())));
        }
        let longest = "a".repeat(MAX_EXACT_BYTES);
        assert_eq!(TextMatch::exact(&*longest).unwrap().check(&longest), Ok(()));
        assert_eq!(
            TextMatch::exact(longest + "a").unwrap_err(),
            PatternError::TooLong {
                found: MAX_EXACT_BYTES + 1,
                limit: MAX_EXACT_BYTES
            }
        );
    }

    #[test]
    fn words_and_digits_are_those_of_ascii_as_in_re2() {
        let words = TextMatch::pattern(r"^\w+@\d+[\s\w]$").unwrap();
        assert_eq!(words.check("alice@12 "), Ok(()));
        for other in [
            "\u{430}lice@12 ",
            "alice@\u{661}2 ",
            "alice@12\u{a0}",
            "alice@12\u{b}",
        ] {
            let refused = words.check(other).unwrap_err();
            assert_eq!(
                refused,
                Unmatched::Pattern(r"^\w+@\d+[\s\w]$".to_owned()),
                "{other}"
            );
        }
        // Forty of them are no large pattern.
        TextMatch::pattern(&r"\w{5}\.".repeat(40)).unwrap();
    }
}
