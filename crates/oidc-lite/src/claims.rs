//! The tokens: what they say, and how they are signed and read back.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::key::RsaKey;

/// The claims of an ID token and, without `nonce` and `at_hash`, of an access token.
///
/// Times are whole seconds since 1970. Source: OpenID Connect Core §2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// The issuer identifier.
    pub iss: String,
    /// The audience, a single string: the client.
    pub aud: String,
    /// The email address or the workload's URI.
    pub sub: String,
    /// The email address; absent for a workload.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
    /// True wherever there is an `email`; a JSON boolean, which some clients insist on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email_verified: Option<bool>,
    /// When the token was made.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Makes every token another one.
    pub jti: String,
    /// The client's own value, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nonce: Option<String>,
    /// Binds the ID token to the access token it came with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_hash: Option<String>,
}

/// Why a token could not be made or is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Signing failed.
    #[error("cannot sign a token")]
    Sign {
        /// What the token library says.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    /// Not a token of ours.
    #[error("token is not one of this provider's")]
    Invalid {
        /// What the token library says.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    /// Ended before now.
    #[error("token expired at {expired_at}")]
    Expired {
        /// The `exp` claim.
        expired_at: i64,
    },
}

impl Claims {
    /// Signs the claims as a compact RS256 token.
    ///
    /// # Errors
    /// [`TokenError::Sign`] if the key fails.
    pub(crate) fn sign(&self, key: &RsaKey) -> Result<String, TokenError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(key.key_id().to_owned());
        jsonwebtoken::encode(&header, self, key.encoding())
            .map_err(|source| TokenError::Sign { source })
    }

    /// Reads a token that `issuer` made with `key` and that has not ended at `now_seconds`.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] or [`TokenError::Expired`].
    pub(crate) fn verify(
        token: &str,
        key: &RsaKey,
        issuer: &str,
        now_seconds: i64,
    ) -> Result<Self, TokenError> {
        let invalid = |source| TokenError::Invalid { source };
        let public = key.public();
        let decoding = DecodingKey::from_rsa_components(&public.n, &public.e).map_err(invalid)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        // Any of our clients may ask who it is; the end is checked below, by the clock we were given.
        validation.validate_aud = false;
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Self>(token, &decoding, &validation)
            .map_err(invalid)?
            .claims;
        if claims.exp <= now_seconds {
            return Err(TokenError::Expired {
                expired_at: claims.exp,
            });
        }
        Ok(claims)
    }
}

/// The left half of the access token's SHA-256, base64url. Source: OpenID Connect Core §3.1.3.6.
pub(crate) fn access_token_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    let half = hash.as_ref().len() / 2;
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..half).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::access_token_hash;

    #[test]
    fn hashes_as_the_specification_shows() {
        // OpenID Connect Core, appendix A.3.
        assert_eq!(
            access_token_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
    }
}
