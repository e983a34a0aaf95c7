//! What can be wrong with a certificate by itself.

use const_oid::ObjectIdentifier;

use crate::{PublicKeyError, pem::PemError};

/// A certificate that is refused when read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The encoding is longer than any certificate needs to be.
    #[error("certificate of {size} bytes is larger than {limit}")]
    TooLarge {
        /// Length found, in bytes.
        size: usize,
        /// Longest accepted, in bytes.
        limit: usize,
    },
    /// Not the DER of a certificate, or bytes follow it.
    #[error("malformed certificate")]
    Malformed {
        /// Where the decoder stopped.
        #[source]
        source: der::Error,
    },
    /// Not an X.509 version 3 certificate.
    #[error("certificate has version {found}, expected 3")]
    Version {
        /// Version found, counted from 1 as people do.
        found: u8,
    },
    /// The serial number is negative or has more than 20 octets.
    #[error("serial number of {length} octets is negative or too long")]
    SerialNumber {
        /// Octets of the encoded number.
        length: usize,
    },
    /// The signed and the unsigned statement of the signature algorithm differ.
    #[error("signature algorithm {signed} inside the certificate differs from {outer} outside")]
    AlgorithmMismatch {
        /// What the signed part says.
        signed: ObjectIdentifier,
        /// What stands beside the signature.
        outer: ObjectIdentifier,
    },
    /// A time is outside what can be represented.
    #[error("validity time of {seconds} seconds since 1970 is out of range")]
    Time {
        /// The time found.
        seconds: u64,
    },
    /// The subject's key cannot be used.
    #[error("certificate holds an unusable public key")]
    PublicKey {
        /// Why not.
        #[source]
        source: PublicKeyError,
    },
    /// The same extension stands twice.
    #[error("certificate extension {oid} occurs more than once")]
    DuplicateExtension {
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// A known extension cannot be decoded; treating it as absent would hide it.
    #[error("malformed certificate extension {oid}")]
    MalformedExtension {
        /// The extension.
        oid: ObjectIdentifier,
        /// Where the decoder stopped.
        #[source]
        source: der::Error,
    },
    /// A known extension decodes to a value it must not have.
    #[error("certificate extension {oid}: {rule}")]
    ExtensionValue {
        /// The extension.
        oid: ObjectIdentifier,
        /// The rule it breaks.
        rule: ExtensionRule,
    },
    /// The text around the certificate is wrong.
    #[error("cannot read certificate PEM")]
    Pem {
        /// What is wrong.
        #[from]
        source: PemError,
    },
}

/// A rule on the value of a known extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionRule {
    /// The list must hold at least one element.
    #[error("list is empty")]
    Empty,
    /// Raw text must be UTF-8.
    #[error("text is not UTF-8")]
    NotUtf8,
    /// A name shown to people must not move their cursor.
    #[error("text holds control characters")]
    ControlCharacter,
    /// Only certificate authorities limit paths.
    #[error("path length without certificate authority")]
    PathLengthWithoutCa,
    /// The poison's value is NULL.
    #[error("value is not NULL")]
    NotNull,
}
