//! ECDSA over the three curves: three crates with the same names inside, so the code is written once, as a macro.

use rand::rngs::SysRng;
use sigbox_wire::HashAlgorithm;
use zeroize::Zeroizing;

use super::{Refused, SecretForm, SigningBackend, VerifyingBackend, digest};
use crate::KeyAlgorithm;

macro_rules! nist_curve {
    ($curve:ident, $algorithm:expr) => {
        pub(super) mod $curve {
            use ::$curve::{
                SecretKey,
                ecdsa::{
                    Signature, SigningKey, VerifyingKey,
                    signature::hazmat::{PrehashVerifier as _, RandomizedPrehashSigner as _},
                },
                elliptic_curve::{Generate as _, sec1::ToSec1Point as _},
                pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _},
            };

            use super::*;

            pub(in super::super) struct Public(VerifyingKey);

            impl Public {
                pub(in super::super) fn parse(bits: &[u8]) -> Result<Self, Refused> {
                    VerifyingKey::from_sec1_bytes(bits)
                        .map(Self)
                        .map_err(|_| Refused)
                }
            }

            impl VerifyingBackend for Public {
                fn verify(&self, hash: HashAlgorithm, message: &[u8], signature: &[u8]) -> bool {
                    self.verify_digest(hash, &digest(hash, message), signature)
                }

                fn verify_digest(
                    &self,
                    hash: HashAlgorithm,
                    digest: &[u8],
                    signature: &[u8],
                ) -> bool {
                    digest.len() == hash.digest_len()
                        && Signature::from_der(signature).is_ok_and(|signature| {
                            self.0.verify_prehash(digest, &signature).is_ok()
                        })
                }
            }

            /// A private key; both copies of the scalar are wiped by their types.
            pub(in super::super) struct Secret {
                key: SecretKey,
                signing: SigningKey,
                /// The uncompressed point.
                public: Vec<u8>,
            }

            impl Secret {
                fn new(key: SecretKey) -> Self {
                    Self {
                        signing: SigningKey::from(&key),
                        public: key.public_key().to_sec1_point(false).as_bytes().to_vec(),
                        key,
                    }
                }

                pub(in super::super) fn generate() -> Result<Self, Refused> {
                    SecretKey::try_generate_from_rng(&mut SysRng)
                        .map(Self::new)
                        .map_err(|_| Refused)
                }

                pub(in super::super) fn parse(
                    form: SecretForm,
                    der: &[u8],
                ) -> Result<Self, Refused> {
                    let key = match form {
                        SecretForm::Pkcs8 => SecretKey::from_pkcs8_der(der).map_err(|_| Refused),
                        SecretForm::Sec1 => SecretKey::from_sec1_der(der).map_err(|_| Refused),
                        SecretForm::Pkcs1 => Err(Refused),
                    };
                    key.map(Self::new)
                }
            }

            impl SigningBackend for Secret {
                fn algorithm(&self) -> KeyAlgorithm {
                    $algorithm
                }

                fn public_key_bits(&self) -> &[u8] {
                    &self.public
                }

                fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Refused> {
                    self.sign_digest(&digest($algorithm.default_hash(), message))
                }

                // RFC 6979 with fresh randomness mixed in (its §3.6): neither a weak generator nor a fault reveals the key.
                fn sign_digest(&self, digest: &[u8]) -> Result<Vec<u8>, Refused> {
                    if digest.len() != $algorithm.default_hash().digest_len() {
                        return Err(Refused);
                    }
                    let signature: Signature = self
                        .signing
                        .sign_prehash_with_rng(&mut SysRng, digest)
                        .map_err(|_| Refused)?;
                    Ok(signature.to_der().as_bytes().to_vec())
                }

                fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Refused> {
                    let document = self.key.to_pkcs8_der().map_err(|_| Refused)?;
                    Ok(document.to_bytes())
                }

                fn ed25519_seed(&self) -> Option<Zeroizing<[u8; 32]>> {
                    None
                }
            }
        }
    };
}

nist_curve!(p256, KeyAlgorithm::EcdsaP256);
nist_curve!(p384, KeyAlgorithm::EcdsaP384);
nist_curve!(p521, KeyAlgorithm::EcdsaP521);
