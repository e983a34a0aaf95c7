//! The back end without C, for places that cannot link any: every algorithm verifies, all but RSA sign.

mod ecdsa;
mod ed25519;
mod rsa;

use rand::{TryRng as _, rngs::SysRng};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use sigbox_wire::HashAlgorithm;

use super::{Refused, SecretForm, SigningBackend, VerifyingBackend};
use crate::KeyAlgorithm;

/// A running hash.
#[derive(Clone)]
pub(crate) enum HashState {
    /// SHA-256.
    Sha256(Sha256),
    /// SHA-384.
    Sha384(Sha384),
    /// SHA-512.
    Sha512(Sha512),
}

impl HashState {
    pub(crate) fn new(hash: HashAlgorithm) -> Self {
        match hash {
            HashAlgorithm::Sha2_256 => Self::Sha256(Sha256::new()),
            HashAlgorithm::Sha2_384 => Self::Sha384(Sha384::new()),
            HashAlgorithm::Sha2_512 => Self::Sha512(Sha512::new()),
        }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Sha256(state) => state.update(data),
            Self::Sha384(state) => state.update(data),
            Self::Sha512(state) => state.update(data),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(state) => state.finalize().to_vec(),
            Self::Sha384(state) => state.finalize().to_vec(),
            Self::Sha512(state) => state.finalize().to_vec(),
        }
    }
}

fn digest(hash: HashAlgorithm, message: &[u8]) -> Vec<u8> {
    let mut state = HashState::new(hash);
    state.update(message);
    state.finish()
}

/// Fills `out` from the operating system's generator.
pub(crate) fn fill_random(out: &mut [u8]) -> Result<(), Refused> {
    SysRng.try_fill_bytes(out).map_err(|_| Refused)
}

/// Parses the contents of a `subjectPublicKey` BIT STRING; a point off the curve or at infinity is refused.
pub(crate) fn parse_public(
    algorithm: KeyAlgorithm,
    bits: &[u8],
) -> Result<Box<dyn VerifyingBackend>, Refused> {
    Ok(match algorithm {
        KeyAlgorithm::EcdsaP256 => Box::new(ecdsa::p256::Public::parse(bits)?),
        KeyAlgorithm::EcdsaP384 => Box::new(ecdsa::p384::Public::parse(bits)?),
        KeyAlgorithm::EcdsaP521 => Box::new(ecdsa::p521::Public::parse(bits)?),
        KeyAlgorithm::Ed25519 => Box::new(ed25519::Public::parse(bits)?),
        KeyAlgorithm::Rsa { .. } => Box::new(rsa::Public::parse(bits)?),
    })
}

/// Makes a new key; RSA is refused.
pub(crate) fn generate(algorithm: KeyAlgorithm) -> Result<Box<dyn SigningBackend>, Refused> {
    Ok(match algorithm {
        KeyAlgorithm::EcdsaP256 => Box::new(ecdsa::p256::Secret::generate()?),
        KeyAlgorithm::EcdsaP384 => Box::new(ecdsa::p384::Secret::generate()?),
        KeyAlgorithm::EcdsaP521 => Box::new(ecdsa::p521::Secret::generate()?),
        KeyAlgorithm::Ed25519 => Box::new(ed25519::Secret::generate()?),
        KeyAlgorithm::Rsa { .. } => return Err(Refused),
    })
}

/// Reads a private key, whose public half is checked if it is there; RSA is refused.
pub(crate) fn parse_secret(
    form: SecretForm,
    der: &[u8],
) -> Result<Box<dyn SigningBackend>, Refused> {
    if let Ok(secret) = ecdsa::p256::Secret::parse(form, der) {
        return Ok(Box::new(secret));
    }
    if let Ok(secret) = ecdsa::p384::Secret::parse(form, der) {
        return Ok(Box::new(secret));
    }
    if let Ok(secret) = ecdsa::p521::Secret::parse(form, der) {
        return Ok(Box::new(secret));
    }
    match form {
        SecretForm::Pkcs8 => Ok(Box::new(ed25519::Secret::parse(der)?)),
        SecretForm::Sec1 | SecretForm::Pkcs1 => Err(Refused),
    }
}
