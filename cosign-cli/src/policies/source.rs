//! The text of a policy: of a file, or of an address that the user named.

use std::io::{self, Read};
use std::path::Path;

use crate::artifact::{ArtifactError, ArtifactSource};
use crate::fetch::{self, FetchError};
use crate::ui::{Escaped, io_reason};

/// Policies are written by hand.
const MAX_BYTES: u64 = 1024 * 1024;

/// A policy could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum SourceError {
    /// There is no such file, or it cannot be opened.
    #[error("stat {}: {}", Escaped(.name), io_reason(.source))]
    File {
        /// The file.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// The address gives no file.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It cannot be read to its end.
    #[error(transparent)]
    Read(#[from] ArtifactError),
    /// It is longer than any policy.
    #[error("{}: a policy of more than {MAX_BYTES} bytes", Escaped(.name))]
    TooLong {
        /// The file.
        name: String,
    },
    /// It is no text.
    #[error("{}: not UTF-8", Escaped(.name))]
    Encoding {
        /// The file.
        name: String,
    },
}

/// Reads a policy; at an address any status but 200 is a failure, and nobody else is asked.
pub(super) fn read(name: &str) -> Result<String, SourceError> {
    let source = match fetch::address(name) {
        Some(url) if !Path::new(name).exists() => ArtifactSource::Address(url),
        _ => ArtifactSource::File(name.into()),
    };
    let reader = source.open().map_err(|error| match error {
        ArtifactError::File { source, .. } => SourceError::File {
            name: name.to_owned(),
            source,
        },
        ArtifactError::Fetch(error) => SourceError::Fetch(error),
        other => SourceError::Read(other),
    })?;
    let mut bytes = Vec::new();
    let read = reader.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| source.read_error(error))?;
    if bytes.len() as u64 > MAX_BYTES {
        let name = name.to_owned();
        return Err(SourceError::TooLong { name });
    }
    String::from_utf8(bytes).map_err(|_| SourceError::Encoding {
        name: name.to_owned(),
    })
}
