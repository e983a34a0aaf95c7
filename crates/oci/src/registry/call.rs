//! One operation: sent, authorized, repeated where that may help.

use std::time::Duration;

use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use url::Url;

use super::Registry;
use crate::error::RegistryError;
use crate::reference::Repository;
use crate::transport::{Body, Deadline, Reason, Request, Response};

/// A registry may ask for a pause, but not for one that looks like a hang.
const MAX_PAUSE: Duration = Duration::from_secs(10);
const REPETITIONS: u32 = 2;

/// What an operation needs to be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Pull,
    Push,
    Delete,
}

impl Access {
    /// The actions in the scope of a token.
    fn actions(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "pull,push",
            Self::Delete => "delete,pull",
        }
    }
}

/// A request to a registry, without credentials.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) access: Access,
    /// Another repository that is read from.
    pub(super) from: Option<Repository>,
    pub(super) deadline: Deadline,
}

impl Call {
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        // A value that is no header value came from a registry: it is of no use to it then.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(super) fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// The scopes of the token, the repository's own first.
    pub(super) fn scopes(&self, repository: &Repository) -> Vec<String> {
        let own = format!("repository:{}:{}", repository.name(), self.access.actions());
        let from = self
            .from
            .as_ref()
            .map(|from| format!("repository:{}:pull", from.name()));
        std::iter::once(own).chain(from).collect()
    }
}

impl Registry {
    /// A call of `path` below the repository; the path is made of parsed names only.
    pub(super) async fn prepare(
        &self,
        repository: &Repository,
        method: Method,
        path: &str,
        access: Access,
    ) -> Result<Call, RegistryError> {
        let mut url = self.base(repository).await?;
        url.set_path(&format!("/v2/{}/{path}", repository.name()));
        Ok(Call {
            method,
            url,
            headers: HeaderMap::new(),
            body: Body::Empty,
            access,
            from: None,
            deadline: self.options.deadline,
        })
    }

    /// Sends a call; the answer's status is the caller's to judge.
    pub(super) async fn call(
        &self,
        repository: &Repository,
        call: &Call,
    ) -> Result<Response, RegistryError> {
        let mut pause = self.options.backoff;
        for _ in 0..REPETITIONS {
            let response = self.authorized(repository, call).await?;
            if !may_repeat(&call.method, response.status) {
                return Ok(response);
            }
            let asked = retry_after(&response.headers);
            if asked.is_some_and(|asked| asked > MAX_PAUSE) {
                return Ok(response);
            }
            drop(response);
            self.transport.pause(asked.unwrap_or(pause)).await;
            pause *= 2;
        }
        self.authorized(repository, call).await
    }

    /// Sends a call with what is known to be needed, and once more if the registry asks for something else.
    async fn authorized(
        &self,
        repository: &Repository,
        call: &Call,
    ) -> Result<Response, RegistryError> {
        let scopes = call.scopes(repository);
        let before = self.authorization(repository, &scopes);
        let response = self.transport.send(request(call, before)).await?;
        if response.status != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        match self
            .answer_challenge(repository, &call.url, &scopes, &response.headers)
            .await?
        {
            Some(value) => {
                drop(response);
                Ok(self.transport.send(request(call, Some(value))).await?)
            }
            None => Ok(response),
        }
    }
}

fn request(call: &Call, authorization: Option<HeaderValue>) -> Request {
    let mut headers = call.headers.clone();
    if let Some(value) = authorization {
        headers.insert(AUTHORIZATION, value);
    }
    Request {
        method: call.method.clone(),
        url: call.url.clone(),
        headers,
        body: call.body.clone(),
        reason: Reason::Registry,
        deadline: call.deadline,
    }
}

/// Too many requests were not even looked at; of failures, only reading is repeated.
fn may_repeat(method: &Method, status: StatusCode) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let down = matches!(
        status,
        StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    );
    status == StatusCode::TOO_MANY_REQUESTS || reads && down
}

/// `Retry-After` in seconds; a date is not read.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
