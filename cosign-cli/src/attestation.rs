//! What an attestation says about a file: the in-toto statement, and the type of its predicate.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use sigbox_crypto::HashAlgorithm;
use sigbox_wire::{Bundle, BundleContent, EncodeError, Statement, StatementError};

use crate::artifact::ArtifactSource;
use crate::ui::Escaped;

/// The statements that are written; both versions are read.
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v0.1";

/// The short names of predicate types.
///
/// Source: cosign `pkg/cosign/attestation`, the predicate type constants.
const SHORT_NAMES: [(&str, &str); 9] = [
    ("custom", "https://cosign.sigstore.dev/attestation/v1"),
    ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
    ("link", "https://in-toto.io/Link/v1"),
    ("spdxjson", "https://spdx.dev/Document"),
    ("cyclonedx", "https://cyclonedx.org/bom"),
    ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
    ("openvex", "https://openvex.dev/ns"),
];
/// The text form of SPDX, which stands in no statement that verifies, but names the same type.
const SPDX_TEXT: (&str, &str) = ("spdx", "https://spdx.dev/Document");

/// The hashes that a subject may be named by, the usual one first.
const HASHES: [(&str, HashAlgorithm); 3] = [
    ("sha256", HashAlgorithm::Sha2_256),
    ("sha384", HashAlgorithm::Sha2_384),
    ("sha512", HashAlgorithm::Sha2_512),
];

/// The type of a predicate, by a short name or as its URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredicateType(String);

/// A statement to sign, with one of the digests that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    payload: Vec<u8>,
    about: (HashAlgorithm, Vec<u8>),
}

/// There is no statement to sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// The predicate is no JSON.
    #[error("the predicate is not JSON: {0}")]
    Json(serde_json::Error),
    /// Only an object has the members that a predicate is made of.
    #[error("invalid JSON payload for predicate type {}: it is not a JSON object", Escaped(.uri))]
    NotAnObject {
        /// The predicate's type.
        uri: String,
    },
    /// A predicate of type `custom` is text.
    #[error("the predicate is not UTF-8 text")]
    NotText,
    /// The text form of SPDX is no JSON object, which verifiers demand.
    #[error(
        "a predicate of type spdx is text, and no statement that holds text as its predicate verifies"
    )]
    SpdxText,
    /// The statement that was given is none.
    #[error("invalid statement")]
    Statement(#[from] StatementError),
    /// No subject is named by a hash that is known here.
    #[error("the statement names no subject by sha256, sha384 or sha512")]
    NoSubject,
    /// The statement that was given is about something else.
    #[error("no subject of the statement has the digest of {}", Escaped(.artifact))]
    OtherArtifact {
        /// The artifact as the user gave it.
        artifact: String,
    },
    /// The statement could not be written as JSON.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatementMessage<'a> {
    #[serde(rename = "_type")]
    statement_type: &'static str,
    subject: [SubjectMessage<'a>; 1],
    predicate_type: &'a str,
    predicate: &'a RawValue,
}

#[derive(Serialize)]
struct SubjectMessage<'a> {
    name: &'a str,
    digest: BTreeMap<&'static str, String>,
}

/// The predicate of type `custom`: any text, and when it was attested.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CustomPredicate<'a> {
    data: &'a str,
    timestamp: String,
}

impl PredicateType {
    /// Takes a short name or a URI; like the real client, any other word as well, as it stands.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as the user gave it.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// What statements call it.
    pub fn uri(&self) -> &str {
        let mut names = SHORT_NAMES.iter().chain([&SPDX_TEXT]);
        let known = names.find(|(name, _)| *name == self.0);
        known.map_or(self.0.as_str(), |(_, uri)| *uri)
    }
}

impl Attestation {
    /// A statement about one file, which stands in it by its name without folders and by its SHA-256.
    ///
    /// A predicate of type `custom` is any text and is wrapped; every other one must be a JSON object and stands in
    /// the statement as it is, whatever members its type asks for.
    ///
    /// # Errors
    /// [`AttestationError`] if the predicate does not fit its type.
    ///
    /// Source: in-toto attestation framework, "Statement" v0.1; the custom predicate is cosign's.
    pub fn of_predicate(
        artifact: &Path,
        sha256: [u8; 32],
        predicate_type: &PredicateType,
        predicate: &[u8],
        now: Timestamp,
    ) -> Result<Self, AttestationError> {
        let predicate = match predicate_type.name() {
            "custom" => custom(predicate, now)?,
            "spdx" => return Err(AttestationError::SpdxText),
            _ => object(predicate, predicate_type.uri())?,
        };
        let name = artifact
            .file_name()
            .map_or_else(|| artifact.to_string_lossy(), |name| name.to_string_lossy());
        let statement = StatementMessage {
            statement_type: STATEMENT_TYPE,
            subject: [SubjectMessage {
                name: &name,
                digest: BTreeMap::from([("sha256", hex::encode(sha256))]),
            }],
            predicate_type: predicate_type.uri(),
            predicate: &predicate,
        };
        let payload = serde_json::to_vec(&statement).map_err(AttestationError::Json)?;
        // What nests too deep for readers is found before it is signed.
        Statement::parse(&payload)?;
        Ok(Self {
            payload,
            about: (HashAlgorithm::Sha2_256, sha256.to_vec()),
        })
    }

    /// A finished statement, signed byte for byte; about `artifact`, if one is given.
    ///
    /// # Errors
    /// [`AttestationError`] if it is no in-toto statement, names nothing by a known hash, or is about something else.
    pub fn of_statement(
        payload: Vec<u8>,
        artifact: Option<(&str, [u8; 32])>,
    ) -> Result<Self, AttestationError> {
        let statement = Statement::parse(&payload)?;
        let about = match artifact {
            None => first_digest(&statement).ok_or(AttestationError::NoSubject)?,
            Some((name, sha256)) => {
                let expected = hex::encode(sha256);
                let names = |digest: &BTreeMap<String, String>| {
                    digest
                        .get("sha256")
                        .is_some_and(|found| found.eq_ignore_ascii_case(&expected))
                };
                if !statement.subjects.iter().any(|one| names(&one.digest)) {
                    return Err(AttestationError::OtherArtifact {
                        artifact: name.to_owned(),
                    });
                }
                (HashAlgorithm::Sha2_256, sha256.to_vec())
            }
        };
        Ok(Self { payload, about })
    }

    /// The statement's bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The bytes, and the digest of a subject.
    pub(crate) fn into_parts(self) -> (Vec<u8>, (HashAlgorithm, Vec<u8>)) {
        (self.payload, self.about)
    }
}

/// The digest that an attestation itself names first: what is verified where the artifact does not matter.
pub(crate) fn claimed_artifact(bundle: &Bundle) -> Option<ArtifactSource> {
    let BundleContent::DsseEnvelope(envelope) = &bundle.content else {
        return None;
    };
    let statement = Statement::parse(&envelope.payload).ok()?;
    let (algorithm, digest) = first_digest(&statement)?;
    Some(ArtifactSource::Digest { algorithm, digest })
}

/// The hash of a name as it stands in statements.
pub(crate) fn hash_of_name(name: &str) -> Option<HashAlgorithm> {
    let known = HASHES.iter().find(|(known, _)| *known == name);
    known.map(|(_, algorithm)| *algorithm)
}

fn first_digest(statement: &Statement) -> Option<(HashAlgorithm, Vec<u8>)> {
    statement.subjects.iter().find_map(|subject| {
        HASHES.iter().find_map(|(name, algorithm)| {
            let digest = hex::decode(subject.digest.get(*name)?).ok()?;
            (digest.len() == algorithm.digest_len()).then_some((*algorithm, digest))
        })
    })
}

fn custom(predicate: &[u8], now: Timestamp) -> Result<Box<RawValue>, AttestationError> {
    let data = std::str::from_utf8(predicate).map_err(|_| AttestationError::NotText)?;
    // Whole seconds, as readers of RFC 3339 expect them.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let timestamp = now.to_string();
    serde_json::value::to_raw_value(&CustomPredicate { data, timestamp })
        .map_err(AttestationError::Json)
}

/// The text of an object, unchanged: numbers keep their digits.
fn object(predicate: &[u8], uri: &str) -> Result<Box<RawValue>, AttestationError> {
    let value: Box<RawValue> = serde_json::from_slice(predicate).map_err(AttestationError::Json)?;
    if value.get().starts_with('{') {
        Ok(value)
    } else {
        Err(AttestationError::NotAnObject {
            uri: uri.to_owned(),
        })
    }
}

#[cfg(test)]
#[path = "attestation/tests.rs"]
mod tests;
