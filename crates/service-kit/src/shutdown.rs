//! The signals that end a server.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal as listen};

/// Listens for SIGTERM and SIGINT from the moment it is made.
///
/// The first signal asks for an orderly end; whoever also waits for a second one lets an operator cut that short.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Starts to listen. Must be called within a runtime.
    ///
    /// # Errors
    /// The operating system's error if a handler cannot be installed.
    pub fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next signal and returns its name.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Ends at the first SIGTERM or SIGINT; never, if the handlers cannot be installed.
pub async fn signal() {
    match Signals::install() {
        Ok(mut signals) => {
            let name = signals.next().await;
            tracing::info!(signal = name, "received a signal, shutting down");
        }
        Err(error) => {
            tracing::error!(error = %error, "cannot listen for signals");
            std::future::pending::<()>().await;
        }
    }
}
