//! The artifact: a file, stdin, or only its digest.

mod early;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sigbox_crypto::{HashAlgorithm, Hasher};
use sigbox_tlog::Hash;
use sigbox_verify::MAX_WHOLE_ARTIFACT_BYTES;
use url::Url;

use crate::fetch::{self, FetchError};
use crate::http::without_query;
use crate::ui::{Escaped, Meter, Metered, io_reason};

pub(crate) use self::early::EarlyDigest;

/// Read at once; an artifact may be larger than memory.
const BUFFER_BYTES: usize = 128 * 1024;
/// What is read whole, in bytes: the most that a verifier keeps in memory.
const MAX_WHOLE_BYTES: u64 = MAX_WHOLE_ARTIFACT_BYTES as u64;
const DIGEST_PREFIX: &str = "sha256:";

/// Where an artifact's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArtifactSource {
    /// A file.
    File(PathBuf),
    /// Standard input, readable once.
    Stdin,
    /// At an `http` or `https` address.
    Address(Url),
    /// Nowhere: only the SHA-256 of the artifact is known.
    Sha256([u8; 32]),
    /// Nowhere: only a digest by another hash is known.
    Digest {
        /// The hash.
        algorithm: HashAlgorithm,
        /// The digest, as long as the hash makes it.
        digest: Vec<u8>,
    },
}

/// An artifact could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The file cannot be read.
    #[error("open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    File {
        /// The path as the user gave it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The address gives no file.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The transfer broke.
    #[error("GET {}: {}", Escaped(.url), io_reason(.source))]
    Transfer {
        /// The address.
        url: String,
        /// What the system says.
        source: io::Error,
    },
    /// Standard input cannot be read.
    #[error("reading stdin: {}", io_reason(.source))]
    Stdin {
        /// What the system says.
        source: io::Error,
    },
    /// A digest can be verified, but not hashed with another algorithm or signed.
    #[error("a digest was given where the artifact itself is needed")]
    OnlyDigest,
    /// What is signed as it is must fit into memory.
    #[error("{}: what is signed as it is, not by its digest, has at most {limit} bytes", Escaped(.name))]
    TooLarge {
        /// The artifact as the user named it.
        name: String,
        /// The most bytes.
        limit: u64,
    },
}

impl ArtifactSource {
    /// Reads an argument of `sign-blob`: `-` is stdin, everything else a path.
    pub fn from_argument(argument: &str) -> Self {
        if argument == "-" {
            Self::Stdin
        } else {
            Self::File(PathBuf::from(argument))
        }
    }

    /// Reads an argument of `verify-blob`, where `sha256:` and 64 hex digits are a digest, and `http(s)://…` is an
    /// address, unless a file has that name.
    pub fn from_verify_argument(argument: &str) -> Self {
        let elsewhere = parse_digest(argument)
            .map(Self::Sha256)
            .or_else(|| fetch::address(argument).map(Self::Address));
        match elsewhere {
            Some(elsewhere) if !Path::new(argument).exists() => elsewhere,
            _ => Self::from_argument(argument),
        }
    }

    /// What to call it in messages, as the user gave it.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "-".to_owned(),
            Self::Address(url) => without_query(url),
            Self::Sha256(digest) => format!("{DIGEST_PREFIX}{}", Hash::from_bytes(*digest)),
            Self::Digest { algorithm, digest } => format!("{algorithm}:{}", hex::encode(digest)),
        }
    }

    /// Opens the artifact for reading.
    ///
    /// # Errors
    /// [`ArtifactError`] if it cannot be opened, or there is only a digest.
    pub(crate) fn open(&self) -> Result<Box<dyn Read>, ArtifactError> {
        match self {
            Self::File(path) => match File::open(path) {
                Ok(file) => {
                    let length = file.metadata().ok().map(|metadata| metadata.len());
                    Ok(self.metered("Hashing", file, length))
                }
                Err(source) => Err(ArtifactError::File {
                    path: path.clone(),
                    source,
                }),
            },
            Self::Stdin => Ok(self.metered("Hashing", io::stdin().lock(), None)),
            Self::Address(url) => Ok(self.metered("Downloading", fetch::open(url)?, None)),
            Self::Sha256(_) | Self::Digest { .. } => Err(ArtifactError::OnlyDigest),
        }
    }

    fn metered(
        &self,
        verb: &'static str,
        reader: impl Read + 'static,
        length: Option<u64>,
    ) -> Box<dyn Read> {
        let meter = Meter::new(verb, self.name(), length.filter(|length| *length > 0));
        Box::new(Metered::new(reader, meter))
    }

    /// The artifact's digest, read in pieces of bounded size.
    ///
    /// # Errors
    /// [`ArtifactError`] if it cannot be read to its end.
    pub fn digest(&self, algorithm: HashAlgorithm) -> Result<Vec<u8>, ArtifactError> {
        if let Self::Sha256(digest) = self
            && algorithm == HashAlgorithm::Sha2_256
        {
            return Ok(digest.to_vec());
        }
        self.digest_while(algorithm, || true)
    }

    /// The same; broken off when it is not wanted any more.
    fn digest_while(
        &self,
        algorithm: HashAlgorithm,
        is_wanted: impl Fn() -> bool,
    ) -> Result<Vec<u8>, ArtifactError> {
        let mut reader = self.open()?;
        let mut hasher = Hasher::new(algorithm);
        let mut buffer = vec![0; BUFFER_BYTES];
        while is_wanted() {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(hasher.finish()),
                Ok(count) => hasher.update(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.read_error(source)),
            }
        }
        Err(self.read_error(io::ErrorKind::Interrupted.into()))
    }

    /// The artifact's bytes, for what is signed as it is.
    ///
    /// # Errors
    /// [`ArtifactError`] if it cannot be read to its end, or is too large.
    pub(crate) fn read_whole(&self) -> Result<Vec<u8>, ArtifactError> {
        self.read_at_most(MAX_WHOLE_BYTES)
    }

    fn read_at_most(&self, limit: u64) -> Result<Vec<u8>, ArtifactError> {
        let mut content = Vec::new();
        let mut bounded = self.open()?.take(limit.saturating_add(1));
        let length = bounded
            .read_to_end(&mut content)
            .map_err(|source| self.read_error(source))?;
        if u64::try_from(length).is_ok_and(|length| length <= limit) {
            return Ok(content);
        }
        let name = self.name();
        Err(ArtifactError::TooLarge { name, limit })
    }

    pub(crate) fn read_error(&self, source: io::Error) -> ArtifactError {
        match self {
            Self::File(path) => ArtifactError::File {
                path: path.clone(),
                source,
            },
            Self::Stdin => ArtifactError::Stdin { source },
            Self::Address(url) => ArtifactError::Transfer {
                url: without_query(url),
                source,
            },
            Self::Sha256(_) | Self::Digest { .. } => ArtifactError::OnlyDigest,
        }
    }
}

fn parse_digest(argument: &str) -> Option<[u8; 32]> {
    let hex = argument.strip_prefix(DIGEST_PREFIX)?.as_bytes();
    let mut digest = [0; 32];
    let (pairs, rest) = hex.as_chunks::<2>();
    if pairs.len() != digest.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
        *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
    }
    Some(digest)
}

fn hex_digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ArtifactError, ArtifactSource, HashAlgorithm};

    const HELLO: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[test]
    fn a_digest_is_one_only_in_its_full_form() {
        let source = ArtifactSource::from_verify_argument(HELLO);
        assert_eq!(source.name(), HELLO);
        assert!(matches!(source, ArtifactSource::Sha256(_)));
        for other in [
            "sha256:",
            "sha256:2cf2",
            &format!("{HELLO}0"),
            &HELLO.replace('2', "g"),
            "sha512:00",
        ] {
            let source = ArtifactSource::from_verify_argument(other);
            assert_eq!(source, ArtifactSource::File(other.into()));
        }
    }

    #[test]
    fn a_file_with_the_name_of_a_digest_is_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(HELLO);
        std::fs::write(&path, "x").unwrap();
        let argument = path.to_str().unwrap();
        assert_eq!(
            ArtifactSource::from_verify_argument(argument),
            ArtifactSource::File(path.clone())
        );
    }

    #[test]
    fn what_is_read_whole_is_refused_beyond_the_limit_and_never_cut() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("blob");
        std::fs::write(&path, "hello").unwrap();
        let blob = ArtifactSource::File(path.clone());
        assert_eq!(blob.read_at_most(5).unwrap(), b"hello");
        let refused = blob.read_at_most(4).unwrap_err();
        assert!(
            matches!(&refused, ArtifactError::TooLarge { name, limit: 4 } if *name == path.to_string_lossy())
        );
    }

    #[test]
    fn hashes_a_file_in_pieces() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("large");
        let content = vec![7; super::BUFFER_BYTES * 2 + 5];
        std::fs::write(&path, &content).unwrap();
        let digest = ArtifactSource::File(path)
            .digest(HashAlgorithm::Sha2_256)
            .unwrap();
        assert_eq!(digest, sigbox_crypto::sha256(&content));
    }

    #[test]
    fn says_which_file_is_missing() {
        let error = ArtifactSource::from_argument("none.txt")
            .digest(HashAlgorithm::Sha2_256)
            .unwrap_err();
        assert!(
            matches!(&error, ArtifactError::File { path, .. } if path.as_os_str() == "none.txt")
        );
        assert_eq!(
            error.to_string(),
            "open none.txt: no such file or directory"
        );
    }
}
