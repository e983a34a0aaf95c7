//! `cosign verify-blob`.

use std::path::PathBuf;

use sigbox_crypto::Clock;

use super::verifying::{check_signer, expectations, key, say_what_is_not_checked, trust};
use super::{argument_failure, explain_verify};
use crate::args::{ArgumentError, Of, VerifyBlobArgs, refusal_of_environment};
use crate::artifact::ArtifactSource;
use crate::report::Failure;
use crate::ui::say;
use crate::verify::{VerifyRequest, verify_blob};

/// `cosign verify-blob`, read from the command line.
pub(crate) struct VerifyBlob {
    pub(crate) args: VerifyBlobArgs,
}

impl VerifyBlob {
    /// Verifies one blob; `Verified OK` is said only when every check holds.
    pub(crate) fn run(self, clock: &Clock) -> Result<(), Failure> {
        let (artifact, bundle) = self
            .check_arguments()
            .map_err(|error| argument_failure(&error))?;
        let args = &self.args.verifying;
        say_what_is_not_checked(args, "blob");
        let key = key(args.key.as_deref())?;
        let request = VerifyRequest {
            artifact,
            bundle,
            trust: trust(args)?,
            expect: expectations(args, key),
            now: clock(),
        };
        verify_blob(&request).map_err(|error| explain_verify::verifying(&request, &error))?;
        say(&"Verified OK");
        Ok(())
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
