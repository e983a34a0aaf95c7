//! Refusals in the words and shape of the real server, with the reason behind them.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use sigbox_log_engine::AppendError;
use sigbox_service_kit::limits::BodyError;
use sigbox_service_kit::respond::{JsonError, with_cause};
use sigbox_service_kit::retry::{RetryAfter, retry_after};
use sigbox_wire::{EncodeError, SigningCertRequestError};

use crate::challenge::ChallengeError;
use crate::ctlog::SubmissionError;
use crate::identity::TokenError;
use crate::issue::IssuanceError;

/// How long a client should stay away when the fault is passing.
const PASSING: RetryAfter = RetryAfter::around(1);

/// What a client is told: kind, sentence, reason.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    message: String,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of refusal; each has one status and one gRPC code.
///
/// Source: fulcio `pkg/server/error.go`, grpc-gateway's table of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The request is wrong.
    InvalidArgument,
    /// The body is too large; upstream says 400 here.
    TooLarge,
    /// The body did not come in time.
    Timeout,
    /// No such path.
    NotFound,
    /// Not this method; the gateway's table makes it 501.
    Unimplemented,
    /// We are at fault.
    Internal,
    /// We, or an issuer, cannot do it at the moment.
    Unavailable,
}

impl Kind {
    fn status_and_code(self) -> (StatusCode, u8) {
        match self {
            Self::InvalidArgument => (StatusCode::BAD_REQUEST, 3),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3),
            Self::Timeout => (StatusCode::REQUEST_TIMEOUT, 4),
            Self::NotFound => (StatusCode::NOT_FOUND, 5),
            Self::Unimplemented => (StatusCode::NOT_IMPLEMENTED, 12),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, 13),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, 14),
        }
    }
}

impl Problem {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            cause: None,
        }
    }

    /// The caller's fault: upstream's sentence, then the reason.
    fn refused(sentence: &str, reason: impl std::error::Error + Send + Sync + 'static) -> Self {
        let message = format!("{sentence}: {}", chain(&reason));
        Self {
            kind: Kind::InvalidArgument,
            message,
            cause: Some(Box::new(reason)),
        }
    }

    /// Our fault: upstream's sentence alone; the reason goes to the log.
    fn ours(
        kind: Kind,
        sentence: &str,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            message: sentence.to_owned(),
            cause: Some(Box::new(cause)),
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(Kind::NotFound, "Not Found")
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(Kind::Unimplemented, "Method Not Allowed")
    }
}

/// An error and its sources, joined by `: `.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let more = source.to_string();
        // Some errors name their source already.
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        next = source.source();
    }
    text
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { .. } => Self::new(Kind::TooLarge, "http: request body too large"),
            BodyError::TimedOut => Self::new(Kind::Timeout, error.to_string()),
            _ => Self::new(Kind::InvalidArgument, "unexpected EOF"),
        }
    }
}

impl From<SigningCertRequestError> for Problem {
    fn from(error: SigningCertRequestError) -> Self {
        let message = match &error {
            SigningCertRequestError::Json(json) if json.is_eof() => "unexpected EOF".to_owned(),
            // The reader's own text quotes what it found, which may be the token.
            SigningCertRequestError::Json(json) => {
                format!(
                    "proto: syntax error or wrong type (line {}:{})",
                    json.line(),
                    json.column()
                )
            }
            other => format!("proto: {other}"),
        };
        Self::new(Kind::InvalidArgument, message)
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        const SENTENCE: &str = "There was an error processing the identity token";
        match &error {
            // Not the caller's fault and likely to pass: clients repeat on 503.
            TokenError::Keys(_) => Self {
                kind: Kind::Unavailable,
                ..Self::refused(SENTENCE, error)
            },
            _ => Self::refused(SENTENCE, error),
        }
    }
}

impl From<ChallengeError> for Problem {
    fn from(error: ChallengeError) -> Self {
        let sentence = match &error {
            ChallengeError::NoKey { .. } | ChallengeError::PublicKey(_) => {
                "The public key supplied in the request could not be parsed"
            }
            ChallengeError::WeakCurve | ChallengeError::Weak(_) => {
                "The public key supplied in the request is insecure"
            }
            ChallengeError::Csr(_) => "The certificate signing request could not be parsed",
            ChallengeError::CsrAlgorithm { .. } => "unrecognized signature algorithm",
            ChallengeError::NoProof { .. }
            | ChallengeError::Proof { .. }
            | ChallengeError::CsrSignature(_) => {
                "The signature supplied in the request could not be verified"
            }
            ChallengeError::NotPermitted { .. } => "signing algorithm not permitted",
        };
        Self::refused(sentence, error)
    }
}

impl From<IssuanceError> for Problem {
    fn from(error: IssuanceError) -> Self {
        const LOG: &str = "Error entering certificate in CTL";
        const AUTHORITY: &str = "error communicating with CA backend";
        match &error {
            IssuanceError::NotReady(_) => Self::ours(Kind::Unavailable, AUTHORITY, error),
            IssuanceError::Log(SubmissionError::Append {
                source: AppendError::Leaf(_),
            }) => Self::ours(Kind::Internal, LOG, error),
            IssuanceError::Log(SubmissionError::Append { .. }) => {
                Self::ours(Kind::Unavailable, LOG, error)
            }
            IssuanceError::Log(_) => Self::ours(Kind::Internal, LOG, error),
            _ => Self::ours(Kind::Internal, AUTHORITY, error),
        }
    }
}

impl From<EncodeError> for Problem {
    fn from(error: EncodeError) -> Self {
        Self::ours(
            Kind::Internal,
            "Error marshaling code signing certificate",
            error,
        )
    }
}

impl IntoResponse for Problem {
    /// `google.rpc.Status` as JSON.
    fn into_response(self) -> Response {
        let (status, code) = self.kind.status_and_code();
        let body = json!({ "code": code, "message": self.message, "details": [] });
        let mut response = JsonError::new(status, body).into_response();
        if let Some(cause) = &self.cause {
            response = with_cause(response, cause.as_ref());
        }
        if self.kind == Kind::Unavailable {
            retry_after(response, PASSING)
        } else {
            response
        }
    }
}
