//! The token request: a code and its proof, or a device's code, against tokens.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::HeaderMap;
use serde::Serialize;
use sigbox_service_kit::respond::json_response;

use super::client::{authenticate, check_content_type};
use super::{Endpoint, device};
use crate::code::Grant;
use crate::params::Params;
use crate::pkce::Challenge;
use crate::problem::{ErrorCode, OAuthError, uncached};
use crate::redirect::RedirectUri;

/// Source: RFC 6749 §4.1.3.
pub(crate) const AUTHORIZATION_CODE: &str = "authorization_code";
/// Source: RFC 8628 §3.4.
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

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
    let (identity, nonce) = match params.get("grant_type") {
        Some(AUTHORIZATION_CODE) => {
            let grant = redeem(&endpoint, &params)?;
            check_binding(&grant, &client_id, &params)?;
            (grant.identity, grant.nonce)
        }
        Some(DEVICE_CODE) => (device::redeem(&endpoint, &client_id, &params)?, None),
        Some(_) => {
            return Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                format!("grant_type must be {AUTHORIZATION_CODE} or {DEVICE_CODE}"),
            ));
        }
        None => return Err(OAuthError::invalid_request("grant_type is missing")),
    };
    let pair = endpoint
        .provider
        .issue(&identity, &client_id, nonce)
        .map_err(OAuthError::server)?;
    let tokens = Tokens {
        access_token: pair.access_token,
        token_type: "bearer",
        expires_in: pair.lifetime.as_secs(),
        id_token: pair.id_token,
    };
    Ok(uncached(json_response(StatusCode::OK, &tokens)))
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

pub(super) fn check_verifier(
    challenge: Option<&Challenge>,
    verifier: Option<&str>,
) -> Result<(), OAuthError> {
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

pub(super) fn invalid_grant(description: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, description)
}
