//! The signing leaf, from request to certificate.

use jiff::Timestamp;

use super::{
    IssueError, LintError, ProfileError,
    authority::{key_id, sign_as},
    extensions, lint, subject,
    template::{self, Template},
};
use crate::{Certificate, PublicKey, Sct, SctEntry, Signer, certificate::oid};

/// The identity that a leaf names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeafSubject {
    /// An ASCII e-mail address.
    Email(String),
    /// An absolute URI of ASCII characters, already percent-encoded where it needs to be.
    Uri(String),
}

/// What a signing leaf is made from; the caller has verified token and proof of possession.
#[derive(Debug, Clone)]
pub struct LeafRequest {
    /// The key to certify.
    pub key: PublicKey,
    /// Its subject alternative name.
    pub subject: LeafSubject,
    /// The OpenID issuer, extensions 1 and 8.
    pub issuer: String,
    /// The token's `sub`, extension 24; left out when empty.
    pub token_subject: String,
    /// First moment of validity; parts of a second are dropped.
    pub not_before: Timestamp,
    /// Last moment of validity; parts of a second are dropped.
    pub not_after: Timestamp,
}

/// A precertificate put together, not yet judged.
#[derive(Debug, Clone)]
pub struct Unlinted {
    pub(super) issuer: Certificate,
    pub(super) request: LeafRequest,
    pub(super) template: Template,
}

/// The first state of a precertificate.
pub type Precertificate = Unlinted;

/// A precertificate that meets every rule of the profile; only this can be signed.
#[derive(Debug)]
pub struct Linted {
    issuer: Certificate,
    template: Template,
}

/// A signed precertificate, to be logged; the certificate is issued from it once.
#[derive(Debug)]
pub struct SignedPrecert {
    issuer: Certificate,
    template: Template,
    certificate: Certificate,
    issuer_key_hash: [u8; 32],
    tbs: Vec<u8>,
}

impl Unlinted {
    /// Puts the precertificate together; `serial` is 20 random bytes, whose top bit is cleared.
    ///
    /// # Errors
    /// [`ProfileError`] if something cannot be encoded, the serial number is 0, or the issuer has no key identifier.
    ///
    /// Source: Sigstore certificate specification, "Issued certificate"; extension order as Fulcio's.
    pub fn build(
        issuer: &Certificate,
        request: LeafRequest,
        serial: [u8; 20],
    ) -> Result<Self, ProfileError> {
        let mut extensions = vec![
            extensions::digital_signature()?,
            extensions::extended_key_usage(oid::CODE_SIGNING, false)?,
            extensions::subject_key_id(&request.key)?,
            extensions::authority_key_id(key_id(issuer)?)?,
            extensions::subject_alt_name(&request.subject)?,
            extensions::fulcio_raw(oid::FULCIO_ISSUER, &request.issuer)?,
            extensions::fulcio_utf8(oid::FULCIO_ISSUER_V2, &request.issuer)?,
        ];
        if !request.token_subject.is_empty() {
            extensions.push(extensions::fulcio_utf8(
                oid::FULCIO_TOKEN_SUBJECT,
                &request.token_subject,
            )?);
        }
        extensions.push(extensions::poison()?);
        let template = Template {
            serial: template::positive(serial)?,
            issuer: issuer.subject_der().to_vec(),
            not_before: request.not_before,
            not_after: request.not_after,
            subject: subject::EMPTY.to_vec(),
            spki: request.key.spki_der().to_vec(),
            extensions,
        };
        Ok(Self {
            issuer: issuer.clone(),
            request,
            template,
        })
    }

    /// Judges the bytes that would be signed, read back as anyone would read them.
    ///
    /// # Errors
    /// [`LintError`] names the first rule broken.
    ///
    /// Source: the practice of letsencrypt/boulder `issuance`: nothing unlinted is signed.
    pub fn lint(self) -> Result<Linted, LintError> {
        lint::check(&self)?;
        Ok(Linted {
            issuer: self.issuer,
            template: self.template,
        })
    }
}

impl Linted {
    /// Signs the precertificate.
    ///
    /// # Errors
    /// [`ProfileError`] if `signer` holds another key than the issuer's, fails, or makes a signature that does not
    /// verify.
    pub fn sign_precert(self, signer: &dyn Signer) -> Result<SignedPrecert, ProfileError> {
        let certificate = sign_as(&self.issuer, &self.template, signer)?;
        Ok(SignedPrecert {
            issuer_key_hash: self.issuer.public_key().key_id(),
            tbs: certificate.precert_tbs(),
            issuer: self.issuer,
            template: self.template,
            certificate,
        })
    }
}

impl SignedPrecert {
    /// The precertificate's exact bytes, as submitted to the log.
    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    /// The precertificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// SHA-256 of the issuer's DER SubjectPublicKeyInfo, as SCTs sign it.
    pub fn issuer_key_hash(&self) -> &[u8; 32] {
        &self.issuer_key_hash
    }

    /// The TBSCertificate without poison, as SCTs sign it.
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }

    /// Issues the certificate: the same bytes with the SCT in the place of the poison.
    ///
    /// `signer` holds the key that signed the precertificate.
    ///
    /// # Errors
    /// [`IssueError`] if there is not exactly one SCT, it does not hold for this precertificate under `log_key`, signing
    /// fails, or the two certificates differ in more than they must.
    ///
    /// Source: RFC 6962 §3.1.
    pub fn issue(
        self,
        scts: &[Sct],
        log_key: &PublicKey,
        signer: &dyn Signer,
    ) -> Result<Certificate, IssueError> {
        let [sct] = scts else {
            return Err(IssueError::SctCount { found: scts.len() });
        };
        let entry = SctEntry::Precert {
            issuer_key_hash: &self.issuer_key_hash,
            tbs: &self.tbs,
        };
        sct.verify(entry, log_key)
            .map_err(|source| IssueError::Sct { source })?;

        let mut template = self.template;
        template
            .extensions
            .retain(|extension| extension.extn_id != oid::CT_POISON);
        let list = extensions::sct_list(scts).map_err(|source| IssueError::Sct { source })?;
        template.extensions.push(list.map_err(ProfileError::from)?);

        let certificate = sign_as(&self.issuer, &template, signer)?;
        if certificate.precert_tbs() != self.tbs {
            return Err(IssueError::PrecertMismatch);
        }
        // Once more from the finished bytes, as every client will do it.
        let embedded =
            Sct::from_certificate(&certificate).map_err(|source| IssueError::Sct { source })?;
        for sct in &embedded {
            sct.verify_embedded(&certificate, &self.issuer, log_key)
                .map_err(|source| IssueError::Sct { source })?;
        }
        Ok(certificate)
    }
}
