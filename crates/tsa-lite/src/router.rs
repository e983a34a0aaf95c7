//! The routes of the timestamp authority.

use axum::Router;
use axum::routing::{any, get, post};

use crate::Tsa;
use crate::api;

/// The routes that stand under the prefix `/api/v1/timestamp`, fit to be merged with those of other services.
///
/// Source: timestamp-authority `openapi.yaml`.
pub fn router(tsa: Tsa) -> Router {
    Router::new()
        .route(
            "/api/v1/timestamp",
            post(api::timestamp).fallback(api::only_post),
        ) // openapi: getTimestampResponse
        .route(
            "/api/v1/timestamp/certchain",
            get(api::certchain).fallback(api::only_get),
        ) // getTimestampCertChain
        .route("/api/v1/timestamp/{*rest}", any(api::not_found)) // this prefix is ours, so is its 404
        .with_state(tsa)
}

/// The routes of an authority that has a host to itself: [`router`], `/ping`, and 404 for every other path.
pub fn standalone(tsa: Tsa) -> Router {
    router(tsa)
        .route("/ping", get(api::ping).fallback(api::only_get))
        .fallback(api::not_found)
}
