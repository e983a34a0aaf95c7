//! `cosign attest-blob`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sigbox_crypto::{Clock, HashAlgorithm};

use super::sign_blob::one_blob;
use super::signing::Signing;
use super::{argument_failure, explain};
use crate::args::{ArgumentError, AttestBlobArgs};
use crate::artifact::ArtifactSource;
use crate::attestation::{Attestation, AttestationError, PredicateType};
use crate::report::Failure;
use crate::sign::{SignError, attest_blob};
use crate::ui::{Escaped, Progress as _, StderrProgress, Step, io_reason};

/// Larger statements would not fit into a bundle that is read again.
const MAX_STATEMENT_BYTES: u64 = 64 * 1024 * 1024;

/// `cosign attest-blob`, read from the command line.
pub(crate) struct AttestBlob {
    pub(crate) args: AttestBlobArgs,
    pub(crate) signing: Signing,
}

/// What is to be attested.
enum Said {
    Predicate(PathBuf),
    Statement(PathBuf),
}

impl AttestBlob {
    /// Signs one statement and writes its bundle.
    pub(crate) async fn run(self, clock: &Clock) -> Result<(), Failure> {
        let (said, hash) = self
            .check_arguments()
            .map_err(|error| argument_failure(&error))?;
        let artifact = self
            .artifact(&said)
            .map_err(|error| argument_failure(&error))?;
        let name = artifact.name();
        let request = self.signing.request(artifact, clock)?;
        let attestation = self.attestation(&said, hash, &request.artifact, clock())?;
        let attesting = Box::pin(attest_blob(request, attestation, &StderrProgress));
        self.signing.finish(&name, attesting).await.map(drop)
    }

    fn check_arguments(&self) -> Result<(Said, Option<[u8; 32]>), ArgumentError> {
        let said = match (&self.args.predicate, &self.args.statement) {
            (Some(predicate), None) => Said::Predicate(predicate.clone()),
            (None, Some(statement)) => Said::Statement(statement.clone()),
            (None, None) => return Err(ArgumentError::NothingToAttest),
            (Some(_), Some(_)) => {
                return Err(ArgumentError::Conflict {
                    first: "--predicate",
                    second: "--statement",
                });
            }
        };
        let Some(text) = self.args.hash.as_ref().filter(|text| !text.is_empty()) else {
            return Ok((said, None));
        };
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map_err(|_| ArgumentError::InvalidValue {
            flag: "--hash".to_owned(),
            value: text.clone(),
            reason: "must be 64 hexadecimal digits".to_owned(),
        })?;
        Ok((said, Some(hash)))
    }

    /// The blob; a statement without one goes by its own name.
    fn artifact(&self, said: &Said) -> Result<ArtifactSource, ArgumentError> {
        self.signing.demand_bundle()?;
        match said {
            Said::Statement(path) if self.args.blobs.is_empty() => {
                Ok(ArtifactSource::from_argument(&path.to_string_lossy()))
            }
            _ => one_blob(&self.args.blobs).map(ArtifactSource::from_argument),
        }
    }

    fn attestation(
        &self,
        said: &Said,
        hash: Option<[u8; 32]>,
        artifact: &ArtifactSource,
        now: Timestamp,
    ) -> Result<Attestation, Failure> {
        let name = artifact.name();
        let attested = match said {
            Said::Predicate(path) => {
                let sha256 = digest(artifact, hash)?;
                let predicate = read(path, "getting predicate reader")?;
                let predicate_type = PredicateType::new(&self.args.predicate_type);
                let blob = Path::new(&name);
                Attestation::of_predicate(blob, sha256, &predicate_type, &predicate, now)
            }
            Said::Statement(path) => {
                let about = match (hash, self.args.blobs.is_empty()) {
                    (None, true) => None,
                    _ => Some((name.as_str(), digest(artifact, hash)?)),
                };
                Attestation::of_statement(read(path, "getting statement reader")?, about)
            }
        };
        attested.map_err(|error| not_attested(&error))
    }
}

/// The SHA-256 that is given, or that of the file.
fn digest(artifact: &ArtifactSource, given: Option<[u8; 32]>) -> Result<[u8; 32], Failure> {
    if let Some(given) = given {
        return Ok(given);
    }
    if let ArtifactSource::File(path) = artifact {
        StderrProgress.step(Step::Payload { path: path.clone() });
    }
    let refused = |error: SignError| explain::signing(&artifact.name(), &error);
    let digest = artifact
        .digest(HashAlgorithm::Sha2_256)
        .map_err(|error| refused(error.into()))?;
    digest
        .try_into()
        .map_err(|_| Failure::new("a SHA-256 of another length than 32 bytes").unexpected())
}

fn read(path: &Path, doing: &str) -> Result<Vec<u8>, Failure> {
    StderrProgress.step(Step::Payload {
        path: path.to_owned(),
    });
    let shown = path.to_string_lossy();
    let failed = |error: io::Error| {
        let why = io_reason(&error);
        Failure::new(format!("{doing}: open {}: {why}", Escaped(&shown)))
    };
    let mut content = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_STATEMENT_BYTES + 1)
        .read_to_end(&mut content)
        .map_err(failed)?;
    if content.len() as u64 > MAX_STATEMENT_BYTES {
        let limit = MAX_STATEMENT_BYTES;
        return Err(Failure::new(format!(
            "{doing}: {} is larger than {limit} bytes",
            Escaped(&shown)
        )));
    }
    Ok(content)
}

fn not_attested(error: &AttestationError) -> Failure {
    let failure = Failure::from_error(error);
    match error {
        AttestationError::SpdxText => {
            failure.hint("attest the JSON form of the document with --type spdxjson")
        }
        _ => failure,
    }
}
