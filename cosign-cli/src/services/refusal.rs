//! The sentence in a service's error answer.

use serde::Deserialize;

use crate::http::Answer;
use crate::ui::Escaped;

/// A page of HTML is no explanation, and a long text is no sentence.
const MAX_MESSAGE_CHARS: usize = 1024;

/// A service's answer that is not the one asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service} returned {status}: {}", Escaped(.message))]
pub struct Refusal {
    /// The service, as users know it.
    pub service: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What the service says, at most 1024 characters.
    pub message: String,
}

#[derive(Deserialize)]
struct ErrorMessage {
    message: String,
}

impl Refusal {
    /// Takes the sentence out of an error answer, which is JSON with a `message` or plain text.
    pub(super) fn new(service: &'static str, answer: &Answer) -> Self {
        let text = serde_json::from_slice(&answer.body).map_or_else(
            |_| String::from_utf8_lossy(&answer.body).trim().to_owned(),
            |error: ErrorMessage| error.message,
        );
        let message = if text.is_empty() {
            "(no message)".to_owned()
        } else {
            text
        };
        Self {
            service,
            status: answer.status.as_u16(),
            message: message.chars().take(MAX_MESSAGE_CHARS).collect(),
        }
    }
}
