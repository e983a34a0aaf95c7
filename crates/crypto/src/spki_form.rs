//! `SubjectPublicKeyInfo` to key algorithm and key bits, and back.

use const_oid::ObjectIdentifier;
use der::{
    Decode as _, Encode as _, Sequence, Tag, Tagged as _,
    asn1::{AnyRef, BitStringRef, Null, UintRef},
};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::{KeyAlgorithm, PublicKeyError};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Smaller moduli are no longer keys, larger ones only cost us time (abuse case of huge integers).
const RSA_BITS: std::ops::RangeInclusive<u32> = 512..=8192;

/// What an SPKI says, before any arithmetic on the point.
pub(crate) struct SpkiForm<'a> {
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) bits: &'a [u8],
    /// The RSA public exponent; `None` for other keys and for an exponent that does not fit.
    pub(crate) rsa_exponent: Option<u64>,
}

#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// Reads `der`, which must be exactly one SPKI in DER.
pub(crate) fn parse(der: &[u8]) -> Result<SpkiForm<'_>, PublicKeyError> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(PublicKeyError::malformed)?;
    let bits = info
        .subject_public_key
        .as_bytes()
        .ok_or(PublicKeyError::UnusedBits)?;
    match info.algorithm.oid {
        EC_PUBLIC_KEY => ec(&info.algorithm, bits),
        RSA_ENCRYPTION => rsa(&info.algorithm, bits),
        ED25519 => ed25519(&info.algorithm, bits),
        oid => Err(PublicKeyError::UnsupportedAlgorithm { oid }),
    }
}

fn ec<'a>(
    algorithm: &AlgorithmIdentifierRef<'_>,
    bits: &'a [u8],
) -> Result<SpkiForm<'a>, PublicKeyError> {
    // Explicit curve parameters are refused here: they let a sender choose the curve's generator (CVE-2020-0601).
    let curve = algorithm
        .parameters_oid()
        .map_err(|_| PublicKeyError::AlgorithmParameters)?;
    let (algorithm, field_len) = match curve {
        P256 => (KeyAlgorithm::EcdsaP256, 32),
        P384 => (KeyAlgorithm::EcdsaP384, 48),
        P521 => (KeyAlgorithm::EcdsaP521, 66),
        oid => return Err(PublicKeyError::UnsupportedCurve { oid }),
    };
    if bits.first() != Some(&0x04) || bits.len() != 1 + 2 * field_len {
        return Err(PublicKeyError::PointEncoding { algorithm });
    }
    Ok(SpkiForm {
        algorithm,
        bits,
        rsa_exponent: None,
    })
}

fn rsa<'a>(
    algorithm: &AlgorithmIdentifierRef<'_>,
    bits: &'a [u8],
) -> Result<SpkiForm<'a>, PublicKeyError> {
    if algorithm.parameters.map(|parameters| parameters.tag()) != Some(Tag::Null) {
        return Err(PublicKeyError::AlgorithmParameters);
    }
    let key = RsaPublicKey::from_der(bits).map_err(PublicKeyError::malformed)?;
    let modulus_bits = bit_len(key.modulus.as_bytes());
    if !RSA_BITS.contains(&modulus_bits) {
        return Err(PublicKeyError::RsaSize { bits: modulus_bits });
    }
    let exponent = key.exponent.as_bytes();
    let rsa_exponent = (exponent.len() <= 8).then(|| {
        exponent
            .iter()
            .fold(0_u64, |value, byte| value << 8 | u64::from(*byte))
    });
    Ok(SpkiForm {
        algorithm: KeyAlgorithm::Rsa { bits: modulus_bits },
        bits,
        rsa_exponent,
    })
}

fn ed25519<'a>(
    algorithm: &AlgorithmIdentifierRef<'_>,
    bits: &'a [u8],
) -> Result<SpkiForm<'a>, PublicKeyError> {
    if algorithm.parameters.is_some() {
        return Err(PublicKeyError::AlgorithmParameters);
    }
    if bits.len() != 32 {
        return Err(PublicKeyError::PointEncoding {
            algorithm: KeyAlgorithm::Ed25519,
        });
    }
    Ok(SpkiForm {
        algorithm: KeyAlgorithm::Ed25519,
        bits,
        rsa_exponent: None,
    })
}

fn bit_len(big_endian: &[u8]) -> u32 {
    let significant = big_endian.iter().skip_while(|byte| **byte == 0);
    let mut bits = 0_u32;
    for (place, byte) in significant.enumerate() {
        bits = if place == 0 {
            8 - byte.leading_zeros()
        } else {
            bits.saturating_add(8)
        };
    }
    bits
}

/// The SPKI of a key of this kind; RSA `bits` are PKCS#1 `RSAPublicKey` DER.
pub(crate) fn encode(algorithm: KeyAlgorithm, bits: &[u8]) -> Result<Vec<u8>, PublicKeyError> {
    let (oid, parameters) = match &algorithm {
        KeyAlgorithm::EcdsaP256 => (EC_PUBLIC_KEY, Some(AnyRef::from(&P256))),
        KeyAlgorithm::EcdsaP384 => (EC_PUBLIC_KEY, Some(AnyRef::from(&P384))),
        KeyAlgorithm::EcdsaP521 => (EC_PUBLIC_KEY, Some(AnyRef::from(&P521))),
        KeyAlgorithm::Ed25519 => (ED25519, None),
        KeyAlgorithm::Rsa { .. } => (RSA_ENCRYPTION, Some(AnyRef::from(Null))),
    };
    SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(bits).map_err(PublicKeyError::malformed)?,
    }
    .to_der()
    .map_err(PublicKeyError::malformed)
}
