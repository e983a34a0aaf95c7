//! Pure Ed25519; the prehashed form lives beside the seam, for both back ends.

use ed25519_dalek::{
    Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes},
};
use sigbox_wire::HashAlgorithm;
use zeroize::Zeroizing;

use super::{Refused, SigningBackend, VerifyingBackend, fill_random};
use crate::KeyAlgorithm;

pub(super) struct Public(VerifyingKey);

impl Public {
    pub(super) fn parse(bits: &[u8]) -> Result<Self, Refused> {
        let bits = bits.try_into().map_err(|_| Refused)?;
        VerifyingKey::from_bytes(bits)
            .map(Self)
            .map_err(|_| Refused)
    }

    /// Whether the key is the one encoding of its point that RFC 8032 §5.1.3 decodes; the library also takes the others.
    fn is_canonical(&self) -> bool {
        self.0.to_edwards().compress().as_bytes() == self.0.as_bytes()
    }
}

impl VerifyingBackend for Public {
    fn verify(&self, _: HashAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        self.is_canonical()
            && Signature::from_slice(signature)
                .is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }

    fn verify_digest(&self, _: HashAlgorithm, _: &[u8], _: &[u8]) -> bool {
        false
    }
}

/// A private key, wiped by its type; its public half beside it because the seam lends it.
pub(super) struct Secret {
    key: SigningKey,
    public: [u8; 32],
}

impl Secret {
    fn new(key: SigningKey) -> Self {
        Self {
            public: key.verifying_key().to_bytes(),
            key,
        }
    }

    pub(super) fn generate() -> Result<Self, Refused> {
        let mut seed = Zeroizing::new([0; 32]);
        fill_random(seed.as_mut_slice())?;
        Ok(Self::new(SigningKey::from_bytes(&seed)))
    }

    pub(super) fn parse(der: &[u8]) -> Result<Self, Refused> {
        SigningKey::from_pkcs8_der(der)
            .map(Self::new)
            .map_err(|_| Refused)
    }
}

impl SigningBackend for Secret {
    fn algorithm(&self) -> KeyAlgorithm {
        KeyAlgorithm::Ed25519
    }

    fn public_key_bits(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Refused> {
        let signature = self.key.try_sign(message).map_err(|_| Refused)?;
        Ok(signature.to_bytes().to_vec())
    }

    fn sign_digest(&self, _: &[u8]) -> Result<Vec<u8>, Refused> {
        Err(Refused)
    }

    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Refused> {
        // Without the public half: version 1, which every reader knows.
        let pair = KeypairBytes {
            secret_key: self.key.to_bytes(),
            public_key: None,
        };
        Ok(pair.to_pkcs8_der().map_err(|_| Refused)?.to_bytes())
    }

    fn ed25519_seed(&self) -> Option<Zeroizing<[u8; 32]>> {
        Some(Zeroizing::new(self.key.to_bytes()))
    }
}
