//! The query of a client: a hash to be stamped, and how.

use std::fmt;

use const_oid::ObjectIdentifier;
use der::asn1::{Int, Uint};
use der::{Decode, Encode};
use sigbox_wire::HashAlgorithm;

use super::asn1::{self, TimeStampReq};
use super::oid;

/// The only version of RFC 3161 structures there is.
pub(super) const VERSION: u8 = 1;

/// The largest nonce accepted, in bytes of its integer: no client needs more, and it is echoed and stored.
pub const MAX_NONCE_BYTES: usize = 64;

/// An integer chosen by the client and copied into the answer, so that an old answer cannot be passed off as new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(Int);

impl Nonce {
    /// Reads big-endian bytes as a non-negative number; leading zeros do not count.
    ///
    /// # Errors
    /// [`TspRequestError::NonceTooLong`] past [`MAX_NONCE_BYTES`].
    pub fn from_unsigned(bytes: &[u8]) -> Result<Self, TspRequestError> {
        Self::capped(Uint::new(bytes).map_err(TspRequestError::malformed)?.into())
    }

    fn capped(integer: Int) -> Result<Self, TspRequestError> {
        let found = integer.as_bytes().len();
        if found > MAX_NONCE_BYTES {
            return Err(TspRequestError::NonceTooLong {
                limit: MAX_NONCE_BYTES,
                found,
            });
        }
        Ok(Self(integer))
    }

    /// The content octets of its DER INTEGER: two's complement, big-endian, shortest form.
    pub fn der_octets(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Takes the integer of a response, whose size is bounded by that of the response.
    pub(super) fn from_integer(integer: Int) -> Self {
        Self(integer)
    }

    pub(super) fn integer(&self) -> &Int {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::error::write_hex(f, self.der_octets())
    }
}

/// A `TimeStampReq` whose hash is SHA-2 and whose digest has the length of that hash.
///
/// Policy and extensions are only read; the issuer judges them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampRequest {
    hash: HashAlgorithm,
    digest: Vec<u8>,
    policy: Option<ObjectIdentifier>,
    nonce: Option<Nonce>,
    cert_req: bool,
    has_extensions: bool,
}

impl TimeStampRequest {
    /// Asks for a timestamp over `digest`, made with `hash`; no nonce, no certificate, the authority's own policy.
    ///
    /// # Errors
    /// [`TspRequestError::DigestLength`] if `digest` is not as long as `hash` makes it.
    pub fn new(hash: HashAlgorithm, digest: Vec<u8>) -> Result<Self, TspRequestError> {
        if digest.len() != hash.digest_len() {
            return Err(TspRequestError::DigestLength {
                hash,
                expected: hash.digest_len(),
                found: digest.len(),
            });
        }
        Ok(Self {
            hash,
            digest,
            policy: None,
            nonce: None,
            cert_req: false,
            has_extensions: false,
        })
    }

    /// The same request with a nonce.
    #[must_use]
    pub fn with_nonce(mut self, nonce: Nonce) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// The same request under a policy that the authority must accept.
    #[must_use]
    pub fn with_policy(mut self, policy: ObjectIdentifier) -> Self {
        self.policy = Some(policy);
        self
    }

    /// The same request, asking that the answer carries the authority's certificate.
    #[must_use]
    pub fn with_certificates(mut self) -> Self {
        self.cert_req = true;
        self
    }

    /// Reads a DER `TimeStampReq`.
    ///
    /// # Errors
    /// One variant of [`TspRequestError`] for each rule: form, version, hash, digest length, nonce length.
    ///
    /// Source: RFC 3161 §2.4.1.
    pub fn parse(der: &[u8]) -> Result<Self, TspRequestError> {
        let request = TimeStampReq::from_der(der).map_err(TspRequestError::malformed)?;
        if request.version != VERSION {
            return Err(TspRequestError::Version {
                expected: VERSION,
                found: request.version,
            });
        }
        let algorithm = &request.message_imprint.hash_algorithm;
        let hash = asn1::hash_of(&algorithm.oid).ok_or(match algorithm.oid {
            oid::SHA_1 => TspRequestError::WeakHash {
                found: algorithm.oid,
            },
            other => TspRequestError::UnsupportedHash { found: other },
        })?;
        if algorithm
            .parameters
            .as_ref()
            .is_some_and(|parameters| !parameters.is_null())
        {
            return Err(TspRequestError::HashParameters { hash });
        }
        let mut parsed = Self::new(
            hash,
            request.message_imprint.hashed_message.as_bytes().to_vec(),
        )?;
        parsed.policy = request.req_policy;
        parsed.nonce = request.nonce.map(Nonce::capped).transpose()?;
        parsed.cert_req = request.cert_req;
        parsed.has_extensions = request
            .extensions
            .is_some_and(|extensions| !extensions.is_empty());
        Ok(parsed)
    }

    /// The request as DER, without extensions.
    ///
    /// # Errors
    /// [`TspRequestError::Malformed`] if the encoder refuses it.
    pub fn to_der(&self) -> Result<Vec<u8>, TspRequestError> {
        let request = TimeStampReq {
            version: VERSION,
            message_imprint: asn1::imprint(self.hash, &self.digest)
                .map_err(TspRequestError::malformed)?,
            req_policy: self.policy,
            nonce: self.nonce.as_ref().map(|nonce| nonce.integer().clone()),
            cert_req: self.cert_req,
            extensions: None,
        };
        request.to_der().map_err(TspRequestError::malformed)
    }

    /// The hash that made [`digest`](Self::digest).
    pub fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    /// The digest to be stamped, as long as [`hash`](Self::hash) makes it.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The policy asked for; `None` leaves it to the authority.
    pub fn policy(&self) -> Option<ObjectIdentifier> {
        self.policy
    }

    /// The nonce to be copied into the answer.
    pub fn nonce(&self) -> Option<&Nonce> {
        self.nonce.as_ref()
    }

    /// Whether the answer must carry the authority's certificate.
    pub fn cert_req(&self) -> bool {
        self.cert_req
    }

    /// Whether the client asked for extensions.
    pub fn has_extensions(&self) -> bool {
        self.has_extensions
    }
}

/// Why a timestamp request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TspRequestError {
    /// The bytes are not a DER `TimeStampReq`.
    #[error("timestamp request is not valid DER")]
    Malformed {
        /// What the decoder met.
        #[source]
        source: der::Error,
    },
    /// The structure has another version.
    #[error("timestamp request has version {found}, expected {expected}")]
    Version {
        /// The one version there is.
        expected: u8,
        /// The version in the request.
        found: u8,
    },
    /// The digest was made with a hash that no longer resists collisions.
    #[error("hash algorithm {found} is too weak, expected SHA-256, SHA-384 or SHA-512")]
    WeakHash {
        /// The hash asked for.
        found: ObjectIdentifier,
    },
    /// The digest was made with a hash that is not known here.
    #[error("hash algorithm {found} is not supported, expected SHA-256, SHA-384 or SHA-512")]
    UnsupportedHash {
        /// The hash asked for.
        found: ObjectIdentifier,
    },
    /// The hash carries parameters other than NULL.
    #[error("hash algorithm {} carries parameters, expected none", hash.name())]
    HashParameters {
        /// The hash asked for.
        hash: HashAlgorithm,
    },
    /// The digest cannot have come from its hash.
    #[error("{} digest is {found} bytes long, expected {expected}", hash.name())]
    DigestLength {
        /// The hash asked for.
        hash: HashAlgorithm,
        /// Length that the hash makes, in bytes.
        expected: usize,
        /// Length of the digest, in bytes.
        found: usize,
    },
    /// The nonce is larger than any client needs.
    #[error("nonce is {found} bytes long, at most {limit} are accepted")]
    NonceTooLong {
        /// [`MAX_NONCE_BYTES`].
        limit: usize,
        /// Length of the nonce, in bytes.
        found: usize,
    },
}

impl TspRequestError {
    fn malformed(source: der::Error) -> Self {
        Self::Malformed { source }
    }
}

#[cfg(test)]
mod tests;
