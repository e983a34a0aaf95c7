//! The services that the command line names: a signing config, single addresses, or both.

use std::path::Path;

use jiff::Timestamp;
use sigbox_wire::{Service, ServiceSelector, SigningConfig, TimeRange};
use trust_root::files;
use url::Url;

use super::{argument_failure, explain};
use crate::args::{ArgumentError, ServiceArgs, Stated, variable};
use crate::report::Failure;
use crate::trust;
use crate::ui::{Escaped, say};

/// The services to sign with, and where they are from.
#[derive(Debug)]
pub(super) struct NamedServices {
    /// What the signing config and the addresses come to.
    pub(super) config: SigningConfig,
    /// Whether a signing config was read: somebody has set up an instance.
    pub(super) is_configured: bool,
}

/// What the command line and its variables say about services.
pub(super) struct ServiceChoice<'a> {
    pub(super) args: &'a ServiceArgs,
    pub(super) stated: &'a Stated,
    /// Whether a certificate is asked for.
    pub(super) certified: bool,
}

/// An address that takes the place of a list in the signing config.
struct Address {
    flag: &'static str,
    url: Url,
    text: String,
}

impl ServiceChoice<'_> {
    /// Reads the signing config if there is one, and puts the addresses of the flags in the place of its lists.
    ///
    /// Each flag stands for its own kind of service only, so that no combination says two things at once. There is
    /// no default: what nobody names is not contacted.
    pub(super) fn resolve(&self) -> Result<NamedServices, Failure> {
        let path = self
            .signing_config_path()
            .map_err(|error| argument_failure(&error))?;
        let mut config = match path {
            Some(path) => read_signing_config(path)?,
            None => SigningConfig::default(),
        };
        let addresses = self.addresses().map_err(|error| argument_failure(&error))?;
        if path.is_none() {
            self.check_alone(&addresses)?;
        }
        let [fulcio, rekor, stamper] = addresses;
        if let Some(address) = fulcio {
            say_replaced(&address, &config.ca_urls, "certificate authorities");
            config.ca_urls = vec![service(&address, 1)];
        }
        if let Some(address) = stamper {
            say_replaced(&address, &config.tsa_urls, "timestamp authorities");
            config.tsa_urls = vec![service(&address, 1)];
            config.tsa_config = Some(ServiceSelector::Any);
        }
        self.choose_log(&mut config, rekor)
            .map_err(|error| argument_failure(&error))?;
        Ok(NamedServices {
            config,
            is_configured: path.is_some(),
        })
    }

    /// The signing config to read; what stands on the command line wins over variables.
    fn signing_config_path(&self) -> Result<Option<&Path>, ArgumentError> {
        let path = self.args.signing_config.as_deref();
        let wanted = self.stated.has("signing-config");
        if self.args.use_signing_config || path.is_none() {
            return Ok(path);
        }
        match (wanted, self.stated.has("use-signing-config")) {
            (true, true) => Err(ArgumentError::Conflict {
                first: "--signing-config",
                second: "--use-signing-config=false",
            }),
            (true, false) => Ok(path),
            (false, _) => Ok(None),
        }
    }

    /// The addresses of certificate authority, log and timestamp authority.
    fn addresses(&self) -> Result<[Option<Address>; 3], ArgumentError> {
        let args = self.args;
        Ok([
            self.address("fulcio-url", "--fulcio-url", args.fulcio_url.as_deref())?,
            self.address("rekor-url", "--rekor-url", args.rekor_url.as_deref())?,
            self.address(
                "timestamp-server-url",
                "--timestamp-server-url",
                args.timestamp_server_url.as_deref(),
            )?,
        ])
    }

    fn address(
        &self,
        name: &str,
        flag: &'static str,
        text: Option<&str>,
    ) -> Result<Option<Address>, ArgumentError> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        if self.stated.has("signing-config") && !self.stated.has(name) {
            say(&format_args!(
                "WARNING: {} is not used: --signing-config on the command line says which services sign",
                variable(name)
            ));
            return Ok(None);
        }
        let url = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
            .ok_or_else(|| ArgumentError::InvalidValue {
                flag: flag.to_owned(),
                value: text.to_owned(),
                reason: "must be an http or https URL".to_owned(),
            })?;
        Ok(Some(Address {
            flag,
            url,
            text: text.to_owned(),
        }))
    }

    /// Whether the addresses are enough where no signing config fills the gaps.
    fn check_alone(&self, addresses: &[Option<Address>; 3]) -> Result<(), Failure> {
        let [fulcio, rekor, stamper] = addresses;
        let off = !self.args.use_signing_config;
        let nothing = fulcio.is_none() && rekor.is_none() && stamper.is_none();
        if nothing && self.args.tlog_upload {
            return Err(explain::no_signing_config(if off {
                "--use-signing-config=false switches the signing config off, and no address is given"
            } else {
                "neither --signing-config nor COSIGN_SIGNING_CONFIG is set"
            }));
        }
        if self.certified && fulcio.is_none() {
            return Err(explain::no_service(
                "certificate authority",
                "without a signing config, --fulcio-url names it",
                "give --fulcio-url URL",
            ));
        }
        if self.args.tlog_upload && rekor.is_none() {
            return Err(explain::no_service(
                "transparency log",
                "without a signing config, --rekor-url names it",
                "give --rekor-url URL, or --tlog-upload=false to sign without a log",
            ));
        }
        Ok(())
    }

    /// Puts the log of the flags in the place of the signing config's, or takes the logs away.
    fn choose_log(
        &self,
        config: &mut SigningConfig,
        address: Option<Address>,
    ) -> Result<(), ArgumentError> {
        let logs = &mut config.rekor_tlog_urls;
        if !self.args.tlog_upload {
            logs.clear();
            return Ok(());
        }
        let version = self.args.rekor_version;
        let fits = |service: &Service| version.is_none_or(|v| v == service.major_api_version);
        if let Some(address) = address {
            let known =
                |service: &Service| Url::parse(&service.url).ok().as_ref() == Some(&address.url);
            if logs.iter().any(|service| known(service) && fits(service)) {
                logs.retain(|service| known(service) && fits(service));
            } else {
                say_replaced(&address, logs, "transparency logs");
                *logs = vec![service(&address, version.unwrap_or(1))];
            }
            config.rekor_tlog_config = Some(ServiceSelector::Any);
        } else if let Some(version) = version {
            logs.retain(fits);
            if logs.is_empty() {
                return Err(ArgumentError::NoLogOfVersion { version });
            }
        }
        Ok(())
    }
}

/// A service that the command line names is meant to be used now.
fn service(address: &Address, version: u32) -> Service {
    Service {
        url: address.text.clone(),
        major_api_version: version,
        valid_for: TimeRange::from_start(Timestamp::UNIX_EPOCH),
        operator: "command line".to_owned(),
    }
}

/// The real client refuses the two together; here the flag holds, and the user hears it.
fn say_replaced(address: &Address, list: &[Service], kind: &str) {
    if list.iter().any(|service| service.url != address.text) {
        say(&format_args!(
            "WARNING: {} takes the place of the signing config's {kind}",
            address.flag
        ));
    }
}

/// Reads a signing config and says what in it was not understood.
pub(super) fn read_signing_config(path: &Path) -> Result<SigningConfig, Failure> {
    let config = files::read_signing_config(path).map_err(|error| {
        let why = trust::why(&error);
        Failure::new(format!("error reading signing config from file: {why}"))
            .caused_by_source(&error)
    })?;
    for warning in &config.warnings {
        say(&format_args!(
            "WARNING: {}: {}",
            Escaped(&path.to_string_lossy()),
            Escaped(warning)
        ));
    }
    Ok(config)
}
