//! What an instance is made of, as its verifiers and signers need to know it.

use jiff::Timestamp;
use sigbox_crypto::{Certificate, PublicKey};

/// The public side of an instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The bare host name: origin of the signature log, and what every trusted URL is built on.
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
    /// Key of the Rekor v2 log.
    pub rekor_key: PublicKey,
    /// Key of the Rekor v1 log, if there is one.
    pub rekor_v1_key: Option<PublicKey>,
    /// Where to sign.
    pub services: Services,
}

/// Where the services answer, for the signing config.
#[derive(Clone, Debug)]
pub struct Services {
    /// Scheme, host and port, without a trailing slash: clients append paths, and some drop one that is there.
    pub base_url: String,
    /// The OpenID provider for interactive sign-in, if there is one.
    pub oidc_issuer: Option<String>,
}
