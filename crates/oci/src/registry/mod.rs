//! The client of registries.

mod answer;
mod authorize;
mod blobs;
mod call;
mod fallback;
mod manifests;
mod paging;
mod patience;
mod redirect;
mod referrers;
mod tags;
mod uploads;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use url::Url;

use crate::auth::is_loopback;
use crate::credentials::CredentialSource;
use crate::error::RegistryError;
use crate::foreign::Foreign;
use crate::reference::{DEFAULT_REGISTRY, ReferenceError, Repository};
use crate::transport::{Body, Deadline, Reason, Request, Transport, TransportErrorKind};

pub use manifests::Stored;
pub use referrers::{Attached, Referrers, ReferrersSource};
pub use tags::TagContent;

/// Where plain HTTP may be spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// To this machine only.
    #[default]
    LoopbackOnly,
    /// To every registry that does not speak TLS (`--allow-http-registry`).
    Everywhere,
}

impl PlainHttp {
    /// Whether plain HTTP may be spoken to this host.
    pub fn permits(self, url: &Url) -> bool {
        self == Self::Everywhere || is_loopback(url)
    }
}

/// Settings of the client.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    /// Where plain HTTP may be spoken.
    pub plain_http: PlainHttp,
    /// `host[:port]` of token services, other than the registries themselves, that may see the registries' credentials.
    pub trusted_realms: Vec<String>,
    /// Pause before the first repetition of a request; doubled for the second.
    pub backoff: Duration,
    /// Pause between two looks at a list of referrers that this client has written, on a registry that cannot refuse a lost update.
    pub settle: Duration,
    /// Limits of time for a request with a small answer.
    pub deadline: Deadline,
    /// Limits of time for a blob.
    pub blob_deadline: Deadline,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self {
            plain_http: PlainHttp::default(),
            trusted_realms: Vec::new(),
            backoff: Duration::from_secs(1),
            settle: Duration::from_millis(250),
            deadline: Deadline {
                idle: Duration::from_secs(30),
                total: Duration::from_mins(1),
            },
            blob_deadline: Deadline {
                idle: Duration::from_secs(30),
                total: Duration::from_mins(10),
            },
        }
    }
}

/// A client for all registries that a run of the program talks to; tokens are kept for its lifetime.
pub struct Registry {
    transport: Arc<dyn Transport>,
    credentials: Arc<dyn CredentialSource>,
    options: RegistryOptions,
    known: Mutex<Known>,
}

/// What was learned about registries.
#[derive(Default)]
struct Known {
    bases: HashMap<String, Url>,
    authorizations: HashMap<(String, String), HeaderValue>,
    withheld: HashMap<String, Foreign>,
    /// Registries that refused a conditional write.
    compares: HashSet<String>,
    /// Registries whose last answer to the question for referrers was 404.
    without_lists: HashSet<String>,
}

impl Registry {
    /// A client that knows nothing yet.
    pub fn new(
        transport: Arc<dyn Transport>,
        credentials: Arc<dyn CredentialSource>,
        options: RegistryOptions,
    ) -> Self {
        Self {
            transport,
            credentials,
            options,
            known: Mutex::default(),
        }
    }

    /// The addresses that a repository's registry may have: what a list of allowed hosts needs.
    ///
    /// # Errors
    /// [`ReferenceError::Registry`] if its name is no host after all.
    pub fn origins(repository: &Repository, plain: PlainHttp) -> Result<Vec<Url>, ReferenceError> {
        let secure = address("https", repository)?;
        let mut origins = vec![secure];
        let open = address("http", repository)?;
        if plain.permits(&open) {
            origins.push(open);
        }
        Ok(origins)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Each change is one insertion, so a panic elsewhere leaves nothing half done.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `https://host/v2/`; or `http://host/v2/` where that may be, and nobody there speaks TLS.
    async fn base(&self, repository: &Repository) -> Result<Url, RegistryError> {
        if let Some(base) = self.known().bases.get(repository.registry()) {
            return Ok(base.clone());
        }
        let origins = Self::origins(repository, self.options.plain_http)?;
        let (secure, open) = match origins.as_slice() {
            [secure, open] => (secure, open),
            [secure, ..] => return Ok(secure.clone()),
            [] => return Err(no_host(repository).into()),
        };
        let ping = Request {
            method: Method::GET,
            url: secure.clone(),
            headers: HeaderMap::new(),
            body: Body::Empty,
            reason: Reason::Registry,
            deadline: self.options.deadline,
        };
        let base = match self.transport.send(ping).await {
            Ok(_) => secure.clone(),
            Err(error) if error.kind == TransportErrorKind::Connect => open.clone(),
            Err(error) => return Err(error.into()),
        };
        self.known()
            .bases
            .insert(repository.registry().to_owned(), base.clone());
        Ok(base)
    }

    /// The token services that may see a registry's credentials beside itself.
    fn trusted_realms(&self, repository: &Repository) -> Vec<String> {
        let mut trusted = self.options.trusted_realms.clone();
        if repository.registry() == DEFAULT_REGISTRY {
            trusted.push("auth.docker.io".to_owned());
        }
        trusted
    }
}

fn address(scheme: &str, repository: &Repository) -> Result<Url, ReferenceError> {
    Url::parse(&format!("{scheme}://{}/v2/", repository.registry()))
        .map_err(|_| no_host(repository))
}

fn no_host(repository: &Repository) -> ReferenceError {
    ReferenceError::Registry {
        found: Foreign::new(repository.registry()),
    }
}
