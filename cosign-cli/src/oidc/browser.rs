//! A login in the browser: authorization code flow with PKCE (S256), state and nonce.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AuthorizationCode, ClientId, ConfigurationError, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, Nonce, PkceCodeChallenge, RedirectUrl, RequestTokenError, Scope,
};

use super::client_secret::ClientSecret;
use super::id_token::{IdTokenError, verified};
use super::loopback::{Loopback, LoopbackError};
use super::provider::{self, ProviderError};
use super::token::IdentityToken;
use crate::http::{ClosedWorld, HttpError};
use crate::ui::{Escaped, Progress, Step};

/// How long a person gets to log in.
const PATIENCE: Duration = Duration::from_mins(2);
/// 64 characters of base64url, as other clients send.
pub(super) const PKCE_VERIFIER_BYTES: u32 = 48;

/// Opens an address in a browser, or says why it cannot.
pub type BrowserOpener = Arc<dyn Fn(&str) -> io::Result<()> + Send + Sync>;

/// Everything a login in the browser needs to know.
#[derive(Clone)]
pub struct BrowserLogin {
    /// The provider, exactly as its tokens name it.
    pub issuer: String,
    /// The client id, and the audience that the token must have.
    pub client_id: String,
    /// The client's secret, if it is not a public client.
    pub client_secret: Option<ClientSecret>,
    /// Where the browser is sent back to; a free port on this machine if `None`.
    pub redirect_url: Option<String>,
    /// Opens the browser.
    pub opener: BrowserOpener,
}

impl fmt::Debug for BrowserLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserLogin")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret)
            .field("redirect_url", &self.redirect_url)
            .finish_non_exhaustive()
    }
}

/// The login failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrowserError {
    /// The provider cannot be used.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The browser did not come back with a login.
    #[error(transparent)]
    Loopback(#[from] LoopbackError),
    /// The provider could not be reached for the exchange.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The provider has no token endpoint.
    #[error("the provider has no token endpoint")]
    NoTokenEndpoint(#[source] ConfigurationError),
    /// The provider did not exchange the code for a token.
    #[error("the provider refused to exchange the code: {}", Escaped(.0))]
    Exchange(String),
    /// The identity token cannot be used.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
}

/// The system's own way of opening an address.
pub fn system_browser() -> BrowserOpener {
    Arc::new(|url| open::that_detached(url))
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Logs in and gives the verified identity token.
///
/// # Errors
/// [`BrowserError`]; nothing is retried, because each step needs a fresh code.
///
/// Source: RFC 6749 §4.1, RFC 7636, RFC 8252 §7.3, OpenID Connect Core 1.0 §3.1.
pub(crate) async fn login(
    world: &ClosedWorld,
    login: &BrowserLogin,
    progress: &dyn Progress,
) -> Result<IdentityToken, BrowserError> {
    let provider = provider::discover(world, &login.issuer).await?;
    let loopback = Loopback::bind(login.redirect_url.as_deref()).await?;
    let client_id = ClientId::new(login.client_id.clone());
    let client_secret = login.client_secret.as_ref();
    let client_secret =
        client_secret.map(|secret| openidconnect::ClientSecret::new(secret.as_str().to_owned()));
    let client: Client =
        CoreClient::from_provider_metadata(provider.clone(), client_id, client_secret)
            .set_redirect_uri(RedirectUrl::from_url(loopback.redirect().clone()));

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256_len(PKCE_VERIFIER_BYTES);
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("email".to_owned()))
        .add_extra_param("access_type", "online")
        .set_pkce_challenge(challenge)
        .url();
    show(login, url.as_str(), progress);
    let code = loopback.wait(state.secret(), PATIENCE).await?;

    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(BrowserError::NoTokenEndpoint)?
        .set_pkce_verifier(verifier)
        .request_async(&|request| provider::send(world, request))
        .await
        .map_err(exchange_error)?;
    Ok(verified(&provider, &login.client_id, &tokens, &nonce)?)
}

fn show(login: &BrowserLogin, url: &str, progress: &dyn Progress) {
    progress.step(Step::OpeningBrowser {
        url: url.to_owned(),
    });
    if let Err(error) = (login.opener)(url) {
        progress.step(Step::BrowserUnavailable {
            reason: error.to_string(),
            url: url.to_owned(),
        });
    }
}

fn exchange_error<T>(error: RequestTokenError<HttpError, T>) -> BrowserError
where
    T: openidconnect::ErrorResponse + fmt::Display,
{
    match error {
        RequestTokenError::Request(error) => BrowserError::Http(error),
        RequestTokenError::ServerResponse(answer) => BrowserError::Exchange(answer.to_string()),
        RequestTokenError::Parse(error, _) => BrowserError::Exchange(error.to_string()),
        RequestTokenError::Other(reason) => BrowserError::Exchange(reason),
    }
}
