//! The one write: an entry is proposed, verified, made canonical, appended and answered.

use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use http::header::{ETAG, HeaderValue, LOCATION};
use sigbox_service_kit::limits;
use sigbox_service_kit::respond::with_header;
use sigbox_wire::rekor_v1::Proposal;

use super::super::entry::{self, CanonicalEntry, EntryError};
use super::super::problem::{Problem, location};
use super::super::service::RekorV1;
use super::json;

/// Bodies up to this size cost a fraction of a millisecond to decode, hash and verify; larger ones (payloads of
/// megabytes) would hold up everything else on their thread.
const INLINE_BYTES: usize = 64 * 1024;

/// `POST /api/v1/log/entries`.
pub(in super::super) async fn create_entry(
    State(rekor): State<RekorV1>,
    request: Request,
) -> Result<Response, Problem> {
    limits::refuse_content_encoding(request.headers())?;
    let body = limits::read_body(request, rekor.config().limits.body_bytes).await?;
    rekor.check_writable()?;
    let leaf = if body.len() <= INLINE_BYTES {
        admit(&rekor, &body)?
    } else {
        admit_aside(rekor.clone(), body).await?
    };
    let appended = rekor.append(leaf).await?;
    let shard = rekor.active();
    let id = shard.entry_id(appended.entry.leaf_hash);
    let response = json(StatusCode::CREATED, &shard.appended_entry(&appended)?)?;
    // Go clients look the entry up in the body by this header, so it has no quotes.
    let tag = HeaderValue::try_from(id.to_string()).map_err(Problem::internal)?;
    let response = with_header(response, ETAG, tag);
    Ok(with_header(response, LOCATION, location(id)))
}

/// Everything that is decided before the log is touched.
fn admit(rekor: &RekorV1, body: &[u8]) -> Result<CanonicalEntry, EntryError> {
    let proposed = Proposal::parse(body)?;
    let verified = entry::verify(proposed, &rekor.config().algorithms)?;
    verified.canonicalize()
}

async fn admit_aside(rekor: RekorV1, body: Bytes) -> Result<CanonicalEntry, Problem> {
    let admitted = tokio::task::spawn_blocking(move || admit(&rekor, &body)).await;
    Ok(admitted.map_err(Problem::internal)??)
}
