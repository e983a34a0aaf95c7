//! The back end of the programs: aws-lc-rs.

use aws_lc_rs::{
    digest::{self, Context, Digest},
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, Ed25519KeyPair,
        KeyPair, ParsedPublicKey, RsaKeyPair, RsaParameters, UnparsedPublicKey,
        VerificationAlgorithm,
    },
};
use sigbox_wire::HashAlgorithm;
use zeroize::Zeroizing;

use super::{Refused, SecretForm, SigningBackend, VerifyingBackend};
use crate::KeyAlgorithm;

/// A running hash.
#[derive(Clone)]
pub(crate) struct HashState(Context);

impl HashState {
    pub(crate) fn new(hash: HashAlgorithm) -> Self {
        Self(Context::new(digest_algorithm(hash)))
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

/// Fills `out` from the operating system's generator.
pub(crate) fn fill_random(out: &mut [u8]) -> Result<(), Refused> {
    aws_lc_rs::rand::fill(out).map_err(|_| Refused)
}

fn digest_algorithm(hash: HashAlgorithm) -> &'static digest::Algorithm {
    match hash {
        HashAlgorithm::Sha2_256 => &digest::SHA256,
        HashAlgorithm::Sha2_384 => &digest::SHA384,
        HashAlgorithm::Sha2_512 => &digest::SHA512,
    }
}

fn ecdsa_verification(
    algorithm: KeyAlgorithm,
    hash: HashAlgorithm,
) -> Option<&'static EcdsaVerificationAlgorithm> {
    Some(match (algorithm, hash) {
        (KeyAlgorithm::EcdsaP256, HashAlgorithm::Sha2_256) => &signature::ECDSA_P256_SHA256_ASN1,
        (KeyAlgorithm::EcdsaP256, HashAlgorithm::Sha2_384) => &signature::ECDSA_P256_SHA384_ASN1,
        (KeyAlgorithm::EcdsaP256, HashAlgorithm::Sha2_512) => &signature::ECDSA_P256_SHA512_ASN1,
        (KeyAlgorithm::EcdsaP384, HashAlgorithm::Sha2_256) => &signature::ECDSA_P384_SHA256_ASN1,
        (KeyAlgorithm::EcdsaP384, HashAlgorithm::Sha2_384) => &signature::ECDSA_P384_SHA384_ASN1,
        (KeyAlgorithm::EcdsaP384, HashAlgorithm::Sha2_512) => &signature::ECDSA_P384_SHA512_ASN1,
        (KeyAlgorithm::EcdsaP521, HashAlgorithm::Sha2_256) => &signature::ECDSA_P521_SHA256_ASN1,
        (KeyAlgorithm::EcdsaP521, HashAlgorithm::Sha2_384) => &signature::ECDSA_P521_SHA384_ASN1,
        (KeyAlgorithm::EcdsaP521, HashAlgorithm::Sha2_512) => &signature::ECDSA_P521_SHA512_ASN1,
        (KeyAlgorithm::Ed25519 | KeyAlgorithm::Rsa { .. }, _) => return None,
    })
}

fn rsa_verification(hash: HashAlgorithm) -> &'static RsaParameters {
    match hash {
        HashAlgorithm::Sha2_256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        HashAlgorithm::Sha2_384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        HashAlgorithm::Sha2_512 => &signature::RSA_PKCS1_2048_8192_SHA512,
    }
}

fn verification(
    algorithm: KeyAlgorithm,
    hash: HashAlgorithm,
) -> &'static dyn VerificationAlgorithm {
    match (algorithm, ecdsa_verification(algorithm, hash)) {
        (_, Some(ecdsa)) => ecdsa,
        (KeyAlgorithm::Rsa { .. }, None) => rsa_verification(hash),
        (_, None) => &signature::ED25519,
    }
}

struct Public {
    algorithm: KeyAlgorithm,
    parsed: ParsedPublicKey,
}

/// Parses the contents of a `subjectPublicKey` BIT STRING; a point off the curve or at infinity is refused.
pub(crate) fn parse_public(
    algorithm: KeyAlgorithm,
    bits: &[u8],
) -> Result<Box<dyn VerifyingBackend>, Refused> {
    let parsed = ParsedPublicKey::new(verification(algorithm, algorithm.default_hash()), bits)
        .map_err(|_| Refused)?;
    Ok(Box::new(Public { algorithm, parsed }))
}

impl VerifyingBackend for Public {
    fn verify(&self, hash: HashAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        // The library binds a parsed key to one hash, so only the usual hash profits from the parsed form.
        if self.algorithm == KeyAlgorithm::Ed25519 || hash == self.algorithm.default_hash() {
            return self.parsed.verify_sig(message, signature).is_ok();
        }
        UnparsedPublicKey::new(verification(self.algorithm, hash), self.parsed.as_ref())
            .verify(message, signature)
            .is_ok()
    }

    fn verify_digest(&self, hash: HashAlgorithm, digest: &[u8], signature: &[u8]) -> bool {
        let Ok(digest) = Digest::import_less_safe(digest, digest_algorithm(hash)) else {
            return false;
        };
        if hash == self.algorithm.default_hash() {
            return self.parsed.verify_digest_sig(&digest, signature).is_ok();
        }
        UnparsedPublicKey::new(verification(self.algorithm, hash), self.parsed.as_ref())
            .verify_digest(&digest, signature)
            .is_ok()
    }
}

enum Secret {
    Ecdsa {
        algorithm: KeyAlgorithm,
        pair: EcdsaKeyPair,
    },
    Ed25519 {
        pair: Ed25519KeyPair,
    },
    Rsa {
        bits: u32,
        pair: RsaKeyPair,
    },
}

fn ecdsa_signing(algorithm: KeyAlgorithm) -> Option<&'static EcdsaSigningAlgorithm> {
    match algorithm {
        KeyAlgorithm::EcdsaP256 => Some(&signature::ECDSA_P256_SHA256_ASN1_SIGNING),
        KeyAlgorithm::EcdsaP384 => Some(&signature::ECDSA_P384_SHA384_ASN1_SIGNING),
        KeyAlgorithm::EcdsaP521 => Some(&signature::ECDSA_P521_SHA512_ASN1_SIGNING),
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Rsa { .. } => None,
    }
}

/// Makes a new key; RSA in the three sizes that pass the strength rules.
pub(crate) fn generate(algorithm: KeyAlgorithm) -> Result<Box<dyn SigningBackend>, Refused> {
    let secret = match (algorithm, ecdsa_signing(algorithm)) {
        (_, Some(signing)) => Secret::Ecdsa {
            algorithm,
            pair: EcdsaKeyPair::generate(signing).map_err(|_| Refused)?,
        },
        (KeyAlgorithm::Rsa { bits }, None) => {
            let size = match bits {
                2048 => KeySize::Rsa2048,
                3072 => KeySize::Rsa3072,
                4096 => KeySize::Rsa4096,
                _ => return Err(Refused),
            };
            Secret::Rsa {
                bits,
                pair: RsaKeyPair::generate(size).map_err(|_| Refused)?,
            }
        }
        (_, None) => Secret::Ed25519 {
            pair: Ed25519KeyPair::generate().map_err(|_| Refused)?,
        },
    };
    Ok(Box::new(secret))
}

/// Reads a private key; the public half is recomputed or checked by the library.
pub(crate) fn parse_secret(
    form: SecretForm,
    der: &[u8],
) -> Result<Box<dyn SigningBackend>, Refused> {
    let ecdsa = |form: SecretForm| {
        [
            KeyAlgorithm::EcdsaP256,
            KeyAlgorithm::EcdsaP384,
            KeyAlgorithm::EcdsaP521,
        ]
        .into_iter()
        .find_map(|algorithm| {
            let signing = ecdsa_signing(algorithm)?;
            let pair = match form {
                SecretForm::Sec1 => EcdsaKeyPair::from_private_key_der(signing, der),
                SecretForm::Pkcs8 | SecretForm::Pkcs1 => EcdsaKeyPair::from_pkcs8(signing, der),
            };
            pair.ok().map(|pair| Secret::Ecdsa { algorithm, pair })
        })
    };
    let rsa = |pair: Result<RsaKeyPair, _>| {
        let pair = pair.ok()?;
        let bits = modulus_bits(&pair)?;
        Some(Secret::Rsa { bits, pair })
    };
    let secret = match form {
        SecretForm::Sec1 => ecdsa(form),
        SecretForm::Pkcs1 => rsa(RsaKeyPair::from_der(der)),
        SecretForm::Pkcs8 => ecdsa(form)
            // v1 documents hold no public half to compare; the library derives it.
            .or_else(|| {
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
                    .ok()
                    .map(|pair| Secret::Ed25519 { pair })
            })
            .or_else(|| rsa(RsaKeyPair::from_pkcs8(der))),
    };
    Ok(Box::new(secret.ok_or(Refused)?))
}

fn modulus_bits(pair: &RsaKeyPair) -> Option<u32> {
    RsaParameters::public_modulus_len(pair.public_key().as_ref()).ok()
}

impl SigningBackend for Secret {
    fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Ecdsa { algorithm, .. } => *algorithm,
            Self::Ed25519 { .. } => KeyAlgorithm::Ed25519,
            Self::Rsa { bits, .. } => KeyAlgorithm::Rsa { bits: *bits },
        }
    }

    fn public_key_bits(&self) -> &[u8] {
        match self {
            Self::Ecdsa { pair, .. } => pair.public_key().as_ref(),
            Self::Ed25519 { pair } => pair.public_key().as_ref(),
            Self::Rsa { pair, .. } => pair.public_key().as_ref(),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Refused> {
        match self {
            Self::Ecdsa { pair, .. } => {
                let signature = pair
                    .sign(&SystemRandom::new(), message)
                    .map_err(|_| Refused)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Ed25519 { pair } => Ok(pair
                .try_sign(message)
                .map_err(|_| Refused)?
                .as_ref()
                .to_vec()),
            Self::Rsa { pair, .. } => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &signature::RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut out,
                )
                .map_err(|_| Refused)?;
                Ok(out)
            }
        }
    }

    fn sign_digest(&self, digest: &[u8]) -> Result<Vec<u8>, Refused> {
        let hash = self.algorithm().default_hash();
        let digest =
            Digest::import_less_safe(digest, digest_algorithm(hash)).map_err(|_| Refused)?;
        match self {
            Self::Ecdsa { pair, .. } => Ok(pair
                .sign_digest(&digest)
                .map_err(|_| Refused)?
                .as_ref()
                .to_vec()),
            Self::Ed25519 { .. } => Err(Refused),
            Self::Rsa { pair, .. } => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&signature::RSA_PKCS1_SHA256, &digest, &mut out)
                    .map_err(|_| Refused)?;
                Ok(out)
            }
        }
    }

    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Refused> {
        let document = match self {
            Self::Ecdsa { pair, .. } => pair.to_pkcs8v1().map_err(|_| Refused)?,
            Self::Ed25519 { pair } => pair.to_pkcs8v1().map_err(|_| Refused)?,
            Self::Rsa { pair, .. } => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| Refused)?;
                return Ok(Zeroizing::new(der.as_ref().to_vec()));
            }
        };
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    fn ed25519_seed(&self) -> Option<Zeroizing<[u8; 32]>> {
        use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
        let Self::Ed25519 { pair } = self else {
            return None;
        };
        let seed = pair.seed().ok()?;
        let bytes: Curve25519SeedBin<'_> = seed.as_be_bytes().ok()?;
        Some(Zeroizing::new(bytes.as_ref().try_into().ok()?))
    }
}
