//! Asking a token service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::RegistryError;
use crate::transport::{Body, Deadline, Reason, Request};

/// `Authorization: Basic`.
pub(crate) fn basic(username: &str, password: &str) -> Option<HeaderValue> {
    let pair = Zeroizing::new(format!("{username}:{password}"));
    let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    sensitive(&text)
}

/// `Authorization: Bearer`.
pub(crate) fn bearer(token: &str) -> Option<HeaderValue> {
    sensitive(&Zeroizing::new(format!("Bearer {token}")))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The request for a token: `GET` with or without a password, `POST` with an identity token.
///
/// Source: Docker registry token authentication; Docker registry OAuth2 token authentication.
pub(crate) fn form_request(
    realm: Url,
    service: Option<&str>,
    scopes: &[String],
    credentials: Option<&Credentials>,
    deadline: Deadline,
) -> Request {
    let mut request = Request {
        method: Method::GET,
        url: realm,
        headers: HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]),
        body: Body::Empty,
        reason: Reason::TokenRealm,
        deadline,
    };
    if let Some(Credentials::IdentityToken(token)) = credentials {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token")
            .append_pair("client_id", "sigbox")
            .append_pair("refresh_token", token)
            .append_pair("scope", &scopes.join(" "));
        if let Some(service) = service {
            form.append_pair("service", service);
        }
        request.method = Method::POST;
        request.headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        request.body = Body::Bytes(Bytes::from(form.finish()));
        return request;
    }
    let mut query = request.url.query_pairs_mut();
    if let Some(service) = service {
        query.append_pair("service", service);
    }
    for scope in scopes {
        query.append_pair("scope", scope);
    }
    drop(query);
    if let Some(Credentials::Basic { username, password }) = credentials
        && let Some(value) = basic(username, password)
    {
        request.headers.insert(AUTHORIZATION, value);
    }
    request
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

/// The header that the token is shown with.
pub(crate) fn parse_token(body: &[u8]) -> Result<HeaderValue, RegistryError> {
    let refused = |source| RegistryError::Answer {
        what: "token",
        source,
    };
    let answer: TokenAnswer = serde_json::from_slice(body).map_err(refused)?;
    let token = answer
        .token
        .filter(|token| !token.is_empty())
        .or(answer.access_token)
        .map(Zeroizing::new);
    token
        .as_deref()
        .and_then(|token| bearer(token))
        .ok_or_else(|| refused(serde::de::Error::custom("there is no usable token in it")))
}
