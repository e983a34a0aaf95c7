//! `cosign verify-blob`.

use std::path::PathBuf;

use sigbox_crypto::Clock;

use super::{argument_failure, explain_verify};
use crate::args::{ArgumentError, Of, VerifyBlobArgs, refusal_of_environment};
use crate::artifact::ArtifactSource;
use crate::report::Failure;
use crate::trust::{TrustSource, TrustSourceError};
use crate::ui::say;
use crate::verify::{Expectations, VerifyRequest, verify_blob};

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
        let source = TrustSource::find(self.args.trusted_root.as_deref());
        let Some(trust) = source else {
            return Err(explain_verify::trust_failure(
                &TrustSourceError::NotConfigured,
            ));
        };
        let request = VerifyRequest {
            artifact,
            bundle,
            trust,
            expect: self.expectations(),
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
        let Some(bundle) = &args.bundle else {
            return Err(ArgumentError::NothingToVerifyWith);
        };
        if !args.new_bundle_format {
            return Err(ArgumentError::OldBundleFormat);
        }
        if !args.offline {
            return Err(ArgumentError::Online);
        }
        let given = |exact: &Option<String>, pattern: &Option<String>| {
            [exact, pattern]
                .into_iter()
                .flatten()
                .any(|text| !text.is_empty())
        };
        let identity = &args.identity;
        if !given(
            &identity.certificate_identity,
            &identity.certificate_identity_regexp,
        ) {
            return Err(ArgumentError::MissingExpectation {
                exact: "certificate-identity",
            });
        }
        if !given(
            &identity.certificate_oidc_issuer,
            &identity.certificate_oidc_issuer_regexp,
        ) {
            return Err(ArgumentError::MissingExpectation {
                exact: "certificate-oidc-issuer",
            });
        }
        Ok((ArtifactSource::from_verify_argument(blob), bundle.clone()))
    }

    fn expectations(&self) -> Expectations {
        let identity = &self.args.identity;
        Expectations {
            identity: identity.certificate_identity.clone(),
            identity_regexp: identity.certificate_identity_regexp.clone(),
            issuer: identity.certificate_oidc_issuer.clone(),
            issuer_regexp: identity.certificate_oidc_issuer_regexp.clone(),
        }
    }
}
