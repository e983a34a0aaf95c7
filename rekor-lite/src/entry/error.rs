//! Why a request does not become an entry: which field, what was expected, what was found.

use std::fmt;

use sigbox_crypto::{
    CertificateError, HashAlgorithm, KeyAlgorithm, PublicKeyError, SignatureError, WeakKeyError,
};
use sigbox_wire::{EncodeError, RequestError};

use super::field::Field;

/// The two requests that a Rekor v2 log knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// `hashedRekordRequestV002`.
    HashedRekord,
    /// `dsseRequestV002`.
    Dsse,
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HashedRekord => "hashedrekord",
            Self::Dsse => "dsse",
        })
    }
}

/// Why a request is refused; all texts are fit for the caller to see.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProposalError {
    /// The body is not the JSON of a request: syntax, unknown or repeated member, wrong type, bad base64, depth.
    #[error(transparent)]
    Request(RequestError),
    /// Neither kind of request is there.
    #[error("invalid type, must be hashedrekord: expected `hashedRekordRequestV002`, found none")]
    NoRequest,
    /// Both kinds of request are there.
    #[error("invalid type, must be hashedrekord: expected one request, found two")]
    TwoRequests,
    /// The log is configured to take no DSSE request.
    #[error(
        "invalid type, must be hashedrekord: expected `hashedRekordRequestV002`, found `dsseRequestV002`"
    )]
    DsseNotTaken,
    /// A hashedrekord request carries no payload, so it has no reason to be this long.
    #[error(
        "http: request body too large: expected at most {limit} bytes for a hashedrekord, found {found}"
    )]
    TooLarge {
        /// Longest body taken, in bytes.
        limit: usize,
        /// Length found, in bytes.
        found: usize,
    },
    /// A member of the request does not hold.
    #[error("invalid {kind} request: {field}")]
    Field {
        /// Which request.
        kind: RequestKind,
        /// Which member.
        field: Field,
        /// Which rule it breaks.
        #[source]
        rule: FieldError,
    },
    /// The entry could not be written, which is our fault.
    #[error("the entry cannot be written in canonical form")]
    Encode(#[from] EncodeError),
}

impl ProposalError {
    pub(super) fn field(kind: RequestKind, field: Field, rule: FieldError) -> Self {
        Self::Field { kind, field, rule }
    }

    /// Whether the size alone is what is wrong.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }
}

/// The rule that a member breaks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// Absent, null or empty.
    #[error("expected a value, found none")]
    Missing,
    /// Both arms of the oneof are set.
    #[error("expected one of publicKey and x509Certificate, found both")]
    TwoKeys,
    /// Text where DER is wanted: the mistake that every new client makes.
    #[error("expected DER, found PEM")]
    Pem,
    /// Not a public key that we can use.
    #[error("expected a public key")]
    PublicKey(#[source] PublicKeyError),
    /// Not a certificate that we can read.
    #[error("expected a certificate")]
    Certificate(#[source] CertificateError),
    /// An algorithm that we do not know.
    #[error("expected a known algorithm, found `{found}`")]
    UnknownAlgorithm {
        /// The name or number as it was sent.
        found: String,
    },
    /// Pure Ed25519 signs the artifact itself, which the log never sees.
    #[error(
        "expected an algorithm that signs a digest, such as PKIX_ED25519_PH, found PKIX_ED25519"
    )]
    NotPrehashed,
    /// The key with this hash is not among the permitted pairs.
    #[error("expected a permitted pair of key and hash, found {key} with {hash}")]
    NotPermitted {
        /// The actual kind and size of the key.
        key: KeyAlgorithm,
        /// The hash of the key details.
        hash: HashAlgorithm,
    },
    /// A key for which others can sign.
    #[error("expected a sound key")]
    WeakKey(#[source] WeakKeyError),
    /// The digest is not as long as the hash makes it.
    #[error("expected {} bytes of {hash}, found {found}", hash.digest_len())]
    DigestLength {
        /// The hash of the key details.
        hash: HashAlgorithm,
        /// Length found, in bytes.
        found: usize,
    },
    /// The signature is not the key's over the digest.
    #[error("expected a signature of the digest by the verifier's key")]
    Signature(#[source] SignatureError),
    /// The log keeps one signature and one key an entry.
    #[error("expected exactly 1, found {found}")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// Longer than an entry bundle can hold.
    #[error("expected at most {limit} bytes, found {found}")]
    TooLong {
        /// Longest entry, in bytes.
        limit: usize,
        /// Length found, in bytes.
        found: usize,
    },
}
