//! The identity of a Buildkite job.

use std::fmt;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::github_actions::{AUDIENCE, AmbientError};
use super::provider::PROVIDER_DEADLINE;
use super::token::{IdentityToken, object};
use crate::http::{ClosedWorld, Request};

/// Where the agents of Buildkite itself ask, unless the agent says otherwise.
const USUAL_ENDPOINT: &str = "https://agent.buildkite.com/v3";

/// Where a job gets its token, and with what.
#[derive(Clone)]
pub struct Buildkite {
    endpoint: String,
    job: String,
    access_token: Zeroizing<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: String,
}

impl Buildkite {
    /// The job `job` (`BUILDKITE_JOB_ID`), with the agent's token (`BUILDKITE_AGENT_ACCESS_TOKEN`) and endpoint
    /// (`BUILDKITE_AGENT_ENDPOINT`).
    pub fn new(endpoint: Option<String>, job: String, access_token: String) -> Self {
        Self {
            endpoint: endpoint.unwrap_or_else(|| USUAL_ENDPOINT.to_owned()),
            job,
            access_token: Zeroizing::new(access_token),
        }
    }

    /// Asks for a token; the agent's endpoint is the only host that is added to the world.
    ///
    /// # Errors
    /// [`AmbientError`].
    ///
    /// Source: buildkite/agent `api/oidc.go`.
    pub(super) async fn token(
        &self,
        world: &mut ClosedWorld,
    ) -> Result<IdentityToken, AmbientError> {
        let invalid = || AmbientError::Address("BUILDKITE_AGENT_ENDPOINT");
        let mut url = Url::parse(&self.endpoint).map_err(|_| invalid())?;
        url.path_segments_mut()
            .map_err(|()| invalid())?
            .pop_if_empty()
            .extend(["jobs", &self.job, "oidc", "tokens"]);
        world.allow(&url);
        let credentials = Zeroizing::new(format!("Token {}", *self.access_token));
        let mut credentials = HeaderValue::from_str(&credentials)
            .map_err(|_| AmbientError::Credentials("BUILDKITE_AGENT_ACCESS_TOKEN"))?;
        credentials.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        let request = Request {
            method: Method::POST,
            url: &url,
            headers: HeaderMap::from_iter([
                (AUTHORIZATION, credentials),
                (CONTENT_TYPE, json.clone()),
                (ACCEPT, json),
            ]),
            body: format!("{{\"audience\":\"{AUDIENCE}\"}}").into_bytes(),
            deadline: PROVIDER_DEADLINE,
        };
        let answer = world.send(request).await?;
        if answer.status != StatusCode::OK {
            return Err(AmbientError::Refused {
                status: answer.status.as_u16(),
            });
        }
        let answer: TokenAnswer = object(&answer.body).ok_or(AmbientError::Answer)?;
        Ok(IdentityToken::parse(&answer.token)?)
    }
}

impl fmt::Debug for Buildkite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buildkite")
            .field("endpoint", &self.endpoint)
            .field("job", &self.job)
            .field("access_token", &"[redacted]")
            .finish()
    }
}
