//! The identity of a GitHub Actions job, or of a job of a forge that speaks the same way.

use std::fmt;

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::provider::PROVIDER_DEADLINE;
use super::token::{IdentityToken, TokenError, object};
use crate::http::{ClosedWorld, HttpError, Request};

/// Ambient tokens are always made for this audience.
pub(super) const AUDIENCE: &str = "sigstore";
/// The token service answers 500 now and then.
const TRIES: usize = 3;

/// Where a job gets its token, and with what.
#[derive(Clone)]
pub struct GithubActions {
    url: String,
    request_token: Zeroizing<String>,
}

/// A job's token could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AmbientError {
    /// The variable that says where to ask is not an address.
    #[error("fetching ambient OIDC credentials: {0} is not a URL")]
    Address(&'static str),
    /// The variable that holds the credentials cannot be sent.
    #[error("fetching ambient OIDC credentials: {0} holds other characters than a header may")]
    Credentials(&'static str),
    /// The service could not be reached.
    #[error("fetching ambient OIDC credentials")]
    Http(#[from] HttpError),
    /// The service gave no token.
    #[error("fetching ambient OIDC credentials: the token service answered {status}")]
    Refused {
        /// The answer's status.
        status: u16,
    },
    /// The answer holds no token.
    #[error("fetching ambient OIDC credentials: the token service's answer holds no token")]
    Answer,
    /// The token cannot be used.
    #[error("the token of the ambient provider cannot be used")]
    Token(#[from] TokenError),
}

#[derive(Deserialize)]
struct TokenAnswer {
    value: String,
}

impl GithubActions {
    /// A job that gets its token at `url` (`ACTIONS_ID_TOKEN_REQUEST_URL`) with `request_token`
    /// (`ACTIONS_ID_TOKEN_REQUEST_TOKEN`).
    pub fn new(url: String, request_token: String) -> Self {
        Self {
            url,
            request_token: Zeroizing::new(request_token),
        }
    }

    /// Asks for a token; the job's own service is the only host that is added to the world.
    ///
    /// # Errors
    /// [`AmbientError`].
    ///
    /// Source: GitHub, "OpenID Connect reference", methods for requesting the OIDC token.
    pub(super) async fn token(
        &self,
        world: &mut ClosedWorld,
    ) -> Result<IdentityToken, AmbientError> {
        let mut url = Url::parse(&self.url)
            .map_err(|_| AmbientError::Address("ACTIONS_ID_TOKEN_REQUEST_URL"))?;
        url.query_pairs_mut().append_pair("audience", AUDIENCE);
        world.allow(&url);
        let bearer = Zeroizing::new(format!("bearer {}", *self.request_token));
        let mut bearer = HeaderValue::from_str(&bearer)
            .map_err(|_| AmbientError::Credentials("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))?;
        bearer.set_sensitive(true);
        let mut outcome = Err(AmbientError::Answer);
        for _ in 0..TRIES {
            let request = Request {
                method: Method::GET,
                url: &url,
                headers: HeaderMap::from_iter([(AUTHORIZATION, bearer.clone())]),
                body: Vec::new(),
                deadline: PROVIDER_DEADLINE,
            };
            outcome = match world.send(request).await {
                Ok(answer) if answer.status == StatusCode::OK => {
                    let answer: TokenAnswer = object(&answer.body).ok_or(AmbientError::Answer)?;
                    return Ok(IdentityToken::parse(&answer.value)?);
                }
                Ok(answer) => Err(AmbientError::Refused {
                    status: answer.status.as_u16(),
                }),
                Err(error) => Err(error.into()),
            };
        }
        outcome
    }
}

impl fmt::Debug for GithubActions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubActions")
            .field("url", &self.url)
            .field("request_token", &"[redacted]")
            .finish()
    }
}
