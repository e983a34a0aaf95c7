//! A login in the browser: authorization code flow with PKCE (S256), state and nonce.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ConfigurationError, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl,
    RequestTokenError, Scope, TokenResponse as _,
};

use super::loopback::{Loopback, LoopbackError};
use super::provider::{self, ProviderError};
use super::token::{IdentityToken, TokenError};
use crate::http::{ClosedWorld, HttpError};
use crate::ui::{Escaped, Progress, Step};

/// How long a person gets to log in.
const PATIENCE: Duration = Duration::from_mins(2);
/// 64 characters of base64url, as other clients send.
const PKCE_VERIFIER_BYTES: u32 = 48;

/// The token's signature must be one that a public client can check.
const SIGNING_ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Opens an address in a browser, or says why it cannot.
pub type BrowserOpener = Arc<dyn Fn(&str) -> io::Result<()> + Send + Sync>;

/// Everything a login in the browser needs to know.
#[derive(Clone)]
pub struct BrowserLogin {
    /// The provider, exactly as its tokens name it.
    pub issuer: String,
    /// The client id, and the audience that the token must have.
    pub client_id: String,
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
    /// The answer holds no identity token.
    #[error("the provider returned no identity token")]
    NoIdToken,
    /// The identity token does not verify: signature, issuer, audience, time or nonce.
    #[error("the provider's identity token does not verify: {}", Escaped(.0))]
    IdToken(String),
    /// The access token is not the one the identity token was issued with.
    #[error("the access token does not belong to the identity token")]
    AccessToken,
    /// The identity token cannot be used for signing.
    #[error(transparent)]
    Token(#[from] TokenError),
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
    let client: Client =
        CoreClient::from_provider_metadata(provider, ClientId::new(login.client_id.clone()), None)
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
    verified_token(&client, &tokens, &nonce)
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

fn verified_token(
    client: &Client,
    tokens: &CoreTokenResponse,
    nonce: &Nonce,
) -> Result<IdentityToken, BrowserError> {
    let id_token = tokens.id_token().ok_or(BrowserError::NoIdToken)?;
    let invalid = |error: &dyn fmt::Display| BrowserError::IdToken(error.to_string());
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(SIGNING_ALGORITHMS);
    let claims = id_token
        .claims(&verifier, nonce)
        .map_err(|error| invalid(&error))?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().map_err(|error| invalid(&error))?;
        let key = id_token
            .signing_key(&verifier)
            .map_err(|error| invalid(&error))?;
        let found = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|error| invalid(&error))?;
        if found != *expected {
            return Err(BrowserError::AccessToken);
        }
    }
    Ok(IdentityToken::parse(&id_token.to_string())?)
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
