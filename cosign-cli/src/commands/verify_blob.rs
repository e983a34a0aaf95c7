//! `cosign verify-blob`.

use sigbox_crypto::Clock;

use super::blobs::{Blobs, find_bundle};
use super::lookup::Lookup;
use super::telling::Telling;
use super::verifying::{
    check_exclusive, check_online, check_signer, expectations, files, key, say_what_is_not_checked,
    trust,
};
use super::{argument_failure, verify_many};
use crate::args::{ArgumentError, GlobalArgs, Of, VerifyBlobArgs, refusal_of_environment};
use crate::artifact::ArtifactSource;
use crate::report::Failure;
use crate::signature_files::{SignatureFiles, SignatureOver};
use crate::trust::TrustSource;
use crate::ui::Output;
use crate::verify::{Expectations, VerifyRequest};

/// `cosign verify-blob`, read from the command line.
pub(crate) struct VerifyBlob {
    pub(crate) global: GlobalArgs,
    pub(crate) args: VerifyBlobArgs,
}

impl VerifyBlob {
    /// Verifies one blob, or each of several; `Verified OK` is said only when every check holds.
    pub(crate) fn run(self, clock: &Clock, output: &Output) -> Result<(), Failure> {
        let wrong = |error: ArgumentError| argument_failure(&error);
        if let Some(refusal) = refusal_of_environment(Of::Verify) {
            return Err(wrong(refusal));
        }
        check_exclusive(&self.args.verifying).map_err(wrong)?;
        if self.args.max_workers == 0 {
            return Err(wrong(ArgumentError::NoWorkers));
        }
        let blobs = Blobs::find(&self.args.blobs, self.args.files_from.as_deref())
            .map_err(|error| Failure::from_error(&error))?;
        match blobs {
            Blobs::One(blob) => self.verify_one(blob.as_deref(), clock, output),
            Blobs::Many(blobs) => self.verify_many(&blobs, clock),
        }
    }

    fn verify_one(
        &self,
        blob: Option<&str>,
        clock: &Clock,
        output: &Output,
    ) -> Result<(), Failure> {
        let (mut artifact, mut bundle) = self
            .check_arguments(blob)
            .map_err(|error| argument_failure(&error))?;
        let args = &self.args.verifying;
        say_what_is_not_checked(args, "blob");
        let telling = Telling {
            report: self.args.report,
            switches: args.evidence.switches(),
            output,
        };
        let now = clock();
        let (trust, expect) = self
            .judge_by(&bundle)
            .map_err(|why| telling.not_judged(&bundle, now, why))?;
        let lookup = Lookup {
            global: &self.global,
            verifying: args,
            detached: &self.args.detached,
        };
        let (over, key) = (SignatureOver::Blob, expect.key.as_ref());
        lookup
            .add(&mut bundle, over, &mut artifact, key)
            .map_err(|why| telling.not_judged(&bundle, now, why))?;
        telling.verify(
            &VerifyRequest {
                artifact,
                bundle,
                trust,
                expect,
                now,
            },
            None,
        )
    }

    fn verify_many(&self, blobs: &[String], clock: &Clock) -> Result<(), Failure> {
        let wrong = |error: ArgumentError| argument_failure(&error);
        verify_many::check_arguments(&self.args, blobs).map_err(wrong)?;
        // Artifact and bundle of each are put in later.
        let bundle = SignatureFiles::default();
        check_online(&self.args.verifying, &self.args.detached).map_err(wrong)?;
        check_signer(&self.args.verifying, &bundle).map_err(wrong)?;
        say_what_is_not_checked(&self.args.verifying, "blob");
        let (trust, expect) = self.judge_by(&bundle)?;
        let template = VerifyRequest {
            artifact: ArtifactSource::Stdin,
            bundle,
            trust,
            expect,
            now: clock(),
        };
        verify_many::verify(&template, blobs, self.args.max_workers)
    }

    fn judge_by(&self, files: &SignatureFiles) -> Result<(TrustSource, Expectations), Failure> {
        let args = &self.args.verifying;
        let key = key(args.key.as_deref())?;
        let expect = expectations(args, files, key);
        Ok((trust(args, &expect)?, expect))
    }

    /// In the order of the real client, so that scripts meet the same message first.
    fn check_arguments(
        &self,
        blob: Option<&str>,
    ) -> Result<(ArtifactSource, SignatureFiles), ArgumentError> {
        let args = &self.args;
        let blob = blob.ok_or(ArgumentError::ArgumentCount {
            expected: 1,
            found: 0,
        })?;
        let artifact = ArtifactSource::from_verify_argument(blob);
        let detached = &args.detached;
        let beside = || {
            let named = detached.signature.is_some() || detached.certificate.is_some();
            if named { None } else { find_bundle(blob) }
        };
        let bundle = args.bundle.clone().or_else(beside);
        let files = files(&args.verifying, detached, bundle.as_ref())?;
        check_online(&args.verifying, detached)?;
        check_signer(&args.verifying, &files)?;
        Ok((artifact, files))
    }
}
