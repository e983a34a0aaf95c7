//! The device flow, as the device sees it: it begins a login, and asks until the login is over.
//!
//! Source: RFC 8628.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::HeaderMap;
use serde::Serialize;
use sigbox_service_kit::respond::json_response;

use super::Endpoint;
use super::client::{authenticate, check_content_type};
use super::token::{check_verifier, invalid_grant};
use crate::device::{DeviceRequest, DeviceStoreError, Poll};
use crate::identity::Identity;
use crate::params::Params;
use crate::pkce::Challenge;
use crate::problem::{ErrorCode, OAuthError, uncached};
use crate::user_code::UserCode;

/// Two devices with one user code are one in many billions; more in a row are a broken source of randomness.
const USER_CODE_TRIES: usize = 4;

/// The successful answer. Source: RFC 8628 §3.2.
#[derive(Serialize)]
struct DeviceAuthorization {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: u64,
    interval: u64,
}

/// `POST /device/code`.
pub(crate) async fn begin(
    State(endpoint): State<Endpoint>,
    headers: HeaderMap,
    form: Bytes,
) -> Result<Response, OAuthError> {
    check_content_type(&headers)?;
    let params =
        Params::parse(&form).map_err(|error| OAuthError::invalid_request(error.to_string()))?;
    let client_id = authenticate(&endpoint, &headers, &params)?;
    let challenge = check(&params)?;
    let request = DeviceRequest {
        issuer: endpoint.kind,
        client_id,
        challenge,
    };
    let provider = &endpoint.provider;
    let device_code = provider.random_text().map_err(OAuthError::server)?;
    let user_code = keep(&endpoint, &device_code, &request)?.to_string();
    let verification_uri = format!("{}/device", provider.issuer(endpoint.kind));
    let answer = DeviceAuthorization {
        device_code,
        verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
        user_code,
        verification_uri,
        expires_in: provider.config().device_lifetime.as_secs(),
        interval: provider.config().device_interval.as_secs(),
    };
    Ok(uncached(json_response(StatusCode::OK, &answer)))
}

fn check(params: &Params) -> Result<Option<Challenge>, OAuthError> {
    let scopes = params.get("scope").unwrap_or_default();
    if !scopes.split(' ').any(|scope| scope == "openid") {
        return Err(OAuthError::new(
            ErrorCode::InvalidScope,
            "scope must contain openid",
        ));
    }
    // The flow does not need it, but clients send it: who overhears the device code has no token yet.
    Challenge::parse(
        params.get("code_challenge"),
        params.get("code_challenge_method"),
    )
    .map_err(|error| OAuthError::invalid_request(error.to_string()))
}

/// Finds a user code that is free, and keeps the request under it.
fn keep(
    endpoint: &Endpoint,
    device_code: &str,
    request: &DeviceRequest,
) -> Result<UserCode, OAuthError> {
    let provider = &endpoint.provider;
    let mut refused = DeviceStoreError::CodeInUse;
    for _ in 0..USER_CODE_TRIES {
        let user_code = provider.user_code().map_err(OAuthError::server)?;
        let now = provider.now();
        match provider
            .devices()
            .put(device_code, user_code.clone(), request.clone(), now)
        {
            Ok(()) => return Ok(user_code),
            Err(error) => refused = error,
        }
    }
    tracing::warn!(error = %refused, "device login refused");
    Err(OAuthError::new(
        ErrorCode::TemporarilyUnavailable,
        "too many devices are waiting",
    ))
}

/// Who has signed the device in, or what the device is told instead.
pub(super) fn redeem(
    endpoint: &Endpoint,
    client_id: &str,
    params: &Params,
) -> Result<Identity, OAuthError> {
    let device_code = params
        .get("device_code")
        .ok_or_else(|| OAuthError::invalid_request("device_code is missing"))?;
    let provider = &endpoint.provider;
    let poll = provider
        .devices()
        .poll(endpoint.kind, client_id, device_code, provider.now());
    let (code, description) = match poll {
        Poll::Approved {
            identity,
            challenge,
        } => {
            check_verifier(challenge.as_ref(), params.get("code_verifier"))?;
            return Ok(identity);
        }
        Poll::Unknown => return Err(invalid_grant("the device code is unknown or used")),
        Poll::Expired => (ErrorCode::ExpiredToken, "the device code has expired"),
        Poll::TooFast => (ErrorCode::SlowDown, "asked too soon: wait 5 s longer"),
        Poll::Pending => (ErrorCode::AuthorizationPending, "nobody has signed in yet"),
        Poll::Denied => (ErrorCode::AccessDenied, "the login was refused"),
    };
    Err(OAuthError::new(code, description))
}
