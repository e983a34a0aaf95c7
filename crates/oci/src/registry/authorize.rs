//! What a registry is shown, and what a token service is shown.

use http::{HeaderMap, HeaderValue, StatusCode};
use url::Url;

use super::Registry;
use crate::auth::{
    Challenge, Trust, basic, bearer, challenge, form_request, host_port, judge_realm, parse_token,
};
use crate::credentials::Credentials;
use crate::error::{Content, RegistryError};
use crate::foreign::Foreign;
use crate::reference::Repository;

const MAX_TOKEN_ANSWER: u64 = 256 * 1024;

impl Registry {
    /// What was accepted for these scopes before.
    pub(super) fn authorization(
        &self,
        repository: &Repository,
        scopes: &[String],
    ) -> Option<HeaderValue> {
        let key = key(repository, scopes);
        self.known().authorizations.get(&key).cloned()
    }

    /// Does what the registry asks for; nothing if that cannot be done.
    pub(super) async fn answer_challenge(
        &self,
        repository: &Repository,
        url: &Url,
        scopes: &[String],
        headers: &HeaderMap,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let key = key(repository, scopes);
        self.known().authorizations.remove(&key);
        let Some(challenge) = challenge(headers) else {
            return Ok(None);
        };
        let credentials = self.credentials.credentials(repository).await?;
        let value = match (challenge, credentials) {
            (_, Some(Credentials::RegistryToken(token))) => bearer(&token),
            (Challenge::Basic, Some(Credentials::Basic { username, password })) => {
                basic(&username, &password)
            }
            (Challenge::Basic, _) => None,
            (Challenge::Bearer { realm, service }, credentials) => {
                let trusted = self.trusted_realms(repository);
                let (realm, trust) = judge_realm(&realm, url, &trusted, self.options.plain_http)?;
                let shown = credentials.filter(|_| trust == Trust::Credentials);
                let withheld = match &shown {
                    None => self.note_withheld(repository, &realm).await?,
                    Some(_) => None,
                };
                let request = form_request(
                    realm,
                    service.as_deref(),
                    scopes,
                    shown.as_ref(),
                    self.options.deadline,
                );
                Some(self.token(request, withheld).await?)
            }
        };
        if let Some(value) = &value {
            self.known().authorizations.insert(key, value.clone());
        }
        Ok(value)
    }

    /// Remembers that there were credentials which a token service was not shown: a later refusal says so.
    async fn note_withheld(
        &self,
        repository: &Repository,
        realm: &Url,
    ) -> Result<Option<Foreign>, RegistryError> {
        if self.credentials.credentials(repository).await?.is_none() {
            return Ok(None);
        }
        let host = Foreign::new(&host_port(realm));
        self.known()
            .withheld
            .insert(repository.registry().to_owned(), host.clone());
        Ok(Some(host))
    }

    async fn token(
        &self,
        request: crate::transport::Request,
        withheld: Option<Foreign>,
    ) -> Result<HeaderValue, RegistryError> {
        let (method, url) = (request.method.clone(), request.url.clone());
        let response = self.transport.send(request).await?;
        if response.status != StatusCode::OK {
            return Err(super::answer::refusal(&method, &url, response, withheld).await);
        }
        let body = super::answer::read(response, MAX_TOKEN_ANSWER, Content::Token).await?;
        parse_token(&body)
    }
}

fn key(repository: &Repository, scopes: &[String]) -> (String, String) {
    (repository.registry().to_owned(), scopes.join(" "))
}
