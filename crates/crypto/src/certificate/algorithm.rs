//! The signature algorithms that certificates and requests may use.

use const_oid::ObjectIdentifier;
use der::{Any, asn1::AnyRef};
use sigbox_wire::HashAlgorithm;
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

use super::oid;
use crate::KeyAlgorithm;

/// A signature algorithm of a certificate or certificate request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// `ecdsa-with-SHA256`.
    EcdsaSha256,
    /// `ecdsa-with-SHA384`.
    EcdsaSha384,
    /// `ecdsa-with-SHA512`.
    EcdsaSha512,
    /// `sha256WithRSAEncryption` (PKCS#1 v1.5).
    RsaSha256,
    /// `sha384WithRSAEncryption` (PKCS#1 v1.5).
    RsaSha384,
    /// `sha512WithRSAEncryption` (PKCS#1 v1.5).
    RsaSha512,
    /// Pure Ed25519.
    Ed25519,
}

/// An algorithm identifier that names no algorithm of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureAlgorithmError {
    /// The identifier is not on the list.
    #[error("unsupported signature algorithm {oid}")]
    Unsupported {
        /// The identifier found.
        oid: ObjectIdentifier,
    },
    /// The algorithm is known, its parameters are not those it must have.
    #[error("signature algorithm {oid} has wrong parameters")]
    Parameters {
        /// The identifier found.
        oid: ObjectIdentifier,
    },
}

impl SignatureAlgorithmError {
    /// The identifier found.
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Unsupported { oid } | Self::Parameters { oid } => oid,
        }
    }
}

impl SignatureAlgorithm {
    /// The algorithm that a certificate authority with a key of this kind signs with.
    pub fn for_key(key: KeyAlgorithm) -> Self {
        match key {
            KeyAlgorithm::EcdsaP256 => Self::EcdsaSha256,
            KeyAlgorithm::EcdsaP384 => Self::EcdsaSha384,
            KeyAlgorithm::EcdsaP521 => Self::EcdsaSha512,
            KeyAlgorithm::Ed25519 => Self::Ed25519,
            KeyAlgorithm::Rsa { .. } => Self::RsaSha256,
        }
    }

    /// Reads an algorithm identifier: ECDSA and Ed25519 without parameters, RSA with NULL or none.
    ///
    /// # Errors
    /// [`SignatureAlgorithmError`] names what does not fit.
    ///
    /// Source: RFC 5758 §3.2, RFC 4055 §5, RFC 8410 §3; real RSA certificates exist without the NULL.
    pub fn from_identifier(
        identifier: AlgorithmIdentifierRef<'_>,
    ) -> Result<Self, SignatureAlgorithmError> {
        let oid = identifier.oid;
        let algorithm = Self::ALL
            .into_iter()
            .find(|a| a.oid() == oid)
            .ok_or(SignatureAlgorithmError::Unsupported { oid })?;
        match identifier.parameters {
            None => Ok(algorithm),
            Some(parameters) if algorithm.is_rsa() && parameters.is_null() => Ok(algorithm),
            Some(_) => Err(SignatureAlgorithmError::Parameters { oid }),
        }
    }

    /// Its object identifier.
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::EcdsaSha256 => oid::ECDSA_WITH_SHA256,
            Self::EcdsaSha384 => oid::ECDSA_WITH_SHA384,
            Self::EcdsaSha512 => oid::ECDSA_WITH_SHA512,
            Self::RsaSha256 => oid::SHA256_WITH_RSA,
            Self::RsaSha384 => oid::SHA384_WITH_RSA,
            Self::RsaSha512 => oid::SHA512_WITH_RSA,
            Self::Ed25519 => oid::ED25519,
        }
    }

    /// The identifier as certificates carry it: NULL parameters for RSA, none for the others.
    pub fn identifier(self) -> AlgorithmIdentifierOwned {
        let parameters = self.is_rsa().then(|| Any::from(AnyRef::NULL));
        AlgorithmIdentifierOwned {
            oid: self.oid(),
            parameters,
        }
    }

    /// The hash that is signed; SHA-512 for Ed25519, which hashes inside.
    pub fn hash(self) -> HashAlgorithm {
        match self {
            Self::EcdsaSha256 | Self::RsaSha256 => HashAlgorithm::Sha2_256,
            Self::EcdsaSha384 | Self::RsaSha384 => HashAlgorithm::Sha2_384,
            Self::EcdsaSha512 | Self::RsaSha512 | Self::Ed25519 => HashAlgorithm::Sha2_512,
        }
    }

    /// Whether a key of this kind can have made such a signature.
    pub fn fits(self, key: KeyAlgorithm) -> bool {
        match key {
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521 => {
                matches!(
                    self,
                    Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512
                )
            }
            KeyAlgorithm::Rsa { .. } => self.is_rsa(),
            KeyAlgorithm::Ed25519 => self == Self::Ed25519,
        }
    }

    /// The name that Go's library and therefore Fulcio's messages use, such as `ECDSA-SHA256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EcdsaSha256 => "ECDSA-SHA256",
            Self::EcdsaSha384 => "ECDSA-SHA384",
            Self::EcdsaSha512 => "ECDSA-SHA512",
            Self::RsaSha256 => "SHA256-RSA",
            Self::RsaSha384 => "SHA384-RSA",
            Self::RsaSha512 => "SHA512-RSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    const ALL: [Self; 7] = [
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
        Self::Ed25519,
    ];

    fn is_rsa(self) -> bool {
        matches!(self, Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512)
    }
}

impl std::fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use der::Tag;

    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        for algorithm in SignatureAlgorithm::ALL {
            let identifier = algorithm.identifier();
            let reference = AlgorithmIdentifierRef {
                oid: identifier.oid,
                parameters: identifier.parameters.as_ref().map(AnyRef::from),
            };
            assert_eq!(
                SignatureAlgorithm::from_identifier(reference),
                Ok(algorithm)
            );
        }
    }

    #[test]
    fn refuses_unknown_identifiers_and_odd_parameters() {
        let sha1_rsa = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
        let identifier = |oid, parameters| AlgorithmIdentifierRef { oid, parameters };
        assert_eq!(
            SignatureAlgorithm::from_identifier(identifier(sha1_rsa, None)),
            Err(SignatureAlgorithmError::Unsupported { oid: sha1_rsa })
        );
        assert_eq!(
            SignatureAlgorithm::from_identifier(identifier(
                oid::ECDSA_WITH_SHA256,
                Some(AnyRef::NULL)
            )),
            Err(SignatureAlgorithmError::Parameters {
                oid: oid::ECDSA_WITH_SHA256
            })
        );
        let integer = AnyRef::new(Tag::Integer, &[1]).unwrap();
        assert_eq!(
            SignatureAlgorithm::from_identifier(identifier(oid::SHA256_WITH_RSA, Some(integer))),
            Err(SignatureAlgorithmError::Parameters {
                oid: oid::SHA256_WITH_RSA
            })
        );
        assert_eq!(
            SignatureAlgorithm::from_identifier(identifier(oid::SHA256_WITH_RSA, None)),
            Ok(SignatureAlgorithm::RsaSha256)
        );
    }
}
