//! The OpenID provider: discovery, and the bridge from the `openidconnect` crate to our one HTTP client.

use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, DiscoveryError, HttpRequest, HttpResponse, IssuerUrl,
    ProviderMetadata,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::http::{ClosedWorld, HttpError, Request, is_outage};
use crate::ui::Escaped;

/// Discovery and token exchange are small; a provider that needs longer is not there.
pub(super) const PROVIDER_DEADLINE: Duration = Duration::from_secs(30);

/// The provider cannot be used for a login.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// The issuer is not an address.
    #[error("the OpenID issuer `{}` is not a URL", Escaped(.0))]
    Issuer(String),
    /// The provider could not be reached, or a host was refused.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The discovery document or the keys cannot be read, or name another issuer.
    #[error("the OpenID provider's configuration cannot be used: {}", Escaped(.0))]
    Discovery(String),
    /// Without PKCE, whoever sees the redirect could take the login.
    #[error("PKCE is not supported by OIDC provider")]
    NoPkce,
}

/// The members of the discovery document that the standard set lacks.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct MoreMetadata {
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    device_authorization_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for MoreMetadata {}

pub(super) type Provider = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Fetches the configuration and keys of a provider that protects logins by PKCE; its origin must be allowed.
///
/// # Errors
/// [`ProviderError`]; [`ProviderError::NoPkce`] if S256 is not offered.
pub(super) async fn discover(world: &ClosedWorld, issuer: &str) -> Result<Provider, ProviderError> {
    let provider = discover_without_pkce(world, issuer).await?;
    let methods = &provider
        .additional_metadata()
        .code_challenge_methods_supported;
    if methods.iter().any(|method| method == "S256") {
        Ok(provider)
    } else {
        Err(ProviderError::NoPkce)
    }
}

/// The same for a login in which no code passes through a browser.
///
/// # Errors
/// [`ProviderError`].
pub(super) async fn discover_without_pkce(
    world: &ClosedWorld,
    issuer: &str,
) -> Result<Provider, ProviderError> {
    let issuer =
        IssuerUrl::new(issuer.to_owned()).map_err(|_| ProviderError::Issuer(issuer.to_owned()))?;
    let client = |request| send(world, request);
    let provider = Provider::discover_async(issuer, &client)
        .await
        .map_err(discovery_error)?;
    let keys = CoreJsonWebKeySet::fetch_async(provider.jwks_uri(), &client)
        .await
        .map_err(discovery_error)?;
    Ok(provider.set_jwks(keys))
}

/// Where a device begins its login, if the provider knows the device flow. Source: RFC 8628 §4.
pub(super) fn device_endpoint(provider: &Provider) -> Option<&str> {
    provider
        .additional_metadata()
        .device_authorization_endpoint
        .as_deref()
        .filter(|endpoint| !endpoint.is_empty())
}

fn discovery_error(error: DiscoveryError<HttpError>) -> ProviderError {
    match error {
        DiscoveryError::Request(error) => ProviderError::Http(error),
        other => ProviderError::Discovery(other.to_string()),
    }
}

/// One request of the `openidconnect` crate, through the closed world.
pub(super) async fn send(
    world: &ClosedWorld,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let (parts, body) = request.into_parts();
    let address = parts.uri.to_string();
    let url = Url::parse(&address).map_err(|error| HttpError::Transport {
        method: parts.method.clone(),
        url: address.clone(),
        reason: error.to_string(),
    })?;
    let method = parts.method.clone();
    let answer = world
        .send(Request {
            method: parts.method,
            url: &url,
            headers: parts.headers,
            body,
            deadline: PROVIDER_DEADLINE,
        })
        .await?;
    // Of an outage the library that asks would make a refusal.
    let status = answer.status.as_u16();
    if is_outage(status) {
        let url = url
            .as_str()
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned();
        return Err(HttpError::Unavailable {
            method,
            url,
            status,
        });
    }
    let mut response = HttpResponse::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}
