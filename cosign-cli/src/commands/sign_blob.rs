//! `cosign sign-blob`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sigbox_crypto::Clock;
use sigbox_wire::SigningConfig;
use trust_root::files;

use super::{argument_failure, explain, explain_keys, identity};
use crate::args::{ArgumentError, GlobalArgs, Of, SignBlobArgs, refusal_of_environment};
use crate::artifact::ArtifactSource;
use crate::http::HttpOptions;
use crate::keys::{self, KeyReference, PasswordFor};
use crate::oidc::IdentitySource;
use crate::report::Failure;
use crate::sign::{SignError, SignRequest, sign_blob};
use crate::trust::{self, TrustSource};
use crate::ui::{Escaped, StderrProgress, say};

/// `cosign sign-blob`, read from the command line.
pub(crate) struct SignBlob {
    pub(crate) global: GlobalArgs,
    pub(crate) args: SignBlobArgs,
    /// Whether `--signing-config` stands on the command line, not in its variable.
    pub(crate) signing_config_on_command_line: bool,
}

impl SignBlob {
    /// Signs one blob and writes its bundle.
    pub(crate) async fn run(self, clock: &Clock) -> Result<(), Failure> {
        let (request, deadline) = self.request(clock)?;
        let name = request.artifact.name();
        let refused = |error: SignError| explain::signing(&name, &error);
        let signing = sign_blob(request, &StderrProgress);
        match tokio::time::timeout(deadline, signing).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused(error)),
            Err(_) => Err(refused(SignError::Deadline)),
        }
    }

    /// What the recipe takes, and how long it may take.
    pub(super) fn request(&self, clock: &Clock) -> Result<(SignRequest, Duration), Failure> {
        let blob = self
            .check_arguments()
            .map_err(|error| argument_failure(&error))?;
        let signing_config = self.signing_config()?;
        let name = blob.name();
        let refused = |error: SignError| explain::signing(&name, &error);
        let identity = match &self.args.key {
            Some(key) => load_key(key, &blob)?,
            None => identity::source(&self.args.oidc, &signing_config, clock).map_err(refused)?,
        };
        let request = SignRequest {
            artifact: blob,
            identity,
            signing_config,
            trust: TrustSource::find(self.args.services.trusted_root.as_deref()),
            bundle: self.args.bundle.clone(),
            http: HttpOptions {
                trace: self.global.verbose,
                ..HttpOptions::default()
            },
            clock: clock.clone(),
        };
        Ok((request, self.global.timeout))
    }

    fn check_arguments(&self) -> Result<ArtifactSource, ArgumentError> {
        if let Some(refusal) = refusal_of_environment(Of::Sign) {
            return Err(refusal);
        }
        let [blob] = self.args.blobs.as_slice() else {
            return Err(match self.args.blobs.len() {
                0 => ArgumentError::TooFewArguments {
                    expected: 1,
                    found: 0,
                },
                count => ArgumentError::OneBundleForMany { count },
            });
        };
        if !self.args.new_bundle_format {
            return Err(ArgumentError::OldBundleFormat);
        }
        if self.args.bundle.is_none() {
            return Err(ArgumentError::MissingBundle);
        }
        if self.args.key.is_some() && self.args.oidc.identity_token.is_some() {
            return Err(ArgumentError::Conflict {
                first: "--key",
                second: "--identity-token",
            });
        }
        Ok(ArtifactSource::from_argument(blob))
    }

    /// The signing config, or what to do when there is none; there is no other way to name services.
    fn signing_config(&self) -> Result<SigningConfig, Failure> {
        let services = &self.args.services;
        if !services.use_signing_config {
            if self.signing_config_on_command_line {
                let error = ArgumentError::Conflict {
                    first: "--signing-config",
                    second: "--use-signing-config=false",
                };
                return Err(argument_failure(&error));
            }
            return Err(explain::no_signing_config(
                "--use-signing-config=false switches the signing config off",
            ));
        }
        let Some(path) = &services.signing_config else {
            return Err(explain::no_signing_config(
                "neither --signing-config nor COSIGN_SIGNING_CONFIG is set",
            ));
        };
        read_signing_config(path)
    }
}

/// Reads a signing config and says what in it was not understood.
pub(super) fn read_signing_config(path: &Path) -> Result<SigningConfig, Failure> {
    let config = files::read_signing_config(path).map_err(|error| {
        let why = trust::why(&error);
        Failure::new(format!("error reading signing config from file: {why}"))
            .caused_by_source(&error)
    })?;
    for warning in &config.warnings {
        say(&format_args!(
            "WARNING: {}: {}",
            Escaped(&path.to_string_lossy()),
            Escaped(warning)
        ));
    }
    Ok(config)
}

/// The signer's own key, under the password that the user has.
fn load_key(key: &str, blob: &ArtifactSource) -> Result<IdentitySource, Failure> {
    let wanted = match blob {
        ArtifactSource::Stdin => PasswordFor::OpeningWithStdinTaken,
        _ => PasswordFor::Opening,
    };
    let load = || keys::private_key(&KeyReference::parse(key)?, wanted);
    let key = load().map_err(|error| {
        let context = format!(
            "signing {}: getting keypair and token: getting signer: reading key: ",
            blob.name()
        );
        explain_keys::failure(&context, &error)
    })?;
    Ok(IdentitySource::Key(Arc::new(key)))
}
