//! The answer of `GET /api/v2/configuration`.

use serde::Serialize;

use crate::encode::{EncodeError, to_json};

/// What a client may know about one OpenID issuer that the CA accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerConfiguration {
    /// The issuer.
    pub issuer_url: IssuerUrl,
    /// The audience that tokens must name.
    pub audience: String,
    /// The claim that the proof of possession signs, for example `email`.
    pub challenge_claim: String,
    /// The SPIFFE trust domain, empty for other issuer types.
    pub spiffe_trust_domain: String,
    /// The issuer type, for example `email`.
    pub issuer_type: String,
    /// The domain that subjects must lie in, empty if there is none.
    pub subject_domain: String,
    /// Whether `email_verified` is not demanded.
    pub skip_email_verification: bool,
}

/// One issuer, or a pattern for many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerUrl {
    /// An exact issuer URL.
    Exact(String),
    /// A URL in which `*` stands for one part.
    Wildcard(String),
}

#[derive(Serialize)]
struct ConfigurationMessage<'a> {
    issuers: Vec<IssuerMessage<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IssuerMessage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wildcard_issuer_url: Option<&'a str>,
    audience: &'a str,
    challenge_claim: &'a str,
    spiffe_trust_domain: &'a str,
    issuer_type: &'a str,
    subject_domain: &'a str,
    skip_email_verification: bool,
}

/// Writes the answer of `GET /api/v2/configuration`: exact issuers first, each group in order of URL.
///
/// # Errors
/// [`EncodeError`] if the JSON writer fails.
pub fn configuration_json(issuers: &[IssuerConfiguration]) -> Result<String, EncodeError> {
    let mut issuers: Vec<_> = issuers.iter().map(IssuerMessage::from).collect();
    issuers.sort_by_key(|issuer| {
        (
            issuer.issuer_url.is_none(),
            issuer.issuer_url,
            issuer.wildcard_issuer_url,
        )
    });
    to_json("configuration", &ConfigurationMessage { issuers })
}

impl<'a> From<&'a IssuerConfiguration> for IssuerMessage<'a> {
    fn from(issuer: &'a IssuerConfiguration) -> Self {
        let (issuer_url, wildcard_issuer_url) = match &issuer.issuer_url {
            IssuerUrl::Exact(url) => (Some(url.as_str()), None),
            IssuerUrl::Wildcard(pattern) => (None, Some(pattern.as_str())),
        };
        Self {
            issuer_url,
            wildcard_issuer_url,
            audience: &issuer.audience,
            challenge_claim: &issuer.challenge_claim,
            spiffe_trust_domain: &issuer.spiffe_trust_domain,
            issuer_type: &issuer.issuer_type,
            subject_domain: &issuer.subject_domain,
            skip_email_verification: issuer.skip_email_verification,
        }
    }
}
