//! `rekord` 0.0.1: a signature over content that travels with it, in any of several formats.

use serde::{Deserialize, Serialize};

use super::entry::{Content as LoggedContent, Data as LoggedData, Hash as LoggedHash};
use super::proposal::{Proposal, ProposalError};
use super::spec::{Content, Hash, base64, given, sha256, text};
use crate::proto_json::encode_base64;

/// The formats that are read, for messages.
pub const FORMATS: &str = "x509, ssh, minisign";

/// How signature and key are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureFormat {
    /// A bare signature, and PEM of a public key or certificate chain.
    X509,
    /// An armoured SSHSIG of namespace `file`, and a line of `authorized_keys`.
    Ssh,
    /// A minisign or signify file, and a minisign key file or its base64.
    Minisign,
}

impl SignatureFormat {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::X509 => "x509",
            Self::Ssh => "ssh",
            Self::Minisign => "minisign",
        }
    }

    fn of(found: String) -> Result<Self, ProposalError> {
        [Self::X509, Self::Ssh, Self::Minisign]
            .into_iter()
            .find(|format| format.name() == found)
            .ok_or(ProposalError::Format { found })
    }
}

/// The members of a `rekord` 0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RekordEntry {
    /// How signature and key are written.
    pub format: SignatureFormat,
    /// The signature's file; canonical once it was verified.
    pub signature: Vec<u8>,
    /// The key's file; canonical once it was verified.
    pub public_key: Vec<u8>,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
}

/// A `rekord` 0.0.1: as it is logged, and the content if it is to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RekordProposal {
    /// How signature and key are written.
    pub format: SignatureFormat,
    /// The signature's file.
    pub signature: Vec<u8>,
    /// The key's file.
    pub public_key: Vec<u8>,
    /// SHA-256 of the content, if it was stated.
    pub digest: Option<[u8; 32]>,
    /// The content; absent in the logged form, which has a digest.
    pub content: Option<Vec<u8>>,
}

#[derive(Deserialize)]
pub(super) struct RekordMessage {
    data: Option<DataMessage>,
    signature: Option<SignatureMessage>,
}

#[derive(Deserialize)]
struct DataMessage {
    content: Option<String>,
    hash: Option<Hash>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignatureMessage {
    format: Option<String>,
    content: Option<String>,
    public_key: Option<Content>,
}

impl RekordMessage {
    pub(super) fn proposal(self) -> Result<Proposal, ProposalError> {
        let signature = self.signature.ok_or(ProposalError::Missing("signature"))?;
        let data = self.data.ok_or(ProposalError::Missing("data"))?;
        let key = given(signature.public_key.as_ref(), "signature.publicKey")?;
        let content = data.content.filter(|text| !text.is_empty());
        let content = content.map(|text| base64(Some(&text), "data.content"));
        let digest = data
            .hash
            .as_ref()
            .map(|hash| sha256(Some(hash), "data.hash"));
        let (content, digest) = (content.transpose()?, digest.transpose()?);
        if content.is_none() && digest.is_none() {
            return Err(ProposalError::Missing("data.content"));
        }
        Ok(Proposal::Rekord(RekordProposal {
            format: SignatureFormat::of(text(signature.format, "signature.format")?)?,
            signature: base64(signature.content.as_deref(), "signature.content")?,
            public_key: base64(key.content.as_deref(), "signature.publicKey.content")?,
            digest,
            content,
        }))
    }
}

#[derive(Serialize)]
pub(super) struct RekordSpec {
    data: LoggedData,
    signature: LoggedSignature,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoggedSignature {
    content: String,
    format: &'static str,
    public_key: LoggedContent,
}

impl RekordSpec {
    pub(super) fn of(entry: &RekordEntry) -> Self {
        Self {
            data: LoggedData {
                hash: LoggedHash::sha256(&entry.digest),
            },
            signature: LoggedSignature {
                content: encode_base64(&entry.signature),
                format: entry.format.name(),
                public_key: LoggedContent::of(&entry.public_key),
            },
        }
    }
}
