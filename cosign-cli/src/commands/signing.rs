//! What the commands that sign have in common: who signs, with which services, and for how long.

use std::path::PathBuf;
use std::sync::Arc;

use sigbox_crypto::{Clock, KeyAlgorithm, SigningKey};
use sigbox_wire::SigningConfig;

use super::old_outputs::OldOutputs;
use super::privacy::{self, Consent};
use super::services::{NamedServices, ServiceChoice};
use super::{argument_failure, certified, explain, explain_keys, identity};
use crate::args::{ArgumentError, GlobalArgs, Of, SigningArgs, Stated, refusal_of_environment};
use crate::artifact::ArtifactSource;
use crate::http::{ClientTls, ClientTlsFiles, HttpOptions};
use crate::keys::{self, KeyReference, PasswordFor};
use crate::oidc::IdentitySource;
use crate::patience::{self, Limit};
use crate::prompt::Asked;
use crate::report::Failure;
use crate::services::SelectedServices;
use crate::sign::{SignError, SignRequest, Signed};
use crate::trust::TrustSource;
use crate::ui::Output;

/// The part of a signing command that is the same for all of them.
pub(crate) struct Signing {
    pub(crate) global: GlobalArgs,
    pub(crate) args: SigningArgs,
    /// What stands on the command line, not in variables.
    pub(crate) stated: Stated,
    /// Whether stdin holds something else than the artifact, so that no password can be read from it.
    pub(crate) stdin_taken: bool,
}

impl Signing {
    /// What the recipe takes to sign this artifact.
    pub(super) fn request(
        &self,
        artifact: ArtifactSource,
        consent: Consent,
        clock: &Clock,
    ) -> Result<SignRequest, Failure> {
        self.request_while(artifact, consent, clock, || ())
    }

    /// The same; `meanwhile` begins what can go on beside the opening of a key file.
    pub(super) fn request_while(
        &self,
        artifact: ArtifactSource,
        consent: Consent,
        clock: &Clock,
        meanwhile: impl FnOnce(),
    ) -> Result<SignRequest, Failure> {
        self.check_arguments()
            .map_err(|error| argument_failure(&error))?;
        let services = self.services()?;
        let trust = TrustSource::find(self.args.services.trusted_root.as_deref());
        if let (Consent::Asked(asked), false, None) = (consent, services.is_configured, &trust) {
            let name = artifact.name();
            let chosen = SelectedServices::choose_for_key(&services.config, clock())
                .map_err(|error| explain::signing(&name, &error.into()))?;
            privacy::ask(&name, &chosen.logs, asked)?;
        }
        let identity = self.identity(&artifact, &services.config, clock, meanwhile)?;
        Ok(SignRequest {
            artifact,
            identity,
            ephemeral: KeyAlgorithm::EcdsaP256,
            signing_config: services.config,
            trust,
            bundle: self.args.bundle.clone(),
            http: HttpOptions {
                trace: self.global.verbose,
                timestamp_tls: self.timestamp_tls()?,
                ..HttpOptions::default()
            },
            clock: clock.clone(),
        })
    }

    /// The services that the command line and its variables name.
    fn services(&self) -> Result<NamedServices, Failure> {
        ServiceChoice {
            args: &self.args.services,
            stated: &self.stated,
            certified: self.args.key.is_none() || self.args.issue_certificate,
        }
        .resolve()
    }

    /// How to speak to the timestamp authority, if that is said; its files are read before anything is contacted.
    fn timestamp_tls(&self) -> Result<Option<ClientTls>, Failure> {
        let args = &self.args.services.timestamp_tls;
        let half = |given, missing| argument_failure(&ArgumentError::Half { given, missing });
        let certificate_and_key = match (&args.timestamp_client_cert, &args.timestamp_client_key) {
            (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
            (None, None) => None,
            (Some(_), None) => {
                return Err(half("--timestamp-client-cert", "--timestamp-client-key"));
            }
            (None, Some(_)) => {
                return Err(half("--timestamp-client-key", "--timestamp-client-cert"));
            }
        };
        let files = ClientTlsFiles {
            authorities: args.timestamp_client_cacert.clone(),
            certificate_and_key,
            server_name: args.timestamp_server_name.clone(),
        };
        if files == ClientTlsFiles::default() {
            return Ok(None);
        }
        let tls = ClientTls::read(&files).map_err(|error| {
            Failure::new(format!("TLS to the timestamp authority: {error}"))
                .caused_by_source(&error)
        })?;
        Ok(Some(tls))
    }

    /// Who signs: an identity, a key, or a key with a certificate for an identity.
    fn identity(
        &self,
        artifact: &ArtifactSource,
        config: &SigningConfig,
        clock: &Clock,
        meanwhile: impl FnOnce(),
    ) -> Result<IdentitySource, Failure> {
        let key = self.args.key.as_deref();
        let key = key
            .map(|key| load_key(key, artifact, self.stdin_taken, meanwhile))
            .transpose()?;
        if let (Some(key), false) = (&key, self.args.issue_certificate) {
            let (args, key) = (&self.args, Arc::clone(key));
            let (certificate, chain) = (
                args.certificate.as_deref(),
                args.certificate_chain.as_deref(),
            );
            return certified::signer(&artifact.name(), key, certificate, chain, clock());
        }
        let identity = identity::source(&self.args.oidc, config, clock)
            .map_err(|error| explain::signing(&artifact.name(), &error))?;
        Ok(match key {
            Some(key) => IdentitySource::CertifiedKey(key, Box::new(identity)),
            None => identity,
        })
    }

    /// Waits for the recipe, no longer than the user wants to, and explains its failure.
    pub(super) async fn finish(
        &self,
        name: &str,
        recipe: impl Future<Output = Result<Signed, SignError>>,
    ) -> Result<Signed, Failure> {
        patience::within(self.limit(), recipe)
            .await
            .unwrap_or(Err(SignError::Deadline))
            .map_err(|error| explain::signing(name, &error))
    }

    /// When to give up.
    pub(super) fn limit(&self) -> Limit {
        if self.stated.has("timeout") {
            Limit::Exact(self.global.timeout)
        } else {
            Limit::Usual(self.global.timeout)
        }
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

    /// Whether the user is still to be asked before something goes to a log of unknown owner.
    pub(super) fn consent(&self) -> Consent {
        Consent::Asked(if self.args.yes {
            Asked::Before
        } else {
            Asked::Now
        })
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
        let certified = self.args.key.is_none() || self.args.issue_certificate;
        if !certified && self.args.oidc.identity_token.is_some() {
            return Err(ArgumentError::Conflict {
                first: "--key",
                second: "--identity-token",
            });
        }
        if self.args.certificate.is_some() && self.args.key.is_none() {
            return Err(ArgumentError::CertificateWithoutKey);
        }
        if self.args.certificate.is_some() && self.args.issue_certificate {
            return Err(ArgumentError::Conflict {
                first: "--certificate",
                second: "--issue-certificate",
            });
        }
        Ok(())
    }
}

/// The signer's own key, under the password that the user has.
fn load_key(
    key: &str,
    blob: &ArtifactSource,
    stdin_taken: bool,
    meanwhile: impl FnOnce(),
) -> Result<Arc<SigningKey>, Failure> {
    let wanted = match blob {
        ArtifactSource::Stdin => PasswordFor::OpeningWithStdinTaken,
        _ if stdin_taken => PasswordFor::OpeningWithStdinTaken,
        _ => PasswordFor::Opening,
    };
    let load = || keys::private_key_while(&KeyReference::parse(key)?, wanted, meanwhile);
    let key = load().map_err(|error| {
        let context = format!(
            "signing {}: getting keypair and token: getting signer: reading key: ",
            blob.name()
        );
        explain_keys::failure(&context, &error)
    })?;
    Ok(Arc::new(key))
}
