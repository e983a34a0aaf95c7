//! An issuer's keys by OpenID Connect Discovery, cached.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Response, StatusCode, header::CACHE_CONTROL, redirect};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::{JwksError, JwksSource, KeySet, TokenAlgorithm};
use sigbox_wire::strict_json::parse_message;

/// A provider that takes longer stands in the way of every signer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Real documents and key sets have a few KiB.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// How long keys are good without another look, unless the provider's `Cache-Control` says otherwise.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// Bounds on what `Cache-Control` may say: short enough to see a rotation, long enough not to poll.
const FRESH_RANGE: (SignedDuration, SignedDuration) =
    (SignedDuration::from_mins(5), SignedDuration::from_hours(24));
/// How long keys are used past their time while the provider cannot be reached.
const STALE: SignedDuration = SignedDuration::from_hours(1);
/// Least time between two looks that an unknown key id causes.
const UNKNOWN_KID_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// Least time between two looks after one that failed.
const FAILURE_PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// The HTTP client for identity providers: it follows no redirect and gives up after 10 s.
#[derive(Debug, Clone)]
pub struct IdpClient(reqwest::Client);

/// Why there is no HTTP client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdpClientError {
    /// The extra root certificates are not PEM.
    #[error("root certificates for identity providers are not PEM")]
    Roots {
        /// What the TLS library said.
        #[source]
        source: reqwest::Error,
    },
    /// TLS could not be set up.
    #[error("cannot set up the HTTP client for identity providers")]
    Setup {
        /// What the client library said.
        #[source]
        source: reqwest::Error,
    },
}

impl IdpClient {
    /// A client that trusts the system's roots and those of `extra_roots_pem`.
    ///
    /// # Errors
    /// [`IdpClientError`].
    pub fn new(extra_roots_pem: Option<&[u8]>) -> Result<Self, IdpClientError> {
        let mut builder = reqwest::Client::builder()
            // A redirect could lead to a metadata service, or let another host answer for the issuer.
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .connect_timeout(TIMEOUT);
        if let Some(pem) = extra_roots_pem {
            let roots = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|source| IdpClientError::Roots { source })?;
            builder = builder.tls_certs_merge(roots);
        }
        builder
            .build()
            .map(Self)
            .map_err(|source| IdpClientError::Setup { source })
    }

    /// The body of a 200 answer and its `Cache-Control`.
    async fn fetch(&self, url: &str) -> Result<(Vec<u8>, Option<SignedDuration>), JwksError> {
        let failed = |source: reqwest::Error| JwksError::Fetch {
            url: url.to_owned(),
            source: Arc::new(source),
        };
        let too_large = || JwksError::TooLarge {
            url: url.to_owned(),
            limit: MAX_ANSWER_BYTES,
        };
        let mut response = self.0.get(url).send().await.map_err(failed)?;
        if response.status() != StatusCode::OK {
            return Err(JwksError::Status {
                url: url.to_owned(),
                status: response.status().as_u16(),
            });
        }
        let max_age = max_age(&response);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if chunk.len() > MAX_ANSWER_BYTES - body.len() {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok((body, max_age))
    }
}

fn max_age(response: &Response) -> Option<SignedDuration> {
    let header = response.headers().get(CACHE_CONTROL)?.to_str().ok()?;
    let directive = header
        .split(',')
        .find_map(|part| part.trim().strip_prefix("max-age="))?;
    directive.parse().ok().map(SignedDuration::from_secs)
}

/// The keys of an issuer that publishes a discovery document.
pub struct DiscoveredJwks {
    client: IdpClient,
    issuer: String,
    /// Hosts beside the issuer's own that its keys may come from.
    key_hosts: Vec<String>,
    known: RwLock<Option<Known>>,
    /// Held while keys are fetched, so that one request fetches and the others wait for it.
    attempt: Mutex<Option<Attempt>>,
}

#[derive(Clone)]
struct Known {
    keys: Arc<KeySet>,
    fresh_until: Timestamp,
}

struct Attempt {
    at: Timestamp,
    failure: Option<Arc<JwksError>>,
}

#[derive(Deserialize)]
struct DocumentMessage {
    issuer: String,
    jwks_uri: String,
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<String>,
}

impl DiscoveredJwks {
    /// The keys of `issuer`, which is fetched from only when a token of it is seen.
    ///
    /// `key_hosts` names hosts beside the issuer's own that may publish its keys, as some large providers do.
    pub fn new(client: IdpClient, issuer: &str, key_hosts: Vec<String>) -> Self {
        Self {
            client,
            issuer: issuer.to_owned(),
            key_hosts,
            known: RwLock::new(None),
            attempt: Mutex::new(None),
        }
    }

    fn known(&self) -> Option<Known> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Fetches document and keys, and keeps them.
    async fn refresh(&self, now: Timestamp) -> Result<Arc<KeySet>, JwksError> {
        let base = self.issuer.strip_suffix('/').unwrap_or(&self.issuer);
        let (document, _) = self
            .client
            .fetch(&format!("{base}/.well-known/openid-configuration"))
            .await?;
        let document: DocumentMessage =
            parse_message(&document).map_err(|_| JwksError::Document)?;
        if document.issuer != self.issuer {
            return Err(JwksError::Issuer {
                expected: self.issuer.clone(),
                found: document.issuer,
            });
        }
        self.check_jwks_uri(&document.jwks_uri)?;
        let algorithms = TokenAlgorithm::accepted(&document.id_token_signing_alg_values_supported);
        let (keys, max_age) = self.client.fetch(&document.jwks_uri).await?;
        let keys = Arc::new(KeySet::from_json(&keys, algorithms)?);
        let fresh = max_age.map_or(FRESH, |age| age.clamp(FRESH_RANGE.0, FRESH_RANGE.1));
        let fresh_until = now.saturating_add(fresh).unwrap_or(Timestamp::MAX);
        let known = Known {
            keys: keys.clone(),
            fresh_until,
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(keys)
    }

    /// Keys from another host, or over http where the issuer has https, would be somebody else's word.
    fn check_jwks_uri(&self, jwks_uri: &str) -> Result<(), JwksError> {
        let parse = |url: &str| {
            Url::parse(url).map_err(|_| JwksError::Url {
                url: url.to_owned(),
            })
        };
        let (issuer, keys) = (parse(&self.issuer)?, parse(jwks_uri)?);
        let host = keys.host_str().unwrap_or_default();
        let known_host =
            keys.host() == issuer.host() || self.key_hosts.iter().any(|allowed| allowed == host);
        let scheme = keys.scheme() == "https" || keys.scheme() == issuer.scheme();
        if known_host && scheme && keys.username().is_empty() && keys.password().is_none() {
            return Ok(());
        }
        let expected = format!(
            "{}://{}",
            issuer.scheme(),
            issuer.host_str().unwrap_or_default()
        );
        Err(JwksError::JwksHost {
            expected,
            found: jwks_uri.to_owned(),
        })
    }
}

#[async_trait]
impl JwksSource for DiscoveredJwks {
    async fn key_set(&self, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, JwksError> {
        let fits = |known: &Known| now < known.fresh_until && known.keys.satisfies(kid);
        if let Some(known) = self.known().filter(fits) {
            return Ok(known.keys);
        }
        let mut attempt = self.attempt.lock().await;
        // Another request may have fetched while this one waited.
        let known = self.known();
        if let Some(known) = known.clone().filter(fits) {
            return Ok(known.keys);
        }
        if let Some((due, failure)) = attempt.as_ref().and_then(|last| last.pause(now)) {
            return fall_back(known, now, || match failure {
                Some(source) => JwksError::Waiting { due, source },
                None => JwksError::NoKey,
            });
        }
        let fetched = self.refresh(now).await.map_err(Arc::new);
        *attempt = Some(Attempt {
            at: now,
            failure: fetched.as_ref().err().cloned(),
        });
        match fetched {
            Ok(keys) => Ok(keys),
            Err(failure) => {
                tracing::warn!(issuer = self.issuer, error = %failure, "cannot fetch the keys of an issuer");
                fall_back(known, now, || JwksError::clone(&failure))
            }
        }
    }
}

impl Attempt {
    /// When the next attempt is due, if that is not now.
    fn pause(&self, now: Timestamp) -> Option<(Timestamp, Option<Arc<JwksError>>)> {
        let pause = if self.failure.is_some() {
            FAILURE_PAUSE
        } else {
            UNKNOWN_KID_PAUSE
        };
        let due = self.at.saturating_add(pause).unwrap_or(Timestamp::MAX);
        // A clock that was set back must not stretch the pause.
        (self.at <= now && now < due).then(|| (due, self.failure.clone()))
    }
}

/// The known keys while they are not too stale, else the error.
fn fall_back(
    known: Option<Known>,
    now: Timestamp,
    error: impl FnOnce() -> JwksError,
) -> Result<Arc<KeySet>, JwksError> {
    match known {
        Some(known)
            if now
                < known
                    .fresh_until
                    .saturating_add(STALE)
                    .unwrap_or(Timestamp::MAX) =>
        {
            Ok(known.keys)
        }
        _ => Err(error()),
    }
}
