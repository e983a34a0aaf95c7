//! What went wrong, as a status and the JSON that clients of Rekor v1 expect.

use std::error::Error;

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{Method, StatusCode};
use serde::Serialize;
use sigbox_log_engine::{AppendError, ReadError, ReadOnlyReason};
use sigbox_service_kit::limits::BodyError;
use sigbox_service_kit::respond::{raw_json, with_cause, with_header};
use sigbox_service_kit::retry::{RetryAfter, retry_after};
use sigbox_wire::rekor_v1::{ProposalError, QueryError};

use super::entry::EntryError;
use super::id::EntryId;

/// Where entries are read; what a `Location` starts with.
pub(super) const ENTRIES: &str = "/api/v1/log/entries";
/// One commit takes milliseconds: whoever was refused may come back soon.
const WAIT: RetryAfter = RetryAfter::around(1);

/// The body of every error.
///
/// Source: rekor `openapi.yaml`, Error.
#[derive(Serialize)]
struct Body<'a> {
    code: u16,
    message: &'a str,
}

/// What an error carries besides its body.
#[derive(Debug)]
enum Extra {
    Nothing,
    /// No body at all: the entry is not there.
    NoBody,
    Allow(&'static str),
    Location(EntryId),
    Retry,
    /// The answer of the key's route, which keeps the media type of a key.
    PemType,
}

/// An error on its way to the client; the cause, if any, goes to the request log only.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    /// The status, or the number of the validation rule.
    code: u16,
    message: String,
    /// Errors of handlers end in a line feed, those found before a handler runs do not.
    line_feed: bool,
    extra: Extra,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code: status.as_u16(),
            message: message.into(),
            line_feed: true,
            extra: Extra::Nothing,
            cause: None,
        }
    }

    fn without_line_feed(mut self) -> Self {
        self.line_feed = false;
        self
    }

    fn with(mut self, extra: Extra) -> Self {
        self.extra = extra;
        self
    }

    fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The caller's mistake.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A parameter or member that breaks a rule of the interface; `rule` is the rule's number.
    ///
    /// Source: go-openapi/errors: 601 type, 602 required, 605 pattern, 606 enum, 609 minimum, 611 and 612 items.
    pub(super) fn invalid(rule: u16, message: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, message).without_line_feed();
        Self {
            code: rule,
            ..problem
        }
    }

    /// More entries asked for than one request may.
    pub(super) fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// The entry is in the log already.
    pub(super) fn duplicate(id: EntryId) -> Self {
        let message =
            format!("an equivalent entry already exists in the transparency log with UUID {id}");
        Self::new(StatusCode::CONFLICT, message).with(Extra::Location(id))
    }

    /// No entry of that name or index.
    pub(super) fn no_entry() -> Self {
        Self::new(StatusCode::NOT_FOUND, "").with(Extra::NoBody)
    }

    /// No such path.
    pub(super) fn path_not_found(path: &str) -> Self {
        let message = format!("path {path} was not found");
        Self::new(StatusCode::NOT_FOUND, message).without_line_feed()
    }

    /// The path is known, the method is not.
    pub(super) fn method(method: &Method, allow: &'static str) -> Self {
        let message = format!("method {method} is not allowed, but [{allow}] are");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, message)
            .without_line_feed()
            .with(Extra::Allow(allow))
    }

    /// No key of that tree.
    pub(super) fn no_key() -> Self {
        Self::bad_request("Bad Request")
            .without_line_feed()
            .with(Extra::PemType)
    }

    /// The search index does not hold the whole log.
    pub(super) fn not_indexed(entries: u64) -> Self {
        let message = format!(
            "Search API not enabled in this Rekor instance: the index is full after {entries} entries"
        );
        Self::new(StatusCode::NOT_IMPLEMENTED, message)
    }

    /// Our fault; the client learns no more than that.
    pub(super) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").because(cause)
    }
}

impl From<EntryError> for Problem {
    fn from(error: EntryError) -> Self {
        match &error {
            EntryError::Proposal(header @ ProposalError::MissingHeader(_)) => {
                Self::invalid(602, header.to_string())
            }
            EntryError::Proposal(header @ ProposalError::UnknownKind { .. }) => {
                Self::invalid(422, header.to_string())
            }
            EntryError::Encode(_) => Self::internal(error),
            // The caller's own input is all that these texts speak of, so the whole chain may be told.
            _ => Self::unprocessed(&error),
        }
    }
}

impl Problem {
    /// An entry that is none, in the words of upstream.
    pub(super) fn unprocessed(error: &EntryError) -> Self {
        Self::bad_request(format!("error processing entry: {}", chain(error)))
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        Self::bad_request(error.to_string()).without_line_feed()
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let (status, message) = match &error {
            BodyError::TooLarge { limit_bytes } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("Request Entity Too Large: at most {limit_bytes} bytes are read"),
            ),
            BodyError::TimedOut => (StatusCode::REQUEST_TIMEOUT, error.to_string()),
            _ => (StatusCode::BAD_REQUEST, error.to_string()),
        };
        Self::new(status, message).because(error)
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        let unavailable = |message: &str| Self::new(StatusCode::SERVICE_UNAVAILABLE, message);
        let problem = match &error {
            AppendError::QueueFull { .. } => {
                unavailable("the log is busy; retry").with(Extra::Retry)
            }
            // Clients repeat what is answered 503, and this will not change.
            AppendError::ReadOnly(ReadOnlyReason::Frozen) => Self::new(
                StatusCode::NOT_IMPLEMENTED,
                "createLogEntry API not enabled in this Rekor instance: the log is frozen",
            ),
            AppendError::ReadOnly(_) => unavailable(&chain(&error)),
            AppendError::Leaf(_) => {
                Self::bad_request(format!("error processing entry: {}", chain(&error)))
            }
            AppendError::ShuttingDown => {
                unavailable("the log shuts down; retry").with(Extra::Retry)
            }
            AppendError::Fenced
            | AppendError::Unavailable { .. }
            | AppendError::GuardBehind { .. } => {
                unavailable("the log cannot store the entry at the moment; retry")
                    .with(Extra::Retry)
            }
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "unexpected result from transparency log",
            ),
        };
        problem.because(error)
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let response = self.render();
        match self.cause {
            Some(cause) => with_cause(response, cause.as_ref()),
            None => response,
        }
    }
}

impl Problem {
    fn render(&self) -> Response {
        if let Extra::NoBody = self.extra {
            return self.status.into_response();
        }
        let body = Body {
            code: self.code,
            message: &self.message,
        };
        // Two plain members can always be written.
        let mut json = serde_json::to_string(&body).unwrap_or_default();
        if self.line_feed {
            json.push('\n');
        }
        let response = raw_json(self.status, json);
        match &self.extra {
            Extra::Nothing | Extra::NoBody => response,
            Extra::Allow(methods) => {
                with_header(response, ALLOW, HeaderValue::from_static(methods))
            }
            Extra::Location(id) => with_header(response, LOCATION, location(*id)),
            Extra::Retry => retry_after(response, WAIT),
            Extra::PemType => with_header(response, CONTENT_TYPE, PEM_TYPE),
        }
    }
}

/// The media type of the log's key.
pub(super) const PEM_TYPE: HeaderValue = HeaderValue::from_static("application/x-pem-file");

/// Where an entry is read, relative to the authority.
pub(super) fn location(id: EntryId) -> HeaderValue {
    let path = format!("{ENTRIES}/{id}");
    HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static(ENTRIES))
}

/// An error and its sources on one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
