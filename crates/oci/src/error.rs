//! What can go wrong between a client and a registry.

use std::path::PathBuf;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::credentials::CredentialError;
use crate::digest::{Digest, DigestError};
use crate::foreign::Foreign;
use crate::manifest::ManifestError;
use crate::reference::ReferenceError;
use crate::transport::TransportError;

/// A registry was not reached, refused, or did not tell the truth.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// There is no answer, or it broke off.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The registry answered with another status than the operation has.
    #[error(transparent)]
    FetchStatus(#[from] Box<FetchStatus>),
    /// The bytes are not those that were asked for.
    #[error("digest of {what}: expected {expected}, found {found}")]
    DigestMismatch {
        /// What was asked for.
        what: Content,
        /// The digest that names it.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// The descriptor states another length than the content has.
    #[error("size of {what} {digest}: expected {expected} bytes, found {found}")]
    SizeMismatch {
        /// What was asked for.
        what: Content,
        /// The digest that names it.
        digest: Digest,
        /// The length that its descriptor states.
        expected: u64,
        /// The length of what came; one more than expected if the rest was not read.
        found: u64,
    },
    /// There are more bytes than are read.
    #[error("{what}: at most {limit} bytes are read, found {found}")]
    TooLarge {
        /// What was asked for.
        what: Content,
        /// The limit in bytes.
        limit: u64,
        /// What is announced or came; one more than the limit if the rest was not read.
        found: u64,
    },
    /// A list goes on for longer than it is read.
    #[error("{what}: at most {limit} are read, found more")]
    TooMany {
        /// `referrers`, `layers`, `tags` or `pages`.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The media type in the answer is not the one that the descriptor states.
    #[error("media type of manifest {digest}: expected \"{expected}\", found \"{found}\"")]
    MediaTypeMismatch {
        /// The manifest's digest.
        digest: Digest,
        /// What its descriptor states.
        expected: Foreign,
        /// The answer's `Content-Type`.
        found: Foreign,
    },
    /// A manifest cannot be read in one way.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A name in an answer is no digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// A name in an answer is no tag or repository.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// An answer is not the JSON that it must be.
    #[error("the registry's {what} cannot be read: {}", Foreign::new(&.source.to_string()))]
    Answer {
        /// Which answer.
        what: &'static str,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// The registry sends the client where it does not go.
    #[error("redirect to \"{location}\" is not followed: {fault}")]
    Redirect {
        /// Where the registry points to.
        location: Foreign,
        /// Why that is not followed.
        fault: RedirectFault,
    },
    /// The next page of a list is not a next page of that list.
    #[error("the next page \"{link}\" is not read: {fault}")]
    Page {
        /// The `Link` header's target.
        link: Foreign,
        /// Why it is not read.
        fault: PageFault,
    },
    /// Tokens are issued at a place where this client does not ask.
    #[error("no token is asked for at \"{realm}\": {fault}")]
    Realm {
        /// The address in the challenge.
        realm: Foreign,
        /// Why it is not asked.
        fault: RealmFault,
    },
    /// The credentials of this registry cannot be had.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// Others changed the list of referrers each time that this client did.
    #[error(
        "the list of referrers at tag {tag} was changed by others in each of {attempts} attempts"
    )]
    FallbackContended {
        /// The list's tag.
        tag: crate::Tag,
        /// How often it was tried.
        attempts: usize,
    },
    /// Others changed a tag each time that this client did.
    #[error("the tag {tag} was changed by others in each of {attempts} attempts")]
    TagContended {
        /// The tag.
        tag: crate::Tag,
        /// How often it was tried.
        attempts: usize,
    },
    /// The registry took content, but says that it took other content.
    #[error("the registry stored {what} as \"{found}\", expected {expected}")]
    StoredDigest {
        /// What was pushed.
        what: Content,
        /// Its digest.
        expected: Digest,
        /// The `Docker-Content-Digest` of the answer.
        found: Foreign,
    },
    /// A file of this machine cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The receiver of a blob does not take it.
    #[error("writing {what}")]
    Write {
        /// What was being received.
        what: Content,
        /// What the system says.
        source: std::io::Error,
    },
}

impl RegistryError {
    /// Whether the registry says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// The status that the registry answered with, if that is the error.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::FetchStatus(error) => Some(error.status),
            _ => None,
        }
    }
}

/// An answer with a status that the operation does not have; as go-containerregistry words it.
#[derive(Debug, thiserror::Error)]
#[error("{method} {url}: {}", status_text(*.status, .errors, .withheld.as_ref()))]
pub struct FetchStatus {
    /// The request's method.
    pub method: Method,
    /// The request's address without its query.
    pub url: Foreign,
    /// The answer's status.
    pub status: StatusCode,
    /// What the registry says, at most 10.
    pub errors: Vec<RegistryMessage>,
    /// How long the registry asks to wait.
    pub retry_after: Option<Duration>,
    /// The host at which tokens are issued, if there were credentials that it was not trusted with.
    pub withheld: Option<Foreign>,
}

/// One of a registry's messages.
///
/// Source: OCI distribution spec 1.1, "Error Codes".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryMessage {
    /// Such as `MANIFEST_UNKNOWN`.
    pub code: Foreign,
    /// For people.
    pub message: Foreign,
}

fn status_text(
    status: StatusCode,
    errors: &[RegistryMessage],
    withheld: Option<&Foreign>,
) -> String {
    let text = if errors.is_empty() {
        let name = status.canonical_reason().unwrap_or("without a reason");
        format!("unexpected status code {} {name}", status.as_u16())
    } else {
        let said: Vec<String> = errors
            .iter()
            .map(|error| format!("{}: {}", error.code, error.message))
            .collect();
        said.join("; ")
    };
    match withheld {
        Some(host) => format!(
            "{text} (tokens are issued at {host}, which is not trusted with this registry's credentials)"
        ),
        None => text,
    }
}

/// Kinds of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A manifest or an index.
    Manifest,
    /// A blob.
    Blob,
    /// A list of referrers.
    Referrers,
    /// A list of tags.
    Tags,
    /// An answer of a token service.
    Token,
}

impl std::fmt::Display for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Manifest => "manifest",
            Self::Blob => "blob",
            Self::Referrers => "list of referrers",
            Self::Tags => "list of tags",
            Self::Token => "token answer",
        })
    }
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectFault {
    /// Only blobs may be kept elsewhere.
    #[error("only a blob may be kept elsewhere")]
    NotABlob,
    /// No address, or one that is not http or https.
    #[error("it is no http or https address")]
    NoAddress,
    /// From TLS to plain HTTP, or to plain HTTP on a host where it was not allowed.
    #[error("it leaves TLS")]
    LeavesTls,
    /// Too many in a row.
    #[error("it is more than 5 in a row")]
    TooMany,
    /// Content is uploaded to the registry that was named only.
    #[error("content is uploaded to the named registry only")]
    UploadElsewhere,
    /// The transport opens connections to listed hosts only.
    #[error("the address holds a user name or password")]
    HoldsCredentials,
}

/// Why a page is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageFault {
    /// It is at another host or of another list.
    #[error("it is at another host, or of another list")]
    Elsewhere,
    /// It was read before.
    #[error("it was read before")]
    Repeats,
    /// The header names no address.
    #[error("it is no address")]
    NoAddress,
}

/// Why a token service is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RealmFault {
    /// No address, or one that is not http or https.
    #[error("it is no http or https address")]
    NoAddress,
    /// Plain HTTP to a host where it was not allowed.
    #[error("it is plain http")]
    PlainHttp,
    /// Another host that is an IP address or this machine.
    #[error("it is another host without a name")]
    Unnamed,
    /// The address holds a user name or a password.
    #[error("it holds a user name or password")]
    HoldsCredentials,
}
