//! `--predicate` and `--statement`: what is said about an artifact, from a file or from stdin.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::args::ArgumentError;
use crate::attestation::AttestationError;
use crate::report::Failure;
use crate::ui::{Escaped, Progress as _, StderrProgress, Step, io_reason};

/// Larger statements would not fit into a bundle that is read again.
const MAX_STATEMENT_BYTES: u64 = 64 * 1024 * 1024;

/// What is said, and where it stands.
#[derive(Debug)]
pub(super) enum Said {
    /// A predicate, to make a statement of.
    Predicate(Place),
    /// A finished statement.
    Statement(Place),
}

/// A file, or stdin.
#[derive(Debug)]
pub(super) enum Place {
    Stdin,
    File(PathBuf),
}

impl Said {
    /// One of the two flags, never both.
    pub(super) fn new(
        predicate: Option<&Path>,
        statement: Option<&Path>,
    ) -> Result<Self, ArgumentError> {
        match (predicate, statement) {
            (Some(predicate), None) => Ok(Self::Predicate(Place::new(predicate))),
            (None, Some(statement)) => Ok(Self::Statement(Place::new(statement))),
            (None, None) => Err(ArgumentError::NothingToAttest),
            (Some(_), Some(_)) => Err(ArgumentError::Conflict {
                first: "--predicate",
                second: "--statement",
            }),
        }
    }

    /// Whether stdin is taken, so that nothing else can be read from it.
    pub(super) fn is_on_stdin(&self) -> bool {
        let (Self::Predicate(place) | Self::Statement(place)) = self;
        matches!(place, Place::Stdin)
    }

    /// The flag that names it.
    pub(super) fn flag(&self) -> &'static str {
        match self {
            Self::Predicate(_) => "--predicate",
            Self::Statement(_) => "--statement",
        }
    }

    /// What to call it, in the real client's words.
    pub(super) fn name(&self) -> String {
        let (Self::Predicate(place) | Self::Statement(place)) = self;
        match place {
            Place::Stdin => "standard input".to_owned(),
            Place::File(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// Reads it to its end, and says so first.
    pub(super) fn read(&self) -> Result<Vec<u8>, Failure> {
        let shown = self.name();
        let path = PathBuf::from(&shown);
        let (place, doing, step) = match self {
            Self::Predicate(place) => (place, "getting predicate reader", Step::Payload { path }),
            Self::Statement(place) => (place, "could not read statement", Step::Statement { path }),
        };
        StderrProgress.step(step);
        place.read().map_err(|error| {
            let why = match error {
                ReadError::Io(error) => format!("open {}: {}", Escaped(&shown), io_reason(&error)),
                ReadError::TooLarge => {
                    let limit = MAX_STATEMENT_BYTES;
                    format!("{} is larger than {limit} bytes", Escaped(&shown))
                }
            };
            Failure::new(format!("{doing}: {why}"))
        })
    }
}

enum ReadError {
    Io(io::Error),
    TooLarge,
}

impl Place {
    fn new(path: &Path) -> Self {
        if path.as_os_str() == "-" {
            Self::Stdin
        } else {
            Self::File(path.to_owned())
        }
    }

    fn read(&self) -> Result<Vec<u8>, ReadError> {
        let reader: Box<dyn io::Read> = match self {
            Self::Stdin => Box::new(io::stdin().lock()),
            Self::File(path) => Box::new(File::open(path).map_err(ReadError::Io)?),
        };
        let mut content = Vec::new();
        let mut reader = reader.take(MAX_STATEMENT_BYTES + 1);
        reader.read_to_end(&mut content).map_err(ReadError::Io)?;
        if content.len() as u64 > MAX_STATEMENT_BYTES {
            return Err(ReadError::TooLarge);
        }
        Ok(content)
    }
}

/// Why there is no statement, with advice where there is some.
pub(super) fn not_attested(error: &AttestationError) -> Failure {
    let failure = Failure::from_error(error);
    match error {
        AttestationError::SpdxText => {
            failure.hint("attest the JSON form of the document with --type spdxjson")
        }
        _ => failure,
    }
}
