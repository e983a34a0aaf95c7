//! Forms that a client sends to a provider itself, and the OAuth errors that come back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::client_secret::ClientSecret;
use super::provider::PROVIDER_DEADLINE;
use super::token::object;
use crate::http::{Answer, ClosedWorld, HttpError, Request};

/// Source: RFC 6749 §5.2.
#[derive(Deserialize)]
pub(super) struct ErrorAnswer {
    pub(super) error: String,
    #[serde(default)]
    pub(super) error_description: String,
}

/// Sends a form, with the client's credentials in the header if it has a secret.
///
/// # Errors
/// [`HttpError`] if there is no answer.
pub(super) async fn post(
    world: &ClosedWorld,
    client_id: &str,
    secret: Option<&ClientSecret>,
    url: &Url,
    form: &[(&str, &str)],
) -> Result<Answer, HttpError> {
    let mut headers = HeaderMap::new();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let credentials = secret.and_then(|secret| basic(client_id, secret));
    headers.extend(credentials.map(|value| (AUTHORIZATION, value)));
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
        .into_bytes();
    let request = Request {
        method: Method::POST,
        url,
        headers,
        body,
        deadline: PROVIDER_DEADLINE,
    };
    world.send(request).await
}

/// The credentials of a client with a secret. Source: RFC 6749 §2.3.1.
fn basic(client_id: &str, secret: &ClientSecret) -> Option<HeaderValue> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = format!("{}:{}", encode(client_id), encode(secret.as_str()));
    let mut value =
        HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(credentials))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The OAuth error of an answer with its explanation, or that there is none.
pub(super) fn refusal(answer: &Answer) -> String {
    match object::<ErrorAnswer>(&answer.body) {
        Some(answer) if answer.error_description.is_empty() => answer.error,
        Some(answer) => format!("{}: {}", answer.error, answer.error_description),
        None => format!("status {} without an OAuth error", answer.status.as_u16()),
    }
}
