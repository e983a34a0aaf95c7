//! The handlers.

use crate::config::IssuerKind;
use crate::provider::Provider;

pub(crate) mod authorize;
mod client;
pub(crate) mod device;
pub(crate) mod metadata;
pub(crate) mod token;
pub(crate) mod userinfo;
pub(crate) mod verification;

/// The state of a handler: the provider, and which of its issuers is spoken to.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) provider: Provider,
    pub(crate) kind: IssuerKind,
}

impl Endpoint {
    pub(crate) fn new(provider: Provider, kind: IssuerKind) -> Self {
        Self { provider, kind }
    }
}
