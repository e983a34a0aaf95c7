//! TLS towards a service that wants to know its clients: whom to trust there, what to show, and by which name.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use http::HeaderValue;
use reqwest::{Certificate, ClientBuilder, Identity};
use url::Url;
use zeroize::Zeroizing;

use crate::ui::{Escaped, io_reason};

/// Certificates and keys are small; a file that goes on is something else.
const MAX_PEM_BYTES: u64 = 1024 * 1024;

/// The files that describe such a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientTlsFiles {
    /// The only authorities to trust there, PEM; the usual ones if `None`.
    pub authorities: Option<PathBuf>,
    /// The certificate chain to show, PEM, and its private key.
    pub certificate_and_key: Option<(PathBuf, PathBuf)>,
    /// The name that the service's certificate must have; the address's host if `None`.
    pub server_name: Option<String>,
}

/// Such a connection cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientTlsError {
    /// A file cannot be read.
    #[error("open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds no PEM certificates.
    #[error("{} holds no PEM certificate", Escaped(&.path.to_string_lossy()))]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key cannot be used.
    #[error(
        "{} and {} are no PEM certificate and private key",
        Escaped(&.certificate.to_string_lossy()), Escaped(&.key.to_string_lossy())
    )]
    Identity {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The name is none that a certificate could have.
    #[error("`{}` is not a host name", Escaped(.0))]
    ServerName(String),
}

/// A connection's TLS, read from its files. `Debug` shows nothing of the key.
#[derive(Clone)]
pub struct ClientTls {
    authorities: Option<Vec<Certificate>>,
    identity: Option<Identity>,
    server_name: Option<String>,
}

impl ClientTls {
    /// Reads the files; nothing is connected.
    ///
    /// # Errors
    /// [`ClientTlsError`].
    pub fn read(files: &ClientTlsFiles) -> Result<Self, ClientTlsError> {
        let authorities = files.authorities.as_deref().map(certificates).transpose()?;
        let identity = match &files.certificate_and_key {
            Some((certificate, key)) => Some(identity(certificate, key)?),
            None => None,
        };
        if let Some(name) = &files.server_name
            && !matches!(url::Host::parse(name), Ok(url::Host::Domain(_)))
        {
            return Err(ClientTlsError::ServerName(name.clone()));
        }
        Ok(Self {
            authorities,
            identity,
            server_name: files.server_name.clone(),
        })
    }

    /// Sets up what a client shows and whom it trusts; `usual` are the roots where no authority is named.
    pub(super) fn dress(&self, builder: ClientBuilder, usual: Vec<Certificate>) -> ClientBuilder {
        let builder = match &self.authorities {
            Some(authorities) => builder.tls_certs_only(authorities.clone()),
            None => builder.tls_certs_merge(usual),
        };
        match &self.identity {
            Some(identity) => builder.identity(identity.clone()),
            None => builder,
        }
    }

    /// The name to ask for in place of the address's host, if one is given.
    pub(super) fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }
}

/// The address under another name, and the `Host` that the service is to hear all the same.
pub(super) fn renamed(url: &Url, name: &str) -> Option<(Url, HeaderValue)> {
    let host = HeaderValue::from_str(url.authority()).ok()?;
    let mut renamed = url.clone();
    renamed.set_host(Some(name)).ok()?;
    Some((renamed, host))
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, ClientTlsError> {
    let pem = read(path)?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(ClientTlsError::NoCertificate {
            path: path.to_owned(),
        }),
    }
}

fn identity(certificate: &Path, key: &Path) -> Result<Identity, ClientTlsError> {
    let mut pem = read(certificate)?;
    pem.push(b'\n');
    pem.extend_from_slice(&read(key)?);
    Identity::from_pem(&pem).map_err(|_| ClientTlsError::Identity {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    })
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, ClientTlsError> {
    use io::Read as _;
    let mut pem = Zeroizing::new(Vec::new());
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_PEM_BYTES).read_to_end(&mut pem))
        .map_err(|source| ClientTlsError::File {
            path: path.to_owned(),
            source,
        })?;
    Ok(pem)
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls")
            .field("authorities", &self.authorities.as_ref().map(Vec::len))
            .field("identity", &self.identity.as_ref().map(|_| "[redacted]"))
            .field("server_name", &self.server_name)
            .finish()
    }
}
