//! The HTTP clients of a closed world: which certificates they trust and show, and whether they go through a proxy.

use std::time::Duration;

use http::header::{HOST, HeaderMap, USER_AGENT};
use http::{HeaderValue, Method};
use url::{Host, Origin, Url};

use super::{ClientTls, ClosedWorld, HttpError, client_tls, without_query};
use crate::commands::platform;
use crate::tls_roots;
use crate::ui::io_reason;

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl ClosedWorld {
    /// Proxy variables are honoured, but never for this machine itself: a proxy cannot reach it.
    pub(super) fn client_for(&self, url: &Url) -> Result<&reqwest::Client, HttpError> {
        let cell = if is_loopback(url) {
            &self.direct
        } else {
            &self.proxied
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let mut builder = plain_builder(url);
        builder = if self.needs_tls_roots() {
            builder.tls_certs_merge(tls_roots::from_environment()?)
        } else {
            // Loading the system's roots costs time and fails on machines that have none.
            builder.tls_certs_only([])
        };
        let client = builder.build().map_err(HttpError::Setup)?;
        Ok(cell.get_or_init(|| client))
    }

    /// A client for one request, under the name that the service's certificate has.
    ///
    /// The name takes the place of the host in the address, which alone decides what TLS asks for; the connection
    /// still goes to the host's own address, and so past any proxy.
    pub(super) async fn dressed_client(
        &self,
        tls: &ClientTls,
        url: &mut Url,
        headers: &mut HeaderMap,
    ) -> Result<reqwest::Client, HttpError> {
        let mut builder = tls.dress(plain_builder(url), tls_roots::from_environment()?);
        if let Some((renamed, host)) = tls
            .server_name()
            .and_then(|name| client_tls::renamed(url, name))
        {
            let port = url.port_or_known_default().unwrap_or_default();
            let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
            let found = tokio::net::lookup_host((name, port)).await;
            let addresses: Vec<_> = found
                .map_err(|error| HttpError::Transport {
                    method: Method::POST,
                    url: without_query(url),
                    reason: io_reason(&error),
                })?
                .collect();
            builder = builder
                .resolve_to_addrs(renamed.host_str().unwrap_or_default(), &addresses)
                .http1_only()
                .no_proxy();
            headers.insert(HOST, host);
            *url = renamed;
        }
        builder.build().map_err(HttpError::Setup)
    }

    fn needs_tls_roots(&self) -> bool {
        self.allowed
            .iter()
            .any(|origin| matches!(origin, Origin::Tuple(scheme, _, _) if scheme == "https"))
            || tls_roots::proxy_is_https()
    }
}

/// What all clients have in common.
fn plain_builder(url: &Url) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .default_headers(HeaderMap::from_iter([(USER_AGENT, user_agent())]));
    if is_loopback(url) {
        builder.no_proxy()
    } else {
        builder
    }
}

pub(super) fn user_agent() -> HeaderValue {
    let platform = platform().replace('/', "; ");
    let text = format!("cosign/{} ({platform})", env!("CARGO_PKG_VERSION"));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("cosign"))
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
