//! Carries requests to registries: the named ones by the list of allowed hosts, and where those point to.

mod clients;
mod upload;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::HOST;
use sigbox_oci::transport::{
    Chunks, Reason, Request, Response, Transport, TransportError, TransportErrorKind,
};
use tokio::sync::Notify;
use url::Url;

use self::clients::{Clients, Route};
pub(crate) use self::clients::{RegistryTls, RegistryTlsError};
use self::upload::{METERED_BYTES, Upload, UploadError};
use super::{ClosedWorld, HttpOptions, wait, without_query};
use crate::ui::{Escaped, Meter, io_reason, say};

const NO_BYTES: &str = "no bytes in time";

/// The connections to registries.
pub(crate) struct RegistryTransport {
    world: ClosedWorld,
    trace: bool,
    clients: Clients,
}

impl RegistryTransport {
    /// A transport to these addresses; reads files, opens no connection.
    ///
    /// # Errors
    /// [`RegistryTlsError`].
    pub(crate) fn new(
        origins: &[Url],
        options: HttpOptions,
        tls: &RegistryTls,
    ) -> Result<Self, RegistryTlsError> {
        let trace = options.trace;
        let mut world = ClosedWorld::new(options);
        for origin in origins {
            world.allow(origin);
        }
        Ok(Self {
            world,
            trace,
            clients: Clients::new(tls)?,
        })
    }

    /// Sends a request, and waits for the head of the answer as long as something happens.
    async fn head(&self, request: &Request, route: Route) -> Result<reqwest::Response, Failed> {
        let taken = Arc::new(Notify::new());
        let upload = Upload::open(&request.body, Arc::clone(&taken)).await;
        let upload =
            upload.map_err(|error| Failed::new(TransportErrorKind::Local, &error.to_string()))?;
        let mut headers = request.headers.clone();
        headers.extend(route.host.map(|host| (HOST, host)));
        let mut sending = route.client.request(request.method.clone(), route.url);
        if !request.body.is_empty() {
            sending = sending.body(reqwest::Body::wrap(upload));
        }
        let sending = sending.headers(headers).timeout(request.deadline.total);
        let mut sending = pin!(sending.send());
        loop {
            let news = async {
                tokio::select! {
                    biased;
                    answer = &mut sending => Some(answer),
                    () = taken.notified() => None,
                }
            };
            match tokio::time::timeout(request.deadline.idle, news).await {
                Ok(Some(answer)) => return answer.map_err(|error| Failed::from(&error)),
                Ok(None) => {}
                Err(_) => return Err(Failed::new(TransportErrorKind::Timeout, NO_BYTES)),
            }
        }
    }
}

/// Why there is no answer.
struct Failed {
    kind: TransportErrorKind,
    reason: String,
}

impl Failed {
    fn new(kind: TransportErrorKind, reason: &str) -> Self {
        let reason = reason.to_owned();
        Self { kind, reason }
    }

    fn of(self, request: &Request) -> TransportError {
        TransportError::new(&request.method, &request.url, self.kind, &self.reason)
    }
}

#[async_trait]
impl Transport for RegistryTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let failed =
            |kind, reason: &str| TransportError::new(&request.method, &request.url, kind, reason);
        // Where a named registry keeps its blobs or has its tokens issued is the registry's to say.
        let allowed = self.world.check(&request.url);
        let named = allowed.is_ok();
        if request.reason == Reason::Registry
            && let Err(error) = allowed
        {
            return Err(failed(TransportErrorKind::NotAllowed, &error.to_string()));
        }
        let shown = without_query(&request.url);
        if self.trace {
            say(&format_args!("> {} {}", request.method, Escaped(&shown)));
        }
        let route = self.clients.route(&request.url, named).await;
        let route = route.map_err(|error| failed(TransportErrorKind::Local, &error.to_string()))?;
        let head = self.head(&request, route).await;
        let response = head.map_err(|failed| failed.of(&request))?;
        if self.trace {
            say(&format_args!("< {}", response.status()));
        }
        Ok(Response {
            status: response.status(),
            headers: response.headers().clone(),
            body: Box::new(Stream {
                meter: meter(&request.url, response.content_length()),
                response,
                idle: request.deadline.idle,
                method: request.method,
                url: request.url,
            }),
        })
    }

    async fn pause(&self, pause: Duration) {
        wait(pause).await;
    }
}

/// A body on the wire.
struct Stream {
    meter: Option<Meter>,
    response: reqwest::Response,
    idle: Duration,
    method: http::Method,
    url: Url,
}

/// Blobs are called by their digests, the last part of their addresses; short ones are not worth telling of.
fn meter(url: &Url, length: Option<u64>) -> Option<Meter> {
    if length.is_some_and(|length| length < METERED_BYTES) {
        return None;
    }
    let name = url.path_segments().and_then(|mut parts| parts.next_back());
    let name = name.unwrap_or_default().to_owned();
    Some(Meter::new("Downloading", name, length))
}

#[async_trait]
impl Chunks for Stream {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let (method, url) = (self.method.clone(), self.url.clone());
        let failed = |kind, reason: &str| TransportError::new(&method, &url, kind, reason);
        match tokio::time::timeout(self.idle, self.response.chunk()).await {
            Ok(Ok(chunk)) => {
                if let (Some(meter), Some(chunk)) = (&mut self.meter, &chunk) {
                    meter.add(chunk.len());
                }
                Ok(chunk)
            }
            Ok(Err(error)) => {
                let Failed { kind, reason } = Failed::from(&error);
                Err(failed(kind, &reason))
            }
            Err(_) => Err(failed(TransportErrorKind::Timeout, NO_BYTES)),
        }
    }
}

impl From<&reqwest::Error> for Failed {
    fn from(error: &reqwest::Error) -> Self {
        let mut innermost: &(dyn std::error::Error + 'static) = error;
        let mut local = innermost.is::<UploadError>();
        while let Some(source) = innermost.source() {
            innermost = source;
            local |= innermost.is::<UploadError>();
        }
        let kind = if local {
            TransportErrorKind::Local
        } else if error.is_timeout() {
            TransportErrorKind::Timeout
        } else if error.is_connect() {
            TransportErrorKind::Connect
        } else {
            TransportErrorKind::Broken
        };
        let reason = innermost
            .downcast_ref::<std::io::Error>()
            .map_or_else(|| innermost.to_string(), io_reason);
        Self { kind, reason }
    }
}

#[cfg(test)]
mod tests;
