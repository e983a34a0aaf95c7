//! Every route of the log.

use axum::Router;
use axum::routing::{any, get, post};

use crate::api::{method_not_allowed, not_found, read, v2};
use crate::rekor::Rekor;

/// The routes of a Rekor v2 log, fit to be merged with those of other services on the same authority.
///
/// What stands under `/api/v2/log` and `/tile` is this log's, so unknown paths there get its 404. Other services
/// share `/api/v2`.
pub fn router(rekor: Rekor) -> Router {
    Router::new()
        // rekor-tiles `rekor_service.proto`: CreateEntry
        .route(
            "/api/v2/log/entries",
            post(v2::create_entry).fallback(method_not_allowed),
        )
        .route("/api/v2/log/{*rest}", any(not_found))
        // C2SP tlog-tiles "Checkpoints"; `rekor_service.proto`: GetCheckpoint
        .route(
            "/checkpoint",
            get(read::checkpoint).fallback(method_not_allowed),
        )
        .route(
            "/api/v2/checkpoint",
            get(read::checkpoint).fallback(method_not_allowed),
        )
        // C2SP tlog-tiles "Merkle Tree", "Log Entries"; `rekor_service.proto`: GetTile, GetEntryBundle
        .route(
            "/tile/{*path}",
            get(read::tile).fallback(method_not_allowed),
        )
        .route(
            "/api/v2/tile/{*path}",
            get(read::tile).fallback(method_not_allowed),
        )
        .with_state(rekor)
}

/// The routes of a log that has a host to itself: [`router`], and 404 for every other path.
pub fn standalone(rekor: Rekor) -> Router {
    router(rekor).fallback(not_found)
}
