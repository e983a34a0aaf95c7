//! Names of hashes and of key-and-hash pairs, as the protobuf enums spell them.

use std::fmt;

use crate::proto_json::EnumValue;

/// A hash algorithm that a Sigstore message may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha2_256,
    /// SHA-384.
    Sha2_384,
    /// SHA-512.
    Sha2_512,
}

/// A hash algorithm that no Sigstore log, bundle or trusted root of ours uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown hash algorithm `{found}`")]
pub struct UnknownHashAlgorithm {
    /// The name or number as it was sent, `HASH_ALGORITHM_UNSPECIFIED` when it was left out.
    pub found: String,
}

impl HashAlgorithm {
    const ALL: [(Self, &'static str, i64); 3] = [
        (Self::Sha2_256, "SHA2_256", 1),
        (Self::Sha2_384, "SHA2_384", 2),
        (Self::Sha2_512, "SHA2_512", 3),
    ];

    /// The protobuf name, for example `SHA2_256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha2_256 => "SHA2_256",
            Self::Sha2_384 => "SHA2_384",
            Self::Sha2_512 => "SHA2_512",
        }
    }

    /// The length of a digest in bytes.
    pub fn digest_len(self) -> usize {
        match self {
            Self::Sha2_256 => 32,
            Self::Sha2_384 => 48,
            Self::Sha2_512 => 64,
        }
    }

    /// The algorithm with this protobuf name, if it is one of ours.
    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == name);
        found.map(|(algorithm, _, _)| *algorithm)
    }

    pub(crate) fn from_enum(value: Option<&EnumValue>) -> Result<Self, UnknownHashAlgorithm> {
        let found = match value {
            Some(EnumValue::Name(name)) => Self::from_name(name),
            Some(EnumValue::Number(number)) => {
                let found = Self::ALL.iter().find(|(_, _, known)| known == number);
                found.map(|(algorithm, _, _)| *algorithm)
            }
            None => None,
        };
        found.ok_or_else(|| UnknownHashAlgorithm {
            found: value.map_or_else(|| "HASH_ALGORITHM_UNSPECIFIED".to_owned(), EnumValue::text),
        })
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A public key's kind together with the hash it signs with (protobuf `PublicKeyDetails`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyDetails {
    /// RSA with a 2048-bit modulus, PKCS#1 v1.5, SHA-256.
    PkixRsaPkcs1v15_2048Sha256,
    /// RSA with a 3072-bit modulus, PKCS#1 v1.5, SHA-256.
    PkixRsaPkcs1v15_3072Sha256,
    /// RSA with a 4096-bit modulus, PKCS#1 v1.5, SHA-256.
    PkixRsaPkcs1v15_4096Sha256,
    /// ECDSA on P-256 with SHA-256.
    PkixEcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    PkixEcdsaP384Sha384,
    /// ECDSA on P-521 with SHA-512.
    PkixEcdsaP521Sha512,
    /// Ed25519 over the message itself.
    PkixEd25519,
    /// Ed25519ph, over the SHA-512 digest of the message.
    PkixEd25519Ph,
    /// Any other name (or number, as decimal text), kept as it was sent.
    Other(String),
}

/// What an absent or zero enum is called.
const UNSPECIFIED: &str = "PUBLIC_KEY_DETAILS_UNSPECIFIED";

impl KeyDetails {
    // Numbers: sigstore/protobuf-specs, protos/sigstore_common.proto.
    const ALL: [(Self, &'static str, i64); 8] = [
        (
            Self::PkixRsaPkcs1v15_2048Sha256,
            "PKIX_RSA_PKCS1V15_2048_SHA256",
            9,
        ),
        (
            Self::PkixRsaPkcs1v15_3072Sha256,
            "PKIX_RSA_PKCS1V15_3072_SHA256",
            10,
        ),
        (
            Self::PkixRsaPkcs1v15_4096Sha256,
            "PKIX_RSA_PKCS1V15_4096_SHA256",
            11,
        ),
        (Self::PkixEcdsaP256Sha256, "PKIX_ECDSA_P256_SHA_256", 5),
        (Self::PkixEcdsaP384Sha384, "PKIX_ECDSA_P384_SHA_384", 12),
        (Self::PkixEcdsaP521Sha512, "PKIX_ECDSA_P521_SHA_512", 13),
        (Self::PkixEd25519, "PKIX_ED25519", 7),
        (Self::PkixEd25519Ph, "PKIX_ED25519_PH", 8),
    ];

    /// The protobuf name, for example `PKIX_ECDSA_P256_SHA_256`.
    pub fn name(&self) -> &str {
        match self {
            Self::PkixRsaPkcs1v15_2048Sha256 => "PKIX_RSA_PKCS1V15_2048_SHA256",
            Self::PkixRsaPkcs1v15_3072Sha256 => "PKIX_RSA_PKCS1V15_3072_SHA256",
            Self::PkixRsaPkcs1v15_4096Sha256 => "PKIX_RSA_PKCS1V15_4096_SHA256",
            Self::PkixEcdsaP256Sha256 => "PKIX_ECDSA_P256_SHA_256",
            Self::PkixEcdsaP384Sha384 => "PKIX_ECDSA_P384_SHA_384",
            Self::PkixEcdsaP521Sha512 => "PKIX_ECDSA_P521_SHA_512",
            Self::PkixEd25519 => "PKIX_ED25519",
            Self::PkixEd25519Ph => "PKIX_ED25519_PH",
            Self::Other(name) => name,
        }
    }

    /// The pair with this protobuf name; a name we do not use becomes [`KeyDetails::Other`].
    pub fn from_name(name: &str) -> Self {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == name);
        found.map_or_else(
            || Self::Other(name.to_owned()),
            |(details, _, _)| details.clone(),
        )
    }

    /// The hash of the pair; `None` for pure Ed25519 (which hashes nothing first) and for unknown names.
    pub fn hash(&self) -> Option<HashAlgorithm> {
        match self {
            Self::PkixRsaPkcs1v15_2048Sha256
            | Self::PkixRsaPkcs1v15_3072Sha256
            | Self::PkixRsaPkcs1v15_4096Sha256
            | Self::PkixEcdsaP256Sha256 => Some(HashAlgorithm::Sha2_256),
            Self::PkixEcdsaP384Sha384 => Some(HashAlgorithm::Sha2_384),
            Self::PkixEcdsaP521Sha512 | Self::PkixEd25519Ph => Some(HashAlgorithm::Sha2_512),
            Self::PkixEd25519 | Self::Other(_) => None,
        }
    }

    /// Whether the field was left out or explicitly unspecified.
    pub fn is_unspecified(&self) -> bool {
        matches!(self, Self::Other(name) if name == UNSPECIFIED)
    }

    pub(crate) fn from_enum(value: Option<&EnumValue>) -> Self {
        match value {
            None | Some(EnumValue::Number(0)) => Self::Other(UNSPECIFIED.to_owned()),
            Some(EnumValue::Name(name)) => Self::from_name(name),
            Some(EnumValue::Number(number)) => {
                let found = Self::ALL.iter().find(|(_, _, known)| known == number);
                found.map_or_else(
                    || Self::Other(number.to_string()),
                    |(details, _, _)| details.clone(),
                )
            }
        }
    }

    pub(crate) fn to_enum(&self) -> EnumValue {
        EnumValue::Name(self.name().to_owned())
    }
}

impl fmt::Display for KeyDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_lead_to_the_same_algorithm() {
        for (algorithm, name, number) in HashAlgorithm::ALL {
            assert_eq!(algorithm.name(), name);
            assert_eq!(
                HashAlgorithm::from_enum(Some(&EnumValue::Number(number))),
                Ok(algorithm)
            );
            assert_eq!(
                HashAlgorithm::from_enum(Some(&EnumValue::Name(name.to_owned()))),
                Ok(algorithm)
            );
        }
        for (details, name, number) in KeyDetails::ALL {
            assert_eq!(details.name(), name);
            assert_eq!(
                KeyDetails::from_enum(Some(&EnumValue::Number(number))),
                details
            );
            assert_eq!(KeyDetails::from_name(name), details);
        }
    }

    #[test]
    fn unknown_names_are_kept_and_unknown_hashes_refused() {
        assert_eq!(
            KeyDetails::from_name("ML_DSA_65"),
            KeyDetails::Other("ML_DSA_65".to_owned())
        );
        assert_eq!(
            KeyDetails::from_enum(Some(&EnumValue::Number(14))),
            KeyDetails::Other("14".to_owned())
        );
        assert!(KeyDetails::from_enum(None).is_unspecified());
        let refused = HashAlgorithm::from_enum(Some(&EnumValue::Name("SHA3_256".to_owned())));
        assert_eq!(
            refused,
            Err(UnknownHashAlgorithm {
                found: "SHA3_256".to_owned()
            })
        );
        let absent = HashAlgorithm::from_enum(None);
        assert_eq!(
            absent,
            Err(UnknownHashAlgorithm {
                found: "HASH_ALGORITHM_UNSPECIFIED".to_owned()
            })
        );
    }
}
