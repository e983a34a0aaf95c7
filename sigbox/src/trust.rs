//! The trust material of an instance, read from its directory.

use anyhow::{Context, Result};
use sigbox_crypto::{Certificate, PublicKey, SigningKey};
use trust_root::atomic::{self, Access};
use trust_root::{Instance, Services, files};

use crate::ceremony::Chains;
use crate::config::Config;
use crate::layout::{DataDir, Role, read_secret};
use crate::shards::{self, Shards};

/// Writes the chains of a new instance.
pub(crate) fn write_chains(dir: &DataDir, chains: &Chains) -> Result<()> {
    for (name, chain) in [
        (trust_root::FULCIO_CHAIN, &chains.ca),
        (trust_root::TSA_CHAIN, &chains.tsa),
    ] {
        let pem: String = chain.iter().map(Certificate::to_pem).collect();
        atomic::write(&dir.trust().join(name), pem.as_bytes(), Access::Public)?;
    }
    Ok(())
}

/// Reads chains and keys. `built_in` is the built-in OpenID provider's issuer, when it is on.
pub(crate) fn read(
    dir: &DataDir,
    config: &Config,
    shards: &Shards,
    built_in: Option<String>,
) -> Result<Instance> {
    let first_issuer = config.issuers.first().map(|issuer| issuer.url.clone());
    Ok(Instance {
        host: config.host()?.to_owned(),
        organization: config.organization.clone(),
        start: config.created,
        ca_chain: files::read_chain(&dir.trust().join(trust_root::FULCIO_CHAIN))?,
        tsa_chain: files::read_chain(&dir.trust().join(trust_root::TSA_CHAIN))?,
        ct_key: public_key(dir, Role::CtLog)?,
        rekor: shards::trusted(&shards.v2, config)?,
        rekor_v1: shards::trusted(&shards.v1, config)?,
        services: Services {
            base_url: config.base().to_owned(),
            oidc_issuer: built_in.or(first_issuer),
        },
    })
}

fn public_key(dir: &DataDir, role: Role) -> Result<PublicKey> {
    let path = dir.key(role);
    let key = SigningKey::from_pkcs8_pem(&read_secret(&path)?)
        .with_context(|| format!("key file {}", path.display()))?;
    Ok(key.public_key().clone())
}
