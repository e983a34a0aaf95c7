//! The order in which a signing command looks for its identity.

use std::io::IsTerminal as _;
use std::sync::Arc;

use sigbox_crypto::Clock;
use sigbox_wire::SigningConfig;

use crate::args::{AuthFlow, OidcArgs};
use crate::oidc::{
    BrowserLogin, ClientCredentials, ClientSecret, DeviceLogin, IdentitySource, SourceError,
    Surroundings, ambient, given_token, system_browser, system_pause,
};
use crate::prompt;
use crate::services::SelectedServices;
use crate::sign::SignError;

/// A given token, else one of the surroundings, else a login: here if there is a terminal, elsewhere if not.
pub(super) fn source(
    args: &OidcArgs,
    config: &SigningConfig,
    clock: &Clock,
) -> Result<IdentitySource, SignError> {
    if let Some(token) = given_token(args.identity_token.as_deref())? {
        return Ok(IdentitySource::Token(token));
    }
    if !args.oidc_disable_ambient_providers {
        let forced = args
            .oidc_provider
            .as_deref()
            .filter(|name| !name.is_empty());
        if let Some(identity) = ambient(forced, &Surroundings::of_process())? {
            return Ok(identity);
        }
    }
    let interactive = std::io::stdin().is_terminal();
    let here = match args.fulcio_auth_flow {
        Some(AuthFlow::Token) => return Err(SourceError::NoToken.into()),
        Some(AuthFlow::Normal) => true,
        Some(AuthFlow::Device | AuthFlow::ClientCredentials) => false,
        None => interactive,
    };
    let issuer = match args.oidc_issuer.clone().filter(|issuer| !issuer.is_empty()) {
        Some(issuer) => Some(issuer),
        None => SelectedServices::choose(config, clock())?.oidc_issuer,
    };
    let issuer = issuer.ok_or(SourceError::NoProvider)?;
    let client_id = args.oidc_client_id.clone();
    let client_secret = args.oidc_client_secret_file.as_deref();
    let client_secret = client_secret
        .map(ClientSecret::read)
        .transpose()
        .map_err(SourceError::from)?;
    let redirect_url = args.oidc_redirect_url.clone();
    if args.fulcio_auth_flow == Some(AuthFlow::ClientCredentials) {
        return Ok(IdentitySource::ClientCredentials(ClientCredentials {
            issuer,
            client_id,
            client_secret: client_secret.ok_or(SourceError::NoSecret)?,
            redirect_url,
        }));
    }
    Ok(if here {
        IdentitySource::Browser(BrowserLogin {
            issuer,
            client_id,
            client_secret,
            redirect_url,
            opener: system_browser(),
            code: Arc::new(prompt::verification_code),
        })
    } else {
        IdentitySource::Device(DeviceLogin {
            issuer,
            client_id,
            client_secret,
            redirect_url,
            automatic: args.fulcio_auth_flow.is_none(),
            pause: system_pause(),
        })
    })
}
