//! All routes, with the section that asks for each.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use sigbox_service_kit::limits::body_limit;
use sigbox_service_kit::respond::{with_fallbacks, with_header, with_type};
use sigbox_service_kit::stack::same_origin;

use crate::api::{Endpoint, authorize, device, metadata, token, userinfo, verification};
use crate::config::IssuerKind;
use crate::page::{RefusalPage, STYLE};
use crate::problem::OAuthError;
use crate::provider::Provider;

/// Bytes of a form; the longest holds a redirect target, a state and a nonce.
const FORM_LIMIT_BYTES: usize = 16 * 1024;

/// Both issuers below `/oidc`; the caller has checked [`crate::check_exposure`].
///
/// The first five paths stand exactly where some clients expect them without reading the discovery document.
pub fn router(provider: Provider) -> Router {
    let email = issuer(Endpoint::new(provider.clone(), IssuerKind::Email));
    let workload = issuer(Endpoint::new(provider, IssuerKind::Workload));
    let oidc = email
        .nest("/workload", workload)
        .route("/style.css", get(style));
    Router::new().nest("/oidc", with_fallbacks(oidc))
}

fn issuer(endpoint: Endpoint) -> Router {
    let refused = |error: &sigbox_service_kit::limits::BodyError| {
        OAuthError::invalid_request(error.to_string())
            .with_status(error.status())
            .into_response()
    };
    let refused_page = |error: &sigbox_service_kit::limits::BodyError| {
        RefusalPage::new(error.status(), error).into_response()
    };
    // What carries codes or tokens is not for the scripts of other web origins.
    let private = Router::new()
        // RFC 6749 §3.1, OpenID Connect Core §3.1.2
        .route(
            "/auth",
            get(authorize::ask)
                .post(authorize::decide)
                .layer(body_limit(FORM_LIMIT_BYTES, refused_page)),
        )
        // RFC 6749 §3.2, OpenID Connect Core §3.1.3
        .route(
            "/token",
            post(token::exchange).layer(body_limit(FORM_LIMIT_BYTES, refused)),
        )
        // RFC 8628 §3.1
        .route(
            "/device/code",
            post(device::begin).layer(body_limit(FORM_LIMIT_BYTES, refused)),
        )
        // RFC 8628 §3.3
        .route(
            "/device",
            get(verification::ask)
                .post(verification::decide)
                .layer(body_limit(FORM_LIMIT_BYTES, refused_page)),
        )
        // OpenID Connect Core §5.3
        .route("/userinfo", get(userinfo::show).post(userinfo::show))
        .layer(same_origin());
    Router::new()
        // OpenID Connect Discovery §4
        .route(
            "/.well-known/openid-configuration",
            get(metadata::discovery),
        )
        // RFC 7517 §5
        .route("/jwks", get(metadata::keys))
        .merge(private)
        .with_state(endpoint)
}

async fn style() -> Response {
    const CSS: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");
    with_header(
        with_type(StatusCode::OK, CSS, STYLE),
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    )
}
