//! The check of an identity token that a provider has just given.

use std::fmt;

use openidconnect::core::{CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreTokenResponse};
use openidconnect::{
    AccessTokenHash, ClientId, NonceVerifier, OAuth2TokenResponse as _, TokenResponse as _,
};

use super::provider::Provider;
use super::token::{IdentityToken, TokenError};
use crate::ui::Escaped;

/// The token's signature must be one that a public client can check.
const SIGNING_ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The provider's answer holds no identity token that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenError {
    /// The answer holds none at all.
    #[error("the provider returned no identity token")]
    Missing,
    /// It does not verify: signature, issuer, audience, time or nonce.
    #[error("the provider's identity token does not verify: {}", Escaped(.0))]
    Invalid(String),
    /// The access token is not the one the identity token was issued with.
    #[error("the access token does not belong to the identity token")]
    AccessToken,
    /// It cannot be used for signing.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// The verified identity token of an answer.
///
/// # Errors
/// [`IdTokenError`].
///
/// Source: OpenID Connect Core 1.0 §3.1.3.7 and §3.1.3.8.
pub(super) fn verified(
    provider: &Provider,
    client_id: &str,
    tokens: &CoreTokenResponse,
    nonce: impl NonceVerifier,
) -> Result<IdentityToken, IdTokenError> {
    let id_token = tokens.id_token().ok_or(IdTokenError::Missing)?;
    let invalid = |error: &dyn fmt::Display| IdTokenError::Invalid(error.to_string());
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new(client_id.to_owned()),
        provider.issuer().clone(),
        provider.jwks().clone(),
    )
    .set_allowed_algs(SIGNING_ALGORITHMS);
    let claims = id_token
        .claims(&verifier, nonce)
        .map_err(|error| invalid(&error))?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().map_err(|error| invalid(&error))?;
        let key = id_token
            .signing_key(&verifier)
            .map_err(|error| invalid(&error))?;
        let found = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|error| invalid(&error))?;
        if found != *expected {
            return Err(IdTokenError::AccessToken);
        }
    }
    Ok(IdentityToken::parse(&id_token.to_string())?)
}
