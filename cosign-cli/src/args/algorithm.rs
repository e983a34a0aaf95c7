//! `--signing-algorithm`: the key that is made for an identity.

use sigbox_crypto::KeyAlgorithm;

/// The names are those of Sigstore's algorithm registry.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum SigningAlgorithm {
    #[value(name = "ecdsa-sha2-256-nistp256")]
    EcdsaP256,
    #[value(name = "ecdsa-sha2-384-nistp384")]
    EcdsaP384,
    #[value(name = "ecdsa-sha2-512-nistp521")]
    EcdsaP521,
    #[value(name = "rsa-sign-pkcs1-2048-sha256")]
    Rsa2048,
    #[value(name = "rsa-sign-pkcs1-3072-sha256")]
    Rsa3072,
    #[value(name = "rsa-sign-pkcs1-4096-sha256")]
    Rsa4096,
}

impl SigningAlgorithm {
    /// The kind of key that signs so.
    pub(crate) fn key(self) -> KeyAlgorithm {
        match self {
            Self::EcdsaP256 => KeyAlgorithm::EcdsaP256,
            Self::EcdsaP384 => KeyAlgorithm::EcdsaP384,
            Self::EcdsaP521 => KeyAlgorithm::EcdsaP521,
            Self::Rsa2048 => KeyAlgorithm::Rsa { bits: 2048 },
            Self::Rsa3072 => KeyAlgorithm::Rsa { bits: 3072 },
            Self::Rsa4096 => KeyAlgorithm::Rsa { bits: 4096 },
        }
    }
}
