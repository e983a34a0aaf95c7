//! Which client speaks to which host: what the user gave for a registry is for that registry, and for no host that it points to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Identity};
use url::{Host, Url};

use crate::http::{CONNECT_TIMEOUT, is_loopback, user_agent};
use crate::tls_roots::{self, RootsError};
use crate::ui::{Escaped, io_reason};

/// How TLS to the registries that the user named is spoken.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegistryTls {
    /// The only authorities whose certificates are taken, PEM; those of the system and of `SSL_CERT_FILE` without.
    pub(crate) authorities: Option<PathBuf>,
    /// The client's certificate and its key, PEM files.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
    /// The name that the registry's certificate must hold in place of the name that it is contacted by.
    pub(crate) server_name: Option<String>,
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
    #[error("--registry-server-name: expected a host name, found {}", Escaped(.found))]
    ServerName { found: String },
    #[error("looking up {}: {}", Escaped(.host), io_reason(.source))]
    Lookup {
        host: String,
        source: std::io::Error,
    },
    #[error(transparent)]
    Roots(#[from] RootsError),
    #[error("the HTTP client could not be set up")]
    Setup(#[source] reqwest::Error),
}

/// A client, and what it is asked for.
pub(super) struct Route {
    pub(super) client: Client,
    pub(super) url: Url,
    /// The `Host` header, if the address does not say it.
    pub(super) host: Option<HeaderValue>,
}

/// Connections are shared only among hosts of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// A registry that the user named.
    Named { local: bool },
    /// The same, with `--registry-server-name`; one client for each, as all go by one name.
    Renamed { authority: String },
    /// Where a registry keeps its blobs or has its tokens issued.
    Elsewhere { local: bool },
}

/// The clients that were needed so far.
pub(super) struct Clients {
    authorities: Option<Vec<Certificate>>,
    identity: Option<Identity>,
    server_name: Option<String>,
    insecure: bool,
    made: Mutex<HashMap<Kind, Client>>,
}

impl Clients {
    /// Reads the files; makes no client yet.
    pub(super) fn new(tls: &RegistryTls) -> Result<Self, RegistryTlsError> {
        Ok(Self {
            authorities: tls.authorities.as_ref().map(authorities).transpose()?,
            identity: tls.identity.as_ref().map(identity).transpose()?,
            server_name: tls.server_name.as_deref().map(host_name).transpose()?,
            insecure: tls.insecure,
            made: Mutex::default(),
        })
    }

    /// The way to an address; `named` is whether the user named its origin.
    pub(super) async fn route(&self, url: &Url, named: bool) -> Result<Route, RegistryTlsError> {
        let local = is_loopback(url);
        let kind = match &self.server_name {
            Some(name) if named && url.scheme() == "https" => return self.renamed(url, name).await,
            _ if named => Kind::Named { local },
            _ => Kind::Elsewhere { local },
        };
        let client = self.kept(kind, |builder| {
            if local {
                // Proxy variables are honoured, but never for this machine itself: a proxy cannot reach it.
                builder.no_proxy()
            } else {
                builder
            }
        })?;
        Ok(Route {
            client,
            url: url.clone(),
            host: None,
        })
    }

    /// The registry's own addresses under the other name: so that name is asked for and verified in TLS, as Go's `ServerName` is,
    /// while the request says whom it is for.
    async fn renamed(&self, url: &Url, name: &str) -> Result<Route, RegistryTlsError> {
        let authority = url.authority().to_owned();
        let kind = Kind::Renamed {
            authority: authority.clone(),
        };
        let known = self.lock().get(&kind).cloned();
        let client = if let Some(client) = known {
            client
        } else {
            let addresses = lookup(url).await?;
            self.kept(kind, |builder| {
                // A proxy would connect to the other name; HTTP/2 would say that the request is for it.
                builder
                    .resolve_to_addrs(name, &addresses)
                    .no_proxy()
                    .http1_only()
            })?
        };
        let mut renamed = url.clone();
        let refused = || RegistryTlsError::ServerName {
            found: name.to_owned(),
        };
        renamed.set_host(Some(name)).map_err(|_| refused())?;
        let host = HeaderValue::from_str(&authority).map_err(|_| refused())?;
        Ok(Route {
            client,
            url: renamed,
            host: Some(host),
        })
    }

    fn kept(
        &self,
        kind: Kind,
        way: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Client, RegistryTlsError> {
        let mut made = self.lock();
        if let Some(client) = made.get(&kind) {
            return Ok(client.clone());
        }
        let builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .default_headers(HeaderMap::from_iter([(USER_AGENT, user_agent())]));
        let builder = match kind {
            Kind::Named { .. } | Kind::Renamed { .. } => self.for_registries(builder)?,
            Kind::Elsewhere { .. } => self.for_others(builder)?,
        };
        let client = way(builder).build().map_err(RegistryTlsError::Setup)?;
        made.insert(kind, client.clone());
        Ok(client)
    }

    fn for_registries(&self, builder: ClientBuilder) -> Result<ClientBuilder, RegistryTlsError> {
        let builder = match &self.authorities {
            Some(authorities) => builder.tls_certs_only(authorities.clone()),
            None => builder.tls_certs_merge(tls_roots::from_environment()?),
        };
        let builder = match &self.identity {
            Some(identity) => builder.identity(identity.clone()),
            None => builder,
        };
        Ok(builder.tls_danger_accept_invalid_certs(self.insecure))
    }

    /// Storage and token services have certificates of a public authority or of the registry's; nothing is shown to them, and their
    /// certificates are always verified.
    fn for_others(&self, builder: ClientBuilder) -> Result<ClientBuilder, RegistryTlsError> {
        let mut roots = tls_roots::from_environment()?;
        roots.extend(self.authorities.iter().flatten().cloned());
        Ok(builder.tls_certs_merge(roots))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Kind, Client>> {
        // Each change is one insertion, so a panic elsewhere leaves nothing half done.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address would be connected to as it is, so only names are taken.
fn host_name(found: &str) -> Result<String, RegistryTlsError> {
    match Host::parse(found) {
        Ok(Host::Domain(name)) => Ok(name),
        _ => Err(RegistryTlsError::ServerName {
            found: found.to_owned(),
        }),
    }
}

async fn lookup(url: &Url) -> Result<Vec<SocketAddr>, RegistryTlsError> {
    let port = url.port_or_known_default().unwrap_or_default();
    let name = match url.host() {
        Some(Host::Ipv4(address)) => return Ok(vec![(address, port).into()]),
        Some(Host::Ipv6(address)) => return Ok(vec![(address, port).into()]),
        Some(Host::Domain(name)) => name,
        None => "",
    };
    let found = tokio::net::lookup_host((name, port)).await;
    let found = found.map_err(|source| RegistryTlsError::Lookup {
        host: name.to_owned(),
        source,
    })?;
    Ok(found.collect())
}

fn read(path: &PathBuf) -> Result<Vec<u8>, RegistryTlsError> {
    std::fs::read(path).map_err(|source| RegistryTlsError::File {
        path: path.clone(),
        source,
    })
}

fn authorities(path: &PathBuf) -> Result<Vec<Certificate>, RegistryTlsError> {
    match Certificate::from_pem_bundle(&read(path)?) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(RegistryTlsError::NoCertificate { path: path.clone() }),
    }
}

fn identity((certificate, key): &(PathBuf, PathBuf)) -> Result<Identity, RegistryTlsError> {
    let mut pem = read(certificate)?;
    pem.push(b'\n');
    pem.extend(read(key)?);
    Identity::from_pem(&pem).map_err(|_| RegistryTlsError::Identity {
        certificate: certificate.clone(),
        key: key.clone(),
    })
}
