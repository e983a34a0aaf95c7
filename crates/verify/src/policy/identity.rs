//! The identity that a certificate must have.

use super::pattern::TextMatch;

/// The identity that a certificate must have: its subject, its issuer, and further claims if wanted.
#[derive(Debug, Clone)]
pub struct CertificateIdentity {
    pub(crate) subject: TextMatch,
    pub(crate) issuer: TextMatch,
    pub(crate) extensions: Vec<ExtensionMatch>,
}

/// The exact value that a Fulcio extension must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionMatch {
    /// The extension's number below 1.3.6.1.4.1.57264.1, for example 5 for the GitHub repository.
    pub number: u8,
    /// The value that it must have.
    pub value: String,
}

impl CertificateIdentity {
    /// Demands this subject alternative name, certified on the word of this OpenID issuer.
    pub fn new(subject: TextMatch, issuer: TextMatch) -> Self {
        Self {
            subject,
            issuer,
            extensions: Vec::new(),
        }
    }

    /// Demands a further claim.
    pub fn with_extension(mut self, number: u8, value: impl Into<String>) -> Self {
        self.extensions.push(ExtensionMatch {
            number,
            value: value.into(),
        });
        self
    }

    /// The condition on the subject.
    pub fn subject(&self) -> &TextMatch {
        &self.subject
    }

    /// The condition on the issuer.
    pub fn issuer(&self) -> &TextMatch {
        &self.issuer
    }
}
