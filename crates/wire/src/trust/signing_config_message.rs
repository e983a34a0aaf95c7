//! The protobuf JSON messages behind a signing config.

use serde::{Deserialize, Serialize};

use super::TrustError;
use super::message::{TimeRangeMessage, Unknown, warn_unknown};
use super::signing_config::{DOCUMENT, Service, ServiceSelector, SigningConfig};
use crate::proto_json::{EnumValue, non_empty_text, uint32};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SigningConfigMessage {
    #[serde(alias = "media_type")]
    media_type: Option<String>,
    #[serde(alias = "ca_urls", skip_serializing_if = "Option::is_none")]
    ca_urls: Option<Vec<ServiceMessage>>,
    #[serde(alias = "oidc_urls", skip_serializing_if = "Option::is_none")]
    oidc_urls: Option<Vec<ServiceMessage>>,
    #[serde(alias = "rekor_tlog_urls", skip_serializing_if = "Option::is_none")]
    rekor_tlog_urls: Option<Vec<ServiceMessage>>,
    #[serde(alias = "tsa_urls", skip_serializing_if = "Option::is_none")]
    tsa_urls: Option<Vec<ServiceMessage>>,
    #[serde(alias = "rekor_tlog_config", skip_serializing_if = "Option::is_none")]
    rekor_tlog_config: Option<SelectorMessage>,
    #[serde(alias = "tsa_config", skip_serializing_if = "Option::is_none")]
    tsa_config: Option<SelectorMessage>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(
        default,
        alias = "major_api_version",
        deserialize_with = "uint32",
        skip_serializing_if = "Option::is_none"
    )]
    major_api_version: Option<u32>,
    #[serde(alias = "valid_for", skip_serializing_if = "Option::is_none")]
    valid_for: Option<TimeRangeMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
struct SelectorMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<EnumValue>,
    #[serde(
        default,
        deserialize_with = "uint32",
        skip_serializing_if = "Option::is_none"
    )]
    count: Option<u32>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

impl SigningConfigMessage {
    pub(super) fn into_config(self) -> Result<SigningConfig, TrustError> {
        let media_type = self.media_type.unwrap_or_default();
        if media_type != SigningConfig::MEDIA_TYPE {
            return Err(TrustError::MediaType {
                document: DOCUMENT,
                found: media_type,
            });
        }
        let mut warnings = Vec::new();
        warn_unknown(&mut warnings, "", &self.unknown);
        let warn = &mut warnings;
        Ok(SigningConfig {
            ca_urls: read_services(self.ca_urls, "caUrls", warn)?,
            oidc_urls: read_services(self.oidc_urls, "oidcUrls", warn)?,
            rekor_tlog_config: read_selector(
                self.rekor_tlog_config,
                is_empty(self.rekor_tlog_urls.as_ref()),
                "rekorTlogConfig",
                warn,
            )?,
            tsa_config: read_selector(
                self.tsa_config,
                is_empty(self.tsa_urls.as_ref()),
                "tsaConfig",
                warn,
            )?,
            rekor_tlog_urls: read_services(self.rekor_tlog_urls, "rekorTlogUrls", warn)?,
            tsa_urls: read_services(self.tsa_urls, "tsaUrls", warn)?,
            warnings,
        })
    }
}

fn read_services(
    messages: Option<Vec<ServiceMessage>>,
    list: &str,
    warnings: &mut Vec<String>,
) -> Result<Vec<Service>, TrustError> {
    let mut services = Vec::new();
    for (index, message) in messages.unwrap_or_default().into_iter().enumerate() {
        let place = format!("{list}[{index}]");
        warn_unknown(warnings, &place, &message.unknown);
        let valid_for = message.valid_for.unwrap_or_default();
        services.push(Service {
            url: message.url.unwrap_or_default(),
            major_api_version: message.major_api_version.unwrap_or(0),
            valid_for: valid_for.into_range(warnings, &format!("{place}.validFor"))?,
            operator: message.operator.unwrap_or_default(),
        });
    }
    Ok(services)
}

fn is_empty(services: Option<&Vec<ServiceMessage>>) -> bool {
    services.is_none_or(Vec::is_empty)
}

/// Where there is nothing to select from, no selector is needed: cosign writes `{}` then.
fn read_selector(
    message: Option<SelectorMessage>,
    nothing_to_select: bool,
    member: &'static str,
    warnings: &mut Vec<String>,
) -> Result<Option<ServiceSelector>, TrustError> {
    let Some(message) = message else {
        return Ok(None);
    };
    warn_unknown(warnings, member, &message.unknown);
    let value = message.selector;
    let found = value
        .as_ref()
        .map_or_else(|| "SERVICE_SELECTOR_UNDEFINED".to_owned(), EnumValue::text);
    // Numbers: protobuf-specs, enum ServiceSelector.
    match found.as_str() {
        "ALL" | "1" => Ok(Some(ServiceSelector::All)),
        "ANY" | "2" => Ok(Some(ServiceSelector::Any)),
        "EXACT" | "3" => Ok(Some(ServiceSelector::Exact(message.count.unwrap_or(0)))),
        "SERVICE_SELECTOR_UNDEFINED" | "0" if nothing_to_select => Ok(None),
        _ => Err(TrustError::Selector { member, found }),
    }
}

impl SigningConfigMessage {
    /// The same with both selectors, each an empty one where nothing is selected.
    pub(super) fn with_selectors(mut self) -> Self {
        let empty = || SelectorMessage {
            selector: None,
            count: None,
            unknown: Unknown::default(),
        };
        self.rekor_tlog_config.get_or_insert_with(empty);
        self.tsa_config.get_or_insert_with(empty);
        self
    }
}

impl From<&SigningConfig> for SigningConfigMessage {
    fn from(config: &SigningConfig) -> Self {
        let services = |services: &[Service]| {
            let written = services.iter().map(ServiceMessage::from).collect();
            (!services.is_empty()).then_some(written)
        };
        Self {
            media_type: Some(SigningConfig::MEDIA_TYPE.to_owned()),
            ca_urls: services(&config.ca_urls),
            oidc_urls: services(&config.oidc_urls),
            rekor_tlog_urls: services(&config.rekor_tlog_urls),
            tsa_urls: services(&config.tsa_urls),
            rekor_tlog_config: config.rekor_tlog_config.map(SelectorMessage::from),
            tsa_config: config.tsa_config.map(SelectorMessage::from),
            unknown: Unknown::default(),
        }
    }
}

impl From<&Service> for ServiceMessage {
    fn from(service: &Service) -> Self {
        Self {
            url: non_empty_text(&service.url),
            major_api_version: Some(service.major_api_version),
            valid_for: TimeRangeMessage::new(&service.valid_for),
            operator: non_empty_text(&service.operator),
            unknown: Unknown::default(),
        }
    }
}

impl From<ServiceSelector> for SelectorMessage {
    fn from(selector: ServiceSelector) -> Self {
        let (name, count) = match selector {
            ServiceSelector::Any => ("ANY", None),
            ServiceSelector::All => ("ALL", None),
            ServiceSelector::Exact(count) => ("EXACT", Some(count)),
        };
        let selector = Some(EnumValue::Name(name.to_owned()));
        Self {
            selector,
            count,
            unknown: Unknown::default(),
        }
    }
}
