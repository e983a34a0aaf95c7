//! `cosign verify-blob-attestation`.

use sigbox_crypto::Clock;

use super::argument_failure;
use super::lookup::Lookup;
use super::telling::Telling;
use super::verifying::{
    check_exclusive, check_online, check_signer, expectations, files, key, say_what_is_not_checked,
    trust,
};
use crate::args::{
    ArgumentError, GlobalArgs, Of, VerifyBlobAttestationArgs, refusal_of_environment,
};
use crate::artifact::ArtifactSource;
use crate::attestation::{AttestationError, PredicateType, claimed_artifact, hash_of_name};
use crate::report::Failure;
use crate::signature_files::{SignatureFiles, SignatureOver};
use crate::ui::Output;
use crate::verify::{VerifyError, VerifyRequest};

/// `cosign verify-blob-attestation`, read from the command line.
pub(crate) struct VerifyBlobAttestation {
    pub(crate) global: GlobalArgs,
    pub(crate) args: VerifyBlobAttestationArgs,
}

impl VerifyBlobAttestation {
    /// Verifies one attestation; `Verified OK` is said only when every check holds.
    pub(crate) fn run(self, clock: &Clock, output: &Output) -> Result<(), Failure> {
        let wrong = |error: ArgumentError| argument_failure(&error);
        if let Some(refusal) = refusal_of_environment(Of::Verify) {
            return Err(wrong(refusal));
        }
        let (args, detached) = (&self.args.verifying, &self.args.detached);
        check_exclusive(args).map_err(wrong)?;
        let mut bundle = files(args, detached, self.args.bundle.as_ref()).map_err(wrong)?;
        check_online(args, detached).map_err(wrong)?;
        check_signer(args, &bundle).map_err(wrong)?;
        let artifact = self.artifact().map_err(wrong)?;
        say_what_is_not_checked(args, "blob attestation");
        let mut switches = args.evidence.switches();
        if artifact.is_none() {
            switches.subject = Some("--check-claims=false");
        }
        let telling = Telling {
            report: self.args.report,
            switches,
            output,
        };
        let now = clock();
        let judge_by = || {
            let key = key(args.key.as_deref())?;
            let artifact = artifact.map_or_else(|| claimed(&bundle, key.is_none()), Ok)?;
            let expect = expectations(args, &bundle, key);
            Ok((artifact, trust(args, &expect)?, expect))
        };
        let (mut artifact, trust, expect) =
            judge_by().map_err(|why| telling.not_judged(&bundle, now, why))?;
        let lookup = Lookup {
            global: &self.global,
            verifying: args,
            detached,
        };
        let (over, key) = (SignatureOver::Statement, expect.key.as_ref());
        lookup
            .add(&mut bundle, over, &mut artifact, key)
            .map_err(|why| telling.not_judged(&bundle, now, why))?;
        let request = VerifyRequest {
            artifact,
            bundle,
            trust,
            expect,
            now,
        };
        let predicate_type = PredicateType::new(&self.args.predicate_type);
        telling.verify(&request, Some(&predicate_type))
    }

    /// What the attestation must be about; `None` if that does not matter.
    fn artifact(&self) -> Result<Option<ArtifactSource>, ArgumentError> {
        let args = &self.args;
        if !args.check_claims {
            return Ok(None);
        }
        let digest = args.digest.as_ref().filter(|digest| !digest.is_empty());
        match (args.blobs.as_slice(), digest, &args.digest_alg) {
            ([blob], None, _) => Ok(Some(ArtifactSource::from_verify_argument(blob))),
            ([], Some(digest), Some(hash)) => digest_argument(digest, hash).map(Some),
            ([], _, _) => Err(ArgumentError::NoArtifact),
            ([_], Some(_), _) => Err(ArgumentError::Conflict {
                first: "--digest",
                second: "BLOB",
            }),
            (many, _, _) => Err(ArgumentError::ArgumentCount {
                expected: 1,
                found: many.len(),
            }),
        }
    }
}

fn digest_argument(digest: &str, hash: &str) -> Result<ArtifactSource, ArgumentError> {
    let algorithm = hash_of_name(hash).ok_or_else(|| ArgumentError::InvalidValue {
        flag: "--digestAlg".to_owned(),
        value: hash.to_owned(),
        reason: "must be one of sha256, sha384, sha512".to_owned(),
    })?;
    let length = algorithm.digest_len();
    let decoded = hex::decode(digest)
        .ok()
        .filter(|digest| digest.len() == length);
    let digest = decoded.ok_or_else(|| ArgumentError::InvalidValue {
        flag: "--digest".to_owned(),
        value: digest.to_owned(),
        reason: format!("must be {} hexadecimal digits", 2 * length),
    })?;
    Ok(ArtifactSource::Digest { algorithm, digest })
}

/// A subject of the attestation itself, so that everything else is verified as usual.
fn claimed(files: &SignatureFiles, keyless: bool) -> Result<ArtifactSource, Failure> {
    let found = files.read(SignatureOver::Statement, keyless);
    let bundle = found.map_err(|error| Failure::from_error(&error))?.bundle;
    if !matches!(bundle.content, sigbox_wire::BundleContent::DsseEnvelope(_)) {
        return Err(Failure::from_error(&VerifyError::NoStatement));
    }
    claimed_artifact(&bundle).ok_or_else(|| Failure::from_error(&AttestationError::NoSubject))
}
