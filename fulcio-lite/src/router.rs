//! The routes of the certificate authority.

use axum::Router;
use axum::routing::{any, get, post};

use crate::api::{self, not_found, v1, wrong_method};
use crate::state::Fulcio;

/// The routes of Fulcio's HTTP interface, fit to be merged with those of other services.
///
/// They share the prefixes `/api/v2` and `/api/v1` with other services, so the 404 for other paths under them is the
/// caller's, except behind the paths that are ours.
///
/// Source: fulcio `fulcio.proto` and `fulcio_legacy.proto`, `google.api.http` options.
pub fn router(fulcio: Fulcio) -> Router {
    Router::new()
        .route(
            "/api/v2/signingCert",
            post(api::signing_cert).fallback(wrong_method),
        ) // CreateSigningCertificate
        .route(
            "/api/v2/trustBundle",
            get(api::trust_bundle)
                .head(wrong_method)
                .fallback(wrong_method),
        ) // GetTrustBundle
        .route(
            "/api/v2/configuration",
            get(api::configuration)
                .head(wrong_method)
                .fallback(wrong_method),
        ) // GetConfiguration
        .route(
            "/api/v1/signingCert",
            post(v1::signing_cert).fallback(wrong_method),
        ) // v1beta.CA CreateSigningCertificate
        .route(
            "/api/v1/rootCert",
            get(v1::root_cert).head(wrong_method).fallback(wrong_method),
        ) // v1beta.CA GetRootCertificate
        .route("/api/v1/signingCert/{*rest}", any(not_found))
        .route("/api/v1/rootCert/{*rest}", any(not_found))
        .route("/api/v2/signingCert/{*rest}", any(not_found))
        .route("/api/v2/trustBundle/{*rest}", any(not_found))
        .route("/api/v2/configuration/{*rest}", any(not_found))
        .with_state(fulcio)
}

/// The routes of an authority that has a host to itself: [`router`] and 404 for every other path.
pub fn standalone(fulcio: Fulcio) -> Router {
    router(fulcio).fallback(not_found)
}
