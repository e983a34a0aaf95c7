//! `cosign sign-blob`.

use std::path::PathBuf;

use sigbox_crypto::Clock;

use super::blobs::{Blobs, bundle_beside};
use super::old_outputs::OldOutputs;
use super::signing::Signing;
use super::{argument_failure, explain};
use crate::args::{ArgumentError, SignBlobArgs};
use crate::artifact::{ArtifactSource, EarlyDigest};
use crate::patience;
use crate::report::Failure;
use crate::sign::{SignError, sign_begun_blob, sign_blobs};
use crate::ui::StderrProgress;

/// `cosign sign-blob`, read from the command line.
pub(crate) struct SignBlob {
    pub(crate) args: SignBlobArgs,
    pub(crate) signing: Signing,
}

impl SignBlob {
    /// Signs one blob and writes its bundle, or several with one login and a bundle beside each.
    pub(crate) async fn run(self, clock: &Clock) -> Result<(), Failure> {
        OldOutputs::from(&self.args.outputs).say_ignored(self.signing.args.new_bundle_format);
        let wrong = |error: ArgumentError| argument_failure(&error);
        let blobs = Blobs::find(&self.args.blobs, self.args.files_from.as_deref())
            .map_err(|error| Failure::from_error(&error))?;
        match blobs {
            Blobs::One(None) => Err(wrong(ArgumentError::TooFewArguments {
                expected: 1,
                found: 0,
            })),
            Blobs::One(Some(blob)) => {
                self.signing.demand_bundle().map_err(wrong)?;
                self.sign_one(&blob, clock).await
            }
            Blobs::Many(blobs) => {
                let targets = self.targets(&blobs).map_err(wrong)?;
                self.sign_many(&targets, clock).await
            }
        }
    }

    async fn sign_one(&self, blob: &str, clock: &Clock) -> Result<(), Failure> {
        let artifact = ArtifactSource::from_argument(blob);
        let mut early = None;
        let mut request =
            self.signing
                .request_while(artifact.clone(), self.signing.consent(), clock, || {
                    early = EarlyDigest::begin(&artifact);
                })?;
        request.ephemeral = self.args.signing_algorithm.key();
        let outputs = OldOutputs::from(&self.args.outputs);
        let old = self.signing.old_format(&outputs, &mut request)?;
        let signing = Box::pin(sign_begun_blob(request, early, &StderrProgress));
        let signed = self.signing.finish(blob, signing).await?;
        match old {
            Some(bundle) => outputs.write(&signed, bundle.as_deref(), &self.signing.output()),
            None => Ok(()),
        }
    }

    async fn sign_many(
        &self,
        targets: &[(ArtifactSource, PathBuf)],
        clock: &Clock,
    ) -> Result<(), Failure> {
        let Some((first, _)) = targets.first() else {
            return Ok(());
        };
        let mut request = self
            .signing
            .request(first.clone(), self.signing.consent(), clock)?;
        request.ephemeral = self.args.signing_algorithm.key();
        let signing = Box::pin(sign_blobs(request, targets, &StderrProgress));
        match patience::within(self.signing.limit(), signing).await {
            Some(outcome) => outcome.map_err(|error| explain::signing(&error.blob, &error.source)),
            None => Err(explain::signing(&first.name(), &SignError::Deadline)),
        }
    }

    /// Each blob with the file of its bundle.
    fn targets(&self, blobs: &[String]) -> Result<Vec<(ArtifactSource, PathBuf)>, ArgumentError> {
        if self.signing.args.bundle.is_some() {
            return Err(ArgumentError::OneBundleForMany { count: blobs.len() });
        }
        if !self.signing.args.new_bundle_format {
            let flag = "--new-bundle-format=false";
            return Err(ArgumentError::OneBlobOnly { flag });
        }
        let target = |blob: &String| match ArtifactSource::from_argument(blob) {
            ArtifactSource::Stdin => Err(ArgumentError::StdinAmongMany),
            artifact => Ok((artifact, bundle_beside(blob))),
        };
        blobs.iter().map(target).collect()
    }
}

/// The one blob that an attestation is about.
pub(super) fn one_blob(blobs: &[String]) -> Result<&str, ArgumentError> {
    match blobs {
        [blob] => Ok(blob),
        [] => Err(ArgumentError::TooFewArguments {
            expected: 1,
            found: 0,
        }),
        many => Err(ArgumentError::OneBlob { count: many.len() }),
    }
}
