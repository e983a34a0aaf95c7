//! The built-in OpenID provider for development: whoever reaches it may sign in as anyone.
//!
//! Two issuers stand on one base URL: `<base>/oidc` names people by email address, `<base>/oidc/workload` names
//! workloads by URI. Both speak the authorization code flow with PKCE and the device flow, and sign RS256 tokens
//! with one key.
//!
//! What this crate deliberately is not: it keeps no users, no passwords, no sessions and no cookies, so it must
//! not be reachable by people who may not choose their own identity; see [`check_exposure`].
//!
//! ```text
//! router ─ api/{metadata, authorize, device, verification, token, userinfo} ─ Provider
//!            authorization (request), code and device (stores), user_code, pkce, redirect, params, page (HTML),
//!            problem (errors)
//!            Provider ─ config, identity, claims, key
//! ```

mod api;
mod authorization;
mod claims;
mod code;
mod config;
mod device;
mod identity;
mod key;
mod page;
mod params;
mod pkce;
mod problem;
mod provider;
mod redirect;
mod router;
mod user_code;

pub use claims::{Claims, TokenError};
pub use config::{ConfigError, ExposureError, IssuerKind, ProviderConfig, check_exposure};
pub use identity::{Identity, IdentityError};
pub use key::{KeyError, RsaKey, generate_rsa_key_pem};
pub use provider::{Clock, MintError, Provider, Random, RandomError, TokenRequest, system_random};
pub use router::router;
