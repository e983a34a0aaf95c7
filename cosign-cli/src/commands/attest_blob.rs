//! `cosign attest-blob`.

use std::path::Path;

use jiff::Timestamp;
use sigbox_crypto::{Clock, HashAlgorithm};

use super::old_outputs::OldOutputs;
use super::privacy::Consent;
use super::said::{Place, Said, not_attested};
use super::sign_blob::one_blob;
use super::signing::Signing;
use super::{argument_failure, explain};
use crate::args::{ArgumentError, AttestBlobArgs};
use crate::artifact::ArtifactSource;
use crate::attestation::{Attestation, PredicateType, base_name, subject};
use crate::report::Failure;
use crate::sign::{SignError, attest_blob};
use crate::ui::{Progress as _, StderrProgress, Step};

/// `cosign attest-blob`, read from the command line.
pub(crate) struct AttestBlob {
    pub(crate) args: AttestBlobArgs,
    pub(crate) signing: Signing,
}

impl AttestBlob {
    /// Signs one statement and writes its bundle.
    pub(crate) async fn run(mut self, clock: &Clock) -> Result<(), Failure> {
        let outputs = OldOutputs::from(&self.args.outputs);
        outputs.say_ignored(self.signing.args.new_bundle_format);
        let (said, hash) = self
            .check_arguments()
            .map_err(|error| argument_failure(&error))?;
        let artifact = self
            .artifact(&said)
            .map_err(|error| argument_failure(&error))?;
        let name = artifact.name();
        self.signing.stdin_taken = said.is_on_stdin();
        let mut request = self.signing.request(artifact, Consent::Implied, clock)?;
        let old = self.signing.old_format(&outputs, &mut request)?;
        let attestation = self.attestation(&said, hash, &request.artifact, clock())?;
        let attesting = Box::pin(attest_blob(request, attestation, &StderrProgress));
        let signed = self.signing.finish(&name, attesting).await?;
        match old {
            Some(bundle) => outputs.write(&signed, bundle.as_deref(), &self.signing.output()),
            None => Ok(()),
        }
    }

    fn check_arguments(&self) -> Result<(Said, Option<[u8; 32]>), ArgumentError> {
        let args = &self.args;
        let said = Said::new(args.predicate.as_deref(), args.statement.as_deref())?;
        let blob_on_stdin = args.hash.is_none() && args.blobs.iter().any(|one| one == "-");
        if blob_on_stdin && said.is_on_stdin() {
            return Err(ArgumentError::StdinTwice {
                first: "the blob",
                second: said.flag(),
            });
        }
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
            Said::Statement(_) if self.args.blobs.is_empty() => {
                Ok(ArtifactSource::from_argument(&said.name()))
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
            Said::Predicate(_) => {
                let sha256 = digest(artifact, hash)?;
                let predicate = said.read()?;
                let predicate_type = PredicateType::new(&self.args.predicate_type);
                let subjects = [subject(base_name(&name), sha256)];
                Attestation::of_predicate(&subjects, &predicate_type, &predicate, now)
            }
            Said::Statement(_) => {
                let about = match (hash, self.args.blobs.is_empty()) {
                    (None, true) => None,
                    _ => Some((name.as_str(), digest(artifact, hash)?)),
                };
                Attestation::of_statement(said.read()?, about)
            }
        };
        attested.map_err(|error| not_attested(&error))
    }
}

/// The finished statement of a file, as it is.
pub(super) fn statement(path: &Path) -> Result<Attestation, Failure> {
    let payload = Said::Statement(Place::File(path.to_owned())).read()?;
    Attestation::of_statement(payload, None).map_err(|error| not_attested(&error))
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
