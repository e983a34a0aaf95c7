//! Listening and serving: HTTP/1.1 and HTTP/2 on one port, plain or TLS, with limits on every connection.
//!
//! The socket is bound first, so the address is known before anything is served and port 0 works.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use tokio::net::TcpListener;

mod connection;
mod tls;

use connection::ConnectionAcceptor;
pub use connection::ConnectionLimits;
pub use tls::TlsError;

/// The certificate chain and private key of a TLS listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM, leaf certificate first.
    pub certificate: PathBuf,
    /// PEM, PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// Where and how to listen.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The address; port 0 takes a free one.
    pub address: SocketAddr,
    /// TLS, or plain HTTP if absent.
    pub tls: Option<TlsFiles>,
    /// Allows plain HTTP on an address other than loopback.
    pub insecure_http: bool,
    /// What a connection may cost.
    pub limits: ConnectionLimits,
}

impl Listen {
    /// Plain HTTP on `address`, which must be loopback.
    pub fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            tls: None,
            insecure_http: false,
            limits: ConnectionLimits::default(),
        }
    }

    /// TLS on `address`.
    pub fn tls(address: SocketAddr, files: TlsFiles) -> Self {
        Self {
            tls: Some(files),
            ..Self::plain(address)
        }
    }

    /// Binds the socket and reads the TLS files.
    ///
    /// # Errors
    /// [`BindError::PlainHttpRefused`] for plain HTTP on an address other than loopback without
    /// [`Self::insecure_http`]; [`BindError::Tls`] if certificate or key do not serve; [`BindError::Address`] if the
    /// operating system refuses the address.
    pub async fn bind(self) -> Result<Bound, BindError> {
        if self.tls.is_none() && !self.insecure_http && !is_loopback(self.address.ip()) {
            return Err(BindError::PlainHttpRefused {
                address: self.address,
            });
        }
        let tls = match &self.tls {
            Some(files) => Some(tls::load(files).await?),
            None => None,
        };
        let refused = |source| BindError::Address {
            address: self.address,
            source,
        };
        let listener = TcpListener::bind(self.address).await.map_err(refused)?;
        let local_addr = listener.local_addr().map_err(refused)?;
        Ok(Bound {
            listener,
            local_addr,
            tls,
            limits: self.limits,
        })
    }
}

/// Why a server could not start to listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Plain HTTP would be readable on the way.
    #[error("refusing plain http on {address}, which is not a loopback address")]
    PlainHttpRefused {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The address is taken, not ours, or not allowed.
    #[error("cannot listen on {address}")]
    Address {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The certificate or the key.
    #[error("cannot set up tls")]
    Tls(#[from] TlsError),
}

/// Serving ended otherwise than by the shutdown that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the server on {address} failed")]
pub struct ServeError {
    /// Where it listened.
    pub address: SocketAddr,
    #[source]
    source: io::Error,
}

/// A bound socket that does not serve yet; connections wait in the kernel's queue.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    local_addr: SocketAddr,
    tls: Option<RustlsConfig>,
    limits: ConnectionLimits,
}

impl Bound {
    /// The address with the port that was really taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// `https` or `http`.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Serves `router` until `shutdown` ends, then lets requests in flight finish for at most `grace`.
    ///
    /// After the grace, or when this future is dropped, the connections that are left are cut. Handlers find the
    /// peer as `axum::extract::ConnectInfo<SocketAddr>`.
    ///
    /// # Errors
    /// [`ServeError`] if the listener itself fails; trouble with one connection ends that connection only.
    pub async fn serve(
        self,
        router: Router,
        shutdown: impl Future<Output = ()> + Send,
        grace: Duration,
    ) -> Result<(), ServeError> {
        let address = self.local_addr;
        let handle = Handle::new();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let acceptor = ConnectionAcceptor::new(&self.limits);
        let server = configured(self.listener, &handle, &self.limits);
        let result = match self.tls {
            None => {
                let serving = server.acceptor(acceptor).serve(service);
                drive(handle, serving, shutdown, grace).await
            }
            Some(config) => {
                let acceptor = RustlsAcceptor::new(config)
                    .handshake_timeout(self.limits.handshake_timeout)
                    .acceptor(acceptor);
                let serving = server.acceptor(acceptor).serve(service);
                drive(handle, serving, shutdown, grace).await
            }
        };
        result.map_err(|source| ServeError { address, source })
    }
}

/// Source: the limits of HTTP/2 answer CVE-2023-44487 (rapid reset) and CVE-2024-27316 (continuation flood).
fn configured(
    listener: TcpListener,
    handle: &Handle<SocketAddr>,
    limits: &ConnectionLimits,
) -> Server<SocketAddr> {
    let mut server = Server::from_listener(listener)
        .handle(handle.clone())
        // hyper's own timer starts once it knows the protocol; this one covers the bytes before.
        .first_request_timeout(limits.header_timeout)
        .accept_error_handler(|peer, error| {
            tracing::debug!(peer = peer.map(tracing::field::display), error = %error, "connection refused");
        });
    let builder = server.http_builder();
    builder
        .http1()
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(limits.max_buffer_bytes);
    builder
        .http2()
        .max_concurrent_streams(limits.http2_streams)
        .max_header_list_size(limits.http2_header_bytes)
        .max_pending_accept_reset_streams(limits.http2_pending_resets);
    server
}

async fn drive(
    handle: Handle<SocketAddr>,
    serving: impl Future<Output = io::Result<()>> + Send,
    shutdown: impl Future<Output = ()> + Send,
    grace: Duration,
) -> io::Result<()> {
    let cut = CutOnDrop(handle);
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        result = &mut serving => return result,
        () = shutdown => cut.0.graceful_shutdown(Some(grace)),
    }
    serving.await
}

/// Connections run in tasks of their own, which must not outlive the server.
struct CutOnDrop(Handle<SocketAddr>);

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        self.0.shutdown();
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
mod tests;
