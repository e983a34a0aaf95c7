//! Answers: their bodies within limits, their refusals as errors.

use http::header::{CONTENT_LENGTH, LOCATION};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::Registry;
use super::call::{Call, retry_after};
use crate::error::{Content, FetchStatus, RedirectFault, RegistryError, RegistryMessage};
use crate::foreign::Foreign;
use crate::reference::Repository;
use crate::transport::{Response, shown};

const MAX_REFUSAL: u64 = 64 * 1024;
const MAX_MESSAGES: usize = 10;

/// The whole body; more than `limit` bytes are not read.
pub(super) async fn read(
    mut response: Response,
    limit: u64,
    what: Content,
) -> Result<Vec<u8>, RegistryError> {
    let too_large = |found| RegistryError::TooLarge { what, limit, found };
    if let Some(announced) = content_length(&response.headers)
        && announced > limit
    {
        return Err(too_large(announced));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.body.next().await? {
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(too_large(limit + 1));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The length that the answer announces.
pub(super) fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, &CONTENT_LENGTH)?.trim().parse().ok()
}

/// A header as text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[derive(Deserialize)]
struct Refusal {
    errors: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Message {
    code: String,
    message: String,
}

/// The error that an answer with an unexpected status is.
pub(super) async fn refusal(
    method: &Method,
    url: &Url,
    response: Response,
    withheld: Option<Foreign>,
) -> RegistryError {
    let status = response.status;
    if status.is_redirection() {
        let location = response.headers.get(LOCATION);
        let location = location.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        return RegistryError::Redirect {
            location: Foreign::new(&location.unwrap_or_default()),
            fault: RedirectFault::NotABlob,
        };
    }
    let asked = retry_after(&response.headers);
    let denied = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    // The status is the error; what the body says about it is a courtesy that may be missing.
    let body = read(response, MAX_REFUSAL, Content::Manifest)
        .await
        .unwrap_or_default();
    let errors = serde_json::from_slice::<Refusal>(&body).map_or_else(
        |_| Vec::new(),
        |refusal| {
            let messages = refusal.errors.into_iter().take(MAX_MESSAGES);
            let kept = messages.map(|message| RegistryMessage {
                code: Foreign::new(&message.code),
                message: Foreign::new(&message.message),
            });
            kept.collect()
        },
    );
    Box::new(FetchStatus {
        method: method.clone(),
        url: shown(url),
        status,
        errors,
        retry_after: asked,
        withheld: withheld.filter(|_| denied),
    })
    .into()
}

impl Registry {
    /// The answer, if it has one of these statuses.
    pub(super) async fn expect(
        &self,
        repository: &Repository,
        call: &Call,
        response: Response,
        statuses: &[StatusCode],
    ) -> Result<Response, RegistryError> {
        if statuses.contains(&response.status) {
            return Ok(response);
        }
        let withheld = self.known().withheld.get(repository.registry()).cloned();
        Err(refusal(&call.method, &call.url, response, withheld).await)
    }
}
