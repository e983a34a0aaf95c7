//! What can go wrong while signing, one variant a step.

use sigbox_crypto::{KeyAlgorithm, SignError as KeySignError, SigningKeyError};
use sigbox_wire::EncodeError;

use super::certificate::CertificateCheckError;
use crate::artifact::ArtifactError;
use crate::bundle_file::BundleFileError;
use crate::oidc::{AmbientError, BrowserError, ClientCredentialsError, DeviceError, SourceError};
use crate::services::{FulcioError, RekorError, ServiceError, TimestampError};
use crate::trust::TrustSourceError;
use crate::verify::VerifyError;

/// A blob was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The signing config does not name what is needed.
    #[error(transparent)]
    Services(#[from] ServiceError),
    /// The trust material cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustSourceError),
    /// The artifact cannot be read.
    #[error("getting payload")]
    Artifact(#[from] ArtifactError),
    /// No key could be made.
    #[error("generating the ephemeral key")]
    Key(#[from] SigningKeyError),
    /// There is no token.
    #[error("retrieving ID token")]
    Identity(#[from] SourceError),
    /// The login in the browser failed.
    #[error("retrieving ID token")]
    Login(#[from] BrowserError),
    /// The login through another device failed.
    #[error("retrieving ID token")]
    DeviceLogin(#[from] DeviceError),
    /// The login of the client itself failed.
    #[error("retrieving ID token")]
    ClientCredentials(#[from] ClientCredentialsError),
    /// The token that the surroundings offer could not be had.
    #[error("retrieving ID token")]
    Ambient(#[from] AmbientError),
    /// The certificate authority gave no certificate.
    #[error("getting the signing certificate")]
    Fulcio(#[from] FulcioError),
    /// The certificate is not what the trusted root wants.
    #[error("verifying the signing certificate")]
    Certificate(#[from] CertificateCheckError),
    /// The key could not sign.
    #[error("signing the artifact's digest")]
    Sign(#[from] KeySignError),
    /// The key is of a size that has no name in a log.
    #[error("signatures by an {algorithm} key cannot be logged or verified")]
    KeySize {
        /// The kind of key.
        algorithm: KeyAlgorithm,
    },
    /// A log of version 1 checks envelopes with SHA-256, whatever the curve, and this key signs with another hash.
    #[error(
        "a log of version 1 takes no attestation by an {algorithm} key: use a key of another kind, or a log of version 2"
    )]
    EnvelopeKey {
        /// The kind of key.
        algorithm: KeyAlgorithm,
    },
    /// There is no timestamp.
    #[error("getting the timestamp")]
    Timestamp(#[from] TimestampError),
    /// There is no log entry.
    #[error("adding rekor v2 entry")]
    Rekor(#[from] RekorError),
    /// There is no entry in a log of version 1.
    #[error("adding rekor v1 entry")]
    RekorV1(#[source] RekorError),
    /// The finished bundle does not verify, so it was not written.
    #[error("verifying the finished bundle; it was not written")]
    SelfCheck(#[source] Box<VerifyError>),
    /// The certificate names nobody that can be verified.
    #[error("the signing certificate names no identity or no issuer")]
    NamelessCertificate,
    /// The bundle could not be written as JSON.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The bundle could not be written to its file.
    #[error("writing the bundle")]
    Write(#[from] BundleFileError),
    /// The services took longer than the user allowed.
    #[error("context deadline exceeded")]
    Deadline,
}

/// One of several blobs was not signed, and none after it.
#[derive(Debug, thiserror::Error)]
#[error("signing {}", crate::ui::Escaped(.blob))]
pub struct BlobError {
    /// The blob as the user gave it.
    pub blob: String,
    /// Why not.
    pub source: Box<SignError>,
}
