//! What the commands that sign have in common: who signs, with which services, and for how long.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sigbox_crypto::{Clock, KeyAlgorithm};
use sigbox_wire::SigningConfig;
use trust_root::files;

use super::old_outputs::OldOutputs;
use super::{argument_failure, explain, explain_keys, identity};
use crate::args::{ArgumentError, GlobalArgs, Of, SigningArgs, refusal_of_environment};
use crate::artifact::ArtifactSource;
use crate::http::HttpOptions;
use crate::keys::{self, KeyReference, PasswordFor};
use crate::oidc::IdentitySource;
use crate::report::Failure;
use crate::sign::{SignError, SignRequest, Signed};
use crate::trust::{self, TrustSource};
use crate::ui::{Escaped, Output, say};

/// The part of a signing command that is the same for all of them.
pub(crate) struct Signing {
    pub(crate) global: GlobalArgs,
    pub(crate) args: SigningArgs,
    /// Whether `--signing-config` stands on the command line, not in its variable.
    pub(crate) explicit_signing_config: bool,
    /// Whether stdin holds something else than the artifact, so that no password can be read from it.
    pub(crate) stdin_taken: bool,
}

impl Signing {
    /// What the recipe takes to sign this artifact.
    pub(super) fn request(
        &self,
        artifact: ArtifactSource,
        clock: &Clock,
    ) -> Result<SignRequest, Failure> {
        self.check_arguments()
            .map_err(|error| argument_failure(&error))?;
        let signing_config = self.signing_config()?;
        let name = artifact.name();
        let refused = |error: SignError| explain::signing(&name, &error);
        let identity = match &self.args.key {
            Some(key) => load_key(key, &artifact, self.stdin_taken)?,
            None => identity::source(&self.args.oidc, &signing_config, clock).map_err(refused)?,
        };
        Ok(SignRequest {
            artifact,
            identity,
            ephemeral: KeyAlgorithm::EcdsaP256,
            signing_config,
            trust: TrustSource::find(self.args.services.trusted_root.as_deref()),
            bundle: self.args.bundle.clone(),
            http: HttpOptions {
                trace: self.global.verbose,
                ..HttpOptions::default()
            },
            clock: clock.clone(),
        })
    }

    /// Waits for the recipe, no longer than the user wants to, and explains its failure.
    pub(super) async fn finish(
        &self,
        name: &str,
        recipe: impl Future<Output = Result<Signed, SignError>>,
    ) -> Result<Signed, Failure> {
        match tokio::time::timeout(self.global.timeout, recipe).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SignError::Deadline),
        }
        .map_err(|error| explain::signing(name, &error))
    }

    /// Prepares for the old format, if it is asked for; its bundle then is the file inside.
    #[expect(
        clippy::option_option,
        reason = "the old format is asked for or not, and has a bundle or not"
    )]
    pub(super) fn old_format(
        &self,
        outputs: &OldOutputs,
        request: &mut SignRequest,
    ) -> Result<Option<Option<PathBuf>>, Failure> {
        if self.args.new_bundle_format {
            return Ok(None);
        }
        outputs.prepare(request).map(Some)
    }

    /// Where the command's data go.
    pub(super) fn output(&self) -> Output {
        Output::new(self.global.output_file.as_deref())
    }

    /// Refuses a command that would have nowhere to leave its signature.
    pub(super) fn demand_bundle(&self) -> Result<(), ArgumentError> {
        match self.args.bundle {
            None if self.args.new_bundle_format => Err(ArgumentError::MissingBundle),
            _ => Ok(()),
        }
    }

    fn check_arguments(&self) -> Result<(), ArgumentError> {
        if let Some(refusal) = refusal_of_environment(Of::Sign) {
            return Err(refusal);
        }
        if self.args.key.is_some() && self.args.oidc.identity_token.is_some() {
            return Err(ArgumentError::Conflict {
                first: "--key",
                second: "--identity-token",
            });
        }
        Ok(())
    }

    /// The signing config, or what to do when there is none; there is no other way to name services.
    fn signing_config(&self) -> Result<SigningConfig, Failure> {
        let services = &self.args.services;
        if !services.use_signing_config {
            if self.explicit_signing_config {
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
fn load_key(
    key: &str,
    blob: &ArtifactSource,
    stdin_taken: bool,
) -> Result<IdentitySource, Failure> {
    let wanted = match blob {
        ArtifactSource::Stdin => PasswordFor::OpeningWithStdinTaken,
        _ if stdin_taken => PasswordFor::OpeningWithStdinTaken,
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
