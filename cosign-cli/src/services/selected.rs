//! Which services the signing config names for now.

use jiff::Timestamp;
use sigbox_wire::{SelectError, Service, ServiceSelector, SigningConfig};
use url::Url;

use crate::http::{ClosedWorld, HttpOptions};
use crate::ui::Escaped;

/// The version that Fulcio, TSA and OpenID providers have in a signing config.
const SERVICE_VERSIONS: [u32; 1] = [1];
/// The log API that this client writes to.
const REKOR_VERSIONS: [u32; 1] = [2];

/// The services that one signature is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedServices {
    /// The certificate authority.
    pub certificate_authority: Url,
    /// The OpenID provider, exactly as its tokens name it; not needed with a token at hand.
    pub oidc_issuer: Option<String>,
    /// The logs, at least one.
    pub logs: Vec<Url>,
    /// The timestamp authorities, at least one.
    pub timestamp_authorities: Vec<Url>,
}

/// The signing config names no set of services that this client can sign with.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// No certificate authority fits.
    #[error("the signing config names no usable certificate authority (caUrls)")]
    CertificateAuthority(#[source] SelectError),
    /// No log fits.
    #[error("the signing config names no usable transparency log (rekorTlogUrls)")]
    Log(#[source] SelectError),
    /// Without a timestamp nobody can tell later that the certificate was valid.
    #[error(
        "a timestamp authority must be provided to request a short-lived certificate that will be logged to Rekor"
    )]
    TimestampAuthority(#[source] SelectError),
    /// An address in the signing config is none.
    #[error("the signing config's {list} has `{}`, which is not an http or https URL", Escaped(.url))]
    Url {
        /// The list's member name.
        list: &'static str,
        /// The text.
        url: String,
    },
}

impl SelectedServices {
    /// Chooses by the rules that all clients share: valid now, newest, one for each operator.
    ///
    /// # Errors
    /// [`ServiceError`] names the kind of service that is missing.
    ///
    /// Source: protobuf-specs `sigstore_trustroot.proto`, `SigningConfig`.
    pub fn choose(config: &SigningConfig, now: Timestamp) -> Result<Self, ServiceError> {
        let one = |services, versions| ServiceSelector::Any.select(services, versions, now);
        let several = |selector: Option<ServiceSelector>, services, versions| {
            selector
                .unwrap_or(ServiceSelector::Any)
                .select(services, versions, now)
        };
        let authorities =
            one(&config.ca_urls, &SERVICE_VERSIONS).map_err(ServiceError::CertificateAuthority)?;
        let logs = several(
            config.rekor_tlog_config,
            &config.rekor_tlog_urls,
            &REKOR_VERSIONS,
        )
        .map_err(ServiceError::Log)?;
        let stampers = several(config.tsa_config, &config.tsa_urls, &SERVICE_VERSIONS)
            .map_err(ServiceError::TimestampAuthority)?;
        let issuer = one(&config.oidc_urls, &SERVICE_VERSIONS).ok();
        Ok(Self {
            certificate_authority: urls("caUrls", &authorities)?.into_iter().next().ok_or(
                ServiceError::CertificateAuthority(SelectError::NoService {
                    supported: SERVICE_VERSIONS.to_vec(),
                }),
            )?,
            oidc_issuer: issuer.and_then(|found| found.first().map(|service| service.url.clone())),
            logs: urls("rekorTlogUrls", &logs)?,
            timestamp_authorities: urls("tsaUrls", &stampers)?,
        })
    }

    /// A world in which these services, and no other host, may be contacted.
    pub(crate) fn world(&self, options: HttpOptions) -> ClosedWorld {
        let mut world = ClosedWorld::new(options);
        world.allow(&self.certificate_authority);
        self.logs.iter().for_each(|url| world.allow(url));
        self.timestamp_authorities
            .iter()
            .for_each(|url| world.allow(url));
        world
    }
}

fn urls(list: &'static str, services: &[&Service]) -> Result<Vec<Url>, ServiceError> {
    let parse = |service: &&Service| {
        Url::parse(&service.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
            .ok_or_else(|| ServiceError::Url {
                list,
                url: service.url.clone(),
            })
    };
    services.iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sigbox_wire::TimeRange;

    fn service(url: &str, version: u32) -> Service {
        Service {
            url: url.to_owned(),
            major_api_version: version,
            valid_for: TimeRange::from_start(Timestamp::UNIX_EPOCH),
            operator: "test".to_owned(),
        }
    }

    fn config() -> SigningConfig {
        SigningConfig {
            ca_urls: vec![service("https://ca.test", 1)],
            oidc_urls: vec![service("https://oidc.test/auth", 1)],
            rekor_tlog_urls: vec![
                service("https://log.test", 2),
                service("https://old.test", 1),
            ],
            tsa_urls: vec![service("https://tsa.test/api/v1/timestamp", 1)],
            rekor_tlog_config: Some(ServiceSelector::Any),
            tsa_config: Some(ServiceSelector::Any),
            warnings: Vec::new(),
        }
    }

    fn choose(config: &SigningConfig) -> Result<SelectedServices, ServiceError> {
        SelectedServices::choose(config, Timestamp::from_second(1).unwrap())
    }

    #[test]
    fn one_of_each_kind_is_chosen() {
        let selected = choose(&config()).unwrap();
        assert_eq!(selected.certificate_authority.as_str(), "https://ca.test/");
        assert_eq!(
            selected.oidc_issuer.as_deref(),
            Some("https://oidc.test/auth")
        );
        assert_eq!(selected.logs, [Url::parse("https://log.test").unwrap()]);
        assert_eq!(selected.timestamp_authorities.len(), 1);
    }

    #[test]
    fn what_is_missing_is_named() {
        let without = |change: fn(&mut SigningConfig)| {
            let mut config = config();
            change(&mut config);
            choose(&config).unwrap_err()
        };
        let none = |supported: &[u32]| SelectError::NoService {
            supported: supported.to_vec(),
        };
        assert_eq!(
            without(|c| c.ca_urls.clear()),
            ServiceError::CertificateAuthority(none(&[1]))
        );
        assert_eq!(
            without(|c| c.tsa_urls.clear()),
            ServiceError::TimestampAuthority(none(&[1]))
        );
        assert_eq!(
            without(|c| drop(c.rekor_tlog_urls.remove(0))),
            ServiceError::Log(none(&[2]))
        );
        let bad = without(|c| c.tsa_urls = vec![service("file:///etc/passwd", 1)]);
        assert_eq!(
            bad,
            ServiceError::Url {
                list: "tsaUrls",
                url: "file:///etc/passwd".to_owned()
            }
        );
    }

    #[test]
    fn a_config_without_provider_is_enough_with_a_token() {
        let mut config = config();
        config.oidc_urls.clear();
        assert_eq!(choose(&config).unwrap().oidc_issuer, None);
    }
}
