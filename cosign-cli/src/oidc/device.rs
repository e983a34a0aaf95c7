//! A login without a browser here: the person approves it in any browser, and the client asks until that is done.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use openidconnect::core::CoreTokenResponse;
use openidconnect::{Nonce, PkceCodeChallenge};
use serde::Deserialize;
use url::Url;

use super::browser::PKCE_VERIFIER_BYTES;
use super::client_secret::ClientSecret;
use super::id_token::{IdTokenError, verified};
use super::provider::{self, Provider, ProviderError};
use super::token::{IdentityToken, object};
use super::token_endpoint::{self, ErrorAnswer};
use crate::http::{Answer, ClosedWorld, HttpError};
use crate::patience;
use crate::ui::{Escaped, Progress, Step};

/// Between two questions where the provider names no time. Source: RFC 8628 §3.2.
const USUAL_INTERVAL: Duration = Duration::from_secs(5);
/// How much longer after each `slow_down`. Source: RFC 8628 §3.5.
const SLOWER: Duration = Duration::from_secs(5);
const SCOPE: &str = "openid email";

/// Lets a time pass.
pub type Pause = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Everything a login through another device needs to know.
#[derive(Clone)]
pub struct DeviceLogin {
    /// The provider, exactly as its tokens name it.
    pub issuer: String,
    /// The client id, and the audience that the token must have.
    pub client_id: String,
    /// The client's secret, if it is not a public client.
    pub client_secret: Option<ClientSecret>,
    /// A redirect address that some providers want to hear, although nothing is sent there.
    pub redirect_url: Option<String>,
    /// Whether it was chosen because no terminal is there; the user is told then.
    pub automatic: bool,
    /// Lets the time between two questions pass.
    pub pause: Pause,
}

impl fmt::Debug for DeviceLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceLogin")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret)
            .field("redirect_url", &self.redirect_url)
            .field("automatic", &self.automatic)
            .finish_non_exhaustive()
    }
}

/// The login failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The provider cannot be used.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The provider could not be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The provider does not know this flow.
    #[error("oidc: device authorization endpoint not returned by provider")]
    NoDeviceEndpoint,
    /// The provider names an endpoint that is none.
    #[error("the provider's endpoint {} is not a URL", Escaped(.0))]
    Endpoint(String),
    /// The provider has no token endpoint.
    #[error("the provider has no token endpoint")]
    NoTokenEndpoint,
    /// The provider began no login, or ended it with an error that the flow does not know.
    #[error("the provider refused the login: {}", Escaped(.reason))]
    Refused {
        /// The answer's status.
        status: u16,
        /// The OAuth error code with the provider's explanation, or that there is none.
        reason: String,
    },
    /// The provider's answer cannot be read.
    #[error("the provider's answer is not that of the device flow")]
    Answer,
    /// The person said no.
    #[error("the login was refused: access_denied")]
    Denied,
    /// Nobody approved the login in time.
    #[error("nobody approved the login in time: expired_token")]
    Expired,
    /// The identity token cannot be used.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
}

/// Source: RFC 8628 §3.2.
#[derive(Deserialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

/// Time as it passes.
pub fn system_pause() -> Pause {
    Arc::new(|length| Box::pin(crate::http::wait(length)))
}

/// Shows the user code, waits for the approval, and gives the verified identity token.
///
/// # Errors
/// [`DeviceError`].
///
/// Source: RFC 8628; the PKCE parameters are those of RFC 7636, which the flow allows.
pub(crate) async fn login(
    world: &ClosedWorld,
    login: &DeviceLogin,
    progress: &dyn Progress,
) -> Result<IdentityToken, DeviceError> {
    if login.automatic {
        progress.step(Step::NotInteractive);
    }
    let provider = provider::discover(world, &login.issuer).await?;
    let endpoint = provider::device_endpoint(&provider).ok_or(DeviceError::NoDeviceEndpoint)?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256_len(PKCE_VERIFIER_BYTES);
    let mut form = vec![
        ("client_id", login.client_id.as_str()),
        ("scope", SCOPE),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", challenge.method().as_str()),
    ];
    form.extend(
        login
            .redirect_url
            .as_deref()
            .map(|url| ("redirect_uri", url)),
    );
    let answer = post(world, login, endpoint, &form).await?;
    if answer.status != StatusCode::OK {
        return Err(refused(&answer));
    }
    let begun: Begun = object(&answer.body).ok_or(DeviceError::Answer)?;
    progress.step(Step::DeviceCode {
        user_code: begun.user_code.clone(),
        url: begun
            .verification_uri_complete
            .clone()
            .unwrap_or_else(|| begun.verification_uri.clone()),
        seconds: begun.expires_in,
    });
    let tokens = poll(world, login, &provider, &begun, verifier.secret()).await?;
    // The flow has no nonce: nothing comes back through a browser.
    let token = verified(&provider, &login.client_id, &tokens, |_: Option<&Nonce>| {
        Ok(())
    })?;
    progress.step(Step::TokenReceived);
    Ok(token)
}

/// Asks until somebody has decided, no faster than the provider wants, and no longer than the code lives.
async fn poll(
    world: &ClosedWorld,
    login: &DeviceLogin,
    provider: &Provider,
    begun: &Begun,
    verifier: &str,
) -> Result<CoreTokenResponse, DeviceError> {
    let endpoint = provider
        .token_endpoint()
        .ok_or(DeviceError::NoTokenEndpoint)?;
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", begun.device_code.as_str()),
        ("client_id", login.client_id.as_str()),
        ("scope", SCOPE),
        ("code_verifier", verifier),
    ];
    let lifetime = Duration::from_secs(begun.expires_in);
    patience::grant(lifetime);
    let mut interval = begun.interval.map_or(USUAL_INTERVAL, Duration::from_secs);
    let mut waited = Duration::ZERO;
    loop {
        let answer = post(world, login, endpoint.url().as_str(), &form).await?;
        if answer.status == StatusCode::OK {
            return object(&answer.body).ok_or(DeviceError::Answer);
        }
        let error = object::<ErrorAnswer>(&answer.body);
        match error.as_ref().map(|answer| answer.error.as_str()) {
            Some("authorization_pending") => {}
            Some("slow_down") => interval = interval.saturating_add(SLOWER),
            Some("access_denied") => return Err(DeviceError::Denied),
            Some("expired_token") => return Err(DeviceError::Expired),
            _ => return Err(refused(&answer)),
        }
        waited = waited.saturating_add(interval);
        if waited > lifetime {
            return Err(DeviceError::Expired);
        }
        (login.pause)(interval).await;
    }
}

fn refused(answer: &Answer) -> DeviceError {
    DeviceError::Refused {
        status: answer.status.as_u16(),
        reason: token_endpoint::refusal(answer),
    }
}

async fn post(
    world: &ClosedWorld,
    login: &DeviceLogin,
    endpoint: &str,
    form: &[(&str, &str)],
) -> Result<Answer, DeviceError> {
    let url = Url::parse(endpoint).map_err(|_| DeviceError::Endpoint(endpoint.to_owned()))?;
    let secret = login.client_secret.as_ref();
    Ok(token_endpoint::post(world, &login.client_id, secret, &url, form).await?)
}
