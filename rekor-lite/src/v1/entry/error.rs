//! Why a proposal does not become an entry.

use sigbox_crypto::{
    CertificateError, HashAlgorithm, KeyAlgorithm, PublicKeyError, SignatureError, WeakKeyError,
    pem::PemError, tsp::TspError,
};
use sigbox_wire::EncodeError;
use sigbox_wire::rekor_v1::{EnvelopeError, ProposalError};

use super::rekord::RekordError;

/// Why a proposal is refused; all texts are fit for the caller to see.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The body is not an entry of a kind that is taken.
    #[error(transparent)]
    Proposal(#[from] ProposalError),
    /// The envelope is none.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// An entry in the form in which it is logged holds nothing that could be verified.
    #[error("validation failure list:\n{member} in body is required")]
    NothingToVerify {
        /// What a proposal has and a logged entry has not.
        member: &'static str,
    },
    /// Signature or key of a `rekord` cannot be used.
    #[error(transparent)]
    Rekord(#[from] RekordError),
    /// A timestamp response that its own certificate does not bear out.
    #[error("tsr verification error")]
    Timestamp(#[from] TspError),
    /// A timestamp response longer than any real one.
    #[error("tsr exceeds maximum allowed size: expected at most {limit} bytes, found {found}")]
    TimestampTooLong {
        /// Longest response, in bytes.
        limit: usize,
        /// Length found, in bytes.
        found: usize,
    },
    /// A key or certificate cannot be used.
    #[error("invalid public key")]
    Key(#[from] KeyError),
    /// The key with this hash is not among the permitted pairs.
    #[error("entry algorithms are not allowed: found {key} with {hash}")]
    NotPermitted {
        /// The kind and size of the key.
        key: KeyAlgorithm,
        /// The hash that the entry names, or that the kind prescribes.
        hash: HashAlgorithm,
    },
    /// The signature is not the key's over what the entry names.
    #[error("verifying signature: invalid signature")]
    Signature(#[from] SignatureError),
    /// A key that verifies none of the envelope's signatures.
    #[error(
        "could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1"
    )]
    IdleVerifier {
        /// Its place among the keys, from 0.
        position: usize,
    },
    /// A signature of the envelope that no key verifies.
    #[error("all signatures must have a key that verifies it: found none for signature {position}")]
    UnverifiedSignature {
        /// Its place among the signatures, from 0.
        position: usize,
    },
    /// More signatures or keys than are checked.
    #[error("expected at most {limit} {member}, found {found}")]
    Count {
        /// What is counted.
        member: &'static str,
        /// Most that are taken.
        limit: usize,
        /// How many there are.
        found: usize,
    },
    /// The entry is longer than a leaf may be.
    #[error("expected an entry of at most {limit} bytes, found {found}")]
    TooLong {
        /// Longest entry, in bytes.
        limit: usize,
        /// Length found, in bytes.
        found: usize,
    },
    /// The entry could not be written, which is our fault.
    #[error("the entry cannot be written in canonical form")]
    Encode(#[from] EncodeError),
}

/// Why a text is not a key or certificate that may have signed an entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not text.
    #[error("expected PEM, found bytes that are not UTF-8 text")]
    NotText,
    /// Not PEM.
    #[error("failure decoding PEM")]
    Pem(#[source] PemError),
    /// A block that holds neither.
    #[error("expected a PEM block PUBLIC KEY or CERTIFICATE, found {found}")]
    Label {
        /// The block's label.
        found: String,
    },
    /// A bare key with something after it.
    #[error("expected one PUBLIC KEY, found {found} PEM blocks")]
    KeyCount {
        /// How many blocks there are.
        found: usize,
    },
    /// A chain longer than any real one.
    #[error("expected at most {limit} certificates, found {found}")]
    ChainLength {
        /// Most that are read.
        limit: usize,
        /// How many there are.
        found: usize,
    },
    /// Not a public key that we can use.
    #[error("expected a public key")]
    PublicKey(#[source] PublicKeyError),
    /// Not a certificate that we can read.
    #[error("expected a certificate")]
    Certificate(#[source] CertificateError),
    /// A certificate that the next one did not issue.
    #[error("certificate {position} of the chain is not issued by the next one")]
    Chain {
        /// Its place in the chain, from 0.
        position: usize,
    },
    /// A certificate that was not valid when the first one's validity began.
    #[error("certificate {position} of the chain is not valid when the first one begins")]
    ChainValidity {
        /// Its place in the chain, from 0.
        position: usize,
    },
    /// A key for which others can sign.
    #[error("expected a sound key")]
    Weak(#[source] WeakKeyError),
}
