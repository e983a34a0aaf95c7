//! Every route of Rekor v1.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, post};
use http::header::{CACHE_CONTROL, EXPIRES, HeaderName, HeaderValue, PRAGMA};
use http::{Method, Uri};

use super::api::{create, log, read, retrieve, search};
use super::problem::Problem;
use super::service::RekorV1;

/// Answers change with every entry.
///
/// Source: rekor `pkg/generated/restapi/configure_rekor_server.go`, the `NoCache` middleware of chi.
const NO_CACHE: [(HeaderName, &str); 4] = [
    (
        CACHE_CONTROL,
        "no-cache, no-store, no-transform, must-revalidate, private, max-age=0",
    ),
    (EXPIRES, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (PRAGMA, "no-cache"),
    (HeaderName::from_static("x-accel-expires"), "0"),
];

/// The routes of a Rekor v1 log, fit to be merged with those of other services on the same authority.
///
/// What stands under `/api/v1/log`, `/api/v1/index` and `/api/v1/version` is this log's, so unknown paths there get
/// its 404. Other services share `/api/v1`.
pub fn router(rekor: RekorV1) -> Router {
    // rekor `openapi.yaml`, one operation a line
    let routes = [
        (
            "/api/v1/log/entries",
            // createLogEntry, getLogEntryByIndex
            and_no_other(post(create::create_entry).get(read::by_index), "POST,GET"),
        ),
        // searchLogQuery
        (
            "/api/v1/log/entries/retrieve",
            and_no_other(post(retrieve::retrieve), "POST"),
        ),
        // getLogEntryByUUID
        (
            "/api/v1/log/entries/{id}",
            and_no_other(get(read::by_id), "GET"),
        ),
        // getLogInfo, getLogProof, getPublicKey
        ("/api/v1/log", and_no_other(get(log::info), "GET")),
        ("/api/v1/log/proof", and_no_other(get(log::proof), "GET")),
        (
            "/api/v1/log/publicKey",
            and_no_other(get(log::public_key), "GET"),
        ),
        // searchIndex
        (
            "/api/v1/index/retrieve",
            and_no_other(post(search::search), "POST"),
        ),
        // no longer upstream's
        ("/api/v1/version", and_no_other(get(log::version), "GET")),
    ];
    let mut router = Router::new();
    for (path, methods) in routes {
        // sigstore-python posts to `…/retrieve/`.
        router = router
            .route(&format!("{path}/"), methods.clone())
            .route(path, methods);
    }
    for path in [
        "/api/v1/log/{*rest}",
        "/api/v1/index",
        "/api/v1/index/{*rest}",
        "/api/v1/version/{*rest}",
    ] {
        router = router.route(path, any(not_found));
    }
    router.layer(from_fn(no_cache)).with_state(rekor)
}

/// The routes of a log that has a host to itself: [`router`], and 404 for every other path.
pub fn standalone(rekor: RekorV1) -> Router {
    router(rekor).fallback(not_found)
}

/// 405 for other methods, `HEAD` among them: axum would answer it like `GET`.
fn and_no_other(methods: MethodRouter<RekorV1>, allow: &'static str) -> MethodRouter<RekorV1> {
    let refuse = move |method: Method| std::future::ready(Problem::method(&method, allow));
    methods.head(refuse).fallback(refuse)
}

async fn not_found(uri: Uri) -> Problem {
    Problem::path_not_found(uri.path())
}

async fn no_cache(request: Request, next: Next) -> Response {
    let read = request.method() == Method::GET;
    let mut response = next.run(request).await;
    if read {
        for (name, value) in NO_CACHE {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
    }
    response
}
