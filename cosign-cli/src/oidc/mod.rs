//! Who signs: identity tokens, and the ways to one.
//!
//! ```text
//! token           an identity token and the claims that the client needs (the CA verifies it, not the client)
//! source          where an identity may come from
//! ambient         tokens that the surroundings hold ready; github_actions, buildkite, google: those that are fetched
//! browser         authorization code flow with PKCE, state and nonce
//! device          the flow for machines without a browser
//! client_credentials  the login of a client that is no person; token_endpoint: what it shares with `device`
//! loopback        the listener that the browser is sent back to
//! id_token        the check of a token that a provider has just given
//! client_secret   the secret of a client that is not a public one
//! ```

mod ambient;
mod browser;
mod buildkite;
mod client_credentials;
mod client_secret;
mod device;
mod github_actions;
mod google;
mod id_token;
mod loopback;
mod provider;
mod source;
mod token;
mod token_endpoint;

use url::Url;

pub(crate) use ambient::{Surroundings, ambient};
pub use browser::{BrowserError, BrowserLogin, BrowserOpener, CodeReader, system_browser};
pub use buildkite::Buildkite;
pub use client_credentials::{ClientCredentials, ClientCredentialsError};
pub use client_secret::{ClientSecret, ClientSecretError};
pub use device::{DeviceError, DeviceLogin, Pause, system_pause};
pub use github_actions::{AmbientError, GithubActions};
pub use google::GoogleWorkload;
pub use id_token::IdTokenError;
pub use loopback::LoopbackError;
pub use provider::ProviderError;
pub(crate) use source::given_token;
pub use source::{IdentitySource, SourceError};
pub use token::{IdentityToken, TokenError};

use crate::http::ClosedWorld;
use crate::sign::SignError;
use crate::ui::Progress;

/// The identity token; a login may contact the provider's host as well.
pub(crate) async fn obtain(
    source: &IdentitySource,
    world: &mut ClosedWorld,
    progress: &dyn Progress,
) -> Result<IdentityToken, SignError> {
    let mut allow = |issuer: &str| {
        if let Ok(issuer) = Url::parse(issuer) {
            world.allow(&issuer);
        }
    };
    match source {
        IdentitySource::Token(token) => Ok(token.clone()),
        IdentitySource::Browser(login) => {
            allow(&login.issuer);
            Ok(browser::login(world, login, progress).await?)
        }
        IdentitySource::Device(login) => {
            allow(&login.issuer);
            Ok(device::login(world, login, progress).await?)
        }
        IdentitySource::ClientCredentials(login) => {
            allow(&login.issuer);
            Ok(client_credentials::login(world, login, progress).await?)
        }
        IdentitySource::GithubActions(job) => Ok(job.token(world).await?),
        IdentitySource::Buildkite(job) => Ok(job.token(world).await?),
        IdentitySource::Google(workload) => Ok(workload.token(world).await?),
        // The recipe of signing asks nobody who the holder of a key is.
        IdentitySource::Key(_)
        | IdentitySource::Certified(_)
        | IdentitySource::CertifiedKey(..) => Err(SourceError::NoToken.into()),
    }
}
