//! Which services the signing config names for now.

use jiff::Timestamp;
use sigbox_verify::TrustList;
use sigbox_wire::{SelectError, Service, ServiceSelector, SigningConfig, TrustedRoot};
use url::Url;

use crate::http::{ClosedWorld, HttpOptions};
use crate::ui::Escaped;

/// The version that Fulcio, TSA and OpenID providers have in a signing config.
const SERVICE_VERSIONS: [u32; 1] = [1];
/// The versions of the log API that this client writes to.
const REKOR_VERSIONS: [u32; 2] = [1, 2];

/// A version of the log API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogApi {
    /// Rekor v1, whose promise states the time.
    V1,
    /// Rekor v2, which knows no time.
    V2,
}

/// A log to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedLog {
    /// Where it is.
    pub url: Url,
    /// How it is spoken to.
    pub api: LogApi,
}

/// The services that one signature is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedServices {
    /// The certificate authority; `None` for a key of the signer's own.
    pub certificate_authority: Option<Url>,
    /// The OpenID provider, exactly as its tokens name it; not needed with a token at hand.
    pub oidc_issuer: Option<String>,
    /// The logs, all of one version; none if the signing config lists none.
    pub logs: Vec<SelectedLog>,
    /// The timestamp authorities; at least one if a certificate is to be logged where no time is stated.
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
    /// Chooses by the rules that all clients share: valid now, highest version, newest, one for each operator.
    ///
    /// A list of logs that is empty is not asked for. Only a log of version 2 demands a timestamp authority, because it
    /// states no time.
    ///
    /// # Errors
    /// [`ServiceError`] names the kind of service that is missing.
    ///
    /// Source: protobuf-specs `sigstore_trustroot.proto`, `SigningConfig`.
    pub fn choose(config: &SigningConfig, now: Timestamp) -> Result<Self, ServiceError> {
        let authorities = ServiceSelector::Any
            .select(&config.ca_urls, &SERVICE_VERSIONS, now)
            .map_err(ServiceError::CertificateAuthority)?;
        let issuer = ServiceSelector::Any
            .select(&config.oidc_urls, &SERVICE_VERSIONS, now)
            .ok();
        let logs = logs(config, now)?;
        let untimed = logs.iter().any(|log| log.api == LogApi::V2);
        let timestamp_authorities = if untimed && config.tsa_urls.is_empty() {
            // The selection itself says what is missing.
            select_timestamp_authorities(config, now)?
        } else {
            timestamp_authorities(config, now)?
        };
        Ok(Self {
            certificate_authority: urls("caUrls", &authorities)?.into_iter().next(),
            oidc_issuer: issuer.and_then(|found| found.first().map(|service| service.url.clone())),
            logs,
            timestamp_authorities,
        })
    }

    /// Chooses for a key of the signer's own, which needs no certificate; a list that is empty is not asked for.
    ///
    /// # Errors
    /// [`ServiceError`] if a list that is not empty has no service that fits.
    pub fn choose_for_key(config: &SigningConfig, now: Timestamp) -> Result<Self, ServiceError> {
        Ok(Self {
            certificate_authority: None,
            oidc_issuer: None,
            logs: logs(config, now)?,
            timestamp_authorities: timestamp_authorities(config, now)?,
        })
    }

    /// The certificate authority.
    ///
    /// # Errors
    /// [`ServiceError::CertificateAuthority`] if the choice was made for a key.
    pub(crate) fn certificate_authority(&self) -> Result<&Url, ServiceError> {
        let supported = SERVICE_VERSIONS.to_vec();
        self.certificate_authority
            .as_ref()
            .ok_or(ServiceError::CertificateAuthority(SelectError::NoService {
                supported,
            }))
    }

    /// The lists of a trusted root that are empty, and that a verifier of what these services make will need.
    pub(crate) fn missing_in(&self, root: &TrustedRoot) -> Vec<TrustList> {
        let certified = self.certificate_authority.is_some();
        let timed = self.logs.iter().any(|log| log.api == LogApi::V1);
        let stamped = !self.timestamp_authorities.is_empty();
        let lists = [
            (
                TrustList::Tlogs,
                root.tlogs.is_empty(),
                !self.logs.is_empty(),
            ),
            (
                TrustList::TimestampAuthorities,
                root.timestamp_authorities.is_empty(),
                certified && stamped && !timed,
            ),
            (
                TrustList::CertificateAuthorities,
                root.certificate_authorities.is_empty(),
                certified,
            ),
            (TrustList::Ctlogs, root.ctlogs.is_empty(), certified),
        ];
        let missing = lists
            .into_iter()
            .filter(|(_, empty, needed)| *empty && *needed);
        missing.map(|(list, ..)| list).collect()
    }

    /// A world in which these services, and no other host, may be contacted.
    pub(crate) fn world(&self, options: HttpOptions) -> ClosedWorld {
        let mut world = ClosedWorld::new(options);
        self.certificate_authority
            .iter()
            .for_each(|url| world.allow(url));
        self.logs.iter().for_each(|log| world.allow(&log.url));
        self.timestamp_authorities
            .iter()
            .for_each(|url| world.allow(url));
        world
    }
}

fn logs(config: &SigningConfig, now: Timestamp) -> Result<Vec<SelectedLog>, ServiceError> {
    if config.rekor_tlog_urls.is_empty() {
        return Ok(Vec::new());
    }
    let chosen = config
        .rekor_tlog_config
        .unwrap_or(ServiceSelector::Any)
        .select(&config.rekor_tlog_urls, &REKOR_VERSIONS, now)
        .map_err(ServiceError::Log)?;
    let api = |service: &&Service| match service.major_api_version {
        1 => LogApi::V1,
        _ => LogApi::V2,
    };
    let found = urls("rekorTlogUrls", &chosen)?;
    let logs = found.into_iter().zip(chosen.iter().map(api));
    Ok(logs.map(|(url, api)| SelectedLog { url, api }).collect())
}

fn timestamp_authorities(config: &SigningConfig, now: Timestamp) -> Result<Vec<Url>, ServiceError> {
    if config.tsa_urls.is_empty() {
        return Ok(Vec::new());
    }
    select_timestamp_authorities(config, now)
}

fn select_timestamp_authorities(
    config: &SigningConfig,
    now: Timestamp,
) -> Result<Vec<Url>, ServiceError> {
    let chosen = config
        .tsa_config
        .unwrap_or(ServiceSelector::Any)
        .select(&config.tsa_urls, &SERVICE_VERSIONS, now)
        .map_err(ServiceError::TimestampAuthority)?;
    urls("tsaUrls", &chosen)
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

    fn log(url: &str, api: LogApi) -> SelectedLog {
        SelectedLog {
            url: Url::parse(url).unwrap(),
            api,
        }
    }

    fn choose(config: &SigningConfig) -> Result<SelectedServices, ServiceError> {
        SelectedServices::choose(config, Timestamp::from_second(1).unwrap())
    }

    #[test]
    fn one_of_each_kind_is_chosen() {
        let selected = choose(&config()).unwrap();
        let authority = selected.certificate_authority.unwrap();
        assert_eq!(authority.as_str(), "https://ca.test/");
        assert_eq!(
            selected.oidc_issuer.as_deref(),
            Some("https://oidc.test/auth")
        );
        assert_eq!(selected.logs, [log("https://log.test", LogApi::V2)]);
        assert_eq!(selected.timestamp_authorities.len(), 1);
    }

    #[test]
    fn version_one_is_second_choice_and_needs_no_timestamp() {
        let mut config = config();
        config.tsa_urls.clear();
        assert_eq!(
            choose(&config),
            Err(ServiceError::TimestampAuthority(SelectError::NoService {
                supported: vec![1]
            }))
        );
        config.rekor_tlog_urls.remove(0);
        let selected = choose(&config).unwrap();
        assert_eq!(selected.logs, [log("https://old.test", LogApi::V1)]);
        assert_eq!(selected.timestamp_authorities, []);
        // An authority that is named is asked.
        config.tsa_urls = vec![service("https://tsa.test/api/v1/timestamp", 1)];
        assert_eq!(choose(&config).unwrap().timestamp_authorities.len(), 1);
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
            without(|c| c.rekor_tlog_urls = vec![service("https://new.test", 3)]),
            ServiceError::Log(none(&[1, 2]))
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
    fn a_config_without_logs_asks_none() {
        let mut config = config();
        config.rekor_tlog_urls.clear();
        let selected = choose(&config).unwrap();
        assert_eq!(
            (selected.logs.len(), selected.timestamp_authorities.len()),
            (0, 1)
        );
        config.tsa_urls.clear();
        let selected = choose(&config).unwrap();
        assert_eq!(
            (selected.logs.len(), selected.timestamp_authorities.len()),
            (0, 0)
        );
    }

    #[test]
    fn a_config_without_provider_is_enough_with_a_token() {
        let mut config = config();
        config.oidc_urls.clear();
        assert_eq!(choose(&config).unwrap().oidc_issuer, None);
    }

    #[test]
    fn a_key_is_logged_and_stamped_where_the_config_says_so_and_nowhere_else() {
        let now = Timestamp::from_second(1).unwrap();
        let mut config = config();
        config.ca_urls.clear();
        let selected = SelectedServices::choose_for_key(&config, now).unwrap();
        assert_eq!(selected.certificate_authority, None);
        assert_eq!(selected.logs, [log("https://log.test", LogApi::V2)]);
        assert_eq!(selected.timestamp_authorities.len(), 1);
        config.rekor_tlog_urls = vec![service("https://new.test", 3)];
        assert_eq!(
            SelectedServices::choose_for_key(&config, now),
            Err(ServiceError::Log(SelectError::NoService {
                supported: vec![1, 2]
            }))
        );
        config.rekor_tlog_urls.clear();
        config.tsa_urls.clear();
        let selected = SelectedServices::choose_for_key(&config, now).unwrap();
        assert_eq!(
            (selected.logs, selected.timestamp_authorities),
            (Vec::new(), Vec::new())
        );
    }
}
