//! The thing that was signed.

use std::io;

use sigbox_crypto::{HashAlgorithm, Hasher};

use crate::check::Check;
use crate::error::BrokenRule;

/// How much of a stream is read at once, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

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

/// The digests of an artifact.
#[derive(Debug)]
pub(crate) struct Digests {
    digests: Vec<(HashAlgorithm, Vec<u8>)>,
}

impl Digests {
    /// Computes the `wanted` digests, or takes the one that was given.
    pub(crate) fn load(
        artifact: Artifact<'_>,
        wanted: &[HashAlgorithm],
    ) -> Result<Self, ArtifactError> {
        let given = |algorithm, digest: &[u8]| Self {
            digests: vec![(algorithm, digest.to_vec())],
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
            Artifact::Bytes(mut bytes) => Self::read(&mut bytes, wanted),
            Artifact::Reader(reader) => Self::read(reader, wanted),
        }
    }

    fn read(reader: &mut dyn io::Read, wanted: &[HashAlgorithm]) -> Result<Self, ArtifactError> {
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
            for hasher in &mut hashers {
                hasher.update(data);
            }
        }
        let digests = hashers
            .into_iter()
            .map(|hasher| (hasher.algorithm(), hasher.finish()));
        Ok(Self {
            digests: digests.collect(),
        })
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
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_hashed_once_for_all_wanted_hashes() {
        let mut stream = io::Cursor::new(vec![7; CHUNK_BYTES * 2 + 1]);
        let wanted = [
            HashAlgorithm::Sha2_384,
            HashAlgorithm::Sha2_256,
            HashAlgorithm::Sha2_384,
        ];
        let digests = Digests::load(Artifact::Reader(&mut stream), &wanted).unwrap();
        for algorithm in wanted {
            let whole = sigbox_crypto::digest(algorithm, stream.get_ref());
            assert_eq!(digests.get(algorithm).unwrap(), whole);
        }
    }

    #[test]
    fn an_empty_digest_is_no_digest_but_an_empty_file_has_one() {
        let algorithm = HashAlgorithm::Sha2_256;
        let refused = Digests::load(
            Artifact::Digest {
                algorithm,
                digest: &[],
            },
            &[algorithm],
        );
        assert!(matches!(
            refused,
            Err(ArtifactError::DigestLength {
                expected: 32,
                found: 0,
                ..
            })
        ));
        let empty = Digests::load(Artifact::Bytes(&[]), &[algorithm]).unwrap();
        assert_eq!(empty.get(algorithm).unwrap(), sigbox_crypto::sha256(&[]));
    }

    #[test]
    fn another_hash_than_the_given_one_cannot_be_had() {
        let digests = Digests::load(Artifact::Sha256Digest([0; 32]), &[]).unwrap();
        let refused = digests.get(HashAlgorithm::Sha2_384);
        assert!(matches!(
            refused,
            Err(ArtifactError::DigestAlgorithm {
                needed: HashAlgorithm::Sha2_384,
                given: HashAlgorithm::Sha2_256
            })
        ));
    }

    #[test]
    fn a_broken_stream_is_its_own_error() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let refused = Digests::load(Artifact::Reader(&mut Broken), &[HashAlgorithm::Sha2_256]);
        assert!(
            matches!(refused, Err(ArtifactError::Read(error)) if error.kind() == io::ErrorKind::ConnectionReset)
        );
    }
}
