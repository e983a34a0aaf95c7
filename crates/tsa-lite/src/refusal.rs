//! Every way in which the authority says no, with its status and the JSON that clients know.
//!
//! A message begins with the text of the reference server where that has one; what was expected and found follows
//! after a colon.

use std::error::Error;
use std::fmt::Write as _;

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, HeaderValue};
use http::{Method, StatusCode};
use sigbox_crypto::RandomError;
use sigbox_crypto::tsp::{IssueError, ObjectIdentifier, TspRequestError};
use sigbox_service_kit::limits::BodyError;
use sigbox_service_kit::logging::Untrusted;
use sigbox_service_kit::respond::{JsonError, with_cause, with_header};
use sigbox_service_kit::retry::{RetryAfter, retry_after};
use sigbox_wire::TimestampRequestError;

use crate::NotReady;
use crate::body::Form;

const FAILED: &str = "Error generating timestamp response";
const TOO_LARGE: &str = "timestamp request is too large";
const WEAK_HASH: &str = "Weak hash algorithm in timestamp request";
const DIGEST_LENGTH: &str = "Message digest has incorrect length for specified algorithm";
const POLICY: &str = "unaccepted policy: requested TSA policy is not supported by the TSA";
const EXTENSIONS: &str = "unaccepted extension: requested extensions are not supported by the TSA";
const OID_COMPONENTS: &str = "OID should be comprised of at most 128 components";

/// The code that go-openapi, and so the reference server, has for a missing required body.
const CODE_REQUIRED: u16 = 602;

/// A clock that stepped back needs a while, or a person.
const CLOCK_RETRY: RetryAfter = RetryAfter::around(30);

/// Why a request was not answered with a timestamp.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("path {} was not found", Untrusted(found))]
    Path { found: String },
    #[error("method {} is not allowed, but [{allowed}] are", Untrusted(found.as_str()))]
    Method { found: Method, allowed: Method },
    #[error(
        "unsupported media type \"{}\", only [application/json application/timestamp-query] are allowed",
        Untrusted(found)
    )]
    MediaType { found: String },
    #[error("request in body is required")]
    EmptyBody,
    #[error("{}: {source}", match form { Form::Der => FAILED, Form::Json => TOO_LARGE })]
    Body { form: Form, source: BodyError },
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error("{FAILED}: the clock of this server is being corrected")]
    Clock(#[source] NotReady),
    #[error(transparent)]
    Issue(#[from] IssueError),
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// What is wrong with the content of a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueryError {
    #[error(transparent)]
    Der(#[from] TspRequestError),
    #[error(transparent)]
    Json(#[from] TimestampRequestError),
    #[error(
        "hashAlgorithm is {}, expected sha256, sha384 or sha512",
        Untrusted(found)
    )]
    WeakHashName { found: String },
    #[error(
        "hashAlgorithm is {}, expected sha256, sha384 or sha512",
        Untrusted(found)
    )]
    HashName { found: String },
    #[error("tsaPolicyOID has {found} components, at most {limit} are accepted")]
    OidComponents { limit: usize, found: usize },
    #[error(
        "tsaPolicyOID is {}, expected dotted decimal components",
        Untrusted(found)
    )]
    OidForm { found: String },
    #[error("tsaPolicyOID is {}, expected {expected}", Untrusted(found))]
    Policy {
        expected: ObjectIdentifier,
        found: String,
    },
    #[error("nonce has more than 40 digits")]
    NonceDigits,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Path { .. } => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::EmptyBody => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Body { source, .. } => source.status(),
            Self::Query(QueryError::Json(TimestampRequestError::TooLarge { .. })) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Query(_)
            | Self::Issue(
                IssueError::PolicyNotAccepted { .. } | IssueError::ExtensionsNotAccepted,
            ) => StatusCode::BAD_REQUEST,
            Self::Clock(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Issue(_) | Self::Random(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence for the client; of a failure of ours it says nothing but that.
    fn message(&self) -> String {
        match self {
            Self::Body {
                form: Form::Json,
                source,
            } if !matches!(source, BodyError::TooLarge { .. }) => {
                format!("{FAILED}: {source}")
            }
            Self::Query(error) => error.message(),
            Self::Issue(error @ IssueError::PolicyNotAccepted { .. }) => {
                format!("{POLICY}: {error}")
            }
            Self::Issue(error @ IssueError::ExtensionsNotAccepted) => {
                format!("{EXTENSIONS}: {error}")
            }
            Self::Issue(_) | Self::Random(_) => FAILED.to_owned(),
            other => other.to_string(),
        }
    }
}

impl QueryError {
    fn message(&self) -> String {
        let known = match self {
            Self::Der(TspRequestError::WeakHash { .. }) | Self::WeakHashName { .. } => WEAK_HASH,
            Self::Der(TspRequestError::DigestLength { .. }) => DIGEST_LENGTH,
            Self::Json(TimestampRequestError::TooLarge { .. }) => TOO_LARGE,
            Self::OidComponents { .. } => OID_COMPONENTS,
            Self::Policy { .. } => POLICY,
            _ => FAILED,
        };
        // The reference text and ours would say the same of an overlong JSON request.
        if matches!(self, Self::Json(TimestampRequestError::TooLarge { .. })) {
            return known.to_owned();
        }
        let mut message = format!("{known}: {self}");
        if let Some(source) = self.source() {
            let _ = write!(message, ": {}", Untrusted(&source.to_string()));
        }
        message
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let code = if matches!(self, Self::EmptyBody) {
            CODE_REQUIRED
        } else {
            status.as_u16()
        };
        let response = JsonError::new(
            status,
            serde_json::json!({ "code": code, "message": self.message() }),
        );
        let response = with_cause(response.into_response(), &self);
        match &self {
            Self::Method { allowed, .. } => match HeaderValue::from_str(allowed.as_str()) {
                Ok(value) => with_header(response, ALLOW, value),
                Err(_) => response,
            },
            Self::Clock(_) => retry_after(response, CLOCK_RETRY),
            _ => response,
        }
    }
}
