//! The handlers.

use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::{Method, StatusCode, Uri};
use sigbox_service_kit::respond::{plain, with_header, with_type};

use crate::Tsa;
use crate::body::Form;
use crate::query;
use crate::refusal::Refusal;

const TIMESTAMP_REPLY: HeaderValue = HeaderValue::from_static("application/timestamp-reply");
const PEM_CHAIN: HeaderValue = HeaderValue::from_static("application/pem-certificate-chain");
const NEVER_CACHED: HeaderValue = HeaderValue::from_static("no-cache, no-store");
/// The chain of one authority never changes under its address.
const CACHED_FOR_A_DAY: HeaderValue = HeaderValue::from_static("max-age=86400, immutable");

/// `POST /api/v1/timestamp`.
pub(crate) async fn timestamp(
    State(tsa): State<Tsa>,
    request: Request,
) -> Result<Response, Refusal> {
    let (form, body) = Form::read(request, tsa.limits()).await?; // media type, size → 415, 422, 413
    let query = query::parse(form, &body, tsa.policy())?; // shape, hash, digest length → 400
    let response = tsa.stamp(&query)?; // policy, extensions → 400; clock → 503
    Ok(with_header(
        with_type(StatusCode::OK, TIMESTAMP_REPLY, response),
        CACHE_CONTROL,
        NEVER_CACHED,
    ))
}

/// `GET /api/v1/timestamp/certchain`: PEM, the authority's certificate first, the root last.
pub(crate) async fn certchain(State(tsa): State<Tsa>) -> Response {
    with_header(
        with_type(StatusCode::OK, PEM_CHAIN, tsa.chain_pem().to_owned()),
        CACHE_CONTROL,
        CACHED_FOR_A_DAY,
    )
}

/// `GET /ping` of the reference server: a dot.
pub(crate) async fn ping() -> Response {
    plain(StatusCode::OK, ".")
}

pub(crate) async fn only_post(method: Method) -> Refusal {
    Refusal::Method {
        found: method,
        allowed: Method::POST,
    }
}

pub(crate) async fn only_get(method: Method) -> Refusal {
    Refusal::Method {
        found: method,
        allowed: Method::GET,
    }
}

pub(crate) async fn not_found(uri: Uri) -> Refusal {
    Refusal::Path {
        found: uri.path().to_owned(),
    }
}
