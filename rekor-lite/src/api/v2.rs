//! The one write: an entry is proposed, verified, made canonical, appended and answered.

use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use sigbox_service_kit::limits;

use crate::entry::{CanonicalEntry, ProposalError, ProposedEntry};
use crate::problem::Problem;
use crate::rekor::Rekor;

/// Bodies up to this size cost a fraction of a millisecond to decode, hash and verify; larger ones (DSSE payloads of
/// megabytes) would hold up everything else on their thread.
const INLINE_BYTES: usize = 64 * 1024;

/// `POST /api/v2/log/entries`.
pub(crate) async fn create_entry(
    State(rekor): State<Rekor>,
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
    rekor.created(appended)
}

/// Everything that is decided before the log is touched.
fn admit(rekor: &Rekor, body: &[u8]) -> Result<CanonicalEntry, ProposalError> {
    let proposed = ProposedEntry::parse(body, rekor.config())?;
    let verified = proposed.verify(&rekor.config().algorithms)?;
    verified.canonicalize()
}

async fn admit_aside(rekor: Rekor, body: Bytes) -> Result<CanonicalEntry, Problem> {
    let admitted = tokio::task::spawn_blocking(move || admit(&rekor, &body)).await;
    Ok(admitted.map_err(Problem::internal)??)
}
