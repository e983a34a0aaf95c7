//! What can be wrong with trust material.

use std::path::PathBuf;

use sigbox_crypto::{CertificateError, NoteKeyError, PublicKeyError};
use sigbox_wire::{EncodeError, TrustError};

/// Why trust material could not be built, written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustRootError {
    /// A file could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A file is not text.
    #[error("`{}` is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A trust document does not parse.
    #[error("`{}` is not a trust document", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: TrustError,
    },
    /// A document could not be written as JSON.
    #[error("cannot encode a trust document")]
    Encode(#[from] EncodeError),
    /// A certificate does not parse.
    #[error("{what}: not a certificate chain")]
    Certificate {
        /// Which file or variable.
        what: String,
        /// What is wrong.
        #[source]
        source: CertificateError,
    },
    /// A public key does not parse.
    #[error("{what}: not a public key")]
    PublicKey {
        /// Which file or variable.
        what: String,
        /// What is wrong.
        #[source]
        source: PublicKeyError,
    },
    /// A chain has another shape than its role asks for.
    #[error("{what}: expected {expected}, found {found}")]
    ChainShape {
        /// Which chain.
        what: String,
        /// What its role asks for.
        expected: &'static str,
        /// What it has.
        found: String,
    },
    /// A log key of a kind that no trusted root can name.
    #[error("{what}: a key of type {algorithm} cannot stand in a trusted root")]
    KeyType {
        /// Which key.
        what: String,
        /// Its type.
        algorithm: &'static str,
    },
    /// A log's name and key make no checkpoint verifier.
    #[error("{what}: the log's name and key do not fit")]
    Note {
        /// Which log.
        what: String,
        /// What is wrong.
        #[source]
        source: NoteKeyError,
    },
    /// Two files of a directory contradict each other.
    #[error("`{file}` and `{other}` differ: {what}")]
    Contradiction {
        /// One file.
        file: &'static str,
        /// The other.
        other: &'static str,
        /// Where they differ.
        what: &'static str,
    },
}
