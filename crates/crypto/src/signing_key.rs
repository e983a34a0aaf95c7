//! Private keys held in memory, and the trait that keys held elsewhere implement too.

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    KeyAlgorithm, PublicKey, PublicKeyError,
    backend::{self, Refused, SecretForm, SigningBackend, ed25519ph},
    pem::{self, PemError},
};

/// Something that signs with one key: a file's key, or later a token's or a key service's.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message` with the default hash of the key: ECDSA as DER, RSA PKCS#1 v1.5 with SHA-256, pure Ed25519.
    ///
    /// # Errors
    /// [`SignError`]; a signer that is not in this process verifies its signature before it hands it out.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Why a signature could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The library failed, which for a parsed key means a fault of the machine.
    #[error("the cryptographic library could not sign")]
    Library,
    /// The digest is not as long as the key's hash makes it.
    #[error("digest of {found} bytes where the {algorithm} key signs {expected}")]
    DigestLength {
        /// The kind of key.
        algorithm: KeyAlgorithm,
        /// Length of its hash.
        expected: usize,
        /// Length of what was given.
        found: usize,
    },
    /// A remote signer is unreachable or answered something wrong.
    #[error("the signing device failed")]
    Device {
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a private key could not be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// The PEM armour is wrong.
    #[error("private key is not PEM")]
    Pem(#[from] PemError),
    /// The bytes are not an ECDSA (three curves), Ed25519 or RSA private key, or its halves do not fit together.
    #[error("private key is malformed or of an unsupported kind")]
    Malformed,
    /// The key is encrypted, which this format is not read with.
    #[error("private key is encrypted")]
    Encrypted,
    /// Keys of this kind are not generated.
    #[error("cannot generate a {algorithm} key")]
    Generate {
        /// The kind that was asked for.
        algorithm: KeyAlgorithm,
    },
    /// The library could not write the key.
    #[error("private key cannot be encoded")]
    Encode,
    /// The public half is not usable.
    #[error("private key has an unusable public half")]
    PublicHalf(#[from] PublicKeyError),
}

/// A private key in memory, wiped when dropped.
pub struct SigningKey {
    backend: Box<dyn SigningBackend>,
    public: PublicKey,
}

impl SigningKey {
    /// Makes a new key from the operating system's randomness.
    ///
    /// # Errors
    /// [`SigningKeyError::Generate`], also for an RSA size other than 2048, 3072 and 4096.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, SigningKeyError> {
        let backend =
            backend::generate(algorithm).map_err(|_| SigningKeyError::Generate { algorithm })?;
        Self::with_backend(backend)
    }

    fn with_backend(backend: Box<dyn SigningBackend>) -> Result<Self, SigningKeyError> {
        let public = PublicKey::from_bits(backend.algorithm(), backend.public_key_bits())?;
        Ok(Self { backend, public })
    }

    /// Reads one unencrypted `PRIVATE KEY` block (PKCS#8).
    ///
    /// # Errors
    /// [`SigningKeyError`]; another kind of block is [`PemError::Label`].
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, SigningKeyError> {
        let block = pem::decode_one(text)?;
        match block.label.as_str() {
            "PRIVATE KEY" => Self::from_pkcs8_der(&block.der),
            "ENCRYPTED PRIVATE KEY" => Err(SigningKeyError::Encrypted),
            other => Err(PemError::Label {
                expected: "PRIVATE KEY",
                found: other.to_owned(),
            }
            .into()),
        }
    }

    /// Reads one unencrypted block of PKCS#8, SEC 1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// As [`SigningKey::from_pkcs8_pem`].
    pub fn from_pem(text: &str) -> Result<Self, SigningKeyError> {
        let block = pem::decode_one(text)?;
        match block.label.as_str() {
            "EC PRIVATE KEY" => Self::from_der(SecretForm::Sec1, &block.der),
            "RSA PRIVATE KEY" => Self::from_der(SecretForm::Pkcs1, &block.der),
            _ => Self::from_pkcs8_pem(text),
        }
    }

    /// Reads PKCS#8 DER, version 1 or 2.
    ///
    /// # Errors
    /// [`SigningKeyError::Malformed`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, SigningKeyError> {
        Self::from_der(SecretForm::Pkcs8, der)
    }

    fn from_der(form: SecretForm, der: &[u8]) -> Result<Self, SigningKeyError> {
        Self::with_backend(
            backend::parse_secret(form, der).map_err(|Refused| SigningKeyError::Malformed)?,
        )
    }

    /// The private key as PKCS#8 version 1 DER, which OpenSSL and Go read.
    ///
    /// # Errors
    /// [`SigningKeyError::Encode`] if the library fails.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, SigningKeyError> {
        self.backend
            .to_pkcs8()
            .map_err(|Refused| SigningKeyError::Encode)
    }

    /// The private key as a `PRIVATE KEY` block with a newline at the end.
    ///
    /// # Errors
    /// As [`SigningKey::to_pkcs8_der`].
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, SigningKeyError> {
        Ok(Zeroizing::new(pem::encode(
            "PRIVATE KEY",
            &self.to_pkcs8_der()?,
        )))
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Which kind of key this is.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.public.algorithm()
    }

    /// Signs `message` with the default hash: ECDSA as DER, RSA PKCS#1 v1.5 with SHA-256, pure Ed25519.
    ///
    /// # Errors
    /// [`SignError::Library`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.backend
            .sign(message)
            .map_err(|Refused| SignError::Library)
    }

    /// Signs the message whose digest, by the default hash of the key, is `digest`; Ed25519 keys sign with Ed25519ph.
    ///
    /// # Errors
    /// [`SignError::DigestLength`] if the length is another, else [`SignError::Library`].
    pub fn sign_digest(&self, digest: &[u8]) -> Result<Vec<u8>, SignError> {
        let algorithm = self.algorithm();
        let expected = algorithm.default_hash().digest_len();
        let wrong_length = || SignError::DigestLength {
            algorithm,
            expected,
            found: digest.len(),
        };
        if digest.len() != expected {
            return Err(wrong_length());
        }
        let signature = match self.backend.ed25519_seed() {
            Some(seed) => ed25519ph::sign(&seed, digest.try_into().map_err(|_| wrong_length())?),
            None => self.backend.sign_digest(digest),
        };
        signature.map_err(|Refused| SignError::Library)
    }
}

impl Signer for SigningKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        SigningKey::sign(self, message)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}
