//! What an instance is made of, as its verifiers and signers need to know it.

use jiff::Timestamp;
use sigbox_crypto::{Certificate, PublicKey};
use sigbox_wire::TimeRange;

/// The public side of an instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The bare host name: origin of the first signature log, and what every other trusted URL is built on.
    pub host: String,
    /// The organisation, as operator and as subject of the authorities.
    pub organization: String,
    /// Start of every validity window.
    pub start: Timestamp,
    /// The CA's chain: issuing certificate first, root last, at least two.
    pub ca_chain: Vec<Certificate>,
    /// The timestamp authority's chain: signer first, root last, at least two.
    pub tsa_chain: Vec<Certificate>,
    /// Key of the certificate transparency log.
    pub ct_key: PublicKey,
    /// The shards of the Rekor v2 log, oldest first; the last one is signed into.
    pub rekor: Vec<Shard>,
    /// The shards of the Rekor v1 log, oldest first; none if there is no such log.
    pub rekor_v1: Vec<Shard>,
    /// Where to sign.
    pub services: Services,
}

/// One shard of a signature log.
#[derive(Clone, Debug)]
pub struct Shard {
    /// Its bare host name.
    pub host: String,
    /// Where it answers: scheme, host and port, without a trailing slash.
    pub base_url: String,
    /// Its key.
    pub key: PublicKey,
    /// From its birth until it was frozen.
    pub valid_for: TimeRange,
}

/// Where the services answer, for the signing config.
#[derive(Clone, Debug)]
pub struct Services {
    /// Scheme, host and port, without a trailing slash: clients append paths, and some drop one that is there.
    pub base_url: String,
    /// The OpenID provider for interactive sign-in, if there is one.
    pub oidc_issuer: Option<String>,
}
