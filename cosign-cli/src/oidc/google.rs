//! The identity of a workload on Google Cloud: its own service account, or one that it may act for.

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use super::github_actions::{AUDIENCE, AmbientError};
use super::provider::PROVIDER_DEADLINE;
use super::token::{IdentityToken, object};
use crate::http::{Answer, ClosedWorld, Request};

/// Where the metadata server is, unless `GCE_METADATA_HOST` says otherwise.
const METADATA_HOST: &str = "metadata.google.internal";
/// Where tokens of other accounts are made.
const IAM: &str = "https://iamcredentials.googleapis.com";

/// Where a workload gets its token.
#[derive(Clone, Debug)]
pub struct GoogleWorkload {
    metadata_host: String,
    /// The account to act for, and the service that makes its tokens.
    impersonated: Option<(String, String)>,
}

#[derive(Deserialize)]
struct AccessToken {
    access_token: String,
}

#[derive(Deserialize)]
struct IdToken {
    token: String,
}

impl GoogleWorkload {
    /// The workload's own service account, by the metadata server `metadata_host` (`GCE_METADATA_HOST`).
    pub fn own(metadata_host: Option<String>) -> Self {
        Self {
            metadata_host: metadata_host.unwrap_or_else(|| METADATA_HOST.to_owned()),
            impersonated: None,
        }
    }

    /// The service account `account` (`GOOGLE_SERVICE_ACCOUNT_NAME`), for which the workload's own may act.
    pub fn acting_for(self, account: String) -> Self {
        Self {
            impersonated: Some((account, IAM.to_owned())),
            ..self
        }
    }

    /// The same with another service, an `http` or `https` address, that makes the tokens of accounts.
    #[must_use]
    pub fn with_credentials_service(mut self, url: String) -> Self {
        self.impersonated = self.impersonated.map(|(account, _)| (account, url));
        self
    }

    /// Asks for a token; the metadata server, and for another account the credentials service, are added to the world.
    ///
    /// # Errors
    /// [`AmbientError`].
    ///
    /// Source: Google Cloud, "Get an ID token" and `projects.serviceAccounts.generateIdToken`.
    pub(super) async fn token(
        &self,
        world: &mut ClosedWorld,
    ) -> Result<IdentityToken, AmbientError> {
        let Some((account, service)) = &self.impersonated else {
            let query = format!("identity?audience={AUDIENCE}&format=full");
            let answer = self.metadata(world, &query).await?;
            let text = String::from_utf8(answer.body).map_err(|_| AmbientError::Answer)?;
            return Ok(IdentityToken::parse(&text)?);
        };
        let answer = self.metadata(world, "token").await?;
        let access: AccessToken = object(&answer.body).ok_or(AmbientError::Answer)?;
        let bearer = Zeroizing::new(format!("Bearer {}", access.access_token));
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| AmbientError::Answer)?;
        bearer.set_sensitive(true);
        let invalid = || AmbientError::Address("the credentials service's address");
        let mut url = Url::parse(service).map_err(|_| invalid())?;
        url.path_segments_mut()
            .map_err(|()| invalid())?
            .pop_if_empty()
            .extend(["v1", "projects", "-", "serviceAccounts"])
            .push(&format!("{account}:generateIdToken"));
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, bearer),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        let body = json!({"audience": AUDIENCE, "includeEmail": true}).to_string();
        let answer = ask(world, Method::POST, &url, headers, body.into_bytes()).await?;
        let answer: IdToken = object(&answer.body).ok_or(AmbientError::Answer)?;
        Ok(IdentityToken::parse(&answer.token)?)
    }

    /// What the metadata server says of the workload's own account.
    async fn metadata(&self, world: &mut ClosedWorld, what: &str) -> Result<Answer, AmbientError> {
        let account = "computeMetadata/v1/instance/service-accounts/default";
        let url = format!("http://{}/{account}/{what}", self.metadata_host);
        let url = Url::parse(&url).map_err(|_| AmbientError::Address("GCE_METADATA_HOST"))?;
        let mut headers = HeaderMap::new();
        headers.insert("metadata-flavor", HeaderValue::from_static("Google"));
        ask(world, Method::GET, &url, headers, Vec::new()).await
    }
}

async fn ask(
    world: &mut ClosedWorld,
    method: Method,
    url: &Url,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Result<Answer, AmbientError> {
    world.allow(url);
    let request = Request {
        method,
        url,
        headers,
        body,
        deadline: PROVIDER_DEADLINE,
    };
    let answer = world.send(request).await?;
    if answer.status == StatusCode::OK {
        return Ok(answer);
    }
    Err(AmbientError::Refused {
        status: answer.status.as_u16(),
    })
}
