//! The token in its states: as sent, taken apart, timely, verified.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header::AUTHORIZATION};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use sigbox_crypto::sha256;
use sigbox_service_kit::logging::Untrusted;

use super::{KeySet, TokenAlgorithm, TokenError, TokenPart, claims::Claims, issuer::Issuer};
use sigbox_wire::strict_json::parse_object;

/// Longest token that is looked at; the largest known real ones stay under half of it.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Header members that would change what is verified or with which key; none is ever followed.
///
/// Source: RFC 7515 §4.1 (`crit`, `jku`, `jwk`, `x5u`), RFC 7797 (`b64`), RFC 7516 (`zip`, `enc`).
const REFUSED_HEADER_MEMBERS: [&str; 7] = ["crit", "b64", "zip", "enc", "jku", "jwk", "x5u"];

/// An identity token as it was sent; it has no `Debug` and is never written out.
pub(crate) struct IdentityToken(String);

impl IdentityToken {
    /// The token of the body, else that of the `Authorization` header, from which the first `Bearer ` is taken away.
    ///
    /// A bad token in the body is not rescued by a good header.
    ///
    /// Source: fulcio `pkg/server/grpc_server.go` and its HTTP gateway.
    pub(crate) fn find(body: Option<String>, headers: &HeaderMap) -> Result<Self, TokenError> {
        if let Some(token) = body {
            return Ok(Self(token));
        }
        let header = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        match header.map(|value| value.replacen("Bearer ", "", 1)) {
            Some(token) if !token.is_empty() => Ok(Self(token)),
            _ => Err(TokenError::Absent),
        }
    }

    /// SHA-256 of the token, which is what may be logged of it.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        sha256(self.0.as_bytes())
    }
}

/// A token whose form is right; nothing in it is known to be true.
pub(crate) struct UnverifiedToken<'a> {
    signed: &'a str,
    signature: &'a str,
    algorithm: TokenAlgorithm,
    kid: Option<String>,
    claims: Claims,
}

impl<'a> UnverifiedToken<'a> {
    /// Takes the token apart.
    pub(super) fn parse(token: &'a IdentityToken) -> Result<Self, TokenError> {
        let text = token.0.as_str();
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong {
                found: text.len(),
                limit: MAX_TOKEN_BYTES,
            });
        }
        // Dots are counted before anything is split, so that a token of dots costs one pass (GHSA-f83f-xpx7-ffpw).
        let dots = text.bytes().filter(|byte| *byte == b'.').count();
        let wrong_segments = TokenError::Segments { found: dots };
        if dots != 2 {
            return Err(wrong_segments);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(wrong_segments.clone())?;
        let (header, claims) = signed.split_once('.').ok_or(wrong_segments)?;
        let header = decode(TokenPart::Header, header)?;
        let (algorithm, kid) = read_header(&header)?;
        let claims = Claims::read(&decode(TokenPart::Claims, claims)?)?;
        URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| TokenError::Base64 {
                part: TokenPart::Signature,
            })?;
        Ok(Self {
            signed,
            signature,
            algorithm,
            kid,
            claims,
        })
    }

    /// The issuer that the token names: good for choosing whose keys to verify with, and for nothing else.
    pub(super) fn unverified_issuer(&self) -> &str {
        &self.claims.issuer
    }

    /// Judges audience and times before any key is fetched or any signature computed.
    pub(super) fn check_claims(
        self,
        issuer: &Issuer,
        now: Timestamp,
    ) -> Result<TimelyToken<'a>, TokenError> {
        self.claims.check(issuer.audience(), now)?;
        Ok(TimelyToken(self))
    }
}

fn decode(part: TokenPart, segment: &str) -> Result<Map<String, Value>, TokenError> {
    let json = URL_SAFE_NO_PAD
        .decode(segment)
        .map_err(|_| TokenError::Base64 { part })?;
    // The reader's own text may quote the token, so only its place is kept.
    parse_object(&json).map_err(|error| TokenError::Json {
        part,
        line: error.line(),
        column: error.column(),
    })
}

fn read_header(
    header: &Map<String, Value>,
) -> Result<(TokenAlgorithm, Option<String>), TokenError> {
    if let Some(member) = REFUSED_HEADER_MEMBERS
        .into_iter()
        .find(|member| header.contains_key(*member))
    {
        return Err(TokenError::HeaderMember { member });
    }
    let nested = header
        .get("cty")
        .and_then(Value::as_str)
        .is_some_and(|cty| cty.eq_ignore_ascii_case("JWT"));
    if nested {
        return Err(TokenError::HeaderMember { member: "cty" });
    }
    let name = match header.get("alg") {
        Some(Value::String(name)) => name.as_str(),
        Some(_) => {
            return Err(TokenError::ClaimType {
                claim: "alg",
                expected: "a string",
            });
        }
        None => return Err(TokenError::Missing { claim: "alg" }),
    };
    let algorithm = TokenAlgorithm::parse(name).ok_or_else(|| TokenError::Algorithm {
        expected: "a public-key signature algorithm".to_owned(),
        found: name.to_owned(),
    })?;
    let kid = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.clone()),
        Some(_) => {
            return Err(TokenError::ClaimType {
                claim: "kid",
                expected: "a string",
            });
        }
    };
    Ok((algorithm, kid))
}

/// A token that is for us and in time, if it is genuine.
pub(super) struct TimelyToken<'a>(UnverifiedToken<'a>);

impl TimelyToken<'_> {
    /// The id of the key that the token wants to be verified with.
    pub(super) fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// Verifies the signature with the issuer's keys.
    pub(super) fn verify(self, keys: &KeySet) -> Result<VerifiedClaims, TokenError> {
        let Self(token) = self;
        let key = keys.find(token.kid.as_deref(), token.algorithm)?;
        let algorithm = token.algorithm.library();
        match jsonwebtoken::crypto::verify(token.signature, token.signed.as_bytes(), key, algorithm)
        {
            Ok(true) => Ok(VerifiedClaims(token.claims)),
            Ok(false) | Err(_) => Err(TokenError::Signature),
        }
    }
}

/// Claims that the issuer has signed for us, not over and not from the future.
pub(super) struct VerifiedClaims(pub(super) Claims);

impl VerifiedClaims {
    /// Warns of tokens that live longer than asked for: a stolen one is good for as long.
    pub(super) fn note_lifetime(&self, longest: SignedDuration) {
        let Some(issued) = self.0.issued_at else {
            return;
        };
        let lifetime = self.0.expires_at.duration_since(issued);
        if lifetime > longest {
            tracing::warn!(
                issuer = %Untrusted(&self.0.issuer),
                lifetime_seconds = lifetime.as_secs(),
                longest_seconds = longest.as_secs(),
                "identity token lives longer than it should"
            );
        }
    }
}
