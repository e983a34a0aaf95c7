//! What an instance may be called.

use std::fmt;

use super::InstanceError;

/// A name that is one part of a path and nothing else: it cannot lead out of its directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct InstanceName(String);

/// Longer ones are no names that people type.
const MAX_LENGTH: usize = 64;

impl InstanceName {
    /// Reads a name strictly: nothing is trimmed, folded or replaced.
    pub(crate) fn parse(name: &str) -> Result<Self, InstanceError> {
        let first = name.bytes().next();
        let usable = first.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && name.len() <= MAX_LENGTH
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || matches!(byte, b'-' | b'_' | b'.')
            });
        if usable {
            Ok(Self(name.to_owned()))
        } else {
            let name = name.to_owned();
            Err(InstanceError::Name { name })
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{InstanceError, InstanceName};

    #[test]
    fn abuse_b21_a_name_is_one_part_of_a_path() {
        for name in ["a", "7", "prod", "team-a_2.example"] {
            assert_eq!(InstanceName::parse(name).unwrap().as_str(), name);
        }
        let long = "a".repeat(65);
        for name in [
            "", ".", "..", ".a", "-a", "a/b", "../a", "/a", "a\\b", "A", "ä", "a b", "a\n", "a\0",
            &long,
        ] {
            assert!(
                matches!(InstanceName::parse(name), Err(InstanceError::Name { name: found }) if found == name),
                "{name:?}"
            );
        }
    }
}
