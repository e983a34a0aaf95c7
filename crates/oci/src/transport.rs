//! What the client needs of a network: one request, one answer, nothing followed.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use crate::foreign::Foreign;

/// Sends requests. An implementation decides which hosts may be contacted; it follows no redirect and repeats nothing.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and returns as soon as the head of the answer is there, whatever its status.
    ///
    /// # Errors
    /// [`TransportError`] if there is no answer.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Waits before a repetition.
    async fn pause(&self, pause: Duration);
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// All headers but `Content-Length`, which follows from the body.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// Why this host is contacted.
    pub reason: Reason,
    /// How long it may take.
    pub deadline: Deadline,
}

/// Why a host is contacted: a transport with a list of allowed hosts needs the first to be on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The user named the registry.
    Registry,
    /// The registry keeps its blobs elsewhere and sent the client there; the request has no credentials.
    BlobRedirect,
    /// The registry says that tokens are issued there; the request has credentials only if the host is trusted with them.
    TokenRealm,
}

/// Limits of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Without any byte.
    pub idle: Duration,
    /// From the first byte of the request to the last byte of the answer.
    pub total: Duration,
}

/// A body that can be sent again.
#[derive(Clone)]
pub enum Body {
    /// Nothing.
    Empty,
    /// These bytes.
    Bytes(Bytes),
    /// A file's content.
    File {
        /// The file.
        path: PathBuf,
        /// How many bytes of it; the request breaks off if there are fewer.
        length: u64,
    },
}

impl Body {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}

/// The head of an answer, and its body still on the wire.
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; dropping it ends the transfer.
    pub body: Box<dyn Chunks>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A body piece by piece.
#[async_trait]
pub trait Chunks: Send {
    /// The next piece; nothing at the end.
    ///
    /// # Errors
    /// [`TransportError`] if the connection breaks.
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError>;
}

/// There is no answer, or it broke off.
#[derive(Debug, thiserror::Error)]
#[error("{method} {url}: {reason}")]
pub struct TransportError {
    /// The request's method.
    pub method: Method,
    /// The request's address without its query.
    pub url: Foreign,
    /// What kind of failure it is.
    pub kind: TransportErrorKind,
    /// What the system or the peer's code says.
    pub reason: Foreign,
}

impl TransportError {
    /// A failure of a request.
    pub fn new(method: &Method, url: &Url, kind: TransportErrorKind, reason: &str) -> Self {
        Self {
            method: method.clone(),
            url: shown(url),
            kind,
            reason: Foreign::new(reason),
        }
    }
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The host may not be contacted; nothing was sent.
    NotAllowed,
    /// There is no connection or no agreement on TLS; nothing was sent.
    Connect,
    /// A limit of time has passed.
    Timeout,
    /// The connection broke.
    Broken,
    /// Something on this machine: a file, the set-up.
    Local,
}

/// An address without its query, which may hold a token.
pub(crate) fn shown(url: &Url) -> Foreign {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // An error means that this kind of address has no credentials.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    Foreign::new(shown.as_str())
}
