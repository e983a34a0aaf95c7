//! What anyone may read: the checkpoint, the tiles, the entries.

use axum::extract::State;
use axum::response::Response;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::{StatusCode, Uri};
use sigbox_service_kit::respond::{plain, with_header, with_type};
use sigbox_tlog::TilePath;

use crate::problem::Problem;
use crate::rekor::Rekor;

/// A checkpoint is out of date as soon as the next batch is committed.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// What a tile of a given path holds never changes.
///
/// Source: C2SP tlog-tiles, "Parameters".
const FOR_EVER: HeaderValue = HeaderValue::from_static("max-age=604800, immutable");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Where tiles are served.
const TILE_PREFIXES: [&str; 2] = ["/tile/", "/api/v2/tile/"];

/// `GET /checkpoint`, `GET /api/v2/checkpoint`.
pub(crate) async fn checkpoint(State(rekor): State<Rekor>) -> Response {
    let checkpoint = rekor.log().snapshot().checkpoint.to_string();
    with_header(plain(StatusCode::OK, checkpoint), CACHE_CONTROL, NO_CACHE)
}

/// `GET /tile/<L>/<N>[.p/<W>]`, `GET /tile/entries/<N>[.p/<W>]`, and both under `/api/v2`.
pub(crate) async fn tile(State(rekor): State<Rekor>, uri: Uri) -> Result<Response, Problem> {
    // The path as it was sent: `%2f` and other escapes name no tile.
    let path = TILE_PREFIXES
        .iter()
        .find_map(|prefix| uri.path().strip_prefix(prefix));
    let path: TilePath = path
        .and_then(|path| path.parse().ok())
        .ok_or_else(Problem::not_found)?;
    let bytes = match path {
        TilePath::Tile(tile) => rekor.log().tile(tile).await?,
        TilePath::Entries { index, width } => rekor.log().entry_bundle(index, width).await?,
    };
    let bytes = bytes.ok_or_else(Problem::not_found)?;
    Ok(with_header(
        with_type(StatusCode::OK, OCTETS, bytes),
        CACHE_CONTROL,
        FOR_EVER,
    ))
}
