//! Who asks: the form of a request and the client that sends it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use url::form_urlencoded;

use super::Endpoint;
use crate::params::Params;
use crate::problem::{ErrorCode, OAuthError};

pub(super) fn check_content_type(headers: &HeaderMap) -> Result<(), OAuthError> {
    let sent = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if sent
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        Ok(())
    } else {
        Err(OAuthError::invalid_request(
            "content type must be application/x-www-form-urlencoded",
        ))
    }
}

/// The public client that asks: named in the form or, with an empty secret, by HTTP Basic, as some clients do.
///
/// Source: RFC 6749 §2.3.1 and §5.2.
pub(super) fn authenticate(
    endpoint: &Endpoint,
    headers: &HeaderMap,
    params: &Params,
) -> Result<String, OAuthError> {
    let refused = |description| OAuthError::new(ErrorCode::InvalidClient, description);
    let in_form = params.get("client_id").map(str::to_owned);
    let client_id = match (basic_client(headers)?, in_form) {
        (Some(header), Some(form)) if header != form => {
            return Err(OAuthError::invalid_request(
                "client_id differs from that of the Authorization header",
            ));
        }
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => return Err(refused("client_id is missing")),
    };
    if params.get("client_secret").is_some() {
        return Err(refused("a public client has no secret"));
    }
    if endpoint.provider.config().clients.contains(&client_id) {
        Ok(client_id)
    } else {
        Err(refused("the client is not known here"))
    }
}

fn basic_client(headers: &HeaderMap) -> Result<Option<String>, OAuthError> {
    let refused = |description| OAuthError::new(ErrorCode::InvalidClient, description);
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let credentials = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok())
        .and_then(|decoded| String::from_utf8(decoded).ok())
        .ok_or_else(|| refused("the Authorization header is not HTTP Basic"))?;
    match credentials.split_once(':') {
        // The name is form-encoded within; one pair without `=` decodes to itself.
        Some((client, "")) => Ok(form_urlencoded::parse(client.as_bytes())
            .next()
            .map(|(name, _)| name.into_owned())),
        Some(_) => Err(refused("a public client has no secret")),
        None => Err(refused("the Authorization header is not HTTP Basic")),
    }
}
