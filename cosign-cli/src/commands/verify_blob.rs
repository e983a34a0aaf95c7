//! `cosign verify-blob`.

use sigbox_crypto::Clock;

use super::argument_failure;
use super::telling::Telling;
use super::verifying::{
    check_exclusive, check_signer, expectations, files, key, say_what_is_deprecated,
    say_what_is_not_checked, trust,
};
use crate::args::{ArgumentError, Of, VerifyBlobArgs, refusal_of_environment};
use crate::artifact::ArtifactSource;
use crate::report::Failure;
use crate::signature_files::SignatureFiles;
use crate::ui::Output;
use crate::verify::VerifyRequest;

/// `cosign verify-blob`, read from the command line.
pub(crate) struct VerifyBlob {
    pub(crate) args: VerifyBlobArgs,
}

impl VerifyBlob {
    /// Verifies one blob; `Verified OK` is said only when every check holds.
    pub(crate) fn run(self, clock: &Clock, output: &Output) -> Result<(), Failure> {
        say_what_is_deprecated(&self.args.verifying, &self.args.detached);
        let (artifact, bundle) = self
            .check_arguments()
            .map_err(|error| argument_failure(&error))?;
        let args = &self.args.verifying;
        say_what_is_not_checked(args, "blob");
        let telling = Telling {
            report: self.args.report,
            switches: args.evidence.switches(),
            output,
        };
        let now = clock();
        let judge_by = || {
            let key = key(args.key.as_deref())?;
            let expect = expectations(args, &bundle, key);
            Ok((trust(args, &expect)?, expect))
        };
        let (trust, expect) = judge_by().map_err(|why| telling.not_judged(&bundle, now, why))?;
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

    /// In the order of the real client, so that scripts meet the same message first.
    fn check_arguments(&self) -> Result<(ArtifactSource, SignatureFiles), ArgumentError> {
        if let Some(refusal) = refusal_of_environment(Of::Verify) {
            return Err(refusal);
        }
        let args = &self.args;
        check_exclusive(&args.verifying)?;
        let [blob] = args.blobs.as_slice() else {
            return Err(ArgumentError::ArgumentCount {
                expected: 1,
                found: args.blobs.len(),
            });
        };
        let artifact = ArtifactSource::from_verify_argument(blob);
        let files = files(&args.verifying, &args.detached, args.bundle.as_ref())?;
        check_signer(&args.verifying, &files)?;
        Ok((artifact, files))
    }
}
