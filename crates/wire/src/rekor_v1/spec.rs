//! The `spec` of each kind as it stands in the JSON, and what it becomes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::entry::{
    DsseEntry, DsseEntrySignature, HashedRekordEntry, IntotoEntry, IntotoEntrySignature,
    IntotoV001Entry, name,
};
use super::proposal::{DsseProposal, IntotoProposal, IntotoV001Proposal, Proposal, ProposalError};
use crate::algorithm::HashAlgorithm;
use crate::proto_json::decode_base64;

#[derive(Deserialize)]
pub(super) struct HashedRekordSpec {
    data: Option<Data>,
    signature: Option<SignatureAndKey>,
}

#[derive(Deserialize)]
struct Data {
    hash: Option<Hash>,
}

#[derive(Deserialize)]
pub(super) struct Hash {
    algorithm: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignatureAndKey {
    content: Option<String>,
    public_key: Option<Content>,
}

#[derive(Deserialize)]
pub(super) struct Content {
    pub(super) content: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DsseSpec {
    proposed_content: Option<DsseContent>,
    envelope_hash: Option<Hash>,
    payload_hash: Option<Hash>,
    signatures: Option<Vec<DsseSignature>>,
}

#[derive(Deserialize)]
struct DsseContent {
    envelope: Option<String>,
    verifiers: Option<Vec<Option<String>>>,
}

#[derive(Deserialize)]
struct DsseSignature {
    signature: Option<String>,
    verifier: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct IntotoSpec {
    content: Option<IntotoContent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoContent {
    envelope: Option<IntotoEnvelope>,
    hash: Option<Hash>,
    payload_hash: Option<Hash>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoEnvelope {
    payload: Option<String>,
    payload_type: Option<String>,
    signatures: Option<Vec<IntotoSignature>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoSignature {
    keyid: Option<String>,
    public_key: Option<String>,
    sig: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IntotoV001Spec {
    content: Option<IntotoV001Content>,
    public_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoV001Content {
    envelope: Option<String>,
    hash: Option<Hash>,
    payload_hash: Option<Hash>,
}

impl HashedRekordSpec {
    pub(super) fn entry(self) -> Result<Proposal, ProposalError> {
        let (Some(data), Some(signature)) = (&self.data, &self.signature) else {
            return Err(ProposalError::Missing(
                match (&self.data, &self.signature) {
                    (None, None) => "data in body is required\nsignature",
                    (None, _) => "data",
                    _ => "signature",
                },
            ));
        };
        let hash = given(data.hash.as_ref(), "data.hash")?;
        let (algorithm, digest) = hash.read(["data.hash.algorithm", "data.hash.value"])?;
        let key = given(signature.public_key.as_ref(), "signature.publicKey")?;
        Ok(Proposal::HashedRekord(HashedRekordEntry {
            algorithm,
            digest,
            signature: base64(signature.content.as_deref(), "signature.content")?,
            public_key: base64(key.content.as_deref(), "signature.publicKey.content")?,
        }))
    }
}

impl DsseSpec {
    pub(super) fn proposal(self) -> Result<Proposal, ProposalError> {
        let Some(content) = self.proposed_content else {
            return self.logged();
        };
        for (set, member) in [
            (self.signatures.is_some(), "signatures"),
            (self.envelope_hash.is_some(), "envelopeHash"),
            (self.payload_hash.is_some(), "payloadHash"),
        ] {
            if set {
                return Err(ProposalError::Surplus(member));
            }
        }
        let member = "proposedContent.verifiers";
        let verifiers = content.verifiers.unwrap_or_default();
        if verifiers.is_empty() {
            return Err(ProposalError::Missing(member));
        }
        let verifiers = verifiers
            .iter()
            .map(|verifier| base64(verifier.as_deref(), member));
        Ok(Proposal::Dsse(DsseProposal::Proposed {
            verifiers: verifiers.collect::<Result<_, _>>()?,
            envelope: text(content.envelope, "proposedContent.envelope")?,
        }))
    }

    fn logged(self) -> Result<Proposal, ProposalError> {
        let signatures = self.signatures.unwrap_or_default();
        if signatures.is_empty() {
            return Err(ProposalError::Missing("proposedContent"));
        }
        let signatures = signatures.into_iter().map(|one| {
            Ok(DsseEntrySignature {
                signature: text(one.signature, "signatures.signature")?,
                verifier: base64(one.verifier.as_deref(), "signatures.verifier")?,
            })
        });
        Ok(Proposal::Dsse(DsseProposal::Logged(DsseEntry {
            signatures: signatures.collect::<Result<_, ProposalError>>()?,
            envelope_hash: sha256(self.envelope_hash.as_ref(), "envelopeHash")?,
            payload_hash: sha256(self.payload_hash.as_ref(), "payloadHash")?,
        })))
    }
}

impl IntotoSpec {
    pub(super) fn proposal(self) -> Result<Proposal, ProposalError> {
        let content = self.content.ok_or(ProposalError::Missing("content"))?;
        let envelope = content
            .envelope
            .ok_or(ProposalError::Missing("content.envelope"))?;
        let messages = envelope.signatures.unwrap_or_default();
        if messages.is_empty() {
            return Err(ProposalError::Missing("content.envelope.signatures"));
        }
        let mut signatures = Vec::new();
        let mut logged = Vec::new();
        for message in messages {
            let sig = twice(message.sig.as_deref(), "content.envelope.signatures.sig")?;
            signatures.push(sig.decoded);
            logged.push(IntotoEntrySignature {
                keyid: message.keyid.unwrap_or_default(),
                public_key: base64(
                    message.public_key.as_deref(),
                    "content.envelope.signatures.publicKey",
                )?,
                sig: sig.inner,
            });
        }
        let payload = match envelope.payload.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => Some(twice(Some(text), "content.envelope.payload")?.decoded),
            None => None,
        };
        let payload_hash = match &payload {
            Some(_) => [0; 32],
            None if content.payload_hash.is_none() => {
                return Err(ProposalError::Missing("content.envelope.payload"));
            }
            None => sha256(content.payload_hash.as_ref(), "content.payloadHash")?,
        };
        Ok(Proposal::Intoto(IntotoProposal {
            entry: IntotoEntry {
                payload_type: text(envelope.payload_type, "content.envelope.payloadType")?,
                signatures: logged,
                envelope_hash: sha256(content.hash.as_ref(), "content.hash")?,
                payload_hash,
            },
            signatures,
            payload,
        }))
    }
}

impl IntotoV001Spec {
    pub(super) fn proposal(self) -> Result<Proposal, ProposalError> {
        let public_key = base64(self.public_key.as_deref(), "publicKey")?;
        let content = self.content.ok_or(ProposalError::Missing("content"))?;
        let envelope = content.envelope.filter(|text| !text.is_empty());
        Ok(Proposal::IntotoV001(match envelope {
            Some(envelope) => IntotoV001Proposal::Proposed {
                envelope,
                public_key,
            },
            None => IntotoV001Proposal::Logged(IntotoV001Entry {
                envelope_hash: sha256(content.hash.as_ref(), "content.hash")?,
                payload_hash: sha256(content.payload_hash.as_ref(), "content.payloadHash")?,
                public_key,
            }),
        }))
    }
}

impl Hash {
    fn read(
        &self,
        [algorithm, value]: [&'static str; 2],
    ) -> Result<(HashAlgorithm, Vec<u8>), ProposalError> {
        let found = given(self.algorithm.as_ref(), algorithm)?;
        let known = [
            HashAlgorithm::Sha2_256,
            HashAlgorithm::Sha2_384,
            HashAlgorithm::Sha2_512,
        ];
        let algorithm = known.into_iter().find(|known| name(*known) == found);
        let algorithm = algorithm.ok_or_else(|| ProposalError::HashAlgorithm {
            member: "hash.algorithm",
            found: found.clone(),
        })?;
        let found = given(self.value.as_ref(), value)?;
        let digest = hex::decode(found)
            .ok()
            .filter(|digest| digest.len() == algorithm.digest_len());
        let digest = digest.ok_or_else(|| ProposalError::HashValue {
            algorithm,
            found: found.clone(),
        })?;
        Ok((algorithm, digest))
    }
}

pub(super) fn sha256(hash: Option<&Hash>, member: &'static str) -> Result<[u8; 32], ProposalError> {
    let hash = given(hash, member)?;
    let (algorithm, digest) = hash.read([member, member])?;
    // A digest of another length is one of another hash.
    digest.try_into().map_err(|_| ProposalError::HashAlgorithm {
        member,
        found: name(algorithm).to_owned(),
    })
}

pub(super) fn given<'a, T>(
    value: Option<&'a T>,
    member: &'static str,
) -> Result<&'a T, ProposalError> {
    value.ok_or(ProposalError::Missing(member))
}

pub(super) fn text(value: Option<String>, member: &'static str) -> Result<String, ProposalError> {
    value
        .filter(|text| !text.is_empty())
        .ok_or(ProposalError::Missing(member))
}

/// Padded base64 of the standard alphabet: the URL alphabet is refused here, as upstream does.
pub(super) fn base64(value: Option<&str>, member: &'static str) -> Result<Vec<u8>, ProposalError> {
    let value = value.filter(|text| !text.is_empty());
    let value = value.ok_or(ProposalError::Missing(member))?;
    STANDARD
        .decode(value)
        .map_err(|_| ProposalError::Base64(member))
}

/// Base64 of base64.
struct Twice {
    inner: String,
    decoded: Vec<u8>,
}

fn twice(value: Option<&str>, member: &'static str) -> Result<Twice, ProposalError> {
    let outer = base64(value, member)?;
    let inner = String::from_utf8(outer).map_err(|_| ProposalError::Base64(member))?;
    let decoded = decode_base64(&inner).map_err(|_| ProposalError::Base64(member))?;
    Ok(Twice { inner, decoded })
}
