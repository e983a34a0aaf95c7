//! Extra roots for TLS peers with a private certificate authority (`SSL_CERT_FILE`).

use std::path::PathBuf;

use crate::environment;
use crate::ui::{Escaped, io_reason};

/// `SSL_CERT_FILE` is set, but cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootsError {
    /// The file cannot be read.
    #[error("SSL_CERT_FILE: open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    Unreadable {
        /// The variable's value.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file holds no PEM certificates.
    #[error("SSL_CERT_FILE: {} holds no PEM certificate", Escaped(&.path.to_string_lossy()))]
    NoCertificate {
        /// The variable's value.
        path: PathBuf,
    },
}

/// The certificates of `SSL_CERT_FILE`, to be trusted beside the system's; none if it is not set.
///
/// # Errors
/// [`RootsError`] if the variable names a file that cannot be used: a silent skip would end in a
/// handshake failure that says nothing about the variable.
pub(crate) fn from_environment() -> Result<Vec<reqwest::Certificate>, RootsError> {
    let Some(path) = environment::path("SSL_CERT_FILE") else {
        return Ok(Vec::new());
    };
    let pem = match std::fs::read(&path) {
        Ok(pem) => pem,
        Err(source) => return Err(RootsError::Unreadable { path, source }),
    };
    match reqwest::Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(RootsError::NoCertificate { path }),
    }
}

/// Whether a proxy is itself reached over TLS, so that roots are needed even for plain services.
pub(crate) fn proxy_is_https() -> bool {
    ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
        .iter()
        .filter_map(|name| environment::text(name))
        .any(|proxy| proxy.starts_with("https:"))
}
