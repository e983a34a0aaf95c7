//! What can be wrong with the files that the variables name.

use std::path::{Path, PathBuf};

use sigbox_crypto::pem::PemError;
use sigbox_crypto::{CertificateError, PublicKeyError};

use super::Variable;

/// A file that cannot be used as the variable that names it says.
#[derive(Debug, thiserror::Error)]
#[error("{} `{}`: {fault}", variable.name(), path.display())]
pub struct PemRootsError {
    /// The variable.
    pub variable: Variable,
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub fault: Box<PemFault>,
}

impl PemRootsError {
    pub(super) fn new(variable: Variable, path: &Path, fault: PemFault) -> Self {
        Self {
            variable,
            path: path.to_owned(),
            fault: Box::new(fault),
        }
    }
}

/// What is wrong with the content of a file; places are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PemFault {
    /// The file cannot be read.
    #[error("cannot read it")]
    Read(#[source] std::io::Error),
    /// The file is not text.
    #[error("expected PEM text, found bytes that are not UTF-8")]
    NotText,
    /// The file is larger than any such file is.
    #[error("expected at most {limit} bytes, found more")]
    TooLarge {
        /// The most bytes that are read.
        limit: u64,
    },
    /// The text is not PEM, or holds nothing.
    #[error("expected {expected}")]
    Pem {
        /// What the file should hold.
        expected: &'static str,
        /// What is wrong.
        #[source]
        source: PemError,
    },
    /// A block of another kind.
    #[error("expected {expected}, but block {position} is `{found}`")]
    Label {
        /// What the file should hold.
        expected: &'static str,
        /// The block's place.
        position: usize,
        /// The block's label.
        found: String,
    },
    /// A certificate cannot be read.
    #[error("certificate {position} cannot be read")]
    Certificate {
        /// Its place.
        position: usize,
        /// What is wrong.
        #[source]
        source: CertificateError,
    },
    /// A public key cannot be used.
    #[error("public key {position} cannot be used")]
    PublicKey {
        /// Its place.
        position: usize,
        /// What is wrong.
        #[source]
        source: PublicKeyError,
    },
    /// A key that no trusted root can name.
    #[error("a key of type {algorithm} cannot be that of a log")]
    KeyType {
        /// The key's type.
        algorithm: String,
    },
    /// Certificates, but no root among them.
    #[error("expected a self-issued root certificate, found {}", found.join(", "))]
    NoRoot {
        /// The certificates' names.
        found: Vec<String>,
    },
    /// A certificate that issues nothing, where only authorities belong.
    #[error("expected certificates of authorities, but `{subject}` is none")]
    NotAnAuthority {
        /// The certificate's name.
        subject: String,
    },
    /// Authorities only, where one that signs timestamps belongs.
    #[error("expected the certificate of a timestamp authority, found authorities only: {}", found.join(", "))]
    NoSigner {
        /// The certificates' names.
        found: Vec<String>,
    },
    /// The way up from a timestamp authority's certificate ends below a root.
    #[error(
        "expected the chain of `{subject}` up to a root, but its issuer `{issuer}` is not there"
    )]
    NoIssuer {
        /// The certificate without issuer.
        subject: String,
        /// The issuer that it names.
        issuer: String,
    },
}
