//! Signed certificate timestamps: bytes, signed data, signature.
//!
//! Source: RFC 6962 §3.2 and §3.3; C2SP static-ct-api for what stands in the extensions.

mod codec;
mod error;

use der::Decode as _;
use sigbox_tlog::UnixMillis;

pub use self::error::SctError;
use crate::{Certificate, HashAlgorithm, KeyAlgorithm, PublicKey, Signer, oid};

/// `hash_algorithm sha256`, the only one that every client accepts.
const SHA256: u8 = 4;
/// `signature_algorithm rsa`.
const RSA: u8 = 1;
/// `signature_algorithm ecdsa`.
const ECDSA: u8 = 3;

/// A version 1 SCT as it travels; nothing in it has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sct {
    /// SHA-256 of the log's DER SubjectPublicKeyInfo.
    pub log_id: [u8; 32],
    /// When the log took the entry in.
    pub timestamp: UnixMillis,
    /// CT extensions, kept and signed verbatim: static logs put the leaf index here.
    pub extensions: Vec<u8>,
    /// TLS number of the hash algorithm; 4 is SHA-256.
    pub hash_alg: u8,
    /// TLS number of the signature algorithm; 1 is RSA, 3 ECDSA.
    pub sig_alg: u8,
    /// The signature, DER for ECDSA.
    pub signature: Vec<u8>,
}

/// What an SCT vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SctEntry<'a> {
    /// A whole certificate, DER.
    X509(&'a [u8]),
    /// A precertificate.
    Precert {
        /// SHA-256 of the issuer's DER SubjectPublicKeyInfo.
        issuer_key_hash: &'a [u8; 32],
        /// [`Certificate::precert_tbs`].
        tbs: &'a [u8],
    },
}

impl Sct {
    /// Signs `entry` as the log whose key `signer` holds: ECDSA P-256 or RSA.
    ///
    /// # Errors
    /// [`SctError::LogKey`] for another kind of key, [`SctError::TooLong`], [`SctError::Sign`].
    ///
    /// Source: RFC 6962 §3.2; §2.1.4 for the kinds of key.
    pub fn sign(
        signer: &dyn Signer,
        timestamp: UnixMillis,
        entry: SctEntry<'_>,
        extensions: Vec<u8>,
    ) -> Result<Self, SctError> {
        let key = signer.public_key();
        let sig_alg = match key.algorithm() {
            KeyAlgorithm::EcdsaP256 => ECDSA,
            KeyAlgorithm::Rsa { .. } => RSA,
            other => return Err(SctError::LogKey { key: other }),
        };
        let data = codec::signed_data(timestamp, entry, &extensions)?;
        let signature = signer
            .sign(&data)
            .map_err(|source| SctError::Sign { source })?;
        Ok(Self {
            log_id: key.key_id(),
            timestamp,
            extensions,
            hash_alg: SHA256,
            sig_alg,
            signature,
        })
    }

    /// Checks that `log_key` made this SCT for `entry`.
    ///
    /// # Errors
    /// [`SctError::LogId`], [`SctError::Algorithm`] or [`SctError::Signature`], in this order.
    pub fn verify(&self, entry: SctEntry<'_>, log_key: &PublicKey) -> Result<(), SctError> {
        let expected = log_key.key_id();
        if self.log_id != expected {
            return Err(SctError::LogId {
                expected,
                found: self.log_id,
            });
        }
        let key = log_key.algorithm();
        let fits = match key {
            KeyAlgorithm::Rsa { .. } => self.sig_alg == RSA,
            _ => key.is_ecdsa() && self.sig_alg == ECDSA,
        };
        if self.hash_alg != SHA256 || !fits {
            return Err(SctError::Algorithm {
                hash_alg: self.hash_alg,
                sig_alg: self.sig_alg,
                key,
            });
        }
        let data = codec::signed_data(self.timestamp, entry, &self.extensions)?;
        log_key
            .verify(HashAlgorithm::Sha2_256, &data, &self.signature)
            .map_err(|source| SctError::Signature { source })
    }

    /// Checks this SCT as one embedded in `leaf`, which `issuer` is known to have issued.
    ///
    /// The caller has verified the chain: with two authorities of one name, the wrong `issuer` fails here.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_embedded(
        &self,
        leaf: &Certificate,
        issuer: &Certificate,
        log_key: &PublicKey,
    ) -> Result<(), SctError> {
        let issuer_key_hash = issuer.public_key().key_id();
        self.verify(
            SctEntry::Precert {
                issuer_key_hash: &issuer_key_hash,
                tbs: &leaf.precert_tbs(),
            },
            log_key,
        )
    }

    /// The SCTs embedded in `certificate`; none when the extension is absent.
    ///
    /// # Errors
    /// [`SctError`] if the extension is there and malformed or empty.
    pub fn from_certificate(certificate: &Certificate) -> Result<Vec<Self>, SctError> {
        let Some((_, value)) = certificate.extension(&oid::CT_SCT_LIST) else {
            return Ok(Vec::new());
        };
        let list = <&der::asn1::OctetStringRef>::from_der(value)
            .map_err(|source| SctError::Extension { source })?;
        Self::decode_list(list.as_bytes())
    }
}

/// The bytes that a log signs for a precertificate: version, type, time, entry, extensions.
///
/// `tbs` is [`Certificate::precert_tbs`], `issuer_key_hash` the SHA-256 of the issuer's DER SubjectPublicKeyInfo.
///
/// # Errors
/// [`SctError::TooLong`] past 2^24-1 bytes of `tbs` or 2^16-1 of `extensions`.
///
/// Source: RFC 6962 §3.2.
pub fn sct_signed_data_precert(
    timestamp: UnixMillis,
    issuer_key_hash: &[u8; 32],
    tbs: &[u8],
    extensions: &[u8],
) -> Result<Vec<u8>, SctError> {
    codec::signed_data(
        timestamp,
        SctEntry::Precert {
            issuer_key_hash,
            tbs,
        },
        extensions,
    )
}

/// The bytes that a log signs for a whole certificate.
///
/// # Errors
/// As [`sct_signed_data_precert`].
///
/// Source: RFC 6962 §3.2.
pub fn sct_signed_data_x509(
    timestamp: UnixMillis,
    certificate: &[u8],
    extensions: &[u8],
) -> Result<Vec<u8>, SctError> {
    codec::signed_data(timestamp, SctEntry::X509(certificate), extensions)
}

/// The `MerkleTreeLeaf` of a precertificate: the same bytes as the signed data, since version, leaf type and signature
/// type are all 0.
///
/// # Errors
/// As [`sct_signed_data_precert`].
///
/// Source: RFC 6962 §3.4.
pub fn merkle_tree_leaf_precert(
    timestamp: UnixMillis,
    issuer_key_hash: &[u8; 32],
    tbs: &[u8],
    extensions: &[u8],
) -> Result<Vec<u8>, SctError> {
    sct_signed_data_precert(timestamp, issuer_key_hash, tbs, extensions)
}

/// The `MerkleTreeLeaf` of a whole certificate.
///
/// # Errors
/// As [`sct_signed_data_precert`].
///
/// Source: RFC 6962 §3.4.
pub fn merkle_tree_leaf_x509(
    timestamp: UnixMillis,
    certificate: &[u8],
    extensions: &[u8],
) -> Result<Vec<u8>, SctError> {
    sct_signed_data_x509(timestamp, certificate, extensions)
}

#[cfg(test)]
mod tests;
