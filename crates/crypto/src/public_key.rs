//! Public keys: parsing, strength, signatures.

mod error;

use std::{fmt, sync::Arc};

use sigbox_wire::HashAlgorithm;

use crate::{
    KeyAlgorithm,
    backend::{self, VerifyingBackend, ed25519ph},
    pem::{self, PemBlock, PemError},
    sha256, spki_form,
};

pub use error::{PublicKeyError, SignatureError, WeakKeyError};

/// The only public exponent that a key to be certified may have.
const RSA_EXPONENT: u64 = 65_537;

/// A parsed public key that keeps the exact DER it came in; cloning is cheap.
#[derive(Clone)]
pub struct PublicKey(Arc<Parsed>);

struct Parsed {
    spki: Vec<u8>,
    key_id: [u8; 32],
    algorithm: KeyAlgorithm,
    /// Contents of the `subjectPublicKey` BIT STRING.
    bits: Vec<u8>,
    rsa_exponent: Option<u64>,
    backend: Box<dyn VerifyingBackend>,
}

impl PublicKey {
    /// Reads one DER `SubjectPublicKeyInfo` and proves that its point lies on its curve.
    ///
    /// Strength is not judged here: see [`PublicKey::check_strength`].
    ///
    /// # Errors
    /// [`PublicKeyError`] names the rule that is broken; trailing bytes are [`PublicKeyError::Malformed`].
    ///
    /// Source: RFC 5280 §4.1.2.7, RFC 5480 §2.1.1, RFC 8410 §4.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        let form = spki_form::parse(der)?;
        let algorithm = form.algorithm;
        if algorithm == KeyAlgorithm::Ed25519 {
            let point: &[u8; 32] = form
                .bits
                .try_into()
                .map_err(|_| PublicKeyError::PointEncoding { algorithm })?;
            ed25519ph::point_is_sound(point)
                .map_err(|()| PublicKeyError::PointNotOnCurve { algorithm })?;
        }
        let backend = backend::parse_public(algorithm, form.bits).map_err(|_| match algorithm {
            KeyAlgorithm::Rsa { .. } => PublicKeyError::RsaNumbers,
            _ => PublicKeyError::PointNotOnCurve { algorithm },
        })?;
        Ok(Self(Arc::new(Parsed {
            spki: der.to_vec(),
            key_id: sha256(der),
            algorithm,
            bits: form.bits.to_vec(),
            rsa_exponent: form.rsa_exponent,
            backend,
        })))
    }

    /// Reads the only PEM block of `text`: `PUBLIC KEY`, or `RSA PUBLIC KEY` (PKCS#1), lines of any length.
    ///
    /// # Errors
    /// [`PublicKeyError`]; more than one block is [`PemError::BlockCount`].
    pub fn from_pem(text: &str) -> Result<Self, PublicKeyError> {
        Self::from_block(&pem::decode_one(text)?)
    }

    /// Reads all PEM blocks of `text`, at least one, in their order.
    ///
    /// # Errors
    /// As [`PublicKey::from_pem`], for the first block that is wrong.
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, PublicKeyError> {
        pem::decode_all(text)?
            .iter()
            .map(Self::from_block)
            .collect()
    }

    fn from_block(block: &PemBlock) -> Result<Self, PublicKeyError> {
        match block.label.as_str() {
            "PUBLIC KEY" => Self::from_spki_der(&block.der),
            // The size in the name is not read when an SPKI is written.
            "RSA PUBLIC KEY" => Self::from_spki_der(&spki_form::encode(
                KeyAlgorithm::Rsa { bits: 0 },
                &block.der,
            )?),
            other => Err(PemError::Label {
                expected: "PUBLIC KEY",
                found: other.to_owned(),
            }
            .into()),
        }
    }

    /// The key of this kind with these `subjectPublicKey` bits.
    pub(crate) fn from_bits(algorithm: KeyAlgorithm, bits: &[u8]) -> Result<Self, PublicKeyError> {
        Self::from_spki_der(&spki_form::encode(algorithm, bits)?)
    }

    /// The DER the key came in.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// The key as a `PUBLIC KEY` PEM block with a newline at the end.
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.0.spki)
    }

    /// Which kind of key this is.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.0.algorithm
    }

    /// SHA-256 of the SPKI DER: the log ID of RFC 6962 and the key ID of Rekor v1.
    pub fn key_id(&self) -> [u8; 32] {
        self.0.key_id
    }

    /// The contents of the `subjectPublicKey` BIT STRING: an uncompressed point, 32 Ed25519 bytes, or PKCS#1 DER.
    pub fn subject_public_key_bits(&self) -> &[u8] {
        &self.0.bits
    }

    /// The 32 bytes of an Ed25519 key, `None` for other kinds.
    pub fn ed25519_bytes(&self) -> Option<[u8; 32]> {
        if self.0.algorithm == KeyAlgorithm::Ed25519 {
            self.0.bits.as_slice().try_into().ok()
        } else {
            None
        }
    }

    /// Judges whether the key is strong enough to be certified: RSA of 2048, 3072 or 4096 bits with exponent 65537
    /// and no sign of a flawed generator, the three NIST curves, Ed25519 of full order.
    ///
    /// # Errors
    /// [`WeakKeyError`] names the rule.
    ///
    /// Source: Sigstore certificate specification §"Public Key"; the RSA patterns after boulder's `goodkey`.
    pub fn check_strength(&self) -> Result<(), WeakKeyError> {
        match self.0.algorithm {
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521 => Ok(()),
            KeyAlgorithm::Ed25519 => {
                let sound = self
                    .ed25519_bytes()
                    .is_some_and(|point| ed25519ph::point_is_sound(&point) == Ok(true));
                if sound {
                    Ok(())
                } else {
                    Err(WeakKeyError::SmallOrder)
                }
            }
            KeyAlgorithm::Rsa {
                bits: 2048 | 3072 | 4096,
            } => {
                if self.0.rsa_exponent != Some(RSA_EXPONENT) {
                    return Err(WeakKeyError::RsaExponent {
                        exponent: self.0.rsa_exponent,
                    });
                }
                crate::rsa_weakness::check_modulus(&self.0.bits)
            }
            KeyAlgorithm::Rsa { bits } => Err(WeakKeyError::RsaSize { bits }),
        }
    }

    /// Checks a signature of `message`: ECDSA as DER, RSA PKCS#1 v1.5, or pure Ed25519, which ignores `hash`.
    ///
    /// # Errors
    /// [`SignatureError::Mismatch`] if it is not good; [`SignatureError::RsaKeyTooSmall`].
    pub fn verify(
        &self,
        hash: HashAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        self.check_size()?;
        self.answer(self.0.backend.verify(hash, message, signature))
    }

    /// Checks a signature of the message whose `hash` digest is `digest`; for an Ed25519 key that is Ed25519ph.
    ///
    /// # Errors
    /// As [`PublicKey::verify`], and [`SignatureError::DigestLength`], [`SignatureError::Ed25519phHash`].
    pub fn verify_digest(
        &self,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let expected = hash.digest_len();
        if digest.len() != expected {
            return Err(SignatureError::DigestLength {
                expected,
                found: digest.len(),
            });
        }
        if let Some(point) = self.ed25519_bytes() {
            if hash != HashAlgorithm::Sha2_512 {
                return Err(SignatureError::Ed25519phHash { hash });
            }
            let good = digest
                .try_into()
                .is_ok_and(|digest| ed25519ph::verify(&point, digest, signature));
            return self.answer(good);
        }
        self.check_size()?;
        self.answer(self.0.backend.verify_digest(hash, digest, signature))
    }

    /// Checks an Ed25519ph signature (empty context) of the message with this SHA-512 digest.
    ///
    /// # Errors
    /// [`SignatureError::Mismatch`], also for a key of another kind.
    ///
    /// Source: RFC 8032 §5.1.
    pub fn verify_ed25519ph(
        &self,
        sha512: &[u8; 64],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let good = self
            .ed25519_bytes()
            .is_some_and(|point| ed25519ph::verify(&point, sha512, signature));
        self.answer(good)
    }

    fn check_size(&self) -> Result<(), SignatureError> {
        match self.0.algorithm {
            KeyAlgorithm::Rsa { bits } if bits < 2048 => {
                Err(SignatureError::RsaKeyTooSmall { bits })
            }
            _ => Ok(()),
        }
    }

    fn answer(&self, good: bool) -> Result<(), SignatureError> {
        if good {
            Ok(())
        } else {
            Err(SignatureError::Mismatch {
                algorithm: self.0.algorithm,
            })
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, sha256:", self.0.algorithm)?;
        for byte in self.0.key_id {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}
