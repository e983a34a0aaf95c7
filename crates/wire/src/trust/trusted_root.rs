//! The trusted root: the keys and certificates that a verifier believes.

use crate::algorithm::{HashAlgorithm, KeyDetails};
use crate::encode::{EncodeError, to_json};

use super::trusted_root_message::TrustedRootMessage;
use super::{TimeRange, TrustError, read_document};

/// The name of the document in messages.
pub(super) const DOCUMENT: &str = "trusted root";

/// The keys and certificates that a verifier believes, as sent.
///
/// Nothing but the encoding has been checked; `sigbox-verify` judges it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedRoot {
    /// The media type as sent; [`TrustedRoot::MEDIA_TYPE`] in new ones.
    pub media_type: String,
    /// Signature transparency logs (Rekor).
    pub tlogs: Vec<LogInstance>,
    /// Code-signing authorities (Fulcio).
    pub certificate_authorities: Vec<CertificateAuthority>,
    /// Certificate transparency logs.
    pub ctlogs: Vec<LogInstance>,
    /// Timestamp authorities.
    pub timestamp_authorities: Vec<CertificateAuthority>,
    /// One line for each unknown member met while reading; never written.
    pub warnings: Vec<String>,
}

/// One transparency log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogInstance {
    /// The URL that names the log; for Rekor v2 its host is the checkpoint origin.
    pub base_url: String,
    /// The hash of the log's tree.
    pub hash_algorithm: HashAlgorithm,
    /// The log's key.
    pub public_key: LogPublicKey,
    /// The id that entries and SCTs name the log by, 32 bytes when well formed.
    pub log_id: Vec<u8>,
    /// The key id of the log's checkpoints, where it is told apart from the log id.
    pub checkpoint_key_id: Option<Vec<u8>>,
}

/// A log's public key and the time in which it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPublicKey {
    /// The DER SubjectPublicKeyInfo.
    pub raw_bytes: Vec<u8>,
    /// Key kind and hash.
    pub key_details: KeyDetails,
    /// When the key was in use.
    pub valid_for: TimeRange,
}

/// One authority with its certificate chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateAuthority {
    /// The organisation in the authority's subject.
    pub organization: String,
    /// The common name in the authority's subject.
    pub common_name: String,
    /// The authority's URL.
    pub uri: String,
    /// DER certificates, root last.
    pub cert_chain: Vec<Vec<u8>>,
    /// When the authority was in use.
    pub valid_for: TimeRange,
}

impl Default for TrustedRoot {
    fn default() -> Self {
        Self {
            media_type: Self::MEDIA_TYPE.to_owned(),
            tlogs: Vec::new(),
            certificate_authorities: Vec::new(),
            ctlogs: Vec::new(),
            timestamp_authorities: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl TrustedRoot {
    /// The media type that every client reads.
    pub const MEDIA_TYPE: &'static str =
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1";

    /// Reads a trusted root; unknown members become [`TrustedRoot::warnings`].
    ///
    /// # Errors
    /// [`TrustError`], one variant for each rule.
    ///
    /// Source: protobuf-specs, `protos/sigstore_trustroot.proto`.
    pub fn parse(json: &[u8]) -> Result<Self, TrustError> {
        let message: TrustedRootMessage = read_document(DOCUMENT, json)?;
        message.into_root()
    }

    /// Writes the trusted root as compact protobuf JSON.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        to_json(DOCUMENT, &TrustedRootMessage::from(self))
    }

    /// Writes the same as cosign 3.1.3 does, which leaves empty lists out.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json_without_empty_lists(&self) -> Result<String, EncodeError> {
        let message = TrustedRootMessage::from(self).without_empty_lists();
        to_json(DOCUMENT, &message)
    }

    pub(super) fn is_known_media_type(media_type: &str) -> bool {
        matches!(
            media_type,
            Self::MEDIA_TYPE
                | "application/vnd.dev.sigstore.trustedroot.v0.1+json"
                | "application/vnd.dev.sigstore.trustedroot.v0.2+json"
        )
    }
}
