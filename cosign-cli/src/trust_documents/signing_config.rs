//! A signing config of the services that the user names.

use jiff::Timestamp;
use sigbox_wire::{Service, ServiceSelector, SigningConfig};

use super::spec::{Kind, Spec, SpecError};
use crate::ui::Escaped;

/// A signing config could not be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SigningConfigError {
    /// How many of the services are used is not said.
    #[error("--{flag}-config must be provided when --{flag} is specified")]
    NoSelector {
        /// The services' flag without its dashes.
        flag: &'static str,
    },
    /// What is said of a service is wrong.
    #[error("parsing {flag} spec: {source}")]
    Spec {
        /// The flag without its dashes.
        flag: &'static str,
        /// What is wrong.
        source: SpecError,
    },
    /// The version of a service is no version.
    #[error("parsing {flag} spec: parsing api-version: `{}` is not a number from 1 to 4294967295", Escaped(.found))]
    Version {
        /// The flag without its dashes.
        flag: &'static str,
        /// The value.
        found: String,
    },
    /// How many of the services are used is said in words that are not known.
    #[error("parsing {flag}: invalid service config mode: {}: expected ANY, ALL or EXACT:<count>", Escaped(.found))]
    Selector {
        /// The flag without its dashes.
        flag: &'static str,
        /// The value.
        found: String,
    },
    /// A count stands where none belongs.
    #[error("parsing {flag}: mode {mode} does not accept a count")]
    UnwantedCount {
        /// The flag without its dashes.
        flag: &'static str,
        /// The mode.
        mode: &'static str,
    },
    /// `EXACT` has no count that a choice could have.
    #[error("parsing {flag}: mode EXACT requires a count of at least 1, e.g. EXACT:2, found `{}`", Escaped(.found))]
    Count {
        /// The flag without its dashes.
        flag: &'static str,
        /// The value.
        found: String,
    },
}

/// What the flags say of each service.
pub(crate) struct SigningConfigParts<'a> {
    /// Certificate authorities.
    pub(crate) fulcio: &'a [String],
    /// Signature logs.
    pub(crate) rekor: &'a [String],
    /// OpenID providers.
    pub(crate) oidc: &'a [String],
    /// Timestamp authorities.
    pub(crate) tsa: &'a [String],
    /// How many logs to write to; empty if that is not said.
    pub(crate) rekor_config: &'a str,
    /// How many timestamps to get; empty if that is not said.
    pub(crate) tsa_config: &'a str,
}

impl SigningConfigParts<'_> {
    /// Refuses services without a word on how many of them are used.
    pub(crate) fn check(&self) -> Result<(), SigningConfigError> {
        for (flag, services, config) in [
            ("rekor", self.rekor, self.rekor_config),
            ("tsa", self.tsa, self.tsa_config),
        ] {
            if !services.is_empty() && config.is_empty() {
                return Err(SigningConfigError::NoSelector { flag });
            }
        }
        Ok(())
    }

    /// Adds the services to a signing config, and says how many of them are used.
    pub(crate) fn add_to(&self, config: &mut SigningConfig) -> Result<(), SigningConfigError> {
        if !self.rekor_config.is_empty() {
            config.rekor_tlog_config = Some(selector("rekor-config", self.rekor_config)?);
        }
        if !self.tsa_config.is_empty() {
            config.tsa_config = Some(selector("tsa-config", self.tsa_config)?);
        }
        for (flag, texts, list) in [
            ("fulcio", self.fulcio, &mut config.ca_urls),
            ("rekor", self.rekor, &mut config.rekor_tlog_urls),
            ("oidc-provider", self.oidc, &mut config.oidc_urls),
            ("tsa", self.tsa, &mut config.tsa_urls),
        ] {
            for text in texts {
                list.push(service(flag, text)?);
            }
        }
        Ok(())
    }
}

fn service(flag: &'static str, text: &str) -> Result<Service, SigningConfigError> {
    let wrong = |source| SigningConfigError::Spec { flag, source };
    let spec = Spec::parse(Kind::Service, text).map_err(wrong)?;
    let version = spec.required("api-version").map_err(wrong)?;
    let digits = version.bytes().all(|byte| byte.is_ascii_digit());
    let number = version.parse().ok().filter(|number| digits && *number != 0);
    Ok(Service {
        url: spec.required("url").map_err(wrong)?.to_owned(),
        major_api_version: number.ok_or_else(|| SigningConfigError::Version {
            flag,
            found: version.to_owned(),
        })?,
        valid_for: spec.window(Timestamp::UNIX_EPOCH).map_err(wrong)?,
        operator: spec.required("operator").map_err(wrong)?.to_owned(),
    })
}

/// Reads `ANY`, `ALL` or `EXACT:<count>`, in any case.
fn selector(flag: &'static str, text: &str) -> Result<ServiceSelector, SigningConfigError> {
    let (mode, count) = match text.split_once(':') {
        Some((mode, count)) => (mode, Some(count)),
        None => (text, None),
    };
    let found = || text.to_owned();
    match (mode.to_ascii_uppercase().as_str(), count) {
        ("ANY", None) => Ok(ServiceSelector::Any),
        ("ALL", None) => Ok(ServiceSelector::All),
        ("ANY", Some(_)) => Err(SigningConfigError::UnwantedCount { flag, mode: "ANY" }),
        ("ALL", Some(_)) => Err(SigningConfigError::UnwantedCount { flag, mode: "ALL" }),
        ("EXACT", count) => {
            let digits = |count: &&str| count.bytes().all(|byte| byte.is_ascii_digit());
            let count = count.filter(digits).and_then(|count| count.parse().ok());
            count
                .filter(|count| *count != 0)
                .map(ServiceSelector::Exact)
                .ok_or_else(|| SigningConfigError::Count {
                    flag,
                    found: found(),
                })
        }
        _ => Err(SigningConfigError::Selector {
            flag,
            found: found(),
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_any_all_or_an_exact_count() {
        let read = |text| selector("tsa-config", text);
        assert_eq!(read("any"), Ok(ServiceSelector::Any));
        assert_eq!(read("ALL"), Ok(ServiceSelector::All));
        assert_eq!(read("EXACT:2"), Ok(ServiceSelector::Exact(2)));
        for (text, message) in [
            (
                "ANY:1",
                "parsing tsa-config: mode ANY does not accept a count",
            ),
            (
                "EXACT",
                "parsing tsa-config: mode EXACT requires a count of at least 1, e.g. EXACT:2, found `EXACT`",
            ),
            (
                "EXACT:0",
                "parsing tsa-config: mode EXACT requires a count of at least 1, e.g. EXACT:2, found `EXACT:0`",
            ),
            (
                "EXACT:+1",
                "parsing tsa-config: mode EXACT requires a count of at least 1, e.g. EXACT:2, found `EXACT:+1`",
            ),
            (
                "SOME",
                "parsing tsa-config: invalid service config mode: SOME: expected ANY, ALL or EXACT:<count>",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_service_has_a_version_of_its_interface() {
        let with = |version: &str| {
            let text = format!(
                "url=https://a,api-version={version},start-time=2026-01-01T00:00:00Z,operator=o"
            );
            service("rekor", &text)
        };
        assert_eq!(with("2").unwrap().major_api_version, 2);
        for found in ["0", "+1", "x", "4294967296"] {
            let expected = SigningConfigError::Version {
                flag: "rekor",
                found: found.to_owned(),
            };
            assert_eq!(with(found), Err(expected));
        }
    }
}
