//! The handlers of the CT log; errors are plain text, the status line first.

use axum::extract::{Path, State};
use axum::response::Response;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CACHE_CONTROL},
};
use serde::Serialize;
use sigbox_crypto::{Certificate, Sct, SctError};
use sigbox_log_engine::{AppendError, ReadError};
use sigbox_service_kit::limits::BodyError;
use sigbox_service_kit::respond::{json_response, plain, with_cause, with_header, with_type};
use sigbox_service_kit::retry::{RetryAfter, retry_after};
use sigbox_tlog::{TILE_WIDTH, TilePath};

use super::{CtLog, SubmissionError, leaf::tile_leaf, submission::SubmissionKind};

/// What never changes under its name may be kept for long.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("max-age=604800, immutable");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const PKIX_CERT: HeaderValue = HeaderValue::from_static("application/pkix-cert");
/// How long a submitter that was pushed back should wait.
const PUSH_BACK: RetryAfter = RetryAfter::around(1);

#[derive(Serialize)]
struct SctMessage {
    sct_version: u8,
    id: String,
    timestamp: u64,
    extensions: String,
    signature: String,
}

#[derive(Serialize)]
struct RootsMessage {
    certificates: Vec<String>,
}

pub(super) async fn add_chain(State(log): State<CtLog>, body: Bytes) -> Response {
    respond_sct(log.submit_chain(&body, SubmissionKind::Certificate).await)
}

pub(super) async fn add_pre_chain(State(log): State<CtLog>, body: Bytes) -> Response {
    respond_sct(
        log.submit_chain(&body, SubmissionKind::Precertificate)
            .await,
    )
}

/// Source: RFC 6962 §4.1; `signature` is the TLS `DigitallySigned`.
fn respond_sct(submitted: Result<Sct, SubmissionError>) -> Response {
    let answer = submitted.and_then(|sct| {
        let signature = digitally_signed(&sct)?;
        Ok(SctMessage {
            sct_version: 0,
            id: STANDARD.encode(sct.log_id),
            timestamp: sct.timestamp.0,
            extensions: STANDARD.encode(&sct.extensions),
            signature: STANDARD.encode(signature),
        })
    });
    match answer {
        Ok(message) => json_response(StatusCode::OK, &message),
        Err(error) => refuse(&error),
    }
}

/// Algorithm numbers, length and signature: the end of the SCT's own encoding.
fn digitally_signed(sct: &Sct) -> Result<Vec<u8>, SctError> {
    // version, log id, time and the length of the extensions stand before them
    Ok(sct
        .encode()?
        .split_off(1 + 32 + 8 + 2 + sct.extensions.len()))
}

fn refuse(error: &SubmissionError) -> Response {
    match error {
        SubmissionError::Sct { .. } => with_cause(
            text(StatusCode::INTERNAL_SERVER_ERROR, "cannot make the SCT"),
            error,
        ),
        SubmissionError::Append {
            source: AppendError::Leaf(_),
        } => text(StatusCode::BAD_REQUEST, &error.to_string()),
        SubmissionError::Append { .. } => {
            let response = text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the log takes no entries at the moment",
            );
            with_cause(retry_after(response, PUSH_BACK), error)
        }
        _ => text(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

pub(super) async fn get_roots(State(log): State<CtLog>) -> Response {
    let encode = |root: &Certificate| STANDARD.encode(root.der());
    let certificates = log.0.accepted.roots().iter().map(encode).collect();
    json_response(StatusCode::OK, &RootsMessage { certificates })
}

pub(super) async fn checkpoint(State(log): State<CtLog>) -> Response {
    let note = log.log().snapshot().checkpoint.to_string();
    with_header(plain(StatusCode::OK, note), CACHE_CONTROL, NO_CACHE)
}

/// Hash tiles, and data tiles under the name `data`.
pub(super) async fn tile(State(log): State<CtLog>, Path(path): Path<String>) -> Response {
    let named = match path.strip_prefix("data/") {
        Some(rest) => format!("entries/{rest}").parse(),
        // What Rekor's tiles call `entries` has no place here.
        None if path.starts_with("entries") => return not_found().await,
        None => path.parse(),
    };
    let found = match named {
        Ok(TilePath::Tile(tile)) => log.log().tile(tile).await,
        Ok(TilePath::Entries { index, width }) => data_tile(&log, index, width).await,
        Err(_) => return not_found().await,
    };
    match found {
        Ok(Some(bytes)) => with_header(
            with_type(StatusCode::OK, OCTETS, bytes),
            CACHE_CONTROL,
            IMMUTABLE,
        ),
        Ok(None) => not_found().await,
        Err(error) => with_cause(
            text(StatusCode::INTERNAL_SERVER_ERROR, "the log cannot be read"),
            &error,
        ),
    }
}

/// `width` entries from `index * 256` on; `None` if the published tree does not hold all of them.
async fn data_tile(log: &CtLog, index: u64, width: u16) -> Result<Option<Vec<u8>>, ReadError> {
    let range = index
        .checked_mul(u64::from(TILE_WIDTH))
        .and_then(|first| Some(first..first.checked_add(u64::from(width))?));
    let Some(range) = range.filter(|range| range.end <= log.log().snapshot().size.0) else {
        return Ok(None);
    };
    let entries = log.log().entries(range).await?;
    Ok(Some(entries.iter().flat_map(tile_leaf).collect()))
}

/// Source: C2SP static-ct-api, "Issuers": lower-case hex of the SHA-256 of the certificate.
pub(super) async fn issuer(State(log): State<CtLog>, Path(fingerprint): Path<String>) -> Response {
    let mut bytes = [0; 32];
    let lower = !fingerprint.bytes().any(|byte| byte.is_ascii_uppercase());
    let decoded = lower && hex::decode_to_slice(&fingerprint, &mut bytes).is_ok();
    match log.0.accepted.issuer(&bytes).filter(|_| decoded) {
        Some(certificate) => {
            let response = with_type(StatusCode::OK, PKIX_CERT, certificate.der().to_vec());
            with_header(response, CACHE_CONTROL, IMMUTABLE)
        }
        None => not_found().await,
    }
}

pub(super) fn refuse_body(error: &BodyError) -> Response {
    text(error.status(), &error.to_string())
}

pub(super) async fn not_found() -> Response {
    text(StatusCode::NOT_FOUND, "no such resource of the CT log")
}

pub(super) async fn only_post() -> Response {
    let response = text(StatusCode::METHOD_NOT_ALLOWED, "expected POST");
    with_header(response, ALLOW, HeaderValue::from_static("POST"))
}

pub(super) async fn only_get() -> Response {
    let response = text(StatusCode::METHOD_NOT_ALLOWED, "expected GET");
    with_header(response, ALLOW, HeaderValue::from_static("GET, HEAD"))
}

/// `<status text>\n<detail>`, as the logs of the web PKI answer.
fn text(status: StatusCode, detail: &str) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    plain(status, format!("{reason}\n{detail}\n"))
}
