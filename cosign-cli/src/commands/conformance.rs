//! `cosign conformance`: the protocol's words in front of the recipes that every user gets.

use std::path::Path;

use sigbox_crypto::Clock;

use super::{
    argument_failure, attest_blob as attesting, explain, explain_verify, services, verifying,
};
use crate::args::{ArgumentError, GlobalArgs, SignBundleArgs, VerifyBundleArgs};
use crate::artifact::ArtifactSource;
use crate::http::HttpOptions;
use crate::oidc::{IdentitySource, SourceError, given_token};
use crate::report::Failure;
use crate::sign::{SignError, SignRequest, attest_blob, sign_blob};
use crate::trust::{TrustSource, TrustSourceError};
use crate::ui::StderrProgress;
use crate::verify::{Expectations, VerifyRequest, verify_blob};

const STAGING: &str = "no public instance is built in; name one by its files";

/// `cosign conformance sign-bundle`, read from the command line.
pub(crate) struct SignBundle {
    pub(crate) global: GlobalArgs,
    pub(crate) args: SignBundleArgs,
}

/// `cosign conformance verify-bundle`, read from the command line.
pub(crate) struct VerifyBundle {
    pub(crate) args: VerifyBundleArgs,
}

impl SignBundle {
    /// Signs one file with the token that is given, and no other identity.
    ///
    /// Source: sigstore-conformance `docs/cli_protocol.md`, "Sign".
    pub(crate) async fn run(self, clock: &Clock) -> Result<(), Failure> {
        let args = self.args;
        refuse(args.staging, "--staging", STAGING)?;
        let path = args
            .signing_config
            .ok_or_else(|| explain::no_signing_config("--signing-config is not set"))?;
        let signing_config = services::read_signing_config(&path)?;
        let refused = |error: SignError| explain::signing(&args.artifact, &error);
        let token = given_token(Some(&args.identity_token))
            .and_then(|token| token.ok_or(SourceError::NoToken))
            .map_err(|error| refused(error.into()))?;
        let statement = if args.in_toto {
            Some(attesting::statement(Path::new(&args.artifact))?)
        } else {
            None
        };
        let request = SignRequest {
            ephemeral: sigbox_crypto::KeyAlgorithm::EcdsaP256,
            artifact: ArtifactSource::File(args.artifact.clone().into()),
            identity: IdentitySource::Token(token),
            signing_config,
            trust: TrustSource::find(args.trusted_root.as_deref()),
            bundle: Some(args.bundle),
            http: HttpOptions {
                trace: self.global.verbose,
                ..HttpOptions::default()
            },
            clock: clock.clone(),
        };
        let signing = async {
            match statement {
                Some(statement) => attest_blob(request, statement, &StderrProgress).await,
                None => sign_blob(request, &StderrProgress).await,
            }
        };
        match tokio::time::timeout(self.global.timeout, Box::pin(signing)).await {
            Ok(outcome) => outcome.map(drop).map_err(refused),
            Err(_) => Err(refused(SignError::Deadline)),
        }
    }
}

impl VerifyBundle {
    /// Verifies one file or digest by an identity with its issuer, or by a key.
    ///
    /// Source: sigstore-conformance `docs/cli_protocol.md`, "Verify".
    pub(crate) fn run(self, clock: &Clock) -> Result<(), Failure> {
        let args = &self.args;
        refuse(args.staging, "--staging", STAGING)?;
        self.check_expectations()
            .map_err(|error| argument_failure(&error))?;
        let key = verifying::key(args.key.as_deref())?;
        let trust = TrustSource::find(args.trusted_root.as_deref())
            .ok_or_else(|| explain_verify::trust_failure(&TrustSourceError::NotConfigured))?;
        let request = VerifyRequest {
            artifact: match ArtifactSource::from_verify_argument(&args.artifact) {
                digest @ ArtifactSource::Sha256(_) => digest,
                // The protocol knows no stdin.
                _ => ArtifactSource::File(args.artifact.clone().into()),
            },
            bundle: args.bundle.clone().into(),
            trust,
            expect: Expectations {
                key,
                identity: args.certificate_identity.clone(),
                issuer: args.certificate_oidc_issuer.clone(),
                ..Expectations::default()
            },
            now: clock(),
        };
        verify_blob(&request)
            .map(drop)
            .map_err(|error| explain_verify::verifying(&request, &error))
    }

    fn check_expectations(&self) -> Result<(), ArgumentError> {
        let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        let identity = given(&self.args.certificate_identity);
        let issuer = given(&self.args.certificate_oidc_issuer);
        match (self.args.key.is_some(), identity, issuer) {
            (true, false, false) | (false, true, true) => Ok(()),
            (true, _, _) => Err(ArgumentError::KeyAndIdentity),
            (false, false, _) => Err(ArgumentError::MissingExpectation {
                exact: "certificate-identity",
            }),
            (false, true, false) => Err(ArgumentError::MissingExpectation {
                exact: "certificate-oidc-issuer",
            }),
        }
    }
}

fn refuse(given: bool, flag: &str, reason: &'static str) -> Result<(), Failure> {
    if !given {
        return Ok(());
    }
    Err(argument_failure(&ArgumentError::Refused {
        name: flag.to_owned(),
        reason,
    }))
}
