//! What went wrong, as a status and the JSON that clients of Rekor v2 expect.

use std::error::Error;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, HeaderValue};
use http::{HeaderName, StatusCode};
use serde::Serialize;
use sigbox_log_engine::{AppendError, ReadError, ReadOnlyReason};
use sigbox_service_kit::limits::BodyError;
use sigbox_service_kit::respond::{json_response, with_cause, with_header, with_type};
use sigbox_service_kit::retry::{RetryAfter, retry_after};
use sigbox_tlog::LeafIndex;

use crate::entry::ProposalError;

/// Where a duplicate stands in the log.
const LOG_INDEX: HeaderName = HeaderName::from_static("x-log-index");
/// What is missing now may be there with the next checkpoint.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// The type of the one answer that is no JSON.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// What a log that was frozen answers to writes.
///
/// Source: rekor-tiles, started with `--read-only`.
const FROZEN: &str = "This log has been frozen, please switch to the latest log.\n";
/// One commit takes milliseconds: whoever was refused may come back soon.
const WAIT: RetryAfter = RetryAfter::around(1);

/// The body of every error.
///
/// Source: grpc-gateway, `google.rpc.Status` as JSON.
#[derive(Serialize)]
struct Status<'a> {
    code: u8,
    message: &'a str,
    details: [(); 0],
}

/// Whose fault it is, and what the client should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invalid,
    TooLarge,
    TooSlow,
    Duplicate(LeafIndex),
    NotFound,
    Method,
    Retry,
    ReadOnly,
    Frozen,
    Integration,
    Internal,
}

impl Kind {
    /// HTTP status and gRPC code.
    fn codes(self) -> (StatusCode, u8) {
        match self {
            Self::Invalid => (StatusCode::BAD_REQUEST, 3),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, 4),
            Self::Duplicate(_) => (StatusCode::CONFLICT, 6),
            Self::NotFound => (StatusCode::NOT_FOUND, 5),
            Self::Method => (StatusCode::NOT_IMPLEMENTED, 12),
            Self::Frozen => (StatusCode::METHOD_NOT_ALLOWED, 12),
            Self::Retry | Self::ReadOnly => (StatusCode::SERVICE_UNAVAILABLE, 14),
            Self::Integration => (StatusCode::INTERNAL_SERVER_ERROR, 2),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, 13),
        }
    }
}

/// An error on its way to the client; the cause, if any, goes to the request log only.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    message: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            cause: None,
        }
    }

    fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The entry is in the log already.
    pub(crate) fn duplicate(index: LeafIndex) -> Self {
        let message = format!(
            "an equivalent entry already exists in the transparency log with index {index}"
        );
        Self::new(Kind::Duplicate(index), message)
    }

    /// No such path, or nothing there yet.
    pub(crate) fn not_found() -> Self {
        Self::new(Kind::NotFound, "Not Found")
    }

    /// The path is known, the method is not; upstream answers 501.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(Kind::Method, "Method Not Allowed")
    }

    /// Our fault; the client learns no more than that.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Kind::Internal, "internal error").because(cause)
    }
}

impl From<ProposalError> for Problem {
    fn from(error: ProposalError) -> Self {
        let kind = if error.is_too_large() {
            Kind::TooLarge
        } else {
            Kind::Invalid
        };
        // The caller's own input is all that these texts speak of, so the whole chain may be told.
        Self::new(kind, chain(&error))
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { limit_bytes } => {
                let message =
                    format!("http: request body too large: at most {limit_bytes} bytes are read");
                Self::new(Kind::TooLarge, message)
            }
            BodyError::TimedOut => Self::new(Kind::TooSlow, error.to_string()),
            // 415 would be the answer of HTTP, but a Rekor looks at no header of the body.
            _ => Self::new(Kind::Invalid, error.to_string()).because(error),
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        let (kind, message) = match &error {
            AppendError::QueueFull { .. } => {
                (Kind::Retry, "reached max pushback; retry".to_owned())
            }
            AppendError::ReadOnly(ReadOnlyReason::Frozen) => (Kind::Frozen, FROZEN.to_owned()),
            AppendError::ReadOnly(_) => (Kind::ReadOnly, chain(&error)),
            AppendError::Leaf(_) => (Kind::Invalid, chain(&error)),
            AppendError::ShuttingDown => (Kind::Retry, "the log shuts down; retry".to_owned()),
            AppendError::Fenced
            | AppendError::Unavailable { .. }
            | AppendError::GuardBehind { .. } => (
                Kind::Retry,
                "the log cannot store the entry at the moment; retry".to_owned(),
            ),
            _ => (Kind::Integration, "failed to integrate entry".to_owned()),
        };
        Self::new(kind, message).because(error)
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::IndexBeyondSize { .. } | ReadError::SizeBeyondHead { .. } => {
                Self::not_found()
            }
            _ => Self::internal(error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.kind.codes();
        if let Kind::Frozen = self.kind {
            return with_type(status, TEXT, self.message);
        }
        let mut response = json_response(
            status,
            &Status {
                code,
                message: &self.message,
                details: [],
            },
        );
        response = match self.kind {
            Kind::Duplicate(index) => with_header(response, LOG_INDEX, HeaderValue::from(index.0)),
            Kind::Retry => retry_after(response, WAIT),
            Kind::NotFound => with_header(response, CACHE_CONTROL, NO_STORE),
            _ => response,
        };
        match self.cause {
            Some(cause) => with_cause(response, cause.as_ref()),
            None => response,
        }
    }
}

/// An error and its sources on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
