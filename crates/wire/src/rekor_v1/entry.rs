//! The canonical bodies: the leaves of a Rekor v1 log.

use serde::Serialize;

use super::rekord::{RekordEntry, RekordSpec};
use super::rfc3161::{Rfc3161Entry, Rfc3161Spec};
use crate::algorithm::HashAlgorithm;
use crate::encode::{EncodeError, to_canonical_json};
use crate::proto_json::encode_base64;

/// What a Rekor v1 log holds at one index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogEntry {
    /// `hashedrekord` 0.0.1: a signature over a digest.
    HashedRekord(HashedRekordEntry),
    /// `dsse` 0.0.1: an envelope without its payload.
    Dsse(DsseEntry),
    /// `intoto` 0.0.2: the older form of the same.
    Intoto(IntotoEntry),
    /// `intoto` 0.0.1: an envelope without its payload, and one key.
    IntotoV001(IntotoV001Entry),
    /// `rekord` 0.0.1: a signature in any of several formats.
    Rekord(RekordEntry),
    /// `rfc3161` 0.0.1: a timestamp response.
    Rfc3161(Rfc3161Entry),
}

/// The members of a `hashedrekord` 0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedRekordEntry {
    /// The hash that made the digest.
    pub algorithm: HashAlgorithm,
    /// The digest, as long as the hash makes it.
    pub digest: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// PEM text of the key, or of the certificate with its chain; canonical once it was verified.
    pub public_key: Vec<u8>,
}

/// The members of a `dsse` 0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsseEntry {
    /// SHA-256 of the envelope's text as it was sent.
    pub envelope_hash: [u8; 32],
    /// SHA-256 of the decoded payload.
    pub payload_hash: [u8; 32],
    /// The signatures, in any order.
    pub signatures: Vec<DsseEntrySignature>,
}

/// One signature of a [`DsseEntry`]; ordered as it is logged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DsseEntrySignature {
    /// The signature's base64 as it stands in the envelope.
    pub signature: String,
    /// PEM text of the key or certificate.
    pub verifier: Vec<u8>,
}

/// The members of an `intoto` 0.0.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntotoEntry {
    /// The payload's media type.
    pub payload_type: String,
    /// The signatures, in the order of the envelope.
    pub signatures: Vec<IntotoEntrySignature>,
    /// SHA-256 of the envelope, as the client computed it: no log can check it.
    pub envelope_hash: [u8; 32],
    /// SHA-256 of the decoded payload.
    pub payload_hash: [u8; 32],
}

/// One signature of an [`IntotoEntry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntotoEntrySignature {
    /// The key ID, empty if there is none.
    pub keyid: String,
    /// PEM text of the key or certificate, as it was sent.
    pub public_key: Vec<u8>,
    /// The signature's base64 as it stands in the envelope; base64 once more on the wire.
    pub sig: String,
}

/// The members of an `intoto` 0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntotoV001Entry {
    /// SHA-256 of the envelope's text.
    pub envelope_hash: [u8; 32],
    /// SHA-256 of the decoded payload.
    pub payload_hash: [u8; 32],
    /// PEM text of the key or certificate.
    pub public_key: Vec<u8>,
}

impl LogEntry {
    /// The exact bytes that a Rekor v1 log hashes as its leaf (canonical JSON).
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    ///
    /// Source: rekor `pkg/types/*/v*/entry.go`, Canonicalize; RFC 8785.
    pub fn canonical_body(&self) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::HashedRekord(entry) => body("hashedrekord", "0.0.1", HashedRekordSpec::of(entry)),
            Self::Dsse(entry) => body("dsse", "0.0.1", DsseSpec::of(entry)),
            Self::Intoto(entry) => body("intoto", "0.0.2", IntotoSpec::of(entry)),
            Self::IntotoV001(entry) => body("intoto", "0.0.1", IntotoV001Spec::of(entry)),
            Self::Rekord(entry) => body("rekord", "0.0.1", RekordSpec::of(entry)),
            Self::Rfc3161(entry) => body("rfc3161", "0.0.1", Rfc3161Spec::of(entry)),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<S> {
    api_version: &'static str,
    kind: &'static str,
    spec: S,
}

fn body<S: Serialize>(
    kind: &'static str,
    api_version: &'static str,
    spec: S,
) -> Result<Vec<u8>, EncodeError> {
    let body = Body {
        api_version,
        kind,
        spec,
    };
    to_canonical_json("entry body", &body)
}

#[derive(Serialize)]
pub(super) struct Hash {
    algorithm: &'static str,
    value: String,
}

impl Hash {
    fn of(algorithm: HashAlgorithm, digest: &[u8]) -> Self {
        Self {
            algorithm: name(algorithm),
            value: hex::encode(digest),
        }
    }

    pub(super) fn sha256(digest: &[u8; 32]) -> Self {
        Self::of(HashAlgorithm::Sha2_256, digest)
    }
}

/// A hash as Rekor v1 spells it.
pub(super) fn name(algorithm: HashAlgorithm) -> &'static str {
    match algorithm {
        HashAlgorithm::Sha2_256 => "sha256",
        HashAlgorithm::Sha2_384 => "sha384",
        HashAlgorithm::Sha2_512 => "sha512",
    }
}

#[derive(Serialize)]
pub(super) struct Content {
    content: String,
}

impl Content {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            content: encode_base64(bytes),
        }
    }
}

#[derive(Serialize)]
struct HashedRekordSpec {
    data: Data,
    signature: SignatureAndKey,
}

#[derive(Serialize)]
pub(super) struct Data {
    pub(super) hash: Hash,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignatureAndKey {
    content: String,
    public_key: Content,
}

impl HashedRekordSpec {
    fn of(entry: &HashedRekordEntry) -> Self {
        let public_key = Content::of(&entry.public_key);
        Self {
            data: Data {
                hash: Hash::of(entry.algorithm, &entry.digest),
            },
            signature: SignatureAndKey {
                content: encode_base64(&entry.signature),
                public_key,
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DsseSpec {
    envelope_hash: Hash,
    payload_hash: Hash,
    signatures: Vec<DsseSignature>,
}

#[derive(Serialize)]
struct DsseSignature {
    signature: String,
    verifier: String,
}

impl DsseSpec {
    fn of(entry: &DsseEntry) -> Self {
        let mut signatures: Vec<_> = entry.signatures.iter().collect();
        signatures.sort_unstable();
        signatures.dedup();
        let signatures = signatures.into_iter().map(|one| DsseSignature {
            signature: one.signature.clone(),
            verifier: encode_base64(&one.verifier),
        });
        Self {
            envelope_hash: Hash::sha256(&entry.envelope_hash),
            payload_hash: Hash::sha256(&entry.payload_hash),
            signatures: signatures.collect(),
        }
    }
}

#[derive(Serialize)]
struct IntotoSpec {
    content: IntotoContent,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IntotoContent {
    envelope: IntotoEnvelope,
    hash: Hash,
    payload_hash: Hash,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IntotoEnvelope {
    payload_type: String,
    signatures: Vec<IntotoSignature>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IntotoSignature {
    #[serde(skip_serializing_if = "String::is_empty")]
    keyid: String,
    public_key: String,
    sig: String,
}

impl IntotoSpec {
    fn of(entry: &IntotoEntry) -> Self {
        let signatures = entry.signatures.iter().map(|one| IntotoSignature {
            keyid: one.keyid.clone(),
            public_key: encode_base64(&one.public_key),
            sig: encode_base64(one.sig.as_bytes()),
        });
        let envelope = IntotoEnvelope {
            payload_type: entry.payload_type.clone(),
            signatures: signatures.collect(),
        };
        Self {
            content: IntotoContent {
                envelope,
                hash: Hash::sha256(&entry.envelope_hash),
                payload_hash: Hash::sha256(&entry.payload_hash),
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IntotoV001Spec {
    content: IntotoV001Content,
    public_key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IntotoV001Content {
    hash: Hash,
    payload_hash: Hash,
}

impl IntotoV001Spec {
    fn of(entry: &IntotoV001Entry) -> Self {
        Self {
            content: IntotoV001Content {
                hash: Hash::sha256(&entry.envelope_hash),
                payload_hash: Hash::sha256(&entry.payload_hash),
            },
            public_key: encode_base64(&entry.public_key),
        }
    }
}
