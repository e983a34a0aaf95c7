//! From an identity token to the principal it speaks for.
//!
//! Each step consumes the one before, the cheap ones first, so that nothing unverified becomes a name and a token that
//! is refused for its form costs no signature check:
//!
//! ```text
//! IdentityToken ─parse─► UnverifiedToken ─select issuer, check claims─► TimelyToken ─verify─► VerifiedClaims ─► Principal
//! ```

mod algorithm;
mod claims;
mod discovery;
mod error;
mod issuer;
mod keys;
mod mail_address;
mod principal;
mod token;

use jiff::{SignedDuration, Timestamp};

use self::token::UnverifiedToken;
pub use self::{
    algorithm::TokenAlgorithm,
    discovery::{DiscoveredJwks, IdpClient, IdpClientError},
    error::{JwksError, TokenError, TokenPart},
    issuer::{IssuerConfig, IssuerConfigError, IssuerKind},
    keys::{JwksSource, KeySet, StaticJwks},
};
pub(crate) use self::{issuer::Issuers, principal::Principal, token::IdentityToken};

/// Who a token speaks for, after every check on it.
///
/// # Errors
/// [`TokenError`] names the claim, what was expected and what was found.
///
/// Source: OpenID Connect Core 1.0 §3.1.3.7, fulcio `pkg/identity/authorize.go`.
pub(crate) async fn authenticate(
    token: &IdentityToken,
    issuers: &Issuers,
    now: Timestamp,
    longest_lifetime: SignedDuration,
) -> Result<Principal, TokenError> {
    let unverified = UnverifiedToken::parse(token)?;
    let issuer = issuers.select(unverified.unverified_issuer())?;
    let timely = unverified.check_claims(issuer, now)?;
    let keys = issuer
        .keys()
        .key_set(timely.kid(), now)
        .await
        .map_err(TokenError::Keys)?;
    let verified = timely.verify(&keys)?;
    verified.note_lifetime(longest_lifetime);
    verified.into_principal(issuer)
}
