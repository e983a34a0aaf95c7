//! Carries requests to registries: the named ones by the list of allowed hosts, and where those point to.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use http::header::USER_AGENT;
use sigbox_oci::transport::{
    Body, Chunks, Reason, Request, Response, Transport, TransportError, TransportErrorKind,
};
use std::sync::OnceLock;
use url::Url;

use super::{
    CONNECT_TIMEOUT, ClosedWorld, HttpOptions, is_loopback, user_agent, wait, without_query,
};
use crate::tls_roots::{self, RootsError};
use crate::ui::{Escaped, io_reason, say};

/// How TLS to registries is spoken.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegistryTls {
    /// The only authorities whose certificates are taken, PEM; those of the system and of `SSL_CERT_FILE` without.
    pub(crate) authorities: Option<PathBuf>,
    /// The client's certificate and its key, PEM files.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
    /// Whether any certificate is taken, which protects from nobody who can answer in the registry's place.
    pub(crate) insecure: bool,
}

/// TLS to registries cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RegistryTlsError {
    #[error("open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} holds no PEM certificate", Escaped(&.path.to_string_lossy()))]
    NoCertificate { path: PathBuf },
    #[error("{} and {} are no certificate with its key", Escaped(&.certificate.to_string_lossy()), Escaped(&.key.to_string_lossy()))]
    Identity { certificate: PathBuf, key: PathBuf },
    #[error(transparent)]
    Roots(#[from] RootsError),
    #[error("the HTTP client could not be set up")]
    Setup(#[source] reqwest::Error),
}

/// The connections to registries.
pub(crate) struct RegistryTransport {
    world: ClosedWorld,
    trace: bool,
    direct: OnceLock<reqwest::Client>,
    proxied: OnceLock<reqwest::Client>,
    authorities: Option<Vec<reqwest::Certificate>>,
    identity: Option<reqwest::Identity>,
    insecure: bool,
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
            direct: OnceLock::new(),
            proxied: OnceLock::new(),
            authorities: tls.authorities.as_ref().map(authorities).transpose()?,
            identity: tls.identity.as_ref().map(identity).transpose()?,
            insecure: tls.insecure,
        })
    }

    /// Proxy variables are honoured, but never for this machine itself: a proxy cannot reach it.
    fn client_for(&self, url: &Url) -> Result<reqwest::Client, RegistryTlsError> {
        let local = is_loopback(url);
        let cell = if local { &self.direct } else { &self.proxied };
        if let Some(client) = cell.get() {
            return Ok(client.clone());
        }
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .default_headers(HeaderMap::from_iter([(USER_AGENT, user_agent())]))
            .tls_danger_accept_invalid_certs(self.insecure);
        if local {
            builder = builder.no_proxy();
        }
        builder = match &self.authorities {
            Some(authorities) => builder.tls_certs_only(authorities.clone()),
            None => builder.tls_certs_merge(tls_roots::from_environment()?),
        };
        if let Some(identity) = &self.identity {
            builder = builder.identity(identity.clone());
        }
        let client = builder.build().map_err(RegistryTlsError::Setup)?;
        Ok(cell.get_or_init(|| client).clone())
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, RegistryTlsError> {
    std::fs::read(path).map_err(|source| RegistryTlsError::File {
        path: path.clone(),
        source,
    })
}

fn authorities(path: &PathBuf) -> Result<Vec<reqwest::Certificate>, RegistryTlsError> {
    match reqwest::Certificate::from_pem_bundle(&read(path)?) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(RegistryTlsError::NoCertificate { path: path.clone() }),
    }
}

fn identity(
    (certificate, key): &(PathBuf, PathBuf),
) -> Result<reqwest::Identity, RegistryTlsError> {
    let mut pem = read(certificate)?;
    pem.push(b'\n');
    pem.extend(read(key)?);
    reqwest::Identity::from_pem(&pem).map_err(|_| RegistryTlsError::Identity {
        certificate: certificate.clone(),
        key: key.clone(),
    })
}

#[async_trait]
impl Transport for RegistryTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let failed =
            |kind, reason: &str| TransportError::new(&request.method, &request.url, kind, reason);
        // Where a named registry keeps its blobs or has its tokens issued is the registry's to say.
        if request.reason == Reason::Registry
            && let Err(error) = self.world.check(&request.url)
        {
            return Err(failed(TransportErrorKind::NotAllowed, &error.to_string()));
        }
        let shown = without_query(&request.url);
        if self.trace {
            say(&format_args!("> {} {}", request.method, Escaped(&shown)));
        }
        let client = self
            .client_for(&request.url)
            .map_err(|error| failed(TransportErrorKind::Local, &error.to_string()))?;
        let body = match &request.body {
            Body::Empty => reqwest::Body::default(),
            Body::Bytes(bytes) => bytes.clone().into(),
            Body::File { path, length } => {
                let content = tokio::fs::read(path).await;
                let content = content
                    .map_err(|error| failed(TransportErrorKind::Local, &io_reason(&error)))?;
                if content.len() as u64 != *length {
                    return Err(failed(TransportErrorKind::Local, "the file has changed"));
                }
                content.into()
            }
        };
        let sending = client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(body)
            .timeout(request.deadline.total)
            .send();
        let response = sending
            .await
            .map_err(|error| failed(kind(&error), &innermost(&error)))?;
        if self.trace {
            say(&format_args!("< {}", response.status()));
        }
        Ok(Response {
            status: response.status(),
            headers: response.headers().clone(),
            body: Box::new(Stream {
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
    response: reqwest::Response,
    idle: Duration,
    method: http::Method,
    url: Url,
}

#[async_trait]
impl Chunks for Stream {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let (method, url) = (self.method.clone(), self.url.clone());
        let failed = |kind, reason: &str| TransportError::new(&method, &url, kind, reason);
        match tokio::time::timeout(self.idle, self.response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => Err(failed(kind(&error), &innermost(&error))),
            Err(_) => Err(failed(TransportErrorKind::Timeout, "no bytes in time")),
        }
    }
}

fn kind(error: &reqwest::Error) -> TransportErrorKind {
    if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_connect() {
        TransportErrorKind::Connect
    } else {
        TransportErrorKind::Broken
    }
}

fn innermost(error: &reqwest::Error) -> String {
    let mut innermost: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
        .downcast_ref::<std::io::Error>()
        .map_or_else(|| innermost.to_string(), io_reason)
}
