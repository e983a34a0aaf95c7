//! What one connection may cost: time without progress, and how many one address may hold.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::net::TcpStream;

use super::is_loopback;
use stream::GuardedStream;

mod stream;

/// What a connection may cost; the defaults suit a server that anyone may reach.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConnectionLimits {
    /// Time for the head of a request; also how long a kept HTTP/1.1 connection may wait for its next request.
    pub header_timeout: Duration,
    /// Time for the TLS handshake.
    pub handshake_timeout: Duration,
    /// Time without a byte in either direction; longer than the longest request may take.
    pub idle_timeout: Duration,
    /// Time for which a peer may refuse to take what is written to it.
    pub write_timeout: Duration,
    /// Connections that one address may hold at once; loopback is not counted. Absent: no limit, which suits a
    /// server behind a proxy.
    pub per_address: Option<NonZeroU32>,
    /// Size of the buffer that must hold the head of an HTTP/1.1 request, in bytes.
    pub max_buffer_bytes: usize,
    /// Concurrent streams of an HTTP/2 connection.
    pub http2_streams: u32,
    /// Size of an HTTP/2 header list, in bytes.
    pub http2_header_bytes: u32,
    /// Streams that an HTTP/2 peer may reset before they were accepted.
    pub http2_pending_resets: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(30),
            per_address: NonZeroU32::new(100),
            max_buffer_bytes: 64 * 1024,
            http2_streams: 128,
            http2_header_bytes: 16 * 1024,
            http2_pending_resets: 20,
        }
    }
}

/// Puts the limits on each accepted connection and sends without delay (`TCP_NODELAY`).
#[derive(Clone)]
pub(super) struct ConnectionAcceptor {
    idle_timeout: Duration,
    write_timeout: Duration,
    per_address: Option<NonZeroU32>,
    held: Held,
}

/// Connections by address; owned by the acceptor, entries removed by the connections' ends.
type Held = Arc<Mutex<HashMap<IpAddr, u32>>>;

impl ConnectionAcceptor {
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        Self {
            idle_timeout: limits.idle_timeout,
            write_timeout: limits.write_timeout,
            per_address: limits.per_address,
            held: Held::default(),
        }
    }

    fn guard(&self, stream: TcpStream) -> io::Result<GuardedStream<TcpStream>> {
        stream.set_nodelay(true)?;
        let place = match self.per_address {
            None => None,
            Some(limit) => Place::take(&self.held, stream.peer_addr()?.ip(), limit)?,
        };
        Ok(GuardedStream::new(
            stream,
            self.idle_timeout,
            self.write_timeout,
            place,
        ))
    }
}

impl<S> Accept<TcpStream, S> for ConnectionAcceptor {
    type Stream = GuardedStream<TcpStream>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.guard(stream).map(|stream| (stream, service)))
    }
}

/// One connection's place among those of its address; given back on drop.
#[derive(Debug)]
pub(super) struct Place {
    held: Held,
    address: IpAddr,
}

impl Place {
    /// `None` for an address that is not counted.
    fn take(held: &Held, address: IpAddr, limit: NonZeroU32) -> io::Result<Option<Self>> {
        if is_loopback(address) {
            return Ok(None);
        }
        let mut counts = held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= limit.get() {
            return Err(io::Error::new(
                io::ErrorKind::QuotaExceeded,
                "too many connections from this address",
            ));
        }
        *count += 1;
        Ok(Some(Self {
            held: Arc::clone(held),
            address,
        }))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
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
