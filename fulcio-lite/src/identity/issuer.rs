//! The configured issuers: what each may say, and to whom.

use std::collections::HashMap;
use std::sync::Arc;

use sigbox_wire::{IssuerConfiguration, IssuerUrl};
use url::Url;

use super::{JwksSource, TokenError};

/// One OpenID issuer whose tokens buy certificates.
#[derive(Clone)]
pub struct IssuerConfig {
    /// The `iss` of its tokens, byte for byte.
    pub url: String,
    /// The audience that its tokens must name, usually `sigstore`.
    pub audience: String,
    /// How a token becomes a name.
    pub kind: IssuerKind,
    /// Where its keys come from.
    pub keys: Arc<dyn JwksSource>,
}

/// How a token of an issuer becomes the name in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerKind {
    /// A person: the verified claim `email` becomes a mail address.
    Email {
        /// Takes the issuer's word for addresses that it does not call verified.
        skip_email_verification_unsafe: bool,
    },
    /// A workload: the claim `sub` is a URI under this domain and becomes a URI.
    Uri {
        /// Scheme and host that every subject must have, such as `https://ci.example`.
        subject_domain: String,
    },
}

impl IssuerKind {
    /// The type's name in Fulcio's configuration.
    fn name(&self) -> &'static str {
        match self {
            Self::Email { .. } => "email",
            Self::Uri { .. } => "uri",
        }
    }

    /// The claim that clients sign to prove possession of their key.
    fn challenge_claim(&self) -> &'static str {
        match self {
            Self::Email { .. } => "email",
            Self::Uri { .. } => "sub",
        }
    }
}

/// Why the configured issuers cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerConfigError {
    /// Two entries for one issuer.
    #[error("issuer `{url}` is configured twice")]
    Duplicate {
        /// The issuer.
        url: String,
    },
    /// Not an absolute http or https URL without user, query and fragment.
    #[error("issuer `{url}` is not an absolute http(s) URL without user, query and fragment")]
    Url {
        /// The text.
        url: String,
    },
    /// An empty audience would accept tokens that were made for nobody.
    #[error("issuer `{url}` has an empty audience")]
    Audience {
        /// The issuer.
        url: String,
    },
    /// The subject domain has another scheme than the issuer, or lies on an unrelated host.
    #[error("subject domain `{subject_domain}` does not belong to issuer `{url}`")]
    SubjectDomain {
        /// The issuer.
        url: String,
        /// The configured domain.
        subject_domain: String,
    },
}

/// An issuer whose configuration has been judged.
pub(super) struct Issuer {
    config: IssuerConfig,
    /// The parsed subject domain of a `uri` issuer.
    subject_domain: Option<Url>,
}

impl Issuer {
    fn judge(config: IssuerConfig) -> Result<Self, IssuerConfigError> {
        let wrong_url = || IssuerConfigError::Url {
            url: config.url.clone(),
        };
        let url = parse_base(&config.url).ok_or_else(wrong_url)?;
        if config.audience.is_empty() {
            return Err(IssuerConfigError::Audience { url: config.url });
        }
        let subject_domain = match &config.kind {
            IssuerKind::Email { .. } => None,
            IssuerKind::Uri { subject_domain } => {
                let parsed = parse_base(subject_domain).filter(|domain| belongs(domain, &url));
                let wrong_domain = || IssuerConfigError::SubjectDomain {
                    url: config.url.clone(),
                    subject_domain: subject_domain.clone(),
                };
                Some(parsed.ok_or_else(wrong_domain)?)
            }
        };
        Ok(Self {
            config,
            subject_domain,
        })
    }

    pub(super) fn audience(&self) -> &str {
        &self.config.audience
    }

    pub(super) fn kind(&self) -> &IssuerKind {
        &self.config.kind
    }

    pub(super) fn subject_domain(&self) -> Option<&Url> {
        self.subject_domain.as_ref()
    }

    pub(super) fn keys(&self) -> &dyn JwksSource {
        self.config.keys.as_ref()
    }
}

/// An http(s) URL with a host and without user, query and fragment.
fn parse_base(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then_some(url)
}

/// Whether an issuer may speak for a domain: same scheme, and one host is the other or lies under it.
///
/// Upstream compares the last two labels, which makes all of `co.uk` one owner.
fn belongs(domain: &Url, issuer: &Url) -> bool {
    let (Some(domain_host), Some(issuer_host)) = (domain.host_str(), issuer.host_str()) else {
        return false;
    };
    let under = |inner: &str, outer: &str| {
        inner
            .strip_suffix(outer)
            .is_some_and(|rest| rest.ends_with('.'))
            && outer.contains('.')
    };
    domain.scheme() == issuer.scheme()
        && (domain_host == issuer_host
            || under(domain_host, issuer_host)
            || under(issuer_host, domain_host))
}

/// All configured issuers, found by exact URL.
pub(crate) struct Issuers(HashMap<String, Issuer>);

impl Issuers {
    /// Judges the configuration of every issuer.
    pub(crate) fn new(configs: Vec<IssuerConfig>) -> Result<Self, IssuerConfigError> {
        let mut issuers = HashMap::with_capacity(configs.len());
        for config in configs {
            let url = config.url.clone();
            if issuers
                .insert(url.clone(), Issuer::judge(config)?)
                .is_some()
            {
                return Err(IssuerConfigError::Duplicate { url });
            }
        }
        Ok(Self(issuers))
    }

    /// The issuer of exactly this URL: no normalisation, no pattern.
    pub(super) fn select(&self, unverified_issuer: &str) -> Result<&Issuer, TokenError> {
        self.0
            .get(unverified_issuer)
            .ok_or_else(|| TokenError::UnknownIssuer {
                found: unverified_issuer.to_owned(),
            })
    }

    /// What `GET /api/v2/configuration` tells.
    pub(crate) fn configuration(&self) -> Vec<IssuerConfiguration> {
        let describe = |Issuer { config, .. }: &Issuer| IssuerConfiguration {
            issuer_url: IssuerUrl::Exact(config.url.clone()),
            audience: config.audience.clone(),
            challenge_claim: config.kind.challenge_claim().to_owned(),
            spiffe_trust_domain: String::new(),
            issuer_type: config.kind.name().to_owned(),
            subject_domain: match &config.kind {
                IssuerKind::Uri { subject_domain } => subject_domain.clone(),
                IssuerKind::Email { .. } => String::new(),
            },
            skip_email_verification: config.kind
                == IssuerKind::Email {
                    skip_email_verification_unsafe: true,
                },
        };
        self.0.values().map(describe).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use async_trait::async_trait;
    use jiff::Timestamp;

    use super::*;
    use crate::identity::{JwksError, KeySet};

    struct NoKeys;

    #[async_trait]
    impl JwksSource for NoKeys {
        async fn key_set(
            &self,
            _kid: Option<&str>,
            _now: Timestamp,
        ) -> Result<Arc<KeySet>, JwksError> {
            Err(JwksError::NoKey)
        }
    }

    fn config(url: &str, kind: IssuerKind) -> IssuerConfig {
        IssuerConfig {
            url: url.to_owned(),
            audience: "sigstore".to_owned(),
            kind,
            keys: Arc::new(NoKeys),
        }
    }

    fn email() -> IssuerKind {
        IssuerKind::Email {
            skip_email_verification_unsafe: false,
        }
    }

    fn uri(subject_domain: &str) -> IssuerKind {
        IssuerKind::Uri {
            subject_domain: subject_domain.to_owned(),
        }
    }

    #[test]
    fn issuers_are_found_byte_for_byte() {
        let issuers = Issuers::new(vec![config("https://idp.example", email())]).unwrap();
        assert!(issuers.select("https://idp.example").is_ok());
        for other in [
            "https://idp.example/",
            "https://IDP.example",
            "http://idp.example",
            "https://idp.example:443",
            "https://idp.example@evil.test",
            "https://idp.example?x",
            "",
        ] {
            let found = other.to_owned();
            assert_eq!(
                issuers.select(other).err(),
                Some(TokenError::UnknownIssuer { found })
            );
        }
    }

    #[test]
    fn refuses_configurations_by_rule() {
        let one = |config| Issuers::new(vec![config]).err();
        for url in [
            "idp.example",
            "ftp://a.b",
            "https://u@a.b",
            "https://a.b?q",
            "https://a.b#f",
            "https:",
        ] {
            let wrong = IssuerConfigError::Url {
                url: url.to_owned(),
            };
            assert_eq!(one(config(url, email())), Some(wrong), "{url}");
        }
        let url = || "https://ci.example".to_owned();
        let silent = IssuerConfig {
            audience: String::new(),
            ..config(&url(), email())
        };
        assert_eq!(
            one(silent),
            Some(IssuerConfigError::Audience { url: url() })
        );
        let twice = vec![config(&url(), email()), config(&url(), email())];
        assert_eq!(
            Issuers::new(twice).err(),
            Some(IssuerConfigError::Duplicate { url: url() })
        );
    }

    #[test]
    fn a_subject_domain_belongs_to_its_issuer() {
        let judged = |url: &str, domain: &str| Issuers::new(vec![config(url, uri(domain))]).err();
        for (url, domain) in [
            ("https://ci.example.com", "https://ci.example.com"),
            ("https://ci.example.com/x", "https://example.com"),
            ("https://example.com", "https://ci.example.com"),
            (
                "http://localhost:8080/oidc/workload",
                "http://localhost:8080",
            ),
        ] {
            assert_eq!(judged(url, domain), None, "{url} {domain}");
        }
        for (url, domain) in [
            ("https://ci.example.com", "http://ci.example.com"),
            ("https://ci.example.com", "https://notexample.com"),
            ("https://a.co.uk", "https://b.co.uk"),
            ("https://ci.example", "https://example"),
            ("https://ci.example.com", "ci.example.com"),
        ] {
            let wrong = IssuerConfigError::SubjectDomain {
                url: url.to_owned(),
                subject_domain: domain.to_owned(),
            };
            assert_eq!(judged(url, domain), Some(wrong), "{url} {domain}");
        }
    }
}
