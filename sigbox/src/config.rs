//! `sigbox.toml`: one file, unknown keys are errors.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::database::Database;

/// The layout of the data directory that this program writes and reads.
pub(crate) const LAYOUT: u32 = 1;

/// What `sigbox.toml` holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Layout of the data directory; a newer one is refused.
    pub(crate) layout: u32,
    /// Where clients reach this instance: scheme, host and port, no path.
    pub(crate) base_url: Url,
    /// The address to listen on.
    pub(crate) listen: SocketAddr,
    /// The name in the certificates and in the trusted root.
    pub(crate) organization: String,
    /// When the instance was made; the start of every validity window in the trust material.
    pub(crate) created: Timestamp,
    /// Where the guard file lies; by default `guard` in the data directory. Another disk is advised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) guard: Option<PathBuf>,
    /// The Postgres database that holds the logs; by default they are in the data directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) database: Option<Database>,
    /// Certificate and key for HTTPS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<Tls>,
    /// The OpenID providers whose tokens the certificate authority accepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) issuers: Vec<Issuer>,
}

/// PEM files for HTTPS.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// Certificate chain, leaf first.
    pub(crate) cert: PathBuf,
    /// Private key, PKCS#8.
    pub(crate) key: PathBuf,
}

/// One OpenID provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issuer {
    /// The `iss` of its tokens, byte for byte.
    pub(crate) url: String,
    /// The `aud` that its tokens must carry.
    #[serde(default = "sigstore")]
    pub(crate) client_id: String,
    /// What the tokens name: an e-mail address or a URI.
    #[serde(rename = "type")]
    pub(crate) kind: IssuerType,
    /// For `uri`: scheme and host that every subject must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject_domain: Option<String>,
}

/// What an issuer's tokens name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IssuerType {
    /// The `email` claim.
    Email,
    /// The `sub` claim, a URI.
    Uri,
}

fn sigstore() -> String {
    "sigstore".to_owned()
}

impl Config {
    /// Reads and checks `sigbox.toml`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let layout: Layout =
            toml::from_str(&text).with_context(|| format!("parsing {}", path.display()))?;
        if layout.layout > LAYOUT {
            bail!(
                "{} was made by a newer sigbox: layout expected at most {LAYOUT}, found {}",
                path.display(),
                layout.layout
            );
        }
        let config: Self =
            toml::from_str(&text).with_context(|| format!("parsing {}", path.display()))?;
        config.check()?;
        Ok(config)
    }

    /// The text of `sigbox.toml`.
    pub(crate) fn to_toml(&self) -> Result<String> {
        Ok(format!(
            "# Written by `sigbox init`. Unknown keys are errors.\n{}",
            toml::to_string_pretty(self)?
        ))
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<()> {
        check_base_url(&self.base_url)?;
        for issuer in &self.issuers {
            if issuer.kind == IssuerType::Uri && issuer.subject_domain.is_none() {
                bail!(
                    "issuer `{}` of type uri: expected subject_domain, found none",
                    issuer.url
                );
            }
        }
        Ok(())
    }

    /// The bare host name: the origin of the signature log.
    pub(crate) fn host(&self) -> Result<&str> {
        self.base_url
            .host_str()
            .with_context(|| format!("base_url `{}` has no host", self.base_url))
    }

    /// The base URL as clients append paths to it: without a trailing slash.
    pub(crate) fn base(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }
}

#[derive(Deserialize)]
struct Layout {
    layout: u32,
}

/// A base URL is scheme, host and port: clients drop or mangle a path.
pub(crate) fn check_base_url(url: &Url) -> Result<()> {
    if !matches!(url.scheme(), "http" | "https") {
        bail!(
            "base URL `{url}`: expected scheme http or https, found `{}`",
            url.scheme()
        );
    }
    if url.host_str().is_none_or(str::is_empty) {
        bail!("base URL `{url}`: expected a host, found none");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        bail!(
            "base URL `{url}`: expected scheme, host and port alone, found `{}`",
            url.path()
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        bail!("base URL: expected no user information, found some");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            layout: LAYOUT,
            base_url: "http://localhost:8080".parse().unwrap(),
            listen: "127.0.0.1:8080".parse().unwrap(),
            organization: "Example".to_owned(),
            created: Timestamp::UNIX_EPOCH,
            guard: None,
            database: None,
            tls: None,
            issuers: vec![Issuer {
                url: "https://idp.example".to_owned(),
                client_id: "sigstore".to_owned(),
                kind: IssuerType::Email,
                subject_domain: None,
            }],
        }
    }

    fn read(text: &str) -> Result<Config> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sigbox.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = config().to_toml().unwrap();
        assert_eq!(read(&text).unwrap().to_toml().unwrap(), text);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let text = config()
            .to_toml()
            .unwrap()
            .replace("layout = 1", "layout = 1\nlayuot = 2");
        let error = format!("{:#}", read(&text).unwrap_err());
        assert!(error.contains("unknown field `layuot`"), "{error}");
    }

    #[test]
    fn a_newer_layout_is_refused_even_with_keys_not_known_here() {
        let text = config()
            .to_toml()
            .unwrap()
            .replace("layout = 1", "layout = 2\nnovelty = true");
        let error = read(&text).unwrap_err().to_string();
        assert!(
            error.ends_with("was made by a newer sigbox: layout expected at most 1, found 2"),
            "{error}"
        );
    }

    #[test]
    fn a_base_url_with_a_path_is_refused() {
        let url = "https://sigstore.example/prefix".parse().unwrap();
        assert_eq!(
            check_base_url(&url).unwrap_err().to_string(),
            "base URL `https://sigstore.example/prefix`: expected scheme, host and port alone, found `/prefix`"
        );
    }
}
