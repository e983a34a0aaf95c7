//! What clients read before they begin: the discovery document and the keys.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;
use sigbox_service_kit::respond::{json_response, raw_json, with_header};

use super::Endpoint;
use super::token::{AUTHORIZATION_CODE, DEVICE_CODE};

/// Short, so that a stack made anew on the same port is believed soon; the key outlives its tokens by far.
const BRIEFLY: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// The provider metadata. Source: OpenID Connect Discovery §3, RFC 8414 §2, RFC 8628 §4.
///
/// `code_challenge_methods_supported` is what Go clients refuse to go on without.
#[derive(Serialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: String,
    device_authorization_endpoint: String,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 2],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    code_challenge_methods_supported: [&'static str; 1],
    scopes_supported: [&'static str; 3],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    claims_supported: Vec<&'static str>,
}

pub(crate) async fn discovery(State(endpoint): State<Endpoint>) -> Response {
    // Built from the configuration alone: no header of a request may steer where tokens are fetched.
    let issuer = endpoint.provider.issuer(endpoint.kind);
    let metadata = Metadata {
        authorization_endpoint: format!("{issuer}/auth"),
        token_endpoint: format!("{issuer}/token"),
        jwks_uri: format!("{issuer}/jwks"),
        userinfo_endpoint: format!("{issuer}/userinfo"),
        device_authorization_endpoint: format!("{issuer}/device/code"),
        issuer,
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: [AUTHORIZATION_CODE, DEVICE_CODE],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        code_challenge_methods_supported: ["S256"],
        scopes_supported: ["openid", "email", "profile"],
        token_endpoint_auth_methods_supported: [
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
        claims_supported: vec![
            "iss",
            "aud",
            "sub",
            "email",
            "email_verified",
            "iat",
            "exp",
            "jti",
            "nonce",
            "at_hash",
        ],
    };
    with_header(
        json_response(StatusCode::OK, &metadata),
        CACHE_CONTROL,
        BRIEFLY,
    )
}

pub(crate) async fn keys(State(endpoint): State<Endpoint>) -> Response {
    with_header(
        raw_json(StatusCode::OK, endpoint.provider.jwks_json()),
        CACHE_CONTROL,
        BRIEFLY,
    )
}
