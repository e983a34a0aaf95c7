//! Logs: one subscriber a process, to standard error, and a wrapper for text that others wrote.
//!
//! Never logged: headers, bodies, query strings, tokens, keys. Every string that came from outside is wrapped in
//! [`Untrusted`].

use std::io::IsTerminal;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

mod untrusted;

pub use untrusted::{Untrusted, UntrustedBytes};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One JSON object a line; what services use.
    #[default]
    Json,
    /// For people at a terminal.
    Text,
}

/// The name is neither `json` nor `text`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown log format, expected `json` or `text`")]
pub struct LogFormatError;

impl FromStr for LogFormat {
    type Err = LogFormatError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err(LogFormatError),
        }
    }
}

/// Why logging could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoggingError {
    /// The filter does not parse.
    #[error("invalid log filter `{filter}`")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: ParseError,
    },
    /// The process has a subscriber already.
    #[error("logging is already initialised")]
    AlreadyInitialised {
        /// The subscriber's own report.
        #[source]
        source: TryInitError,
    },
}

/// Starts logging to standard error.
///
/// `filter` is in the syntax of `RUST_LOG` (`info,hyper=warn`); the binary reads the environment and passes it on.
///
/// # Errors
/// [`LoggingError::Filter`] if `filter` does not parse; [`LoggingError::AlreadyInitialised`] on a second call.
pub fn init(format: LogFormat, filter: &str) -> Result<(), LoggingError> {
    let env_filter = EnvFilter::try_new(filter).map_err(|source| LoggingError::Filter {
        filter: filter.to_owned(),
        source,
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(env_filter)
        .with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
        LogFormat::Text => {
            let text = builder.with_target(false);
            // On a terminal the subscriber decides by itself (it honours `NO_COLOR`).
            if std::io::stderr().is_terminal() {
                text.finish().try_init()
            } else {
                text.with_ansi(false).finish().try_init()
            }
        }
    };
    started.map_err(|source| LoggingError::AlreadyInitialised { source })
}
