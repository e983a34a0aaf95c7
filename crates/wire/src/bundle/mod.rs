//! The Sigstore bundle, versions 0.1 to 0.3.

mod message;

use std::fmt;

use crate::algorithm::HashAlgorithm;
use crate::dsse::DsseEnvelope;
use crate::encode::{EncodeError, to_json};
use crate::log_entry::TransparencyLogEntry;
use crate::proto_json::{ReadFault, read};

use message::BundleMessage;

/// A signature with everything that is needed to verify it offline.
///
/// Only the encoding has been checked: exactly one content, one kind of verification material, a known version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The version that [`Bundle::media_type`] names.
    pub version: BundleVersion,
    /// The media type exactly as sent.
    pub media_type: String,
    /// Key or certificate, log entries and timestamps.
    pub verification_material: VerificationMaterial,
    /// What is signed, and the signature.
    pub content: BundleContent,
}

/// The bundle versions that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BundleVersion {
    /// 0.1: certificate chain, inclusion promise required.
    V0_1,
    /// 0.2: certificate chain, inclusion proof required.
    V0_2,
    /// 0.3: lone leaf certificate, inclusion proof required.
    V0_3,
}

/// What a verifier needs beside its trusted root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationMaterial {
    /// Where the verification key comes from.
    pub content: VerificationContent,
    /// Log entries about the signature.
    pub tlog_entries: Vec<TransparencyLogEntry>,
    /// RFC 3161 `TimeStampResp` messages (DER) over the signature.
    pub rfc3161_timestamps: Vec<Vec<u8>>,
}

/// Where the verification key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerificationContent {
    /// The leaf certificate, DER.
    Certificate(Vec<u8>),
    /// A certificate chain, DER, leaf first.
    CertificateChain(Vec<Vec<u8>>),
    /// A hint at a public key that the verifier has by other means.
    PublicKeyHint(String),
}

/// What is signed, and the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BundleContent {
    /// A signature over the artifact itself.
    MessageSignature(MessageSignature),
    /// A signed statement about the artifact.
    DsseEnvelope(DsseEnvelope),
}

/// A signature over an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSignature {
    /// The artifact's digest by the bundle's own account: unauthenticated.
    pub message_digest: Option<MessageDigest>,
    /// The signature over the artifact.
    pub signature: Vec<u8>,
}

/// A digest and the algorithm that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDigest {
    /// The hash algorithm.
    pub algorithm: HashAlgorithm,
    /// The digest; its length has not been checked.
    pub digest: Vec<u8>,
}

/// A bundle could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The text is not JSON, or not that of a bundle: unknown or repeated member, wrong type, bad base64.
    #[error("not a Sigstore bundle")]
    Json(#[source] serde_json::Error),
    /// The text nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where a message belongs stands something other than a JSON object, for example an array of its members.
    #[error("value at line {line} column {column} is not a JSON object")]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
    /// The media type is not that of a bundle version we read.
    #[error("unsupported bundle media type `{found}`")]
    MediaType {
        /// The media type as sent, empty if absent.
        found: String,
    },
    /// A member that every bundle has is missing or empty.
    #[error("bundle has no `{member}`")]
    MissingMember {
        /// The member's name.
        member: &'static str,
    },
    /// Two members are set of which only one may be.
    #[error("bundle sets both `{first}` and `{second}`")]
    Conflict {
        /// The first of the two.
        first: &'static str,
        /// The second of the two.
        second: &'static str,
    },
    /// The message digest names an algorithm that we do not use.
    #[error("unknown hash algorithm `{found}` in the message digest")]
    HashAlgorithm {
        /// The name or number as sent.
        found: String,
    },
}

impl From<ReadFault> for BundleError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

impl BundleVersion {
    /// The media type that bundles of this version are written with.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::V0_1 => "application/vnd.dev.sigstore.bundle+json;version=0.1",
            Self::V0_2 => "application/vnd.dev.sigstore.bundle+json;version=0.2",
            Self::V0_3 => "application/vnd.dev.sigstore.bundle.v0.3+json",
        }
    }

    fn from_media_type(media_type: &str) -> Option<Self> {
        match media_type {
            "application/vnd.dev.sigstore.bundle+json;version=0.1" => Some(Self::V0_1),
            "application/vnd.dev.sigstore.bundle+json;version=0.2" => Some(Self::V0_2),
            "application/vnd.dev.sigstore.bundle.v0.3+json"
            | "application/vnd.dev.sigstore.bundle+json;version=0.3" => Some(Self::V0_3),
            _ => None,
        }
    }
}

impl fmt::Display for BundleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V0_1 => "0.1",
            Self::V0_2 => "0.2",
            Self::V0_3 => "0.3",
        })
    }
}

impl Bundle {
    /// A version 0.3 bundle of these parts.
    pub fn new_v0_3(material: VerificationMaterial, content: BundleContent) -> Self {
        let version = BundleVersion::V0_3;
        let media_type = version.media_type().to_owned();
        Self {
            version,
            media_type,
            verification_material: material,
            content,
        }
    }

    /// Reads a bundle of any supported version; unknown and repeated members are refused.
    ///
    /// # Errors
    /// [`BundleError`], one variant for each rule.
    ///
    /// Source: protobuf-specs, `protos/sigstore_bundle.proto`.
    pub fn parse(json: &[u8]) -> Result<Self, BundleError> {
        let message: BundleMessage = read(json)?;
        message.into_bundle()
    }

    /// Writes the bundle as compact protobuf JSON; members of zero value are left out.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        to_json("bundle", &BundleMessage::from(self))
    }
}
