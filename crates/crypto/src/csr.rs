//! PKCS#10 certificate requests: a way to hand over a key with its proof of possession, and nothing else.

use der::Tag;

use crate::{
    HashAlgorithm, KeyAlgorithm, PublicKey, PublicKeyError, SignatureAlgorithm,
    SignatureAlgorithmError, SignatureError,
    certificate::{signed::Signed, tlv},
    pem::{self, PemError},
};

const LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/// A certificate request: its key and the signature that proves possession.
///
/// Subject, extensions and attributes are never read, so that nothing in them can reach a certificate.
pub struct Csr {
    signed: Signed,
    algorithm: SignatureAlgorithm,
    public_key: PublicKey,
}

/// A certificate request that is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsrError {
    /// The bytes are not UTF-8 text, as PEM is.
    #[error("certificate request is not text")]
    NotText,
    /// Not one PEM block of a certificate request.
    #[error("cannot read the PEM of the certificate request")]
    Pem {
        /// What is wrong.
        #[from]
        source: PemError,
    },
    /// Not the DER of a certificate request, or bytes follow it.
    #[error("malformed certificate request")]
    Malformed {
        /// Where the decoder stopped.
        #[from]
        source: der::Error,
    },
    /// Not version 1.
    #[error("certificate request is not of version 1")]
    Version,
    /// The key cannot be used.
    #[error("certificate request holds an unusable public key")]
    PublicKey {
        /// Why not.
        #[source]
        source: PublicKeyError,
    },
    /// The signature algorithm is not on the list.
    #[error("certificate request is signed with an unusable algorithm")]
    SignatureAlgorithm {
        /// What was found.
        #[source]
        source: SignatureAlgorithmError,
    },
    /// The signature does not prove possession of the key.
    #[error("certificate request signature does not verify")]
    Signature {
        /// What the check said.
        #[source]
        source: SignatureError,
    },
    /// The signature verifies, but a key of this kind must sign with another hash.
    #[error("an {key} key must sign with {}, not with {}", expected.name(), found.name())]
    HashNotPermitted {
        /// Kind of the key.
        key: KeyAlgorithm,
        /// The hash that goes with it.
        expected: HashAlgorithm,
        /// The hash found.
        found: HashAlgorithm,
    },
}

impl Csr {
    /// Reads the one PEM block of `pem`, labelled `CERTIFICATE REQUEST` or `NEW CERTIFICATE REQUEST`.
    ///
    /// # Errors
    /// [`CsrError`] names what cannot be read; the signature is checked by [`Self::verify`].
    ///
    /// Source: RFC 2986 §4; RFC 7468 §7 for the labels.
    pub fn from_pem(pem: &[u8]) -> Result<Self, CsrError> {
        let block = pem::decode_one(std::str::from_utf8(pem).map_err(|_| CsrError::NotText)?)?;
        if !LABELS.contains(&block.label.as_str()) {
            return Err(PemError::Label {
                expected: "CERTIFICATE REQUEST",
                found: block.label,
            }
            .into());
        }
        Self::from_der(&block.der)
    }

    /// Reads the DER of a certificate request.
    ///
    /// # Errors
    /// As [`Self::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self, CsrError> {
        let (signed, info) = Signed::split(der)?;
        let fields = tlv::children(info.value)?;
        // CertificationRequestInfo: version, subject, key, attributes; Go and others leave empty attributes out.
        let &[version, _, key, ..] = fields.as_slice() else {
            return Err(der::Error::from(Tag::Sequence.length_error()).into());
        };
        if version.tag != Tag::Integer || version.value != [0] {
            return Err(CsrError::Version);
        }
        let public_key =
            PublicKey::from_spki_der(key.raw).map_err(|source| CsrError::PublicKey { source })?;
        let algorithm = signed
            .algorithm
            .map_err(|source| CsrError::SignatureAlgorithm { source })?;
        Ok(Self {
            signed,
            algorithm,
            public_key,
        })
    }

    /// The key to be certified; possession is proved only after [`Self::verify`].
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm that the request is signed with.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The hash that was signed; SHA-512 for Ed25519.
    pub fn hash(&self) -> HashAlgorithm {
        self.algorithm.hash()
    }

    /// Checks that the request is signed by the key in it.
    ///
    /// # Errors
    /// [`CsrError::Signature`], whose source also tells an algorithm that does not fit the key.
    pub fn verify(&self) -> Result<(), CsrError> {
        self.signed
            .verify(&self.public_key)
            .map_err(|source| CsrError::Signature { source })
    }

    /// Checks that the hash is the one that goes with the key: SHA-256 for P-256 and RSA, SHA-384 for P-384, SHA-512
    /// for P-521; Ed25519 has no choice.
    ///
    /// # Errors
    /// [`CsrError::HashNotPermitted`].
    ///
    /// Source: fulcio's default `--client-signing-algorithms`.
    pub fn check_hash(&self) -> Result<(), CsrError> {
        let key = self.public_key.algorithm();
        let (expected, found) = (key.default_hash(), self.hash());
        if expected == found {
            Ok(())
        } else {
            Err(CsrError::HashNotPermitted {
                key,
                expected,
                found,
            })
        }
    }
}

#[cfg(test)]
mod tests;
