//! What an attestation says about artifacts: the in-toto statement, and the type of its predicate.

mod error;
mod predicate;
mod predicate_type;
mod schema;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use sigbox_crypto::HashAlgorithm;
use sigbox_verify::{MAX_SUBJECT_DIGESTS, MAX_SUBJECTS};
use sigbox_wire::{Bundle, BundleContent, Statement, Subject};

pub use self::error::AttestationError;
use self::predicate::predicate;
pub use self::predicate_type::PredicateType;
#[cfg(test)]
pub(crate) use self::predicate_type::SHORT_NAMES;
use crate::artifact::ArtifactSource;

/// The statements that are written; both versions are read.
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v0.1";

/// The hashes that a subject may be named by, the usual one first.
const HASHES: [(&str, HashAlgorithm); 3] = [
    ("sha256", HashAlgorithm::Sha2_256),
    ("sha384", HashAlgorithm::Sha2_384),
    ("sha512", HashAlgorithm::Sha2_512),
];

/// A statement to sign, with one of the digests that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    payload: Vec<u8>,
    about: (HashAlgorithm, Vec<u8>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatementMessage<'a> {
    #[serde(rename = "_type")]
    statement_type: &'static str,
    subject: &'a [Subject],
    predicate_type: &'a str,
    predicate: &'a RawValue,
}

/// A subject that stands in a statement by a name and by its SHA-256.
pub fn subject(name: impl Into<String>, sha256: [u8; 32]) -> Subject {
    Subject {
        name: name.into(),
        digest: BTreeMap::from([("sha256".to_owned(), hex::encode(sha256))]),
    }
}

/// The last part of a path, which is how a statement names a file.
///
/// Source: Go `path.Base`, which the real client calls.
pub(crate) fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

impl Attestation {
    /// A statement that says one predicate about all of `subjects`, files or images.
    ///
    /// A predicate of type `custom` is any text and is wrapped; every other one must be a JSON object whose members
    /// fit its type, and stands in the statement as it is (but for `invocationID` in SLSA provenance v1, see there).
    ///
    /// # Errors
    /// [`AttestationError`] if the predicate does not fit its type, or no verifier would read the statement.
    ///
    /// Source: in-toto attestation framework, "Statement" v0.1; the custom predicate is cosign's.
    pub fn of_predicate(
        subjects: &[Subject],
        predicate_type: &PredicateType,
        given: &[u8],
        now: Timestamp,
    ) -> Result<Self, AttestationError> {
        let predicate = predicate(predicate_type, given, now)?;
        let statement = StatementMessage {
            statement_type: STATEMENT_TYPE,
            subject: subjects,
            predicate_type: predicate_type.uri(),
            predicate: &predicate,
        };
        let payload = serde_json::to_vec(&statement).map_err(AttestationError::Json)?;
        // What verifiers refuse (too deep, a member twice, too many subjects) is found before it is signed.
        Self::of_statement(payload, None)
    }

    /// A finished statement, signed byte for byte; about `artifact`, if one is given.
    ///
    /// # Errors
    /// [`AttestationError`] if it is no in-toto statement, names nothing by a known hash, says more than verifiers
    /// look at, or is about something else.
    pub fn of_statement(
        payload: Vec<u8>,
        artifact: Option<(&str, [u8; 32])>,
    ) -> Result<Self, AttestationError> {
        let statement = Statement::parse(&payload)?;
        check_counts(&statement.subjects)?;
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

fn check_counts(subjects: &[Subject]) -> Result<(), AttestationError> {
    let at_most = |what, found, limit| {
        if found > limit {
            Err(AttestationError::TooMany { what, found, limit })
        } else {
            Ok(())
        }
    };
    at_most("subjects", subjects.len(), MAX_SUBJECTS)?;
    for subject in subjects {
        let found = subject.digest.len();
        at_most("digests of one subject", found, MAX_SUBJECT_DIGESTS)?;
    }
    Ok(())
}

fn first_digest(statement: &Statement) -> Option<(HashAlgorithm, Vec<u8>)> {
    statement.subjects.iter().find_map(|subject| {
        HASHES.iter().find_map(|(name, algorithm)| {
            let digest = hex::decode(subject.digest.get(*name)?).ok()?;
            (digest.len() == algorithm.digest_len()).then_some((*algorithm, digest))
        })
    })
}

#[cfg(test)]
#[path = "attestation/tests.rs"]
mod tests;
