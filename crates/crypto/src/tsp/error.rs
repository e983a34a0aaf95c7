//! The rules that a timestamp can break, one variant each.

use std::fmt;

use const_oid::ObjectIdentifier;
use sigbox_wire::HashAlgorithm;

use crate::{ChainError, SignatureError};

/// Bytes that print as lower-case hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct Octets(pub Vec<u8>);

impl From<&[u8]> for Octets {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

pub(super) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// The piece of a timestamp that would not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TspPart {
    /// The outer `TimeStampResp`.
    Response,
    /// The token, a `ContentInfo`.
    Token,
    /// The `SignedData` of the token.
    SignedData,
    /// The `SignerInfo`.
    SignerInfo,
    /// The signer identifier inside the `SignerInfo`.
    SignerIdentifier,
    /// The signed attributes.
    SignedAttributes,
    /// The signed content, a `TSTInfo`.
    TstInfo,
}

impl fmt::Display for TspPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Response => "TimeStampResp",
            Self::Token => "TimeStampToken",
            Self::SignedData => "SignedData",
            Self::SignerInfo => "SignerInfo",
            Self::SignerIdentifier => "SignerIdentifier",
            Self::SignedAttributes => "signed attributes",
            Self::TstInfo => "TSTInfo",
        })
    }
}

/// Why a timestamp is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TspError {
    /// The response is larger than any honest one.
    #[error("timestamp response is {found} bytes long, at most {limit} are read")]
    TooLarge {
        /// [`super::MAX_RESPONSE_BYTES`].
        limit: usize,
        /// Its length in bytes.
        found: usize,
    },
    /// A part is not the DER structure it must be.
    #[error("{part} of the timestamp is not valid DER")]
    Malformed {
        /// Which part.
        part: TspPart,
        /// What the decoder met.
        #[source]
        source: der::Error,
    },
    /// The authority refused, or granted something else than was asked.
    #[error("timestamp status is {found}, expected 0 (granted)")]
    NotGranted {
        /// `PKIStatus` of the response.
        found: u8,
    },
    /// The authority granted but sent no token.
    #[error("timestamp response carries no token")]
    MissingToken,
    /// The token is not signed data.
    #[error("token has content type {found}, expected {expected} (signed data)")]
    TokenType {
        /// `id-signedData`.
        expected: ObjectIdentifier,
        /// The type in the token.
        found: ObjectIdentifier,
    },
    /// What is signed is not a timestamp.
    #[error("token signs content of type {found}, expected {expected} (TSTInfo)")]
    EncapsulatedType {
        /// `id-ct-TSTInfo`.
        expected: ObjectIdentifier,
        /// The type in the token.
        found: ObjectIdentifier,
    },
    /// The signature is detached.
    #[error("token carries no signed content")]
    MissingContent,
    /// RFC 3161 allows one signature only; a second one could be read by another verifier.
    #[error("token has {found} signers, expected exactly 1")]
    SignerCount {
        /// Number of `SignerInfo`s.
        found: usize,
    },
    /// Without signed attributes nothing names the certificate or the content type.
    #[error("signer has no signed attributes")]
    MissingSignedAttributes,
    /// Clients sign and check these in two ways that agree on sorted attributes only.
    #[error("signed attributes are not in DER order")]
    SignedAttributesOrder,
    /// An attribute that must be signed is absent.
    #[error("signed attribute {expected} is missing")]
    MissingAttribute {
        /// Its type.
        expected: ObjectIdentifier,
    },
    /// An attribute occurs twice, so that two readers may pick different ones.
    #[error("signed attribute {found} occurs more than once")]
    DuplicateAttribute {
        /// Its type.
        found: ObjectIdentifier,
    },
    /// An attribute that has one value has another number of them.
    #[error("signed attribute {attribute} has {found} values, expected exactly 1")]
    AttributeValues {
        /// Its type.
        attribute: ObjectIdentifier,
        /// Number of values.
        found: usize,
    },
    /// The value of a known attribute is not what its type says.
    #[error("value of signed attribute {attribute} is not valid DER")]
    AttributeForm {
        /// Its type.
        attribute: ObjectIdentifier,
        /// What the decoder met.
        #[source]
        source: der::Error,
    },
    /// The signed content type is another than that of the content.
    #[error("signed content type is {found}, expected {expected}")]
    ContentTypeAttribute {
        /// `id-ct-TSTInfo`.
        expected: ObjectIdentifier,
        /// The signed type.
        found: ObjectIdentifier,
    },
    /// The signature covers another content.
    #[error("signed message digest is {found}, but that of the content is {expected}")]
    MessageDigest {
        /// Digest of the content in the token.
        expected: Octets,
        /// Digest that was signed.
        found: Octets,
    },
    /// The signer digested with something else than SHA-2.
    #[error("signer uses digest algorithm {found}, expected SHA-256, SHA-384 or SHA-512")]
    DigestAlgorithm {
        /// The algorithm in the `SignerInfo`.
        found: ObjectIdentifier,
    },
    /// The signature is not by the key of the trusted certificate, or of a kind that is not accepted.
    #[error("signature of the timestamp does not verify")]
    Signature {
        /// What the key says.
        #[source]
        source: SignatureError,
    },
    /// No chain was given to judge by; this is never taken as consent.
    #[error("no certificates of a trusted timestamp authority were given")]
    NoTrustMaterial,
    /// A chain needs the authority's certificate and an issuer.
    #[error(
        "trusted timestamp chain has {found} certificate, expected at least 2 (signer first, root last)"
    )]
    ChainTooShort {
        /// Number of certificates.
        found: usize,
    },
    /// The token says that another certificate signed it.
    #[error("token was signed by certificate {found}, but the trusted authority's is {expected}")]
    Signer {
        /// Serial number of the trusted certificate.
        expected: Octets,
        /// Serial number, or key identifier, that the token names.
        found: Octets,
    },
    /// The token carries certificates, but not the trusted one.
    #[error("none of the {found} certificates in the token is that of the trusted authority")]
    EmbeddedCertificate {
        /// Number of certificates in the token.
        found: usize,
    },
    /// The token carries certificates, but not that of its signer, whoever trusts that one.
    #[error("none of the {found} certificates in the token is that of its signer")]
    NoSignerCertificate {
        /// Number of certificates in the token.
        found: usize,
    },
    /// The signed certificate hash is another.
    #[error("token is bound to certificate hash {found}, but that of its signer is {expected}")]
    SigningCertificateHash {
        /// Hash of the certificate that the token is judged by.
        expected: Octets,
        /// Hash that was signed.
        found: Octets,
    },
    /// The signed certificate hash was made with an unknown algorithm.
    #[error("token is bound to its certificate by hash algorithm {found}, expected SHA-2")]
    SigningCertificateAlgorithm {
        /// The algorithm in the attribute.
        found: ObjectIdentifier,
    },
    /// The attribute that binds the certificate names none.
    #[error("signing certificate attribute {attribute} names no certificate")]
    SigningCertificateEmpty {
        /// Its type.
        attribute: ObjectIdentifier,
    },
    /// The signed issuer or serial number is another.
    #[error("token is bound to a certificate of another issuer or serial number")]
    SigningCertificateIssuer,
    /// The trusted chain begins with a certificate authority.
    #[error("certificate of the timestamp authority is a CA certificate")]
    SignerIsCa,
    /// The key may be used for other things than time.
    #[error(
        "extended key usage of the timestamp authority is {found:?}, expected time stamping only"
    )]
    ExtendedKeyUsage {
        /// The usages in the certificate.
        found: Vec<ObjectIdentifier>,
    },
    /// Old software could overlook the restriction.
    #[error("extended key usage of the timestamp authority is not critical")]
    ExtendedKeyUsageNotCritical,
    /// The trusted chain does not hold at the time of the token.
    #[error("certificate chain of the timestamp authority does not hold at {at}")]
    Chain {
        /// The time in the token.
        at: jiff::Timestamp,
        /// Which rule of the chain.
        #[source]
        source: ChainError,
    },
    /// The signed structure has another version.
    #[error("TSTInfo has version {found}, expected {expected}")]
    Version {
        /// The one version there is.
        expected: u8,
        /// The version in the token.
        found: u8,
    },
    /// The signature was hashed with an algorithm that no longer resists collisions.
    #[error("imprint uses hash algorithm {found}, which is too weak")]
    WeakImprint {
        /// The algorithm of the imprint.
        found: ObjectIdentifier,
    },
    /// The signature was hashed with an unknown algorithm.
    #[error("imprint uses hash algorithm {found}, expected SHA-256, SHA-384 or SHA-512")]
    ImprintAlgorithm {
        /// The algorithm of the imprint.
        found: ObjectIdentifier,
    },
    /// The timestamp is over something else.
    #[error("timestamp is over {} digest {found}, expected {expected}", hash.name())]
    Imprint {
        /// The algorithm of the imprint.
        hash: HashAlgorithm,
        /// Digest of what the caller holds.
        expected: Octets,
        /// Digest in the token.
        found: Octets,
    },
    /// The token demands something that is not understood here.
    #[error("token has unknown critical extension {found}")]
    CriticalExtension {
        /// Its type.
        found: ObjectIdentifier,
    },
    /// The answer is to another question, perhaps an old one.
    #[error("nonce of the timestamp is {}, expected {expected}", found.as_ref().map_or_else(|| "absent".to_owned(), ToString::to_string))]
    Nonce {
        /// The nonce that was sent.
        expected: super::Nonce,
        /// The nonce that came back.
        found: Option<super::Nonce>,
    },
    /// The authority stamped under another policy than was asked for.
    #[error("policy of the timestamp is {found}, expected {expected}")]
    Policy {
        /// The policy asked for.
        expected: ObjectIdentifier,
        /// The policy in the token.
        found: ObjectIdentifier,
    },
}
