//! `cosign verify-blob`.

use std::path::PathBuf;

use sigbox_crypto::{Clock, PublicKey};

use super::{argument_failure, explain_keys, explain_verify};
use crate::args::{ArgumentError, Of, VerifyBlobArgs, refusal_of_environment};
use crate::artifact::ArtifactSource;
use crate::keys::{self, KeyReference};
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
        self.say_what_is_not_checked("blob");
        let key = self.args.key.as_deref().map(load_key).transpose()?;
        let request = VerifyRequest {
            artifact,
            bundle,
            trust: self.trust()?,
            expect: self.expectations(key),
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
        Ok((artifact, self.check_signer()?))
    }

    /// The bundle, if a key or an identity is given to verify it with.
    pub(super) fn check_signer(&self) -> Result<PathBuf, ArgumentError> {
        let args = &self.args;
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
        if args.key.is_some() {
            return if identity.is_given() {
                Err(ArgumentError::KeyAndIdentity)
            } else {
                Ok(bundle.clone())
            };
        }
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
        Ok(bundle.clone())
    }

    /// In the words and the order of the real client.
    pub(super) fn say_what_is_not_checked(&self, of: &str) {
        let evidence = &self.args.evidence;
        if evidence.private_infrastructure {
            say(
                &"Flag --private-infrastructure has been deprecated, please use --insecure-ignore-tlog instead",
            );
        }
        if evidence.insecure_ignore_tlog {
            say(&format_args!(
                "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability \
                 verification for the {of}."
            ));
        }
    }

    /// Whom to believe; where nothing but the key is asked, no trusted root is looked for.
    pub(super) fn trust(&self) -> Result<TrustSource, Failure> {
        let evidence = &self.args.evidence;
        let key_alone =
            self.args.key.is_some() && evidence.ignores_tlog() && !evidence.use_signed_timestamps;
        if key_alone {
            return Ok(TrustSource::KeyAlone);
        }
        TrustSource::find(self.args.trusted_root.as_deref())
            .ok_or_else(|| explain_verify::trust_failure(&TrustSourceError::NotConfigured))
    }

    pub(super) fn expectations(&self, key: Option<PublicKey>) -> Expectations {
        let (identity, evidence) = (&self.args.identity, &self.args.evidence);
        Expectations {
            key,
            identity: identity.certificate_identity.clone(),
            identity_regexp: identity.certificate_identity_regexp.clone(),
            issuer: identity.certificate_oidc_issuer.clone(),
            issuer_regexp: identity.certificate_oidc_issuer_regexp.clone(),
            claims: identity.claims(),
            signed_timestamps: evidence.use_signed_timestamps,
            ignore_tlog_unsafe: evidence.ignores_tlog(),
            ignore_sct_unsafe: evidence.insecure_ignore_sct,
        }
    }
}

/// The key that must have signed.
pub(super) fn load_key(key: &str) -> Result<PublicKey, Failure> {
    let load = || keys::public_key(&KeyReference::parse(key)?);
    let context = "loading verifier from key opts: loading public key: ";
    load().map_err(|error| explain_keys::failure(context, &error))
}
