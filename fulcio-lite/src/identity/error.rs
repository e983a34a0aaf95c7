//! Why an identity token, or the keys it is checked with, cannot be used.

use std::sync::Arc;

use jiff::Timestamp;
use sigbox_service_kit::logging::Untrusted;

/// Which segment of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPart {
    /// The JOSE header.
    Header,
    /// The claims.
    Claims,
    /// The signature.
    Signature,
}

impl std::fmt::Display for TokenPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Claims => "claims",
            Self::Signature => "signature",
        })
    }
}

/// Why an identity token is refused; the texts name claim, expected and found, never the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Neither body nor header holds a token.
    #[error("no identity token in `credentials` or the Authorization header")]
    Absent,
    /// Longer than any provider's tokens.
    #[error("token of {found} bytes is longer than {limit}")]
    TooLong {
        /// Length in bytes.
        found: usize,
        /// Longest allowed.
        limit: usize,
    },
    /// Not a signed token of three segments.
    #[error("token has {found} dots, expected 2")]
    Segments {
        /// How many dots there are.
        found: usize,
    },
    /// A segment is not unpadded base64url.
    #[error("token {part} is not base64url")]
    Base64 {
        /// The segment.
        part: TokenPart,
    },
    /// A segment is not one JSON object with unique names.
    #[error("token {part} is not a JSON object with unique members (line {line}, column {column})")]
    Json {
        /// The segment.
        part: TokenPart,
        /// Where the reader stopped, from 1; 0 if at no place.
        line: usize,
        /// Where the reader stopped, from 1; 0 if at no place.
        column: usize,
    },
    /// A header member that changes how the token would have to be read.
    #[error("header member `{member}` is not accepted")]
    HeaderMember {
        /// Its name.
        member: &'static str,
    },
    /// A claim that must be there is not.
    #[error("claim `{claim}` is missing")]
    Missing {
        /// Its name.
        claim: &'static str,
    },
    /// A claim is of another JSON type.
    #[error("claim `{claim}` is not {expected}")]
    ClaimType {
        /// Its name.
        claim: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The issuer is not configured here.
    #[error("claim `iss`: issuer `{}` is not configured", Untrusted(found))]
    UnknownIssuer {
        /// The claim.
        found: String,
    },
    /// The algorithm is none that we accept from this issuer.
    #[error("header `alg`: expected {expected}, found `{}`", Untrusted(found))]
    Algorithm {
        /// What the issuer signs with.
        expected: String,
        /// The header member.
        found: String,
    },
    /// The token is meant for somebody else.
    #[error("claim `aud`: expected `{expected}`, found `{}`", Untrusted(found))]
    Audience {
        /// The configured audience.
        expected: String,
        /// The claim, its values joined by commas.
        found: String,
    },
    /// The token is over.
    #[error("claim `exp`: token expired at {expired}, now is {now}")]
    Expired {
        /// The claim.
        expired: Timestamp,
        /// Our clock.
        now: Timestamp,
    },
    /// The token is not valid yet, beyond what clocks may differ.
    #[error("claim `nbf`: token is valid from {not_before}, now is {now}")]
    NotYetValid {
        /// The claim.
        not_before: Timestamp,
        /// Our clock.
        now: Timestamp,
    },
    /// The token claims to come from the future, beyond what clocks may differ.
    #[error("claim `iat`: token was issued at {issued}, now is {now}")]
    IssuedInFuture {
        /// The claim.
        issued: Timestamp,
        /// Our clock.
        now: Timestamp,
    },
    /// The issuer publishes no key of this id.
    #[error("header `kid`: the issuer has no {algorithm} key `{}`", Untrusted(kid))]
    UnknownKey {
        /// The header member.
        kid: String,
        /// The token's algorithm.
        algorithm: String,
    },
    /// The token names no key and the issuer has not exactly one that fits.
    #[error("header `kid` is missing and the issuer has {found} {algorithm} keys")]
    AmbiguousKey {
        /// How many keys fit.
        found: usize,
        /// The token's algorithm.
        algorithm: String,
    },
    /// The signature is not one of the issuer's.
    #[error("signature does not verify under the issuer's key")]
    Signature,
    /// The issuer has not verified the address.
    #[error("claim `email_verified`: expected true, found {}", Untrusted(found))]
    EmailNotVerified {
        /// The claim as JSON, or `nothing`.
        found: String,
    },
    /// Not an address that can stand in a certificate.
    #[error("claim `email`: `{}` is not an ASCII mail address", Untrusted(found))]
    EmailSyntax {
        /// The claim.
        found: String,
    },
    /// The subject is not a URI that can stand in a certificate.
    #[error("claim `sub`: `{}` is not a URI", Untrusted(found))]
    SubjectUri {
        /// The claim.
        found: String,
    },
    /// The subject lies outside the issuer's domain.
    #[error(
        "claim `sub`: expected a URI under `{expected}`, found `{}`",
        Untrusted(found)
    )]
    SubjectDomain {
        /// The configured subject domain.
        expected: String,
        /// The claim.
        found: String,
    },
    /// The issuer's keys cannot be had.
    #[error("keys of the issuer are not available: {0}")]
    Keys(#[source] JwksError),
}

/// Why an issuer's keys cannot be had.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum JwksError {
    /// The issuer or a URI of its document is not a URL.
    #[error("`{}` is not an absolute http(s) URL", Untrusted(url))]
    Url {
        /// The text.
        url: String,
    },
    /// The request failed.
    #[error("cannot fetch `{}`", Untrusted(url))]
    Fetch {
        /// What was asked for.
        url: String,
        /// What the client said.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// The answer is not 200; redirects are not followed.
    #[error("`{}` answered {status}, expected 200", Untrusted(url))]
    Status {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
    },
    /// The answer is too large.
    #[error("answer of `{}` is larger than {limit} bytes", Untrusted(url))]
    TooLarge {
        /// What was asked for.
        url: String,
        /// Largest allowed.
        limit: usize,
    },
    /// The discovery document is not JSON of the right shape.
    #[error("discovery document is malformed")]
    Document,
    /// The discovery document speaks for another issuer.
    #[error(
        "discovery document is of issuer `{}`, expected `{expected}`",
        Untrusted(found)
    )]
    Issuer {
        /// The configured issuer.
        expected: String,
        /// The document's.
        found: String,
    },
    /// The keys would come from another host, or over a weaker scheme.
    #[error("`jwks_uri` is `{}`, expected one on `{expected}`", Untrusted(found))]
    JwksHost {
        /// Scheme and host of the issuer.
        expected: String,
        /// The document's URI.
        found: String,
    },
    /// The issuer signs with nothing that we accept.
    #[error("the issuer lists no accepted signature algorithm")]
    NoAlgorithm,
    /// The key set is not JSON of the right shape.
    #[error("key set is malformed")]
    KeySet,
    /// Two keys have one id, so neither can be trusted to be meant.
    #[error("key set has two keys `{}`", Untrusted(kid))]
    DuplicateKid {
        /// The id.
        kid: String,
    },
    /// The key set has no key that we can use.
    #[error("key set has no usable key")]
    NoKey,
    /// The last attempt failed a moment ago and the next is not due.
    #[error("the last attempt failed and the next is due at {due}")]
    Waiting {
        /// When the next attempt may be made.
        due: Timestamp,
        /// How the last one failed.
        #[source]
        source: Arc<JwksError>,
    },
}

impl PartialEq for JwksError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for JwksError {}
