//! The outside of a timestamp request: its media type and its size, both judged before it is read.

use axum::body::HttpBody;
use axum::extract::Request;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use sigbox_service_kit::limits::{read_body, refuse_content_encoding};

use crate::Limits;
use crate::refusal::Refusal;

/// What Go's runtime, and so the reference server, takes a request without a type for.
const ASSUMED_TYPE: &str = "application/octet-stream";

/// The form in which a request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `application/timestamp-query`: a DER `TimeStampReq`.
    Der,
    /// `application/json`: the form that sigstore-js sends.
    Json,
}

impl Form {
    /// Reads the request's body, at most as long as its form allows; an empty one is refused.
    pub(crate) async fn read(request: Request, limits: &Limits) -> Result<(Self, Bytes), Refusal> {
        // As on the reference server, a request without a body is missing its body, whatever its type.
        if request.body().is_end_stream() {
            return Err(Refusal::EmptyBody);
        }
        let form = Self::of(&request)?;
        refuse_content_encoding(request.headers())
            .map_err(|source| Refusal::Body { form, source })?;
        let limit_bytes = match form {
            Self::Der => limits.der_bytes,
            Self::Json => limits.json_bytes,
        };
        let body = read_body(request, limit_bytes)
            .await
            .map_err(|source| Refusal::Body { form, source })?;
        if body.is_empty() {
            Err(Refusal::EmptyBody)
        } else {
            Ok((form, body))
        }
    }

    /// The form that `Content-Type` names; its parameters do not matter.
    fn of(request: &Request) -> Result<Self, Refusal> {
        let sent = request
            .headers()
            .get(CONTENT_TYPE)
            .map(|value| value.to_str().unwrap_or_default());
        let media_type = sent
            .unwrap_or(ASSUMED_TYPE)
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        if media_type.eq_ignore_ascii_case("application/timestamp-query") {
            Ok(Self::Der)
        } else if media_type.eq_ignore_ascii_case("application/json") {
            Ok(Self::Json)
        } else {
            Err(Refusal::MediaType {
                found: media_type.to_owned(),
            })
        }
    }
}
