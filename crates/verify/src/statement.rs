//! Is the signed statement about this artifact?

use std::collections::BTreeMap;

use sigbox_crypto::HashAlgorithm;
use sigbox_wire::{DsseEnvelope, Statement, StatementError, Subject};

use crate::artifact::Digests;
use crate::check::Check;
use crate::error::BrokenRule;

/// The most subjects of a statement that are looked at.
///
/// Source: sigstore-go (GHSA-cq38-jh5f-37mq).
pub const MAX_SUBJECTS: usize = 1024;
/// The most digests of one subject of a statement that are looked at.
pub const MAX_SUBJECT_DIGESTS: usize = 32;

/// The signed statement is none, or is about something else.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatementFailure {
    /// The envelope holds something else than a statement.
    #[error("envelope holds {found:?}, expected {:?}", Statement::PAYLOAD_TYPE)]
    PayloadType {
        /// The payload's type.
        found: String,
    },
    /// The payload cannot be read.
    #[error("the signed statement cannot be read")]
    Statement(#[source] StatementError),
    /// More than is looked at.
    #[error("statement has {found} {what}, at most {limit} are looked at")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// No subject has the artifact's digest.
    #[error("no subject of the statement has the artifact's digest {artifact}")]
    Subject {
        /// The artifact's digest in hexadecimal.
        artifact: String,
        /// The digests of the first subjects.
        found: Vec<String>,
    },
}

impl BrokenRule for StatementFailure {
    fn check(&self) -> Check {
        Check::StatementSubject
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::PayloadType { .. } => Some(Statement::PAYLOAD_TYPE.to_owned()),
            Self::TooMany { limit, .. } => Some(limit.to_string()),
            Self::Subject { artifact, .. } => Some(artifact.clone()),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::PayloadType { found } => Some(found.clone()),
            Self::TooMany { found, .. } => Some(found.to_string()),
            Self::Subject { found, .. } => Some(found.join(", ")),
            _ => None,
        }
    }
}

/// in-toto's names of the hashes that we have.
const HASHES: [(&str, HashAlgorithm); 3] = [
    ("sha256", HashAlgorithm::Sha2_256),
    ("sha384", HashAlgorithm::Sha2_384),
    ("sha512", HashAlgorithm::Sha2_512),
];

/// The hashes by which the statement's subjects are named; SHA-256 is always among them.
///
/// The payload is not trusted at this point: it can only make us compute more hashes.
pub(crate) fn subject_hashes(envelope: &DsseEnvelope) -> Vec<HashAlgorithm> {
    let statement = Statement::parse(&envelope.payload);
    let subjects = statement
        .map(|statement| statement.subjects)
        .unwrap_or_default();
    let named = |name: &str| {
        subjects
            .iter()
            .any(|subject| subject.digest.contains_key(name))
    };
    let hashes = HASHES
        .into_iter()
        .filter(|(name, hash)| *hash == HashAlgorithm::Sha2_256 || named(name));
    hashes.map(|(_, hash)| hash).collect()
}

/// Reads the statement and finds the artifact among its subjects; gives the statement and the subject's name.
///
/// The envelope's signature has been verified.
pub(crate) fn match_statement(
    envelope: &DsseEnvelope,
    artifact: &Digests,
) -> Result<(Statement, String), StatementFailure> {
    if envelope.payload_type != Statement::PAYLOAD_TYPE {
        return Err(StatementFailure::PayloadType {
            found: envelope.payload_type.clone(),
        });
    }
    let statement = Statement::parse(&envelope.payload).map_err(StatementFailure::Statement)?;
    check_count("subjects", statement.subjects.len(), MAX_SUBJECTS)?;
    for subject in &statement.subjects {
        check_count(
            "digests of one subject",
            subject.digest.len(),
            MAX_SUBJECT_DIGESTS,
        )?;
        if is_subject(&subject.digest, artifact) {
            let name = subject.name.clone();
            return Ok((statement, name));
        }
    }
    Err(no_subject(&statement.subjects, artifact))
}

fn check_count(what: &'static str, found: usize, limit: usize) -> Result<(), StatementFailure> {
    if found > limit {
        Err(StatementFailure::TooMany { what, found, limit })
    } else {
        Ok(())
    }
}

/// Whether at least one digest is the artifact's and none contradicts it.
fn is_subject(digests: &BTreeMap<String, String>, artifact: &Digests) -> bool {
    let mut equal = false;
    for (name, algorithm) in HASHES {
        let (Some(named), Ok(actual)) = (digests.get(name), artifact.get(algorithm)) else {
            continue;
        };
        if hex::decode(named).ok().as_deref() != Some(actual) {
            return false;
        }
        equal = true;
    }
    equal
}

fn no_subject(subjects: &[Subject], artifact: &Digests) -> StatementFailure {
    let found: Vec<String> = subjects
        .iter()
        .take(3)
        .flat_map(|subject| &subject.digest)
        .map(|(algorithm, digest)| format!("{algorithm}:{digest}"))
        .collect();
    let artifact = artifact.first();
    let artifact =
        artifact.map(|(algorithm, digest)| format!("{algorithm} {}", hex::encode(digest)));
    StatementFailure::Subject {
        artifact: artifact.unwrap_or_default(),
        found,
    }
}
