//! `sigbox token`: an identity token of the built-in provider, minted from its key; the server is not asked.

use anyhow::{Context, Result, bail};
use oidc_lite::{Identity, Provider, ProviderConfig, RsaKey, TokenRequest};

use crate::args::Token;
use crate::clock;
use crate::config::Config;
use crate::data::data_dir;
use crate::layout::{DataDir, Role, read_secret};

/// The token's text.
pub(crate) fn mint(args: &Token) -> Result<String> {
    let dir = data_dir(&args.data)?;
    let config = Config::read(&dir.config())?;
    let provider = provider(&dir, &config)?;
    let identity = match (&args.email, &args.subject) {
        (Some(email), None) => Identity::email(email)?,
        (None, Some(subject)) => Identity::workload(subject, provider.config())?,
        _ => bail!("expected one of --email and --subject"),
    };
    let audience = args.audience.clone();
    Ok(provider.mint(&TokenRequest {
        identity,
        audience,
        lifetime: None,
    })?)
}

/// The built-in provider, from its key in the data directory.
pub(crate) fn provider(dir: &DataDir, config: &Config) -> Result<Provider> {
    let path = dir.key(Role::Oidc);
    if !path.exists() {
        bail!(
            "{}: the built-in OpenID provider has no key yet; `sigbox up --dev` makes it",
            dir.path().display()
        );
    }
    let key = RsaKey::from_pkcs8_pem(&read_secret(&path)?)
        .with_context(|| format!("key file {}", path.display()))?;
    let config = ProviderConfig::new(config.base_url.as_str())?;
    Ok(Provider::new(config, key, clock::clock()))
}
