//! `cosign verify-blob`.

use std::path::PathBuf;

use sigbox_crypto::Clock;

use super::argument_failure;
use super::telling::Telling;
use super::verifying::{check_signer, expectations, key, say_what_is_not_checked, trust};
use crate::args::{ArgumentError, Of, VerifyBlobArgs, refusal_of_environment};
use crate::artifact::ArtifactSource;
use crate::report::Failure;
use crate::ui::Output;
use crate::verify::VerifyRequest;

/// `cosign verify-blob`, read from the command line.
pub(crate) struct VerifyBlob {
    pub(crate) args: VerifyBlobArgs,
}

impl VerifyBlob {
    /// Verifies one blob; `Verified OK` is said only when every check holds.
    pub(crate) fn run(self, clock: &Clock, output: &Output) -> Result<(), Failure> {
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
            Ok((trust(args)?, key))
        };
        let (trust, key) = judge_by().map_err(|why| telling.not_judged(&bundle, now, why))?;
        let expect = expectations(args, key);
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
    fn check_arguments(&self) -> Result<(ArtifactSource, PathBuf), ArgumentError> {
        if let Some(refusal) = refusal_of_environment(Of::Verify) {
            return Err(refusal);
        }
        let args = &self.args;
        let [blob] = args.blobs.as_slice() else {
            return Err(ArgumentError::ArgumentCount {
                expected: 1,
                found: args.blobs.len(),
            });
        };
        let artifact = ArtifactSource::from_verify_argument(blob);
        let bundle = args
            .bundle
            .clone()
            .ok_or(ArgumentError::NothingToVerifyWith)?;
        check_signer(&args.verifying)?;
        Ok((artifact, bundle))
    }
}
