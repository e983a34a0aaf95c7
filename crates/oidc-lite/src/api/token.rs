//! The token request: a code and its proof against tokens.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde::Serialize;
use sigbox_service_kit::respond::json_response;
use url::form_urlencoded;

use super::Endpoint;
use crate::code::Grant;
use crate::params::Params;
use crate::pkce::Challenge;
use crate::problem::{ErrorCode, OAuthError, uncached};
use crate::redirect::RedirectUri;

/// The successful answer. Source: RFC 6749 §5.1, OpenID Connect Core §3.1.3.3.
#[derive(Serialize)]
struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    id_token: String,
}

/// `POST /token`.
pub(crate) async fn exchange(
    State(endpoint): State<Endpoint>,
    headers: HeaderMap,
    form: Bytes,
) -> Result<Response, OAuthError> {
    check_content_type(&headers)?;
    let params =
        Params::parse(&form).map_err(|error| OAuthError::invalid_request(error.to_string()))?;
    let client_id = authenticate(&endpoint, &headers, &params)?;
    match params.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => {
            return Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                "grant_type must be authorization_code",
            ));
        }
        None => return Err(OAuthError::invalid_request("grant_type is missing")),
    }
    let grant = redeem(&endpoint, &params)?;
    check_binding(&grant, &client_id, &params)?;
    let pair = endpoint
        .provider
        .issue(&grant.identity, &client_id, grant.nonce)
        .map_err(OAuthError::server)?;
    let tokens = Tokens {
        access_token: pair.access_token,
        token_type: "bearer",
        expires_in: pair.lifetime.as_secs(),
        id_token: pair.id_token,
    };
    Ok(uncached(json_response(StatusCode::OK, &tokens)))
}

fn check_content_type(headers: &HeaderMap) -> Result<(), OAuthError> {
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
fn authenticate(
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

/// Takes the code out of the store: it is spent from here on, whatever else is wrong with the request.
fn redeem(endpoint: &Endpoint, params: &Params) -> Result<Grant, OAuthError> {
    let code = params
        .get("code")
        .ok_or_else(|| OAuthError::invalid_request("code is missing"))?;
    let provider = &endpoint.provider;
    provider
        .codes()
        .take(code, provider.now())
        .filter(|grant| grant.identity.issuer() == endpoint.kind)
        .ok_or_else(|| invalid_grant("the code is unknown, used or expired"))
}

/// The code works only for the client, redirect target and verifier that it was made for.
///
/// Source: RFC 6749 §4.1.3; RFC 7636 §4.6; RFC 9700 §4.8.2 (a verifier without a challenge is a downgrade).
fn check_binding(grant: &Grant, client_id: &str, params: &Params) -> Result<(), OAuthError> {
    if grant.client_id != client_id {
        return Err(invalid_grant("the code was made for another client"));
    }
    let redirect_uri = params
        .get("redirect_uri")
        .ok_or_else(|| OAuthError::invalid_request("redirect_uri is missing"))?;
    if RedirectUri::parse(redirect_uri).as_ref() != Ok(&grant.redirect_uri) {
        return Err(invalid_grant("the code was made for another redirect_uri"));
    }
    check_verifier(grant.challenge.as_ref(), params.get("code_verifier"))
}

fn check_verifier(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), OAuthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if challenge.matches(verifier) => Ok(()),
        (Some(_), Some(_)) => Err(invalid_grant("code_verifier does not match")),
        (Some(_), None) => Err(invalid_grant("code_verifier is missing")),
        (None, Some(_)) => Err(invalid_grant(
            "code_verifier was sent, but the login had no code_challenge",
        )),
    }
}

fn invalid_grant(description: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, description)
}
