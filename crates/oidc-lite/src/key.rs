//! The signing key: RSA of 2048 bits, because clients take a token on the command line only if it is RS256.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKey};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use pkcs8::SecretDocument;
use pkcs8::der::pem::{LineEnding, PemLabel};
use serde::Serialize;
use zeroize::Zeroizing;

const KEY_BITS: usize = 2048;

/// An RSA-2048 key pair that signs RS256 tokens.
pub struct RsaKey {
    encoding: EncodingKey,
    public: Jwk,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The generator failed.
    #[error("cannot generate an RSA key")]
    Generate,
    /// Not PEM, or not DER within.
    #[error("key is not a PEM file")]
    Pem {
        /// What is wrong with it.
        #[source]
        source: pkcs8::der::Error,
    },
    /// PEM of another kind.
    #[error("key is a `{found}` block, expected `PRIVATE KEY`")]
    Label {
        /// The label found.
        found: String,
    },
    /// PKCS#8 that holds no sound RSA key.
    #[error("key is not a sound RSA private key")]
    Rejected {
        /// What aws-lc says.
        #[source]
        source: aws_lc_rs::error::KeyRejected,
    },
    /// RSA of another size.
    #[error("RSA key has {found} bits, expected {KEY_BITS}")]
    Size {
        /// Bits of the modulus.
        found: usize,
    },
    /// The token library does not take the key.
    #[error("key cannot sign tokens")]
    Unusable {
        /// What the library says.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
}

/// Makes a new key and returns it as PKCS#8 PEM.
///
/// # Errors
/// [`KeyError::Generate`] if the system has no randomness to give.
pub fn generate_rsa_key_pem() -> Result<Zeroizing<String>, KeyError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_unspecified| KeyError::Generate)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_unspecified| KeyError::Generate)?;
    SecretDocument::try_from(der.as_ref())
        .and_then(|document| document.to_pem(pkcs8::PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF))
        .map_err(|source| KeyError::Pem { source })
}

impl RsaKey {
    /// Reads a key from PKCS#8 PEM.
    ///
    /// # Errors
    /// A [`KeyError`] that names what does not fit.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, document) =
            SecretDocument::from_pem(pem).map_err(|source| KeyError::Pem { source })?;
        if label != pkcs8::PrivateKeyInfoRef::PEM_LABEL {
            return Err(KeyError::Label {
                found: label.to_owned(),
            });
        }
        let pair = KeyPair::from_pkcs8(document.as_bytes())
            .map_err(|source| KeyError::Rejected { source })?;
        let found = pair.public_modulus_len() * 8;
        if found != KEY_BITS {
            return Err(KeyError::Size { found });
        }
        let encoding = EncodingKey::from_rsa_pem(pem.as_bytes())
            .map_err(|source| KeyError::Unusable { source })?;
        Ok(Self {
            encoding,
            public: Jwk::new(pair.public_key()),
        })
    }

    /// The key id: the RFC 7638 thumbprint, so the same key has the same id everywhere.
    pub fn key_id(&self) -> &str {
        &self.public.kid
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    pub(crate) fn public(&self) -> &Jwk {
        &self.public
    }
}

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RsaKey")
            .field("key_id", &self.public.kid)
            .finish_non_exhaustive()
    }
}

/// The public half as a JSON Web Key. Source: RFC 7517 §4, RFC 7518 §6.3.1.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Jwk {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
    pub(crate) n: String,
    pub(crate) e: String,
}

impl Jwk {
    fn new(public: &PublicKey) -> Self {
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let n = number(public.modulus().big_endian_without_leading_zero());
        let e = number(public.exponent().big_endian_without_leading_zero());
        Self::from_numbers(n, e)
    }

    fn from_numbers(n: String, e: String) -> Self {
        // Members in lexicographic order, no white space. Source: RFC 7638 §3.
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        Self {
            kty: "RSA",
            usage: "sig",
            alg: "RS256",
            kid: URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes())),
            n,
            e,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;
