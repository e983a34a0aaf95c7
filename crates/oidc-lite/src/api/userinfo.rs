//! Who an access token speaks about.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderMap};
use serde::Serialize;
use sigbox_service_kit::respond::json_response;

use super::Endpoint;
use crate::problem::{ErrorCode, OAuthError, uncached};

/// Source: OpenID Connect Core §5.3.2.
#[derive(Serialize)]
struct UserInfo {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

/// `GET` and `POST /userinfo`.
pub(crate) async fn show(
    State(endpoint): State<Endpoint>,
    headers: HeaderMap,
) -> Result<Response, OAuthError> {
    let refused = |description: String| OAuthError::new(ErrorCode::InvalidToken, description);
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| refused("no bearer token".to_owned()))?;
    let claims = endpoint
        .provider
        .verify(endpoint.kind, token)
        .map_err(|error| refused(error.to_string()))?;
    let info = UserInfo {
        sub: claims.sub,
        email: claims.email,
        email_verified: claims.email_verified,
    };
    Ok(uncached(json_response(StatusCode::OK, &info)))
}
