//! Digests of content, parsed before anything is done with them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256, Sha512};

use crate::foreign::Foreign;

/// A text is no digest that may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// There is no `:` between algorithm and value.
    #[error("a digest is ALGORITHM:HEX, found \"{found}\"")]
    NoAlgorithm {
        /// The text.
        found: Foreign,
    },
    /// Neither SHA-256 nor SHA-512.
    #[error("the digest algorithm is sha256 or sha512, found \"{found}\"")]
    Algorithm {
        /// The name before the colon.
        found: Foreign,
    },
    /// The value has another length than the algorithm's.
    #[error("a {algorithm} digest has {expected} hexadecimal digits, found {found} characters")]
    Length {
        /// The algorithm that is named.
        algorithm: DigestAlgorithm,
        /// Digits that belong there.
        expected: usize,
        /// Bytes that stand there.
        found: usize,
    },
    /// The value holds something else than `0-9a-f`.
    #[error("a digest's hexadecimal digits are 0-9 and a-f, found \"{found}\"")]
    NotLowerHex {
        /// The text.
        found: Foreign,
    },
}

/// The algorithms that content may be named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DigestAlgorithm {
    /// SHA-256, which every registry has.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// The name before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn hex_len(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of content by its hash: `sha256:` or `sha512:` and lower-case hexadecimal digits of exactly that length.
///
/// A value of this type holds no character that means anything in a path or an address.
///
/// Source: OCI image spec 1.1, descriptor.md, "Digests".
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    hex: String,
}

impl Digest {
    /// The SHA-256 digest of bytes.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self::of(DigestAlgorithm::Sha256, bytes)
    }

    /// The digest of bytes by an algorithm.
    pub fn of(algorithm: DigestAlgorithm, bytes: &[u8]) -> Self {
        let mut digester = Digester::new(algorithm);
        digester.update(bytes);
        digester.finish()
    }

    /// The algorithm.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The hexadecimal digits after the colon.
    pub fn hex(&self) -> &str {
        &self.hex
    }

    /// The tag below which a registry without the referrers API keeps the list of referrers: `sha256-<hex>`.
    ///
    /// Source: OCI distribution spec 1.1, "Referrers Tag Schema" (at most 32 and 64 characters of the two parts).
    pub fn referrers_tag(&self) -> crate::Tag {
        crate::Tag::of_digest(self)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let foreign = || Foreign::new(text);
        let (name, hex) = text
            .split_once(':')
            .ok_or_else(|| DigestError::NoAlgorithm { found: foreign() })?;
        let algorithm = match name {
            "sha256" => DigestAlgorithm::Sha256,
            "sha512" => DigestAlgorithm::Sha512,
            other => {
                return Err(DigestError::Algorithm {
                    found: Foreign::new(other),
                });
            }
        };
        if hex.len() != algorithm.hex_len() {
            return Err(DigestError::Length {
                algorithm,
                expected: algorithm.hex_len(),
                found: hex.len(),
            });
        }
        if !hex
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            return Err(DigestError::NotLowerHex { found: foreign() });
        }
        Ok(Self {
            algorithm,
            hex: hex.to_owned(),
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.hex)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Computes a digest piece by piece.
#[derive(Clone, Debug)]
pub struct Digester(State);

#[derive(Clone, Debug)]
enum State {
    Sha256(Sha256),
    Sha512(Box<Sha512>),
}

impl Digester {
    /// Nothing taken in yet.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(match algorithm {
            DigestAlgorithm::Sha256 => State::Sha256(Sha256::new()),
            DigestAlgorithm::Sha512 => State::Sha512(Box::default()),
        })
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// The digest of all that was taken in.
    pub fn finish(self) -> Digest {
        let (algorithm, hash) = match self.0 {
            State::Sha256(state) => (DigestAlgorithm::Sha256, state.finalize().to_vec()),
            State::Sha512(state) => (DigestAlgorithm::Sha512, state.finalize().to_vec()),
        };
        Digest {
            algorithm,
            hex: lower_hex(&hash),
        }
    }
}

fn lower_hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
