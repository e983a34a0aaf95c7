//! The provider: its state, and the tokens it makes.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;

use crate::claims::{Claims, TokenError, access_token_hash};
use crate::code::CodeStore;
use crate::config::{IssuerKind, ProviderConfig};
use crate::device::DeviceStore;
use crate::identity::Identity;
use crate::key::{Jwk, RsaKey};
use crate::user_code::UserCode;

/// Tells the time; only a binary reads the real clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Gives 32 random bytes.
pub type Random = Arc<dyn Fn() -> Result<[u8; 32], RandomError> + Send + Sync>;

/// The system has no randomness to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no randomness available")]
pub struct RandomError;

/// The operating system's randomness, by way of aws-lc.
pub fn system_random() -> Random {
    Arc::new(|| {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_unspecified| RandomError)?;
        Ok(bytes)
    })
}

/// The provider with both its issuers; clones share the pending codes and devices.
#[derive(Clone)]
pub struct Provider {
    inner: Arc<Inner>,
}

struct Inner {
    config: ProviderConfig,
    key: RsaKey,
    clock: Clock,
    random: Random,
    codes: CodeStore,
    devices: DeviceStore,
}

/// A token to be made outside of any flow.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Whom the token speaks about; also decides the issuer.
    pub identity: Identity,
    /// The audience, usually `sigstore`.
    pub audience: String,
    /// How long it is valid; the provider's own lifetime if absent.
    pub lifetime: Option<Duration>,
}

/// Why a token was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// Nobody could accept the token.
    #[error("audience is empty")]
    EmptyAudience,
    /// Shorter than a second, or past the end of time.
    #[error("lifetime of {} s is out of range", lifetime.as_secs())]
    Lifetime {
        /// The lifetime asked for.
        lifetime: Duration,
    },
    /// No randomness.
    #[error("cannot name the token")]
    Random(#[from] RandomError),
    /// Signing failed.
    #[error("cannot make the token")]
    Token(#[from] TokenError),
}

/// An ID token with the access token it is bound to.
pub(crate) struct TokenPair {
    pub(crate) id_token: String,
    pub(crate) access_token: String,
    pub(crate) lifetime: Duration,
}

impl Provider {
    /// A provider with the system's randomness.
    pub fn new(config: ProviderConfig, key: RsaKey, clock: Clock) -> Self {
        Self::with_random(config, key, clock, system_random())
    }

    /// A provider whose randomness is given.
    pub fn with_random(config: ProviderConfig, key: RsaKey, clock: Clock, random: Random) -> Self {
        let codes = CodeStore::new(config.code_lifetime);
        let devices = DeviceStore::new(config.device_lifetime, config.device_interval);
        Self {
            inner: Arc::new(Inner {
                config,
                key,
                clock,
                random,
                codes,
                devices,
            }),
        }
    }

    /// The configuration that the provider was made with.
    pub fn config(&self) -> &ProviderConfig {
        &self.inner.config
    }

    /// The issuer identifier of `kind`.
    pub fn issuer(&self, kind: IssuerKind) -> String {
        self.inner.config.issuer(kind)
    }

    /// The JSON Web Key Set with which the tokens of both issuers verify, for use within the process.
    pub fn jwks_json(&self) -> String {
        #[derive(Serialize)]
        struct KeySet<'a> {
            keys: [&'a Jwk; 1],
        }
        let set = KeySet {
            keys: [self.inner.key.public()],
        };
        // Strings only, so this cannot fail; an empty set would verify nothing.
        serde_json::to_string(&set).unwrap_or_else(|_| r#"{"keys":[]}"#.to_owned())
    }

    /// Makes an ID token outside of any flow: no nonce, no access token.
    ///
    /// # Errors
    /// A [`MintError`] that names what was asked wrongly, or what failed.
    pub fn mint(&self, request: &TokenRequest) -> Result<String, MintError> {
        if request.audience.is_empty() {
            return Err(MintError::EmptyAudience);
        }
        let lifetime = request.lifetime.unwrap_or(self.inner.config.token_lifetime);
        let claims = self.claims(&request.identity, &request.audience, lifetime)?;
        Ok(claims.sign(&self.inner.key)?)
    }

    /// Makes the tokens that end a flow.
    pub(crate) fn issue(
        &self,
        identity: &Identity,
        client_id: &str,
        nonce: Option<String>,
    ) -> Result<TokenPair, MintError> {
        let lifetime = self.inner.config.token_lifetime;
        // The access token says the same as the ID token: one client sends it to the CA in the other's place.
        let access = self.claims(identity, client_id, lifetime)?;
        let access_token = access.sign(&self.inner.key)?;
        let id_token = Claims {
            nonce,
            at_hash: Some(access_token_hash(&access_token)),
            ..access
        }
        .sign(&self.inner.key)?;
        Ok(TokenPair {
            id_token,
            access_token,
            lifetime,
        })
    }

    /// Reads an access token of the issuer `kind`.
    pub(crate) fn verify(&self, kind: IssuerKind, token: &str) -> Result<Claims, TokenError> {
        let now_seconds = self.now().as_second();
        Claims::verify(token, &self.inner.key, &self.issuer(kind), now_seconds)
    }

    pub(crate) fn codes(&self) -> &CodeStore {
        &self.inner.codes
    }

    pub(crate) fn devices(&self) -> &DeviceStore {
        &self.inner.devices
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    /// 256 random bits as text that is safe in a URL.
    pub(crate) fn random_text(&self) -> Result<String, RandomError> {
        Ok(URL_SAFE_NO_PAD.encode((self.inner.random)()?))
    }

    /// A fresh code for a person to carry.
    pub(crate) fn user_code(&self) -> Result<UserCode, RandomError> {
        UserCode::from_random(&(self.inner.random)()?).ok_or(RandomError)
    }

    fn claims(
        &self,
        identity: &Identity,
        audience: &str,
        lifetime: Duration,
    ) -> Result<Claims, MintError> {
        let iat = self.now().as_second();
        let exp = i64::try_from(lifetime.as_secs())
            .ok()
            .filter(|seconds| *seconds > 0)
            .and_then(|seconds| iat.checked_add(seconds))
            .ok_or(MintError::Lifetime { lifetime })?;
        let email = identity.email_claim().map(str::to_owned);
        Ok(Claims {
            iss: self.issuer(identity.issuer()),
            aud: audience.to_owned(),
            sub: identity.subject().to_owned(),
            email_verified: email.as_ref().map(|_| true),
            email,
            iat,
            exp,
            jti: self.random_text()?,
            nonce: None,
            at_hash: None,
        })
    }
}
