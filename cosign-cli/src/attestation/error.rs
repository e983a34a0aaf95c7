//! Why there is no statement to sign.

use sigbox_wire::{EncodeError, StatementError};

use crate::ui::Escaped;

/// There is no statement to sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// The type is neither a short name nor a URI.
    #[error("invalid predicate type: {}", Escaped(.found))]
    PredicateType {
        /// The type as the user named it.
        found: String,
    },
    /// The predicate is no JSON.
    #[error("the predicate is not JSON: {0}")]
    Json(serde_json::Error),
    /// Only an object has the members that a predicate is made of.
    #[error("invalid JSON payload for predicate type {}: it is not a JSON object", Escaped(.uri))]
    NotAnObject {
        /// The predicate's type.
        uri: String,
    },
    /// A member that the predicate's type asks for is not there.
    #[error("{what}: required field {member} missing")]
    MissingMember {
        /// What has no such member.
        what: &'static str,
        /// The member's name.
        member: &'static str,
    },
    /// A member of the predicate is not what its type says.
    #[error("{what}: {}", Escaped(&.source.to_string()))]
    Schema {
        /// What could not be done.
        what: &'static str,
        /// Which member, and what was expected of it.
        source: serde_json::Error,
    },
    /// A predicate of type `custom` is text.
    #[error("the predicate is not UTF-8 text")]
    NotText,
    /// The text form of SPDX is no JSON object, which verifiers demand.
    #[error(
        "a predicate of type spdx is text, and no statement that holds text as its predicate verifies"
    )]
    SpdxText,
    /// The statement that was given is none, or the predicate makes one that no verifier reads.
    #[error("invalid statement")]
    Statement(#[from] StatementError),
    /// The statement says more than verifiers look at.
    #[error("the statement has {found} {what}, at most {limit} are looked at")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// No subject is named by a hash that is known here.
    #[error("the statement names no subject by sha256, sha384 or sha512")]
    NoSubject,
    /// The statement that was given is about something else.
    #[error("no subject of the statement has the digest of {}", Escaped(.artifact))]
    OtherArtifact {
        /// The artifact as the user gave it.
        artifact: String,
    },
    /// The statement could not be written as JSON.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
