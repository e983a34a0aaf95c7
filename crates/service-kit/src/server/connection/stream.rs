//! A stream that fails when it makes no progress.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Place;

/// Fails reads after a time without traffic, and writes that the peer does not take.
#[derive(Debug)]
pub(in crate::server) struct GuardedStream<S> {
    inner: S,
    idle: Idle,
    stall: Stall,
    _place: Option<Place>,
}

impl<S> GuardedStream<S> {
    pub(super) fn new(
        inner: S,
        idle_timeout: Duration,
        write_timeout: Duration,
        place: Option<Place>,
    ) -> Self {
        Self {
            inner,
            idle: Idle::new(idle_timeout),
            stall: Stall {
                timeout: write_timeout,
                timer: None,
            },
            _place: place,
        }
    }

    #[cfg(test)]
    pub(super) fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Accounts for the outcome of a write, flush or shutdown.
    fn wrote<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Ready(result) => {
                self.stall.timer = None;
                self.idle.touch();
                Poll::Ready(result)
            }
            Poll::Pending if self.stall.passed(context) => {
                Poll::Ready(Err(io::Error::from(io::ErrorKind::TimedOut)))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for GuardedStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.inner).poll_read(context, buffer) {
            Poll::Ready(result) => {
                this.idle.touch();
                Poll::Ready(result)
            }
            Poll::Pending if this.idle.passed(context) => {
                Poll::Ready(Err(io::Error::from(io::ErrorKind::TimedOut)))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for GuardedStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.wrote(context, outcome)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_write_vectored(context, slices);
        this.wrote(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_flush(context);
        if matches!(outcome, Poll::Ready(Ok(()))) {
            return outcome; // a flush with nothing to send is no traffic
        }
        this.wrote(context, outcome)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_shutdown(context);
        this.wrote(context, outcome)
    }
}

/// Time since the last traffic. The timer is moved only when it fires, so traffic costs one clock reading.
#[derive(Debug)]
struct Idle {
    timeout: Duration,
    last: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Idle {
    fn new(timeout: Duration) -> Self {
        let last = Instant::now();
        Self {
            timeout,
            last,
            timer: Box::pin(sleep_until(last + timeout)),
        }
    }

    fn touch(&mut self) {
        self.last = Instant::now();
    }

    fn passed(&mut self, context: &mut Context<'_>) -> bool {
        while self.timer.as_mut().poll(context).is_ready() {
            let due = self.last + self.timeout;
            if due <= Instant::now() {
                return true;
            }
            self.timer.as_mut().reset(due);
        }
        false
    }
}

/// Time for which a write has been pending.
#[derive(Debug)]
struct Stall {
    timeout: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    fn passed(&mut self, context: &mut Context<'_>) -> bool {
        let timeout = self.timeout;
        self.timer
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + timeout)))
            .as_mut()
            .poll(context)
            .is_ready()
    }
}
