//! The seam behind which the primitives live.
//!
//! The rest of the crate decides *what* may be done (sizes, encodings, pairs of key and hash); a back end only does
//! the arithmetic. It supplies two traits and the free functions re-exported here. There are two: aws-lc-rs, and one
//! without C. Features of cargo add up across a build, so aws-lc-rs is taken whenever it is there; the tests of this
//! crate build both and compare them.

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(all(test, feature = "aws-lc"))]
mod differential;
pub(crate) mod ed25519ph;
#[cfg(any(test, not(feature = "aws-lc")))]
mod rust_crypto;

use sigbox_wire::HashAlgorithm;
use zeroize::Zeroizing;

use crate::KeyAlgorithm;

#[cfg(feature = "aws-lc")]
pub(crate) use aws_lc::{HashState, fill_random, generate, parse_public, parse_secret};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use rust_crypto::{HashState, fill_random, generate, parse_public, parse_secret};

#[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
compile_error!("sigbox-crypto needs a back end: the feature `aws-lc` or `rust-crypto`");

/// A public key that the back end has already parsed.
pub(crate) trait VerifyingBackend: Send + Sync {
    /// Whether `signature` is good for `message`, hashed with `hash` (Ed25519 ignores `hash`).
    fn verify(&self, hash: HashAlgorithm, message: &[u8], signature: &[u8]) -> bool;

    /// Whether `signature` is good for a `digest` made with `hash`; never true for Ed25519.
    fn verify_digest(&self, hash: HashAlgorithm, digest: &[u8], signature: &[u8]) -> bool;
}

/// A private key held by the back end, which wipes it when it is dropped.
pub(crate) trait SigningBackend: Send + Sync {
    /// Which kind of key this is.
    fn algorithm(&self) -> KeyAlgorithm;

    /// The public half in the encoding that a `subjectPublicKey` BIT STRING holds.
    fn public_key_bits(&self) -> &[u8];

    /// Signs `message` with the key's default hash (Ed25519: pure).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Refused>;

    /// Signs a digest made with the key's default hash; Ed25519 refuses.
    fn sign_digest(&self, digest: &[u8]) -> Result<Vec<u8>, Refused>;

    /// The private key as PKCS#8 v1 DER.
    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Refused>;

    /// The 32-byte Ed25519 seed, for Ed25519ph only.
    fn ed25519_seed(&self) -> Option<Zeroizing<[u8; 32]>>;
}

/// The back end said no and, as such libraries do, not why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refused the operation")]
pub(crate) struct Refused;

/// Which structure holds a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretForm {
    /// PKCS#8 `PrivateKeyInfo`.
    Pkcs8,
    /// SEC 1 `ECPrivateKey`.
    Sec1,
    /// PKCS#1 `RSAPrivateKey`.
    Pkcs1,
}
