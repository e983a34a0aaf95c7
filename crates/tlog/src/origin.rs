//! The origin of a log: the first line of its checkpoints.

use std::fmt;

/// Separates a Rekor v1 host name from its tree ID.
const TREE_ID_SEPARATOR: &str = " - ";

/// A checkpoint's origin.
///
/// Two forms exist: a name (`rekor.example.com`, `rekor.example.com/ct`), which is also the name on the signature line,
/// and Rekor v1's `NAME - TREEID`, whose signature line carries `NAME` alone.
///
/// Source: C2SP tlog-checkpoint; Rekor v1 (`.* - [0-9]+` is how clients tell a v1 tree head from a v2 one).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// Why a text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Empty.
    #[error("an origin is not empty")]
    Empty,
    /// White space.
    #[error("an origin has no white space")]
    WhiteSpace,
    /// A control character.
    #[error("an origin has no control characters")]
    Control,
    /// `+` separates the parts of a verifier key.
    #[error("an origin has no `+`")]
    Plus,
    /// The part after ` - ` is not a positive decimal int64 without leading zeros.
    #[error("a tree ID is a positive decimal number of at most 63 bits")]
    TreeId,
}

impl Origin {
    /// Takes a name: not empty, no white space, no control character, no `+`.
    ///
    /// A Rekor v1 origin (`NAME - TREEID`) is refused, because it holds spaces: see [`Origin::parse_any`].
    ///
    /// # Errors
    /// [`OriginError`], by the first rule that is broken.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        check_name(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Takes a name, or Rekor v1's `NAME - TREEID`.
    ///
    /// # Errors
    /// [`OriginError`], by the first rule that is broken.
    pub fn parse_any(text: &str) -> Result<Self, OriginError> {
        if let Some((name, tree_id)) = text.rsplit_once(TREE_ID_SEPARATOR) {
            check_name(name)?;
            parse_tree_id(tree_id)?;
            return Ok(Self(text.to_owned()));
        }
        Self::parse(text)
    }

    /// Rekor v1's origin for a tree: `NAME - TREEID`.
    ///
    /// # Errors
    /// [`OriginError`] if the name is none, or the tree ID is not positive.
    pub fn with_tree_id(name: &str, tree_id: i64) -> Result<Self, OriginError> {
        check_name(name)?;
        if tree_id <= 0 {
            return Err(OriginError::TreeId);
        }
        Ok(Self(format!("{name}{TREE_ID_SEPARATOR}{tree_id}")))
    }

    /// The whole line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name that stands on the signature line: all of it, or what is before ` - TREEID`.
    pub fn name(&self) -> &str {
        self.0
            .rsplit_once(TREE_ID_SEPARATOR)
            .map_or(self.as_str(), |(name, _)| name)
    }

    /// Rekor v1's tree ID; `None` for a plain name.
    pub fn tree_id(&self) -> Option<i64> {
        self.0
            .rsplit_once(TREE_ID_SEPARATOR)
            .and_then(|(_, id)| parse_tree_id(id).ok())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The rule for a key name, which an origin shares.
///
/// Source: C2SP signed-note, "Format".
pub(crate) fn check_name(name: &str) -> Result<(), OriginError> {
    if name.is_empty() {
        return Err(OriginError::Empty);
    }
    if name.chars().any(char::is_whitespace) {
        return Err(OriginError::WhiteSpace);
    }
    if name.chars().any(char::is_control) {
        return Err(OriginError::Control);
    }
    if name.contains('+') {
        return Err(OriginError::Plus);
    }
    Ok(())
}

fn parse_tree_id(text: &str) -> Result<i64, OriginError> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if !canonical {
        return Err(OriginError::TreeId);
    }
    text.parse().map_err(|_| OriginError::TreeId)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn takes_names() {
        for name in [
            "rekor.local",
            "localhost",
            "rekor.example.com/ct",
            "log2026-1.example.com",
        ] {
            let origin = Origin::parse(name).unwrap();
            assert_eq!(
                (origin.as_str(), origin.name(), origin.tree_id()),
                (name, name, None)
            );
        }
    }

    #[test]
    fn a_tree_id_belongs_to_version_one() {
        let text = "rekor.local - 6401520558168952664";
        assert_eq!(Origin::parse(text), Err(OriginError::WhiteSpace));
        let origin = Origin::parse_any(text).unwrap();
        assert_eq!(
            (origin.name(), origin.tree_id()),
            ("rekor.local", Some(6_401_520_558_168_952_664))
        );
        assert_eq!(
            Origin::with_tree_id("rekor.local", 6_401_520_558_168_952_664),
            Ok(origin)
        );
    }

    #[test]
    fn refusals() {
        let table = [
            ("", OriginError::Empty),
            ("a b", OriginError::WhiteSpace),
            ("a\u{2003}b", OriginError::WhiteSpace),
            ("a\nb", OriginError::WhiteSpace),
            ("a\u{7f}", OriginError::Control),
            ("a+b", OriginError::Plus),
            ("a - ", OriginError::TreeId),
            ("a - 0", OriginError::TreeId),
            ("a - 01", OriginError::TreeId),
            ("a - -1", OriginError::TreeId),
            ("a - 9223372036854775808", OriginError::TreeId),
            (" - 1", OriginError::Empty),
            ("a - 1 - 2", OriginError::WhiteSpace),
        ];
        for (text, error) in table {
            assert_eq!(Origin::parse_any(text), Err(error), "{text:?}");
        }
        assert_eq!(Origin::with_tree_id("a", 0), Err(OriginError::TreeId));
    }
}
