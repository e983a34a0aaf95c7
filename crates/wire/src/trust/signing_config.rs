//! The signing config: which services a client signs with.

use jiff::Timestamp;

use super::signing_config_message::SigningConfigMessage;
use super::{TimeRange, TrustError, read_document};
use crate::encode::{EncodeError, to_json};

/// The name of the document in messages.
pub(super) const DOCUMENT: &str = "signing config";

/// The services that a client signs with, version 0.2.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SigningConfig {
    /// Certificate authorities (Fulcio).
    pub ca_urls: Vec<Service>,
    /// OpenID providers.
    pub oidc_urls: Vec<Service>,
    /// Signature transparency logs (Rekor).
    pub rekor_tlog_urls: Vec<Service>,
    /// Timestamp authorities.
    pub tsa_urls: Vec<Service>,
    /// How many logs to write to.
    pub rekor_tlog_config: Option<ServiceSelector>,
    /// How many timestamps to get.
    pub tsa_config: Option<ServiceSelector>,
    /// One line for each unknown member met while reading; never written.
    pub warnings: Vec<String>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The service's URL.
    pub url: String,
    /// The version of the service's API.
    pub major_api_version: u32,
    /// When to use the service.
    pub valid_for: TimeRange,
    /// Who runs it; at most one service of an operator is used.
    pub operator: String,
}

/// How many of the fit services to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceSelector {
    /// One, whichever.
    Any,
    /// All of them.
    All,
    /// Exactly so many.
    Exact(u32),
}

/// No choice of services fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// No service is valid now and of a version that the client speaks.
    #[error("no service is valid now with an API version of {supported:?}")]
    NoService {
        /// The versions that the client speaks.
        supported: Vec<u32>,
    },
    /// Fewer services than the selector demands.
    #[error("{wanted} services are wanted, {found} fit")]
    TooFew {
        /// How many the selector demands.
        wanted: u32,
        /// How many fit.
        found: usize,
    },
}

impl SigningConfig {
    /// The media type of version 0.2, the only one that is read.
    pub const MEDIA_TYPE: &'static str = "application/vnd.dev.sigstore.signingconfig.v0.2+json";

    /// Reads a signing config; unknown members become [`SigningConfig::warnings`].
    ///
    /// # Errors
    /// [`TrustError`], one variant for each rule; version 0.1 is [`TrustError::MediaType`].
    ///
    /// Source: protobuf-specs, `protos/sigstore_trustroot.proto`, `SigningConfig`.
    pub fn parse(json: &[u8]) -> Result<Self, TrustError> {
        let message: SigningConfigMessage = read_document(DOCUMENT, json)?;
        message.into_config()
    }

    /// Writes the signing config as compact protobuf JSON.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        to_json(DOCUMENT, &SigningConfigMessage::from(self))
    }

    /// Writes the same as cosign 3.1.3 does, with an empty selector where nothing is to be selected.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json_with_selectors(&self) -> Result<String, EncodeError> {
        let message = SigningConfigMessage::from(self).with_selectors();
        to_json(DOCUMENT, &message)
    }
}

/// Chooses services as every client is to do it: valid at `now`, the highest supported version that any valid
/// service has, newest start first, one for each operator, then as many as `selector` wants (all, if `None`).
///
/// `Any` yields the newest. The answer is never empty.
///
/// # Errors
/// [`SelectError`] if none or too few fit.
///
/// Source: sigstore client specification, "Signing config".
pub(super) fn select<'a>(
    services: &'a [Service],
    selector: Option<ServiceSelector>,
    supported: &[u32],
    now: Timestamp,
) -> Result<Vec<&'a Service>, SelectError> {
    let fit = |service: &&Service| {
        supported.contains(&service.major_api_version) && service.valid_for.contains(now)
    };
    let version = services
        .iter()
        .filter(fit)
        .map(|service| service.major_api_version)
        .max();
    let mut fitting: Vec<_> = services
        .iter()
        .filter(fit)
        .filter(|service| Some(service.major_api_version) == version)
        .collect();
    fitting.sort_by_key(|service| std::cmp::Reverse(service.valid_for.start));
    let mut chosen: Vec<&Service> = Vec::new();
    for service in fitting {
        if chosen
            .iter()
            .all(|other| other.operator != service.operator)
        {
            chosen.push(service);
        }
    }
    if chosen.is_empty() {
        return Err(SelectError::NoService {
            supported: supported.to_vec(),
        });
    }
    let wanted = match selector {
        None | Some(ServiceSelector::All) => return Ok(chosen),
        Some(ServiceSelector::Any) => 1,
        Some(ServiceSelector::Exact(count)) => count,
    };
    let count = usize::try_from(wanted).unwrap_or(usize::MAX);
    if count == 0 || chosen.len() < count {
        return Err(SelectError::TooFew {
            wanted,
            found: chosen.len(),
        });
    }
    chosen.truncate(count);
    Ok(chosen)
}

impl ServiceSelector {
    /// Chooses from `services` by this selector; see [`Service::select_all`] for the order.
    ///
    /// # Errors
    /// [`SelectError`] if none or too few fit.
    pub fn select<'a>(
        self,
        services: &'a [Service],
        supported: &[u32],
        now: Timestamp,
    ) -> Result<Vec<&'a Service>, SelectError> {
        select(services, Some(self), supported, now)
    }
}

impl Service {
    /// All services that fit: valid at `now`, of the highest version in `supported` that any valid one has,
    /// newest start first, one for each operator. Never empty.
    ///
    /// # Errors
    /// [`SelectError::NoService`] if none fits.
    ///
    /// Source: sigstore client specification, signing config.
    pub fn select_all<'a>(
        services: &'a [Self],
        supported: &[u32],
        now: Timestamp,
    ) -> Result<Vec<&'a Self>, SelectError> {
        select(services, None, supported, now)
    }
}
