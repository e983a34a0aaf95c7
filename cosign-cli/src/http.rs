//! The only place that opens connections, and the list of hosts it may open them to.
//!
//! An instance is a closed world: a request leaves only for an origin (scheme, host, port) that the
//! signing config or the command line names. There is no built-in host, and no redirect is followed.

mod client_tls;
mod clients;
mod registry;

use std::sync::OnceLock;
use std::time::Duration;

use http::header::{HeaderMap, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use url::{Origin, Url};

pub use self::client_tls::{ClientTls, ClientTlsError, ClientTlsFiles};
use self::clients::{CONNECT_TIMEOUT, is_loopback, user_agent};
pub(crate) use self::registry::{RegistryTls, RegistryTransport};
use crate::tls_roots::RootsError;
use crate::ui::{Escaped, io_reason, say};

/// The longest answer that is read: a certificate chain, a log entry and a timestamp are far smaller.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// A server may ask for a pause, but not for one that looks like a hang.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// A request was not sent, or got no usable answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Neither the signing config nor the command line names this origin.
    #[error(
        "refused to contact {}: only the hosts that the signing config and the command line name may be contacted ({})",
        Escaped(.origin), Escaped(.allowed)
    )]
    NotAllowed {
        /// Scheme, host and port that were asked for.
        origin: String,
        /// The origins that are allowed, comma separated.
        allowed: String,
    },
    /// The certificates that TLS peers must chain to could not be loaded.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Setup(#[source] reqwest::Error),
    /// No connection, or it broke.
    #[error("{method} {}: {}", Escaped(.url), Escaped(.reason))]
    Transport {
        /// The request's method.
        method: Method,
        /// The address without its query.
        url: String,
        /// The innermost cause, in the words of the system.
        reason: String,
    },
    /// The peer did not answer in time.
    #[error("{method} {}: no answer within {} s", Escaped(.url), .after.as_secs())]
    Timeout {
        /// The request's method.
        method: Method,
        /// The address without its query.
        url: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The peer sent the client elsewhere, which is never followed.
    #[error("{method} {}: the server redirects ({status}) to {}, which is not followed", Escaped(.url), Escaped(.location))]
    Redirect {
        /// The request's method.
        method: Method,
        /// The address without its query.
        url: String,
        /// The answer's status.
        status: u16,
        /// Where the server points to.
        location: String,
    },
    /// The peer says that it cannot answer now.
    #[error("{method} {}: the server is not available now (status {status})", Escaped(.url))]
    Unavailable {
        /// The request's method.
        method: Method,
        /// The address without its query.
        url: String,
        /// The answer's status.
        status: u16,
    },
    /// The answer is longer than any answer of these services.
    #[error("{method} {}: the answer is longer than {limit} bytes", Escaped(.url))]
    TooLarge {
        /// The request's method.
        method: Method,
        /// The address without its query.
        url: String,
        /// The limit in bytes.
        limit: usize,
    },
}

/// One request; `deadline` bounds each attempt.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) deadline: Duration,
}

/// What came back; `body` is at most 1 MiB.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Settings that do not depend on the instance.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Pause before the one retry on 429 and 5xx (a `Retry-After` of at most 10 s takes its place).
    pub backoff: Duration,
    /// Whether each request and answer is told on stderr, without headers and bodies.
    pub trace: bool,
    /// What timestamp authorities want to see of their clients, if anything.
    pub timestamp_tls: Option<ClientTls>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            backoff: Duration::from_secs(1),
            trace: false,
            timestamp_tls: None,
        }
    }
}

/// The hosts that may be contacted, and the connections to them.
#[derive(Debug)]
pub struct ClosedWorld {
    allowed: Vec<Origin>,
    options: HttpOptions,
    direct: OnceLock<reqwest::Client>,
    proxied: OnceLock<reqwest::Client>,
}

impl ClosedWorld {
    /// A world in which nothing may be contacted yet; opens nothing and loads nothing.
    pub fn new(options: HttpOptions) -> Self {
        Self {
            allowed: Vec::new(),
            options,
            direct: OnceLock::new(),
            proxied: OnceLock::new(),
        }
    }

    /// Adds the origin of an address that the signing config or the user named.
    pub fn allow(&mut self, url: &Url) {
        let origin = url.origin();
        if !self.allowed.contains(&origin) {
            self.allowed.push(origin);
        }
    }

    /// The allowed origins as text, for messages.
    fn allowed_text(&self) -> String {
        let names: Vec<String> = self
            .allowed
            .iter()
            .map(Origin::ascii_serialization)
            .collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    }

    /// Sends one request, once more after a pause if the service is overloaded or down for the moment.
    ///
    /// # Errors
    /// [`HttpError::NotAllowed`] before anything is sent if the origin was not [allowed](Self::allow).
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Answer, HttpError> {
        self.send_with(None, request).await
    }

    /// The same to a timestamp authority, which may have to be shown a certificate.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub(crate) async fn send_to_timestamp_authority(
        &self,
        request: Request<'_>,
    ) -> Result<Answer, HttpError> {
        let tls = self.options.timestamp_tls.as_ref();
        self.send_with(tls, request).await
    }

    async fn send_with(
        &self,
        tls: Option<&ClientTls>,
        request: Request<'_>,
    ) -> Result<Answer, HttpError> {
        self.check(request.url)?;
        let first = self.attempt(tls, &request).await;
        let pause = match &first {
            Ok(answer) if is_transient(answer.status) => {
                retry_after(&answer.headers).unwrap_or(self.options.backoff)
            }
            _ => return first,
        };
        wait(pause).await;
        self.attempt(tls, &request).await
    }

    fn check(&self, url: &Url) -> Result<(), HttpError> {
        let origin = url.origin();
        let usable = matches!(url.scheme(), "http" | "https") && url.host().is_some();
        if usable && self.allowed.contains(&origin) {
            return Ok(());
        }
        Err(HttpError::NotAllowed {
            origin: origin.ascii_serialization(),
            allowed: self.allowed_text(),
        })
    }

    /// Sends one request, once, and gives the answer's head; its body, of any length, is still to come.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub(crate) async fn open(&self, request: &Request<'_>) -> Result<reqwest::Response, HttpError> {
        self.check(request.url)?;
        self.head(None, request).await
    }

    async fn head(
        &self,
        tls: Option<&ClientTls>,
        request: &Request<'_>,
    ) -> Result<reqwest::Response, HttpError> {
        let shown = without_query(request.url);
        if self.options.trace {
            say(&format_args!("> {} {}", request.method, Escaped(&shown)));
        }
        let failed = |error: reqwest::Error| transport_error(request, &shown, &error);
        let mut headers = request.headers.clone();
        let mut url = request.url.clone();
        let client = match tls {
            None => self.client_for(request.url)?.clone(),
            Some(tls) => self.dressed_client(tls, &mut url, &mut headers).await?,
        };
        let response = client
            .request(request.method.clone(), url)
            .headers(headers)
            .body(request.body.clone())
            .timeout(request.deadline)
            .send()
            .await
            .map_err(failed)?;
        let status = response.status();
        if self.options.trace {
            say(&format_args!("< {status}"));
        }
        if status.is_redirection() {
            let location = response
                .headers()
                .get(LOCATION)
                .map(HeaderValue::as_bytes)
                .unwrap_or_default();
            return Err(HttpError::Redirect {
                method: request.method.clone(),
                url: shown,
                status: status.as_u16(),
                location: String::from_utf8_lossy(location).into_owned(),
            });
        }
        Ok(response)
    }

    async fn attempt(
        &self,
        tls: Option<&ClientTls>,
        request: &Request<'_>,
    ) -> Result<Answer, HttpError> {
        let mut response = self.head(tls, request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let shown = without_query(request.url);
        let failed = |error: reqwest::Error| transport_error(request, &shown, &error);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(HttpError::TooLarge {
                    method: request.method.clone(),
                    url: shown,
                    limit: MAX_ANSWER_BYTES,
                });
            }
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a service that asks for a pause gives no event to wait for"
)]
pub(crate) async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}

/// Whether a server says by this status that it cannot answer now.
pub(crate) fn is_outage(status: u16) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || (500..600).contains(&status) && status != StatusCode::NOT_IMPLEMENTED
}

fn is_transient(status: StatusCode) -> bool {
    status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
        || status == StatusCode::TOO_MANY_REQUESTS
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds).min(MAX_PAUSE))
}

/// A query may hold a code or a token, so it is never shown.
pub(crate) fn without_query(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // Errors mean that the address cannot hold credentials in the first place.
    let _ = shown.set_password(None);
    let _ = shown.set_username("");
    shown.into()
}

fn transport_error(request: &Request<'_>, url: &str, error: &reqwest::Error) -> HttpError {
    let (method, url) = (request.method.clone(), url.to_owned());
    if error.is_timeout() {
        return HttpError::Timeout {
            method,
            url,
            after: request.deadline,
        };
    }
    let mut innermost: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    HttpError::Transport {
        method,
        url,
        reason: innermost
            .downcast_ref::<std::io::Error>()
            .map_or_else(|| innermost.to_string(), io_reason),
    }
}

#[cfg(test)]
mod tests;
