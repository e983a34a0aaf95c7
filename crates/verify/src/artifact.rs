//! The thing that was signed.

use std::io;

use sigbox_crypto::{HashAlgorithm, Hasher, PublicKey, SignatureError};

use crate::check::Check;
use crate::error::BrokenRule;

/// How much of a stream is read at once, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// The largest artifact, in bytes, that is read from a stream for a signature over the artifact itself (Ed25519).
///
/// Such a signature can only be checked with the whole artifact in memory.
pub const MAX_WHOLE_ARTIFACT_BYTES: usize = 512 * 1024 * 1024;

/// What a bundle is to be judged against.
pub enum Artifact<'a> {
    /// The artifact's SHA-256.
    Sha256Digest([u8; 32]),
    /// The artifact's digest by another hash, where the signing key wants that one.
    Digest {
        /// The hash.
        algorithm: HashAlgorithm,
        /// The digest, as long as the hash makes it.
        digest: &'a [u8],
    },
    /// The artifact itself.
    Bytes(&'a [u8]),
    /// The artifact as a stream, which is read once and to its end.
    Reader(&'a mut dyn io::Read),
}

/// The artifact is not the signed one, or cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The stream broke.
    #[error("cannot read the artifact")]
    Read(#[source] io::Error),
    /// The digest that was given has the wrong length.
    #[error("{algorithm} digest of the artifact has {found} bytes, expected {expected}")]
    DigestLength {
        /// The hash.
        algorithm: HashAlgorithm,
        /// The length that the hash makes.
        expected: usize,
        /// The length that was given.
        found: usize,
    },
    /// A digest was given, but the signing key wants another hash.
    #[error(
        "the signature is over a {needed} digest, but the artifact is given by its {given} digest: give the file"
    )]
    DigestAlgorithm {
        /// The hash that the key signs with.
        needed: HashAlgorithm,
        /// The hash of the digest that was given.
        given: HashAlgorithm,
    },
    /// The bundle's own digest is of another length than its hash makes.
    #[error("{algorithm} digest in the bundle has {found} bytes, expected {expected}")]
    DeclaredLength {
        /// The hash.
        algorithm: HashAlgorithm,
        /// The length that the hash makes.
        expected: usize,
        /// The length in the bundle.
        found: usize,
    },
    /// The bundle is about another artifact.
    #[error(
        "the bundle is about {} {}, got {}",
        algorithm,
        hex::encode(expected),
        hex::encode(found)
    )]
    Digest {
        /// The hash of both digests.
        algorithm: HashAlgorithm,
        /// The digest that the bundle names.
        expected: Vec<u8>,
        /// The artifact's digest.
        found: Vec<u8>,
    },
}

impl BrokenRule for ArtifactError {
    fn check(&self) -> Check {
        Check::ArtifactDigest
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::Digest { expected, .. } => Some(hex::encode(expected)),
            Self::DigestLength { expected, .. } | Self::DeclaredLength { expected, .. } => {
                Some(expected.to_string())
            }
            Self::DigestAlgorithm { needed, .. } => Some(needed.to_string()),
            Self::Read(_) => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::Digest { found, .. } => Some(hex::encode(found)),
            Self::DigestLength { found, .. } | Self::DeclaredLength { found, .. } => {
                Some(found.to_string())
            }
            Self::DigestAlgorithm { given, .. } => Some(given.to_string()),
            Self::Read(_) => None,
        }
    }
}

/// A signature that may be over the artifact itself, not over its digest.
#[derive(Clone, Copy)]
pub(crate) struct OverWhole<'a> {
    pub(crate) key: &'a PublicKey,
    pub(crate) signature: &'a [u8],
}

impl OverWhole<'_> {
    fn check(self, artifact: &[u8]) -> Whole {
        let hash = self.key.algorithm().default_hash();
        Whole::Judged(self.key.verify(hash, artifact, self.signature))
    }
}

/// What the artifact itself, not its digest, said about a signature.
#[derive(Debug)]
pub(crate) enum Whole {
    /// It was not asked.
    NotAsked,
    /// Only a digest was given.
    DigestOnly(HashAlgorithm),
    /// It is too large to be asked.
    TooLarge,
    /// Whether the signature is over it.
    Judged(Result<(), SignatureError>),
}

/// The digests of an artifact.
#[derive(Debug)]
pub(crate) struct Digests {
    digests: Vec<(HashAlgorithm, Vec<u8>)>,
    whole: Whole,
}

impl Digests {
    /// Computes the `wanted` digests, or takes the one that was given, and asks the artifact itself if that is wanted.
    pub(crate) fn load(
        artifact: Artifact<'_>,
        wanted: &[HashAlgorithm],
        over_whole: Option<OverWhole<'_>>,
    ) -> Result<Self, ArtifactError> {
        let given = |algorithm, digest: &[u8]| Self {
            digests: vec![(algorithm, digest.to_vec())],
            whole: over_whole.map_or(Whole::NotAsked, |_| Whole::DigestOnly(algorithm)),
        };
        match artifact {
            Artifact::Sha256Digest(digest) => Ok(given(HashAlgorithm::Sha2_256, &digest)),
            Artifact::Digest { algorithm, digest } => {
                let (expected, found) = (algorithm.digest_len(), digest.len());
                if found != expected {
                    return Err(ArtifactError::DigestLength {
                        algorithm,
                        expected,
                        found,
                    });
                }
                Ok(given(algorithm, digest))
            }
            Artifact::Bytes(bytes) => {
                let mut read = Self::read(&mut &*bytes, wanted, |_| ())?;
                read.whole = over_whole.map_or(Whole::NotAsked, |over| over.check(bytes));
                Ok(read)
            }
            Artifact::Reader(reader) => match over_whole {
                None => Self::read(reader, wanted, |_| ()),
                Some(over) => Self::read_whole(reader, wanted, over, MAX_WHOLE_ARTIFACT_BYTES),
            },
        }
    }

    /// Keeps the stream in memory while it is read, unless it is longer than `limit`.
    fn read_whole(
        reader: &mut dyn io::Read,
        wanted: &[HashAlgorithm],
        over: OverWhole<'_>,
        limit: usize,
    ) -> Result<Self, ArtifactError> {
        let mut kept = Some(Vec::new());
        let mut read = Self::read(reader, wanted, |data| {
            kept = kept.take().and_then(|mut bytes: Vec<u8>| {
                bytes.extend_from_slice(data);
                (bytes.len() <= limit).then_some(bytes)
            });
        })?;
        read.whole = kept.map_or(Whole::TooLarge, |bytes| over.check(&bytes));
        Ok(read)
    }

    fn read(
        reader: &mut dyn io::Read,
        wanted: &[HashAlgorithm],
        mut look: impl FnMut(&[u8]),
    ) -> Result<Self, ArtifactError> {
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let mut hashers: Vec<_> = wanted.into_iter().map(Hasher::new).collect();
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let length = match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(ArtifactError::Read(error)),
            };
            let data = chunk.get(..length).unwrap_or_default();
            look(data);
            for hasher in &mut hashers {
                hasher.update(data);
            }
        }
        let digests = hashers
            .into_iter()
            .map(|hasher| (hasher.algorithm(), hasher.finish()));
        Ok(Self {
            digests: digests.collect(),
            whole: Whole::NotAsked,
        })
    }

    /// What the artifact itself said about the signature.
    pub(crate) fn whole(&self) -> &Whole {
        &self.whole
    }

    /// The digest by `algorithm`.
    pub(crate) fn get(&self, algorithm: HashAlgorithm) -> Result<&[u8], ArtifactError> {
        let found = self.digests.iter().find(|(known, _)| *known == algorithm);
        if let Some((_, digest)) = found {
            return Ok(digest);
        }
        let given = self.digests.first().map_or(algorithm, |(given, _)| *given);
        Err(ArtifactError::DigestAlgorithm {
            needed: algorithm,
            given,
        })
    }

    /// Every digest, with its algorithm.
    pub(crate) fn all(&self) -> &[(HashAlgorithm, Vec<u8>)] {
        &self.digests
    }

    /// One of the digests, with its algorithm.
    pub(crate) fn first(&self) -> Option<(HashAlgorithm, &[u8])> {
        self.digests
            .first()
            .map(|(algorithm, digest)| (*algorithm, digest.as_slice()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
