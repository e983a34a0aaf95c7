//! The first thing that does not hold: which check, what was expected, what was found.

use std::error::Error;
use std::fmt;

use serde::Serialize;
use sigbox_log_engine::{AuditError, CheckpointFault};

/// A check that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check and its place.
    pub check: String,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Finding {
    /// A finding in so many words.
    pub fn new(
        check: impl fmt::Display,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        Self {
            check: harmless(&check),
            expected: harmless(&expected),
            found: harmless(&found),
        }
    }

    /// Something that cannot be read; the causes stand in what was found.
    pub fn unreadable(check: &str, error: &dyn Error) -> Self {
        Self::new(check, "readable", Chain(error))
    }

    /// What the full check found.
    pub fn of(error: &AuditError) -> Self {
        use AuditError as E;
        match error {
            E::Rollback { database, guard } => Self::new(
                "rollback",
                format_args!("at least {guard} entries, which were signed"),
                format_args!("{database}"),
            ),
            E::GuardRoot {
                size,
                expected,
                found,
            } => Self::new(
                format_args!("root at the guard's size {size}"),
                expected,
                found,
            ),
            E::EntryMissing { index } => {
                Self::new(format_args!("entry {index}"), "an entry", "none")
            }
            E::EntryBeyondHead { index, size } => Self::new(
                format_args!("entry {index}"),
                format_args!("none past the head of size {size}"),
                "an entry",
            ),
            E::CheckpointBeyondHead { found, size } => Self::new(
                format_args!("checkpoint of size {found}"),
                format_args!("none past the head of size {size}"),
                "a checkpoint",
            ),
            E::LeafHash {
                index,
                expected,
                found,
            } => Self::new(format_args!("leaf hash of entry {index}"), expected, found),
            E::TimeRunsBack {
                index,
                before,
                found,
            } => Self::new(
                format_args!("time of entry {index}"),
                format_args!("at least {} ms", before.0),
                format_args!("{} ms", found.0),
            ),
            E::TileMissing { level, index } => {
                Self::new(format_args!("tile {level}/{index}"), "a tile", "none")
            }
            E::TileHash {
                level,
                index,
                expected,
                found,
            } => Self::new(
                format_args!("hash of tile {level}/{index}"),
                expected,
                found,
            ),
            E::Root {
                size,
                expected,
                found,
            } => Self::new(format_args!("root at size {size}"), expected, found),
            E::LastTime { expected, found } => Self::new(
                "time of the head",
                format_args!("{} ms", expected.0),
                format_args!("{} ms", found.0),
            ),
            E::Frontier { size } => Self::new(
                format_args!("frontier at size {size}"),
                "that of the stored entries",
                "another",
            ),
            E::Checkpoint { size, source } => {
                Self::of_checkpoint(format_args!("checkpoint of size {size}"), source)
            }
            E::Store(source) => Self::unreadable("store", source),
            other => Self::unreadable("log", other),
        }
    }

    /// What is wrong with a checkpoint, which is called `which`.
    pub fn of_checkpoint(which: impl fmt::Display, fault: &CheckpointFault) -> Self {
        let (what, expected, found) = match fault {
            CheckpointFault::Origin { expected, found } => {
                ("origin", format!("`{expected}`"), format!("`{found}`"))
            }
            CheckpointFault::Size { expected, found } => {
                ("size", expected.to_string(), found.to_string())
            }
            CheckpointFault::Root { expected, found } => {
                ("root", expected.to_string(), found.to_string())
            }
            CheckpointFault::Signature(source) => (
                "signature",
                "one of the log's key".to_owned(),
                source.to_string(),
            ),
            other => (
                "form",
                "a signed checkpoint".to_owned(),
                Chain(other).to_string(),
            ),
        };
        Self::new(format_args!("{what} of the {which}"), expected, found)
    }
}

/// Text that others wrote steers no terminal.
fn harmless(text: &impl fmt::Display) -> String {
    let mut shown = String::new();
    for character in text.to_string().chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            check,
            expected,
            found,
        } = self;
        write!(f, "{check}: expected {expected}, found {found}")
    }
}

impl Error for Finding {}

/// An error with its causes, in one line.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
