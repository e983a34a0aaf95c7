//! RSA PKCS#1 v1.5, verification only: the library's private-key operations leak through timing (RUSTSEC-2023-0071).

use std::ops::RangeInclusive;

use der::Decode as _;
use rsa::{BoxedUint, Pkcs1v15Sign, RsaPublicKey, pkcs1::RsaPublicKeyRef};
use sha2::{Sha256, Sha384, Sha512};
use sigbox_wire::HashAlgorithm;

use super::{Refused, VerifyingBackend, digest};

/// What the main back end can parse. It verifies from 2048 bits on, a rule that the caller holds for both.
const MODULUS_BITS: RangeInclusive<usize> = 512..=8192;

pub(super) struct Public(RsaPublicKey);

impl Public {
    pub(super) fn parse(bits: &[u8]) -> Result<Self, Refused> {
        let key = RsaPublicKeyRef::from_der(bits).map_err(|_| Refused)?;
        let modulus = BoxedUint::from_be_slice_vartime(key.modulus.as_bytes());
        let exponent = BoxedUint::from_be_slice_vartime(key.public_exponent.as_bytes());
        RsaPublicKey::new_with_size_limits(modulus, exponent, MODULUS_BITS)
            .map(Self)
            .map_err(|_| Refused)
    }
}

impl VerifyingBackend for Public {
    fn verify(&self, hash: HashAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verify_digest(hash, &digest(hash, message), signature)
    }

    fn verify_digest(&self, hash: HashAlgorithm, digest: &[u8], signature: &[u8]) -> bool {
        let scheme = match hash {
            HashAlgorithm::Sha2_256 => Pkcs1v15Sign::new::<Sha256>(),
            HashAlgorithm::Sha2_384 => Pkcs1v15Sign::new::<Sha384>(),
            HashAlgorithm::Sha2_512 => Pkcs1v15Sign::new::<Sha512>(),
        };
        self.0.verify(scheme, digest, signature).is_ok()
    }
}
