//! Why a certificate is not made, not passed, or not issued.

use jiff::{SignedDuration, Timestamp};

use crate::{
    CertificateError, ObjectIdentifier, SctError, SignError, SignatureError, WeakKeyError,
};

/// A certificate that cannot be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// An attribute of the name is empty, longer than 64 characters, or holds control characters.
    #[error("`{attribute}` of a certificate authority must have 1 to 64 printable characters")]
    Identity {
        /// The attribute.
        attribute: &'static str,
    },
    /// The serial number is 0.
    #[error("serial number is zero")]
    ZeroSerial,
    /// The validity ends before it begins, or begins before 1970.
    #[error("validity from {not_before} to {not_after} is empty or out of range")]
    Validity {
        /// First moment.
        not_before: Timestamp,
        /// Last moment.
        not_after: Timestamp,
    },
    /// The validity reaches outside the issuer's.
    #[error("validity from {not_before} to {not_after} is not inside the issuer's")]
    OutsideIssuer {
        /// First moment.
        not_before: Timestamp,
        /// Last moment.
        not_after: Timestamp,
    },
    /// The issuer is no certificate authority, or has no subject key identifier.
    #[error("issuer `{issuer}` cannot issue certificates")]
    Issuer {
        /// Its name.
        issuer: String,
    },
    /// The signer's key is not the one in the issuer's certificate.
    #[error("signer's key is not the key of issuer `{issuer}`")]
    SignerMismatch {
        /// The issuer's name.
        issuer: String,
    },
    /// The key to certify is the issuer's own.
    #[error("the key to certify is the issuer's own key")]
    SharedKey,
    /// The key to certify is too weak.
    #[error("the key to certify is weak")]
    WeakKey {
        /// Why.
        #[source]
        source: WeakKeyError,
    },
    /// A value cannot be encoded.
    #[error("cannot encode the certificate")]
    Encode {
        /// What the encoder said.
        #[from]
        source: der::Error,
    },
    /// The signer failed.
    #[error("cannot sign the certificate")]
    Sign {
        /// What the signer said.
        #[source]
        source: SignError,
    },
    /// The signature made does not verify, so it does not leave.
    #[error("the signature made does not verify under the issuer's key")]
    Signature {
        /// What the check said.
        #[source]
        source: SignatureError,
    },
    /// What was built is not read back.
    #[error("the certificate made cannot be read")]
    Unreadable {
        /// What the reader said.
        #[source]
        source: CertificateError,
    },
}

/// A rule of the leaf profile that a certificate to be signed breaks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LintError {
    /// Names are in the alternative name alone.
    #[error("subject is not empty")]
    SubjectNotEmpty,
    /// Not exactly one alternative name.
    #[error("{found} subject alternative names, expected one")]
    SubjectAltNameCount {
        /// How many there are.
        found: usize,
    },
    /// The alternative name is not the one requested.
    #[error("subject alternative name is not the one requested")]
    SubjectAltNameMismatch,
    /// With an empty subject the alternative name must be critical.
    #[error("subject alternative name is not critical")]
    SubjectAltNameNotCritical,
    /// An e-mail address outside ASCII; RFC 8398 names are not used.
    #[error("e-mail address is not ASCII")]
    EmailNotAscii,
    /// Not `local@domain`, or longer than 254 characters.
    #[error("e-mail address is not of the form `local@domain`")]
    EmailSyntax,
    /// Not an absolute URI of ASCII characters.
    #[error("URI is not an absolute ASCII URI")]
    UriSyntax,
    /// An extension's value or criticality is not exactly the profile's.
    #[error("extension {oid} is not as the profile has it")]
    Extension {
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// An extension that the profile needs is not there.
    #[error("extension {oid} is missing")]
    MissingExtension {
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// An extension that the profile does not have.
    #[error("extension {oid} does not belong into the profile")]
    UnexpectedExtension {
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// The extensions do not stand in the profile's order.
    #[error("extension {oid} is out of order")]
    ExtensionOrder {
        /// The first extension out of place.
        oid: ObjectIdentifier,
    },
    /// The extensions take more room than any identity needs.
    #[error("extensions of {size} bytes are larger than {limit}")]
    ExtensionsTooLarge {
        /// Their length in bytes.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// An issuer or token subject that is empty or holds control characters.
    #[error("text of extension {oid} is empty or holds control characters")]
    Text {
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// Extensions 1 and 8 differ.
    #[error("the two issuer extensions differ")]
    IssuerExtensionsDiffer,
    /// The issuer extensions are not the token's issuer.
    #[error("issuer extension is not the token's issuer")]
    IssuerMismatch,
    /// The token subject's extension is not the token's subject.
    #[error("token subject extension is not the token's subject")]
    TokenSubjectMismatch,
    /// Valid for longer than a leaf may be.
    #[error("validity of {found} is longer than {limit}")]
    TooLong {
        /// Length found.
        found: SignedDuration,
        /// Longest allowed.
        limit: SignedDuration,
    },
    /// The validity reaches outside the issuer's, is empty, or is not the one requested.
    #[error("validity is empty, not as requested or not inside the issuer's")]
    Validity,
    /// The serial number has under 64 significant bits or over 20 octets.
    #[error("serial number of {octets} octets is too short or too long")]
    Serial {
        /// Its octets.
        octets: usize,
    },
    /// The key is not the one requested.
    #[error("certificate holds another key than the one requested")]
    KeyMismatch,
    /// The key is too weak.
    #[error("the key to certify is weak")]
    WeakKey {
        /// Why.
        #[source]
        source: WeakKeyError,
    },
    /// The issuer's name is not the subject of the issuer.
    #[error("certificate does not name its issuer")]
    IssuerName,
    /// The authority key identifier is not the issuer's subject key identifier.
    #[error("authority key identifier is not the issuer's subject key identifier")]
    AuthorityKeyId,
    /// The certificate's algorithm is not the one of the issuer's key.
    #[error("signature algorithm is not the one of the issuer's key")]
    SignatureAlgorithm,
    /// What was built cannot be encoded, or not be read back.
    #[error("the precertificate is not one that can be read")]
    Unreadable {
        /// What the encoder or the reader said.
        #[source]
        source: Box<ProfileError>,
    },
}

/// A certificate that is not issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// Signing or encoding failed.
    #[error("cannot make the certificate")]
    Profile {
        /// What went wrong.
        #[from]
        source: ProfileError,
    },
    /// Not exactly one SCT: some clients take only one, others want every one to verify.
    #[error("{found} SCTs, expected one")]
    SctCount {
        /// How many there are.
        found: usize,
    },
    /// The SCT is not one of this precertificate by the configured log.
    #[error("SCT does not hold for the precertificate")]
    Sct {
        /// What the check said.
        #[source]
        source: SctError,
    },
    /// Certificate and precertificate differ in more than poison and SCT list.
    #[error("certificate differs from its precertificate in more than poison and SCT list")]
    PrecertMismatch,
}
