//! The authorization request: judged anew on every step, because the page that carries it belongs to the browser.

use crate::config::ProviderConfig;
use crate::params::Params;
use crate::pkce::Challenge;
use crate::problem::{ErrorCode, OAuthError};
use crate::redirect::{RedirectError, RedirectUri};

/// The parameters that travel through the login page.
const CARRIED: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

/// A sound authorization request. Source: RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: RedirectUri,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    /// Name and value of each parameter that the login page sends back.
    pub(crate) carried: Vec<(&'static str, String)>,
}

/// Why a request is refused, and who is told.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Client or redirect target do not hold, so the browser is sent nowhere: a page for the person.
    Page(PageError),
    /// The client is told, at its own redirect target.
    Client {
        redirect_uri: RedirectUri,
        state: Option<String>,
        error: OAuthError,
    },
}

/// What the person at the browser is told. Source: RFC 6749 §4.1.2.1 (must not redirect).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PageError {
    #[error("client_id is missing")]
    MissingClient,
    #[error("the client is not known here")]
    UnknownClient,
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    #[error("the login was not sent by the page on {own_origin}")]
    ForeignOrigin { own_origin: String },
    #[error(transparent)]
    Parameters(#[from] crate::params::ParamsError),
}

impl AuthorizationRequest {
    pub(crate) fn parse(params: &Params, config: &ProviderConfig) -> Result<Self, Refusal> {
        let client_id = params.get("client_id").ok_or(PageError::MissingClient)?;
        if !config.clients.contains(client_id) {
            return Err(PageError::UnknownClient.into());
        }
        let redirect_uri = params.get("redirect_uri").ok_or(RedirectError::Missing);
        let redirect_uri = redirect_uri
            .and_then(RedirectUri::parse)
            .map_err(PageError::from)?;
        // From here on the redirect target is good, and the client is told.
        let state = params.get("state").map(str::to_owned);
        match check(params) {
            Ok(challenge) => Ok(Self {
                client_id: client_id.to_owned(),
                redirect_uri,
                state,
                nonce: params.get("nonce").map(str::to_owned),
                challenge,
                carried: CARRIED
                    .iter()
                    .filter_map(|name| Some((*name, params.get(name)?.to_owned())))
                    .collect(),
            }),
            Err(error) => Err(Refusal::Client {
                redirect_uri,
                state,
                error,
            }),
        }
    }
}

fn check(params: &Params) -> Result<Option<Challenge>, OAuthError> {
    match params.get("response_type") {
        Some("code") => {}
        Some(_) => {
            return Err(OAuthError::new(
                ErrorCode::UnsupportedResponseType,
                "response_type must be code",
            ));
        }
        None => return Err(OAuthError::invalid_request("response_type is missing")),
    }
    if params
        .get("response_mode")
        .is_some_and(|mode| mode != "query")
    {
        return Err(OAuthError::invalid_request("response_mode must be query"));
    }
    let scopes = params.get("scope").unwrap_or_default();
    if !scopes.split(' ').any(|scope| scope == "openid") {
        return Err(OAuthError::new(
            ErrorCode::InvalidScope,
            "scope must contain openid",
        ));
    }
    Challenge::parse(
        params.get("code_challenge"),
        params.get("code_challenge_method"),
    )
    .map_err(|error| OAuthError::invalid_request(error.to_string()))
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}
