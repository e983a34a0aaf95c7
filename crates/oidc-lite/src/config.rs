//! What a provider is configured with, and where it may be mounted.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use url::{Host, Url};

/// The client that every Sigstore program presents itself as.
const SIGSTORE_CLIENT: &str = "sigstore";

/// Time from the login to the CA; short enough that a leaked token is of little use.
const TOKEN_LIFETIME: Duration = Duration::from_mins(5);

/// RFC 6749 §4.1.2 recommends at most ten minutes; a client on the same machine needs a second.
const CODE_LIFETIME: Duration = Duration::from_mins(1);

/// Time for a person to find a browser.
const DEVICE_LIFETIME: Duration = Duration::from_mins(5);

/// Short: a device asks a process on this machine. RFC 8628 §3.2 has five seconds where none is given.
const DEVICE_INTERVAL: Duration = Duration::from_secs(1);

/// Which of the two issuers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssuerKind {
    /// `<base>/oidc`: people, named by email address.
    Email,
    /// `<base>/oidc/workload`: workloads, named by a URI on the base URL's host.
    Workload,
}

impl IssuerKind {
    /// The path of the issuer below the base URL.
    pub fn path(self) -> &'static str {
        match self {
            Self::Email => "/oidc",
            Self::Workload => "/oidc/workload",
        }
    }
}

/// The configuration of a provider. Nothing of it ever comes from a request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProviderConfig {
    base_url: Url,
    /// The public clients that may ask for tokens; each is the audience of its own tokens.
    pub clients: BTreeSet<String>,
    /// How long a token is valid; at least a second, counted in whole seconds.
    pub token_lifetime: Duration,
    /// How long an authorization code may wait to be redeemed.
    pub code_lifetime: Duration,
    /// How long a device may wait for its approval, counted in whole seconds.
    pub device_lifetime: Duration,
    /// How long a device must wait between two questions, counted in whole seconds.
    pub device_interval: Duration,
}

/// Why a base URL cannot carry the issuers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not a URL.
    #[error("base url is malformed")]
    Malformed {
        /// What is wrong with it.
        #[source]
        source: url::ParseError,
    },
    /// Neither `http` nor `https`.
    #[error("base url has scheme `{found}`, expected http or https")]
    Scheme {
        /// The scheme found.
        found: String,
    },
    /// More than scheme, host and port.
    #[error("base url must be scheme, host and port only, without path, query, fragment or user")]
    NotAnOrigin,
}

impl ProviderConfig {
    /// The defaults on `base_url`, an origin such as `http://localhost:8080`: one client `sigstore`, tokens of five
    /// minutes, codes of one minute, and five minutes for a device, which asks every second.
    ///
    /// # Errors
    /// [`ConfigError`] if `base_url` is not a bare HTTP or HTTPS origin.
    pub fn new(base_url: &str) -> Result<Self, ConfigError> {
        let base_url = Url::parse(base_url).map_err(|source| ConfigError::Malformed { source })?;
        if !matches!(base_url.scheme(), "http" | "https") {
            return Err(ConfigError::Scheme {
                found: base_url.scheme().to_owned(),
            });
        }
        let bare = base_url.path() == "/"
            && base_url.query().is_none()
            && base_url.fragment().is_none()
            && base_url.username().is_empty()
            && base_url.password().is_none();
        if !bare {
            return Err(ConfigError::NotAnOrigin);
        }
        Ok(Self {
            base_url,
            clients: BTreeSet::from([SIGSTORE_CLIENT.to_owned()]),
            token_lifetime: TOKEN_LIFETIME,
            code_lifetime: CODE_LIFETIME,
            device_lifetime: DEVICE_LIFETIME,
            device_interval: DEVICE_INTERVAL,
        })
    }

    /// The origin as browsers send it, such as `http://localhost:8080`.
    pub fn origin(&self) -> String {
        self.base_url.origin().ascii_serialization()
    }

    /// The issuer identifier, without a trailing slash: exactly the `iss` of its tokens.
    pub fn issuer(&self, kind: IssuerKind) -> String {
        format!("{}{}", self.origin(), kind.path())
    }

    pub(crate) fn scheme(&self) -> &str {
        self.base_url.scheme()
    }

    pub(crate) fn host(&self) -> Option<Host<&str>> {
        self.base_url.host()
    }
}

/// The provider would be reachable from other machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the built-in OpenID provider lets anyone sign in as anyone, and {listen} is not a loopback address"
)]
pub struct ExposureError {
    /// The address that the server listens on.
    pub listen: SocketAddr,
}

/// Checks that a server listening on `listen` may mount the provider: loopback only, unless `insecure_dev` is asked for.
///
/// # Errors
/// [`ExposureError`] for any other address.
pub fn check_exposure(listen: SocketAddr, insecure_dev: bool) -> Result<(), ExposureError> {
    if insecure_dev || listen.ip().to_canonical().is_loopback() {
        Ok(())
    } else {
        Err(ExposureError { listen })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn issuers_have_no_trailing_slash() {
        for given in ["http://localhost:8080", "http://localhost:8080/"] {
            let config = ProviderConfig::new(given).unwrap();
            assert_eq!(config.origin(), "http://localhost:8080");
            assert_eq!(
                config.issuer(IssuerKind::Email),
                "http://localhost:8080/oidc"
            );
            assert_eq!(
                config.issuer(IssuerKind::Workload),
                "http://localhost:8080/oidc/workload"
            );
        }
        let default_port = ProviderConfig::new("https://sigbox.test:443").unwrap();
        assert_eq!(
            default_port.issuer(IssuerKind::Email),
            "https://sigbox.test/oidc"
        );
    }

    #[test]
    fn refuses_what_is_not_an_origin() {
        for given in [
            "http://localhost/base",
            "http://localhost/?q",
            "http://localhost/#f",
            "http://user@localhost/",
            "http://:password@localhost/",
        ] {
            assert_eq!(
                ProviderConfig::new(given).unwrap_err(),
                ConfigError::NotAnOrigin,
                "{given}"
            );
        }
        assert_eq!(
            ProviderConfig::new("ftp://localhost").unwrap_err(),
            ConfigError::Scheme {
                found: "ftp".to_owned()
            }
        );
        assert_eq!(
            ProviderConfig::new("localhost").unwrap_err(),
            ConfigError::Malformed {
                source: url::ParseError::RelativeUrlWithoutBase
            }
        );
    }

    #[test]
    fn only_loopback_unless_asked() {
        for (listen, insecure_dev, allowed) in [
            ("127.0.0.1:80", false, true),
            ("[::1]:80", false, true),
            ("[::ffff:127.0.0.1]:80", false, true),
            ("0.0.0.0:80", false, false),
            ("192.0.2.1:80", false, false),
            ("192.0.2.1:80", true, true),
        ] {
            let listen = listen.parse().unwrap();
            let expected = if allowed {
                Ok(())
            } else {
                Err(ExposureError { listen })
            };
            assert_eq!(check_exposure(listen, insecure_dev), expected);
        }
    }
}
