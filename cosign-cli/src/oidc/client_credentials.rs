//! The identity of the client itself, for services that have a secret with their provider and no person.

use http::StatusCode;
use openidconnect::Nonce;
use openidconnect::core::CoreTokenResponse;

use super::client_secret::ClientSecret;
use super::id_token::{IdTokenError, verified};
use super::provider::{self, ProviderError};
use super::token::{IdentityToken, object};
use super::token_endpoint;
use crate::http::{ClosedWorld, HttpError};
use crate::ui::{Escaped, Progress, Step};

/// Everything that such a login needs to know.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The provider, exactly as its tokens name it.
    pub issuer: String,
    /// The client id, and the audience that the token must have.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: ClientSecret,
    /// A redirect address that some providers want to hear, although nothing is sent there.
    pub redirect_url: Option<String>,
}

/// The provider gave the client no identity token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientCredentialsError {
    /// The provider cannot be used.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The provider could not be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The provider has no token endpoint.
    #[error("the provider has no token endpoint")]
    NoTokenEndpoint,
    /// The provider refused the client.
    #[error("the provider refused the client's credentials: {}", Escaped(.reason))]
    Refused {
        /// The answer's status.
        status: u16,
        /// The OAuth error code with the provider's explanation, or that there is none.
        reason: String,
    },
    /// The provider's answer cannot be read.
    #[error("the provider's answer is not that of a token endpoint")]
    Answer,
    /// The identity token cannot be used.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
}

/// Shows the client's secret and gives the verified identity token.
///
/// # Errors
/// [`ClientCredentialsError`].
///
/// Source: RFC 6749 §4.4; that an identity token comes back is a habit of providers, not of the RFC.
pub(crate) async fn login(
    world: &ClosedWorld,
    login: &ClientCredentials,
    progress: &dyn Progress,
) -> Result<IdentityToken, ClientCredentialsError> {
    let provider = provider::discover_without_pkce(world, &login.issuer).await?;
    let endpoint = provider
        .token_endpoint()
        .ok_or(ClientCredentialsError::NoTokenEndpoint)?;
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", login.client_id.as_str()),
        ("scope", "openid email"),
    ];
    let redirect = login.redirect_url.as_deref();
    form.extend(redirect.map(|url| ("redirect_uri", url)));
    let secret = Some(&login.client_secret);
    let answer =
        token_endpoint::post(world, &login.client_id, secret, endpoint.url(), &form).await?;
    if answer.status != StatusCode::OK {
        return Err(ClientCredentialsError::Refused {
            status: answer.status.as_u16(),
            reason: token_endpoint::refusal(&answer),
        });
    }
    let tokens: CoreTokenResponse = object(&answer.body).ok_or(ClientCredentialsError::Answer)?;
    let token = verified(&provider, &login.client_id, &tokens, |_: Option<&Nonce>| {
        Ok(())
    })?;
    progress.step(Step::TokenReceived);
    Ok(token)
}
