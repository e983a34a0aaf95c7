//! A certificate that the signer brings for a key of its own.

use std::sync::Arc;

use jiff::Timestamp;
use sigbox_crypto::{
    Certificate, ChainError, ChainPurpose, SigningKey, SubjectAltName, verify_chain,
};
use sigbox_wire::{CertificateAuthority, VerificationContent};
use trust_root::code_signing_authority;

use crate::verify::Expectations;

/// A key, the certificate for it, and the way from there to the authority, if it is given.
#[derive(Debug)]
pub struct OwnCertificate {
    key: Arc<SigningKey>,
    certificate: Certificate,
    chain: Option<Chain>,
}

#[derive(Debug)]
struct Chain {
    intermediates: Vec<Certificate>,
    root: Certificate,
}

/// A certificate that is not for this key, or that leads nowhere.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnCertificateError {
    /// The certificate is for another key.
    #[error("public key in certificate does not match the provided public key")]
    OtherKey,
    /// The certificate names nobody whom a verifier could demand.
    #[error(
        "the certificate names no URI, e-mail address or user name, so that no verifier could demand its holder"
    )]
    NoIdentity,
    /// The chain holds no certificate.
    #[error("no certificates in certificate chain")]
    EmptyChain,
    /// The chain does not lead from the certificate to its own last one.
    #[error("unable to validate certificate chain: {0}")]
    Chain(#[source] ChainError),
}

impl OwnCertificate {
    /// Takes a certificate for `key`; `chain` holds intermediates and, as the last one, the root, and must lead there at
    /// `now`.
    ///
    /// # Errors
    /// [`OwnCertificateError`].
    pub fn new(
        key: Arc<SigningKey>,
        certificate: Certificate,
        chain: Option<Vec<Certificate>>,
        now: Timestamp,
    ) -> Result<Self, OwnCertificateError> {
        if certificate.public_key().spki_der() != key.public_key().spki_der() {
            return Err(OwnCertificateError::OtherKey);
        }
        if identity(&certificate).is_none() {
            return Err(OwnCertificateError::NoIdentity);
        }
        let chain = chain.map(Chain::new).transpose()?;
        if let Some(Chain {
            intermediates,
            root,
        }) = &chain
        {
            let (roots, purpose) = (std::slice::from_ref(root), ChainPurpose::CodeSigning);
            verify_chain(&certificate, intermediates, roots, now, purpose)
                .map_err(OwnCertificateError::Chain)?;
        }
        Ok(Self {
            key,
            certificate,
            chain,
        })
    }

    /// The key.
    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The certificate.
    pub(super) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What stands for the signer in the bundle: the certificate and, if a chain is given, the way to the root, which
    /// verifiers must have from elsewhere.
    pub(super) fn content(&self) -> VerificationContent {
        let leaf = self.certificate.der().to_vec();
        let Some(chain) = &self.chain else {
            return VerificationContent::Certificate(leaf);
        };
        let above = chain.intermediates.iter().chain([&chain.root]);
        let above = above
            .filter(|certificate| !certificate.is_self_issued())
            .map(|certificate| certificate.der().to_vec());
        VerificationContent::CertificateChain([leaf].into_iter().chain(above).collect())
    }

    /// The authority at the end of the chain, if one is given.
    pub(super) fn authority(&self) -> Option<CertificateAuthority> {
        let chain = self.chain.as_ref()?;
        Some(code_signing_authority(&chain.intermediates, &chain.root))
    }

    /// What a verifier would demand of the holder; no CT log was asked to vouch for the certificate.
    pub(super) fn expectations(&self) -> Expectations {
        let issuer = self.certificate.fulcio_issuer().map(str::to_owned);
        Expectations {
            identity: identity(&self.certificate),
            issuer_regexp: issuer.is_none().then(|| "^$".to_owned()),
            issuer,
            ignore_sct_unsafe: true,
            bundled_intermediates: true,
            ..Expectations::default()
        }
    }
}

impl Chain {
    fn new(mut chain: Vec<Certificate>) -> Result<Self, OwnCertificateError> {
        let root = chain.pop().ok_or(OwnCertificateError::EmptyChain)?;
        Ok(Self {
            intermediates: chain,
            root,
        })
    }
}

/// The name that a verifier would demand: a URI before an e-mail address before a user name.
fn identity(certificate: &Certificate) -> Option<String> {
    let names = certificate.subject_alt_names();
    let first = |wanted: fn(&SubjectAltName) -> bool| names.iter().find(|name| wanted(name));
    first(|name| matches!(name, SubjectAltName::Uri(_)))
        .or_else(|| first(|name| matches!(name, SubjectAltName::Email(_))))
        .or_else(|| first(|name| matches!(name, SubjectAltName::OtherName(_))))
        .and_then(SubjectAltName::text)
        .map(str::to_owned)
}
