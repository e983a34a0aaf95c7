//! Requests of the registry client, sent to real registries on this machine.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sigbox_oci::transport::{
    Body, Chunks, Request, Response, Transport, TransportError, TransportErrorKind,
};

/// Plain connections: the registries are on this machine.
#[derive(Default)]
pub struct RegistryTransport {
    client: reqwest::Client,
}

impl RegistryTransport {
    /// A transport that uses no proxy and follows nothing.
    pub fn new() -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            .build()?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Transport for RegistryTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let failed =
            |kind, reason: &str| TransportError::new(&request.method, &request.url, kind, reason);
        let body = match &request.body {
            Body::Empty => reqwest::Body::default(),
            Body::Bytes(bytes) => bytes.clone().into(),
            Body::File { path, .. } => tokio::fs::read(path)
                .await
                .map_err(|error| failed(TransportErrorKind::Local, &error.to_string()))?
                .into(),
        };
        let sent = self
            .client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(body)
            .timeout(request.deadline.total)
            .send()
            .await;
        let response = sent.map_err(|error| {
            let kind = if error.is_connect() {
                TransportErrorKind::Connect
            } else {
                TransportErrorKind::Broken
            };
            failed(kind, &error.to_string())
        })?;
        Ok(Response {
            status: response.status(),
            headers: response.headers().clone(),
            body: Box::new(Incoming { response, request }),
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a registry that lost an update gives no event to wait for"
    )]
    async fn pause(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

struct Incoming {
    response: reqwest::Response,
    request: Request,
}

#[async_trait]
impl Chunks for Incoming {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let (method, url) = (&self.request.method, &self.request.url);
        self.response.chunk().await.map_err(|error| {
            TransportError::new(method, url, TransportErrorKind::Broken, &error.to_string())
        })
    }
}
