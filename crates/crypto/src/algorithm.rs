//! The kinds of key that the project handles, and the hash and wire name that go with each.

use sigbox_wire::{HashAlgorithm, KeyDetails};

/// A kind of key, with its size where the kind leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// ECDSA over NIST P-256.
    EcdsaP256,
    /// ECDSA over NIST P-384.
    EcdsaP384,
    /// ECDSA over NIST P-521.
    EcdsaP521,
    /// Ed25519, pure or prehashed (Ed25519ph).
    Ed25519,
    /// RSA with PKCS#1 v1.5 signatures.
    Rsa {
        /// Length of the modulus in bits.
        bits: u32,
    },
}

impl KeyAlgorithm {
    /// The hash a signature by such a key is made with unless something says otherwise; for Ed25519 the hash of
    /// Ed25519ph, since pure Ed25519 takes none.
    pub fn default_hash(self) -> HashAlgorithm {
        match self {
            Self::EcdsaP256 | Self::Rsa { .. } => HashAlgorithm::Sha2_256,
            Self::EcdsaP384 => HashAlgorithm::Sha2_384,
            Self::EcdsaP521 | Self::Ed25519 => HashAlgorithm::Sha2_512,
        }
    }

    /// The name of key and default hash on Sigstore's wire, pure Ed25519 for an Ed25519 key; `None` for an RSA size
    /// that has no name there.
    ///
    /// Source: protobuf-specs `sigstore_common.proto`, enum `PublicKeyDetails`.
    pub fn key_details(self) -> Option<KeyDetails> {
        Some(match self {
            Self::EcdsaP256 => KeyDetails::PkixEcdsaP256Sha256,
            Self::EcdsaP384 => KeyDetails::PkixEcdsaP384Sha384,
            Self::EcdsaP521 => KeyDetails::PkixEcdsaP521Sha512,
            Self::Ed25519 => KeyDetails::PkixEd25519,
            Self::Rsa { bits: 2048 } => KeyDetails::PkixRsaPkcs1v15_2048Sha256,
            Self::Rsa { bits: 3072 } => KeyDetails::PkixRsaPkcs1v15_3072Sha256,
            Self::Rsa { bits: 4096 } => KeyDetails::PkixRsaPkcs1v15_4096Sha256,
            Self::Rsa { .. } => return None,
        })
    }

    /// A short name for messages, such as `ECDSA P-256`; the size of an RSA key is not part of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::EcdsaP384 => "ECDSA P-384",
            Self::EcdsaP521 => "ECDSA P-521",
            Self::Ed25519 => "Ed25519",
            Self::Rsa { .. } => "RSA",
        }
    }

    /// Whether this is ECDSA over any of the three curves.
    pub fn is_ecdsa(self) -> bool {
        matches!(self, Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521)
    }
}

impl std::fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            other => f.write_str(other.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_each_kind_with_hash_and_wire_name() {
        let table = [
            (
                KeyAlgorithm::EcdsaP256,
                HashAlgorithm::Sha2_256,
                Some("PKIX_ECDSA_P256_SHA_256"),
            ),
            (
                KeyAlgorithm::EcdsaP384,
                HashAlgorithm::Sha2_384,
                Some("PKIX_ECDSA_P384_SHA_384"),
            ),
            (
                KeyAlgorithm::EcdsaP521,
                HashAlgorithm::Sha2_512,
                Some("PKIX_ECDSA_P521_SHA_512"),
            ),
            (
                KeyAlgorithm::Ed25519,
                HashAlgorithm::Sha2_512,
                Some("PKIX_ED25519"),
            ),
            (
                KeyAlgorithm::Rsa { bits: 2048 },
                HashAlgorithm::Sha2_256,
                Some("PKIX_RSA_PKCS1V15_2048_SHA256"),
            ),
            (
                KeyAlgorithm::Rsa { bits: 3072 },
                HashAlgorithm::Sha2_256,
                Some("PKIX_RSA_PKCS1V15_3072_SHA256"),
            ),
            (
                KeyAlgorithm::Rsa { bits: 4096 },
                HashAlgorithm::Sha2_256,
                Some("PKIX_RSA_PKCS1V15_4096_SHA256"),
            ),
            (
                KeyAlgorithm::Rsa { bits: 2560 },
                HashAlgorithm::Sha2_256,
                None,
            ),
        ];
        for (algorithm, hash, name) in table {
            assert_eq!(algorithm.default_hash(), hash, "{algorithm}");
            assert_eq!(
                algorithm.key_details().as_ref().map(KeyDetails::name),
                name,
                "{algorithm}"
            );
        }
    }
}
