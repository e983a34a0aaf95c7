//! From verified claims to the name that a certificate will bear.

use serde_json::Value;
use sigbox_crypto::profile::LeafSubject;
use url::Url;

use super::{
    IssuerKind, TokenError, issuer::Issuer, mail_address::is_mail_address, token::VerifiedClaims,
};

/// Who asks for a certificate: a verified identity, ready to be certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    issuer: String,
    subject: LeafSubject,
    token_subject: String,
    challenges: Vec<String>,
    challenge_claims: Vec<&'static str>,
}

impl Principal {
    /// The OpenID issuer.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The subject alternative name.
    pub(crate) fn subject(&self) -> &LeafSubject {
        &self.subject
    }

    /// The name as text, for the log of what was issued.
    pub(crate) fn name(&self) -> &str {
        match &self.subject {
            LeafSubject::Email(name) | LeafSubject::Uri(name) => name,
        }
    }

    /// The raw claim `sub`.
    pub(crate) fn token_subject(&self) -> &str {
        &self.token_subject
    }

    /// The texts of which one is signed to prove possession of the key, the specified one first.
    pub(crate) fn challenges(&self) -> &[String] {
        &self.challenges
    }

    /// The claims that the challenges are taken from, in the same order.
    pub(crate) fn challenge_claims(&self) -> &[&'static str] {
        &self.challenge_claims
    }
}

impl VerifiedClaims {
    /// The identity that the claims come to under the rules of their issuer.
    ///
    /// Source: fulcio `pkg/identity/email/principal.go`, `pkg/identity/uri/principal.go`.
    pub(super) fn into_principal(self, issuer: &Issuer) -> Result<Principal, TokenError> {
        let (subject, challenge) = match (issuer.kind(), issuer.subject_domain()) {
            (IssuerKind::Uri { subject_domain }, Some(domain)) => {
                let uri = self.subject_uri(subject_domain, domain)?;
                // Clients sign `email` if the token has one, whatever the issuer's type (sigstore-go #282).
                let email = self.0.email.clone().filter(|_| self.is_email_verified());
                let subject = ("sub", self.0.subject.clone());
                (
                    LeafSubject::Uri(uri),
                    [Some(subject), email.map(|email| ("email", email))],
                )
            }
            (IssuerKind::Uri { subject_domain }, None) => {
                return Err(self.outside(subject_domain));
            }
            (
                IssuerKind::Email {
                    skip_email_verification_unsafe: skip,
                },
                _,
            ) => {
                let email = self.mail_address(*skip)?;
                (
                    LeafSubject::Email(email.clone()),
                    [Some(("email", email)), None],
                )
            }
        };
        let (challenge_claims, challenges) = challenge.into_iter().flatten().unzip();
        Ok(Principal {
            issuer: self.0.issuer,
            subject,
            token_subject: self.0.subject,
            challenges,
            challenge_claims,
        })
    }

    fn mail_address(&self, skip_verification: bool) -> Result<String, TokenError> {
        let email = self
            .0
            .email
            .clone()
            .ok_or(TokenError::Missing { claim: "email" })?;
        if !skip_verification && !self.is_email_verified() {
            let found = self
                .0
                .email_verified
                .as_ref()
                .map_or("nothing".to_owned(), Value::to_string);
            return Err(TokenError::EmailNotVerified { found });
        }
        if is_mail_address(&email) {
            Ok(email)
        } else {
            Err(TokenError::EmailSyntax { found: email })
        }
    }

    /// Some providers write the boolean as a text.
    fn is_email_verified(&self) -> bool {
        match &self.0.email_verified {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(text)) => text == "true" || text == "True",
            _ => false,
        }
    }

    /// The claim `sub` as a URI for a certificate: kept as it is if it is ASCII, else percent-encoded.
    fn subject_uri(&self, configured: &str, domain: &Url) -> Result<String, TokenError> {
        let subject = &self.0.subject;
        let malformed = || TokenError::SubjectUri {
            found: subject.clone(),
        };
        // A URL parser drops tabs and newlines and turns `\` into `/`, so that what it judges is not what was said.
        if subject
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
        {
            return Err(malformed());
        }
        let uri = Url::parse(subject).map_err(|_| malformed())?;
        let written_out = subject
            .get(..uri.scheme().len())
            .is_some_and(|scheme| scheme == uri.scheme())
            && subject
                .get(uri.scheme().len()..)
                .is_some_and(|rest| rest.starts_with("://"));
        if !written_out || !uri.username().is_empty() || uri.password().is_some() {
            return Err(malformed());
        }
        if uri.scheme() != domain.scheme() || uri.host() != domain.host() {
            return Err(self.outside(configured));
        }
        Ok(if subject.is_ascii() {
            subject.clone()
        } else {
            uri.into()
        })
    }

    fn outside(&self, configured: &str) -> TokenError {
        TokenError::SubjectDomain {
            expected: configured.to_owned(),
            found: self.0.subject.clone(),
        }
    }
}
