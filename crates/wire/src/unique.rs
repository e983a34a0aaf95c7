//! Whether any JSON, of whatever meaning, names a member twice in one object.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// What a walk over a whole JSON text found; values are read as well, so what no reader can hold is an error.
///
/// Source: RFC 8259 §4: of a name that stands twice, readers take different values.
pub(crate) struct Members {
    /// The first name that stands twice in one object.
    pub(crate) duplicate: Option<String>,
}

impl Members {
    const UNIQUE: Self = Self { duplicate: None };

    fn or(self, other: Self) -> Self {
        Self {
            duplicate: self.duplicate.or(other.duplicate),
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members, A::Error> {
        let (mut names, mut found) = (HashSet::new(), Members::UNIQUE);
        while let Some((name, value)) = object.next_entry::<String, Members>()? {
            found = found.or(value);
            let duplicate = names.replace(name);
            found = found.or(Members { duplicate });
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Members, A::Error> {
        let mut found = Members::UNIQUE;
        while let Some(item) = items.next_element::<Members>()? {
            found = found.or(item);
        }
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Members, E> {
        Ok(Members::UNIQUE)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Members, E> {
        Ok(Members::UNIQUE)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Members, E> {
        Ok(Members::UNIQUE)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Members, E> {
        Ok(Members::UNIQUE)
    }

    fn visit_str<E>(self, _: &str) -> Result<Members, E> {
        Ok(Members::UNIQUE)
    }

    fn visit_unit<E>(self) -> Result<Members, E> {
        Ok(Members::UNIQUE)
    }
}
