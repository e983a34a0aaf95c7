//! `cosign sign-blob`.

use sigbox_crypto::Clock;

use super::argument_failure;
use super::old_outputs::OldOutputs;
use super::signing::Signing;
use crate::args::{ArgumentError, SignBlobArgs};
use crate::artifact::ArtifactSource;
use crate::report::Failure;
use crate::sign::sign_blob;
use crate::ui::StderrProgress;

/// `cosign sign-blob`, read from the command line.
pub(crate) struct SignBlob {
    pub(crate) args: SignBlobArgs,
    pub(crate) signing: Signing,
}

impl SignBlob {
    /// Signs one blob and writes its bundle.
    pub(crate) async fn run(self, clock: &Clock) -> Result<(), Failure> {
        let outputs = OldOutputs::from(&self.args.outputs);
        outputs.say_deprecated(self.signing.args.new_bundle_format);
        let blob = self
            .check_arguments()
            .map_err(|error| argument_failure(&error))?;
        let name = blob.name();
        let mut request = self.signing.request(blob, clock)?;
        let old = self.signing.old_format(&outputs, &mut request)?;
        let signing = Box::pin(sign_blob(request, &StderrProgress));
        let signed = self.signing.finish(&name, signing).await?;
        match old {
            Some(bundle) => outputs.write(&signed, bundle.as_deref(), &self.signing.output()),
            None => Ok(()),
        }
    }

    fn check_arguments(&self) -> Result<ArtifactSource, ArgumentError> {
        let blob = one_blob(&self.args.blobs)?;
        self.signing.demand_bundle()?;
        Ok(ArtifactSource::from_argument(blob))
    }
}

/// The one blob that a bundle can be about.
pub(super) fn one_blob(blobs: &[String]) -> Result<&str, ArgumentError> {
    match blobs {
        [blob] => Ok(blob),
        [] => Err(ArgumentError::TooFewArguments {
            expected: 1,
            found: 0,
        }),
        many => Err(ArgumentError::OneBundleForMany { count: many.len() }),
    }
}
