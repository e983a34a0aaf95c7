//! Signers.

use sigbox_crypto::profile::LeafSubject;

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What the certificate names as its subject.
    pub subject: LeafSubject,
    /// The OpenID issuer.
    pub issuer: String,
    /// The token's `sub`.
    pub token_subject: String,
}

impl Identity {
    /// A person with an e-mail address.
    pub fn email(address: &str, issuer: &str) -> Self {
        Self {
            subject: LeafSubject::Email(address.to_owned()),
            issuer: issuer.to_owned(),
            token_subject: address.to_owned(),
        }
    }

    /// A workload with a URI.
    pub fn uri(uri: &str, issuer: &str) -> Self {
        Self {
            subject: LeafSubject::Uri(uri.to_owned()),
            issuer: issuer.to_owned(),
            token_subject: uri.to_owned(),
        }
    }
}

impl Default for Identity {
    fn default() -> Self {
        Self::email("alice@example.test", "https://oidc.example.test")
    }
}
