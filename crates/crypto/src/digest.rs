//! Hashing of whole buffers and of streams.

use crate::backend::HashState;

pub use sigbox_wire::HashAlgorithm;

/// Hashes `data`; the answer is 32, 48 or 64 bytes as `algorithm` says.
pub fn digest(algorithm: HashAlgorithm, data: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(data);
    hasher.finish()
}

/// The SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(data).into()
}

/// A hash fed piece by piece.
#[derive(Clone)]
pub struct Hasher {
    algorithm: HashAlgorithm,
    state: HashState,
}

impl Hasher {
    /// Starts an empty hash.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self {
            algorithm,
            state: HashState::new(algorithm),
        }
    }

    /// Appends `data` to the hashed stream.
    pub fn update(&mut self, data: &[u8]) {
        self.state.update(data);
    }

    /// Which hash this is.
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// Ends the stream and gives its digest.
    pub fn finish(self) -> Vec<u8> {
        self.state.finish()
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl std::io::Write for Hasher {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn answers_the_fips_180_vectors() {
        assert_eq!(
            hex::encode(sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(digest(HashAlgorithm::Sha2_256, b"abc"), sha256(b"abc"));
        assert_eq!(
            hex::encode(digest(HashAlgorithm::Sha2_384, b"abc")),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        );
        assert_eq!(
            hex::encode(digest(HashAlgorithm::Sha2_512, b"abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        );
    }

    #[test]
    fn a_stream_hashes_like_the_whole() {
        for algorithm in [
            HashAlgorithm::Sha2_256,
            HashAlgorithm::Sha2_384,
            HashAlgorithm::Sha2_512,
        ] {
            let mut hasher = Hasher::new(algorithm);
            hasher.write_all(b"a").unwrap();
            hasher.update(b"");
            hasher.update(b"bc");
            assert_eq!(hasher.finish(), digest(algorithm, b"abc"));
        }
    }
}
