//! What can be wrong with a public key or a signature.

use const_oid::ObjectIdentifier;
use sigbox_wire::HashAlgorithm;

use crate::{KeyAlgorithm, pem::PemError};

/// Why bytes are not a public key that we can use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// Not one DER `SubjectPublicKeyInfo`, or bytes follow it.
    #[error("public key is not a DER SubjectPublicKeyInfo")]
    Malformed {
        /// What the DER reader stumbled over.
        #[source]
        source: der::Error,
    },
    /// The PEM armour is wrong.
    #[error("public key is not PEM")]
    Pem(#[from] PemError),
    /// The BIT STRING does not end on a byte.
    #[error("public key bit string has unused bits")]
    UnusedBits,
    /// A key type that we do not handle.
    #[error("public key algorithm {oid} is not supported")]
    UnsupportedAlgorithm {
        /// OID of the key type.
        oid: ObjectIdentifier,
    },
    /// An elliptic curve that we do not handle.
    #[error("elliptic curve {oid} is not supported")]
    UnsupportedCurve {
        /// OID of the named curve.
        oid: ObjectIdentifier,
    },
    /// Parameters that the key type does not have, or an explicit instead of a named curve.
    #[error("public key algorithm has wrong parameters")]
    AlgorithmParameters,
    /// Not an uncompressed point of the right length; the point at infinity is of this kind.
    #[error("{algorithm} public key is not an uncompressed point of the right length")]
    PointEncoding {
        /// The kind of key that the point claims to be of.
        algorithm: KeyAlgorithm,
    },
    /// Coordinates that do not satisfy the curve's equation.
    #[error("{algorithm} public key is not a point of its curve")]
    PointNotOnCurve {
        /// The kind of key that the point claims to be of.
        algorithm: KeyAlgorithm,
    },
    /// An RSA modulus under 512 or over 8192 bits.
    #[error("RSA modulus of {bits} bits is outside 512 to 8192")]
    RsaSize {
        /// Length of the modulus.
        bits: u32,
    },
    /// An RSA key whose numbers cannot be a key, such as an even modulus or exponent.
    #[error("RSA public key has an impossible modulus or exponent")]
    RsaNumbers,
}

impl PublicKeyError {
    pub(crate) fn malformed(source: der::Error) -> Self {
        Self::Malformed { source }
    }
}

/// Why a well-formed key is too weak to be certified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakKeyError {
    /// An RSA size other than the three allowed ones.
    #[error("RSA key of {bits} bits, expected 2048, 3072 or 4096")]
    RsaSize {
        /// Length of the modulus.
        bits: u32,
    },
    /// An RSA exponent other than 65537; `None` if it has more than 64 bits.
    #[error("RSA public exponent is not 65537")]
    RsaExponent {
        /// The exponent that is there.
        exponent: Option<u64>,
    },
    /// The modulus has a factor below 752, so it is no product of two large primes.
    #[error("RSA modulus is divisible by {factor}")]
    RsaSmallFactor {
        /// The factor.
        factor: u32,
    },
    /// The modulus has the fingerprint of keys made by a flawed library (CVE-2017-15361).
    #[error("RSA modulus has the ROCA pattern")]
    Roca,
    /// A point of small order: anyone can sign for it.
    #[error("Ed25519 public key has small order")]
    SmallOrder,
}

/// Why a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The signature is not one of this message by this key.
    #[error("signature does not verify under the {algorithm} key")]
    Mismatch {
        /// The kind of key it was checked with.
        algorithm: KeyAlgorithm,
    },
    /// The digest is not as long as its hash makes it.
    #[error("digest of {found} bytes where {expected} are expected")]
    DigestLength {
        /// Length of the named hash.
        expected: usize,
        /// Length of what was given.
        found: usize,
    },
    /// Ed25519 signs digests of SHA-512 only.
    #[error("Ed25519ph takes a SHA-512 digest, not {}", hash.name())]
    Ed25519phHash {
        /// The hash that was asked for.
        hash: HashAlgorithm,
    },
    /// An RSA key below 2048 bits verifies nothing.
    #[error("RSA key of {bits} bits is too small to verify with")]
    RsaKeyTooSmall {
        /// Length of the modulus.
        bits: u32,
    },
    /// The algorithm identifier beside the signature names something else.
    #[error("signature algorithm {oid} is not supported")]
    UnsupportedAlgorithm {
        /// OID of the signature algorithm.
        oid: ObjectIdentifier,
    },
    /// The signature algorithm does not go with the key.
    #[error("signature algorithm {oid} does not go with the {algorithm} key")]
    AlgorithmKeyMismatch {
        /// OID of the signature algorithm.
        oid: ObjectIdentifier,
        /// The kind of key.
        algorithm: KeyAlgorithm,
    },
}
