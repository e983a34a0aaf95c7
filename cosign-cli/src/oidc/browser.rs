//! A login in the browser: authorization code flow with PKCE (S256), state and nonce.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AuthorizationCode, ClientId, ConfigurationError, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
};

use super::client_secret::ClientSecret;
use super::id_token::{IdTokenError, verified};
use super::loopback::{Loopback, LoopbackError};
use super::provider::{self, Provider, ProviderError};
use super::token::IdentityToken;
use crate::http::{ClosedWorld, HttpError};
use crate::ui::{Escaped, Progress, Step, io_reason};

/// How long a person gets to log in.
const PATIENCE: Duration = Duration::from_mins(2);
/// Where the provider shows the code instead of sending the browser anywhere.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
/// 64 characters of base64url, as other clients send.
pub(super) const PKCE_VERIFIER_BYTES: u32 = 48;

/// Opens an address in a browser, or says why it cannot.
pub type BrowserOpener = Arc<dyn Fn(&str) -> io::Result<()> + Send + Sync>;

/// Asks the person for the code that the provider has shown.
pub type CodeReader = Arc<dyn Fn() -> io::Result<String> + Send + Sync>;

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
    /// Asks for the code, if no browser can be opened here.
    pub code: CodeReader,
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
    /// The code that the provider has shown cannot be read.
    #[error("reading the verification code: {}", io_reason(.0))]
    Code(#[source] io::Error),
    /// Nothing was entered.
    #[error("no verification code was entered")]
    NoCode,
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
    let redirect = RedirectUrl::from_url(loopback.redirect().clone());
    let asked = Asked::new(&provider, login, redirect);
    progress.step(Step::OpeningBrowser {
        url: asked.url.clone(),
    });
    if let Err(error) = (login.opener)(&asked.url) {
        drop(loopback);
        let reason = launch_reason(&error);
        return out_of_band(world, &provider, login, progress, reason).await;
    }
    let arrival = loopback.wait(asked.state.secret(), PATIENCE).await?;
    let code = arrival.code.clone();
    let outcome = asked.exchange(world, &provider, login, code).await;
    arrival.show(outcome.is_ok()).await;
    outcome
}

/// The same without a browser here: the person opens the address anywhere, and brings the code that is shown there.
///
/// Source: Google, "OAuth 2.0 for Mobile & Desktop Apps", manual copy and paste, as other clients still speak it.
async fn out_of_band(
    world: &ClosedWorld,
    provider: &Provider,
    login: &BrowserLogin,
    progress: &dyn Progress,
    reason: String,
) -> Result<IdentityToken, BrowserError> {
    let invalid = |_| LoopbackError::Address(OUT_OF_BAND.to_owned());
    let redirect = RedirectUrl::new(OUT_OF_BAND.to_owned()).map_err(invalid)?;
    let asked = Asked::new(provider, login, redirect);
    progress.step(Step::BrowserUnavailable {
        reason,
        url: asked.url.clone(),
    });
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let read = Arc::clone(&login.code);
    // A thread of its own: a person's time must not keep the deadline from coming.
    std::thread::spawn(move || drop(sender.send(read())));
    let code = receiver.await.map_err(|_| BrowserError::NoCode)?;
    let code = code.map_err(BrowserError::Code)?;
    let code = code.trim();
    if code.is_empty() {
        return Err(BrowserError::NoCode);
    }
    asked
        .exchange(world, provider, login, code.to_owned())
        .await
}

/// One question to the provider, and what its answer must fit to.
struct Asked {
    client: Client,
    url: String,
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl Asked {
    fn new(provider: &Provider, login: &BrowserLogin, redirect: RedirectUrl) -> Self {
        let secret = login.client_secret.as_ref();
        let secret =
            secret.map(|secret| openidconnect::ClientSecret::new(secret.as_str().to_owned()));
        let client_id = ClientId::new(login.client_id.clone());
        let client: Client =
            CoreClient::from_provider_metadata(provider.clone(), client_id, secret)
                .set_redirect_uri(redirect);
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
        Self {
            client,
            url: url.into(),
            state,
            nonce,
            verifier,
        }
    }

    /// Changes the code for the verified identity token.
    async fn exchange(
        self,
        world: &ClosedWorld,
        provider: &Provider,
        login: &BrowserLogin,
        code: String,
    ) -> Result<IdentityToken, BrowserError> {
        let tokens = self
            .client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(BrowserError::NoTokenEndpoint)?
            .set_pkce_verifier(self.verifier)
            .request_async(&|request| provider::send(world, request))
            .await
            .map_err(exchange_error)?;
        Ok(verified(provider, &login.client_id, &tokens, &self.nonce)?)
    }
}

/// Without a desktop there is none of the programs that are tried, and the system's words name no file.
fn launch_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            "no program that opens addresses is installed here (such as xdg-open)".to_owned()
        }
        _ => error.to_string(),
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

#[cfg(test)]
mod tests {
    use super::{io, launch_reason};

    #[test]
    fn what_keeps_a_browser_away_is_readable() {
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(
            launch_reason(&missing),
            "no program that opens addresses is installed here (such as xdg-open)"
        );
        assert_eq!(launch_reason(&io::Error::other("busy")), "busy");
    }
}
