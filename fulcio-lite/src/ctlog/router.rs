//! The routes of the CT log.

use axum::Router;
use axum::routing::{any, get, post};
use sigbox_service_kit::limits::body_limit;

use super::{CtLog, api};

/// Longest submission, in bytes: a chain of ten certificates in base64.
const MAX_SUBMISSION_BYTES: usize = 128 * 1024;

/// The routes that stand under the prefix `/ct`, fit to be merged with those of other services.
///
/// Source: RFC 6962 §4 for submission, C2SP static-ct-api for reading.
pub fn router(log: CtLog) -> Router {
    let submission = Router::new()
        .route(
            "/ct/v1/add-chain",
            post(api::add_chain).fallback(api::only_post),
        ) // RFC 6962 §4.1
        .route(
            "/ct/v1/add-pre-chain",
            post(api::add_pre_chain).fallback(api::only_post),
        ) // RFC 6962 §4.2
        .route_layer(body_limit(MAX_SUBMISSION_BYTES, api::refuse_body));
    Router::new()
        .route(
            "/ct/v1/get-roots",
            get(api::get_roots).fallback(api::only_get),
        ) // RFC 6962 §4.7
        .route(
            "/ct/checkpoint",
            get(api::checkpoint).fallback(api::only_get),
        ) // static-ct-api "Checkpoints"
        .route("/ct/tile/{*path}", get(api::tile).fallback(api::only_get)) // "Merkle Tree", "Log Entries"
        .route(
            "/ct/issuer/{fingerprint}",
            get(api::issuer).fallback(api::only_get),
        ) // "Issuers"
        .route("/ct/{*rest}", any(api::not_found)) // this prefix is ours, so is its 404
        .merge(submission)
        .with_state(log)
}

/// The routes of a log that has a host to itself: [`router`] and 404 for every other path.
pub fn standalone(log: CtLog) -> Router {
    router(log).fallback(api::not_found)
}
