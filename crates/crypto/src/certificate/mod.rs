//! X.509 certificates: exact DER beside what is read from it.
//!
//! Reading judges form only (DER, version 3, no repeated or damaged extension); whether to trust a certificate is
//! decided by [`crate::verify_chain`] and by the caller's policy.

mod algorithm;
mod alt_name;
mod error;
mod extensions;
mod name;
pub mod oid;
mod parse;
pub(crate) mod signed;
pub(crate) mod tlv;

use std::sync::Arc;

use const_oid::ObjectIdentifier;
use jiff::Timestamp;

pub use self::{
    algorithm::{SignatureAlgorithm, SignatureAlgorithmError},
    alt_name::SubjectAltName,
    error::{CertificateError, ExtensionRule},
};
use crate::{
    PublicKey, SignatureError,
    pem::{self, PemBlock, PemError},
    sha256,
};

const LABEL: &str = "CERTIFICATE";

/// A certificate: its exact DER and what was read from it once.
///
/// Cloning is cheap; two certificates are equal when their bytes are.
#[derive(Clone)]
pub struct Certificate {
    parsed: Arc<parse::Parsed>,
}

impl Certificate {
    /// Reads the DER of one X.509 v3 certificate, 64 KiB at most.
    ///
    /// # Errors
    /// [`CertificateError`] names the rule broken: form, version, serial number, algorithms that differ, unusable key,
    /// repeated or damaged extension.
    ///
    /// Source: RFC 5280 §4.1.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Ok(Self {
            parsed: Arc::new(parse::Parsed::from_der(der)?),
        })
    }

    /// Reads the one PEM block `CERTIFICATE` of `text`.
    ///
    /// # Errors
    /// [`CertificateError::Pem`] for the text, the others as [`Self::from_der`].
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        Self::from_block(&pem::decode_one(text)?)
    }

    /// Reads every PEM block of `text`, at least one and at most 32, in their order.
    ///
    /// # Errors
    /// [`CertificateError::Pem`] for the text, the others as [`Self::from_der`].
    pub fn chain_from_pem(text: &str) -> Result<Vec<Self>, CertificateError> {
        pem::decode_all(text)?
            .iter()
            .map(Self::from_block)
            .collect()
    }

    fn from_block(block: &PemBlock) -> Result<Self, CertificateError> {
        if block.label != LABEL {
            return Err(PemError::Label {
                expected: LABEL,
                found: block.label.clone(),
            }
            .into());
        }
        Self::from_der(&block.der)
    }

    /// The exact bytes.
    pub fn der(&self) -> &[u8] {
        &self.parsed.der
    }

    /// One PEM block with a newline at its end.
    pub fn to_pem(&self) -> String {
        pem::encode(LABEL, self.der())
    }

    /// SHA-256 of the exact bytes.
    pub fn fingerprint(&self) -> [u8; 32] {
        sha256(self.der())
    }

    /// The signed part, exact bytes with its header.
    pub fn tbs_der(&self) -> &[u8] {
        &self.parsed.signed.content
    }

    /// The signed part without CT poison and SCT list; every other byte is kept, the lengths around them follow.
    ///
    /// It is equal for a precertificate and the certificate issued from it, and is what an SCT signs.
    ///
    /// Source: RFC 6962 §3.2.
    pub fn precert_tbs(&self) -> Vec<u8> {
        self.parsed
            .precert_tbs
            .as_deref()
            .unwrap_or(self.tbs_der())
            .to_vec()
    }

    /// The subject's key.
    pub fn public_key(&self) -> &PublicKey {
        &self.parsed.public_key
    }

    /// First moment of validity.
    pub fn not_before(&self) -> Timestamp {
        self.parsed.not_before
    }

    /// Last moment of validity, itself included.
    pub fn not_after(&self) -> Timestamp {
        self.parsed.not_after
    }

    /// The subject's name, exact DER.
    pub fn subject_der(&self) -> &[u8] {
        &self.parsed.subject.der
    }

    /// The issuer's name, exact DER.
    pub fn issuer_der(&self) -> &[u8] {
        &self.parsed.issuer.der
    }

    /// The subject's first common name.
    pub fn subject_cn(&self) -> Option<&str> {
        self.parsed.subject.common_name.as_deref()
    }

    /// The subject's first organization.
    pub fn subject_org(&self) -> Option<&str> {
        self.parsed.subject.organization.as_deref()
    }

    /// A name fit for a message: the subject, or its first alternative name when the subject is empty.
    pub fn display_name(&self) -> String {
        let subject = self.parsed.subject.text();
        if !subject.is_empty() {
            return subject;
        }
        self.subject_alt_names()
            .iter()
            .find_map(SubjectAltName::text)
            .unwrap_or("(no name)")
            .to_owned()
    }

    /// The issuer's name, fit for a message.
    pub fn issuer_display_name(&self) -> String {
        self.parsed.issuer.text()
    }

    /// The serial number: big-endian octets of the encoded integer, a leading zero where its sign needs one.
    pub fn serial(&self) -> &[u8] {
        &self.parsed.serial
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject_der() == self.issuer_der()
    }

    /// Whether basicConstraints make it a certificate authority.
    pub fn is_ca(&self) -> bool {
        self.parsed
            .extensions
            .basic_constraints
            .as_ref()
            .is_some_and(|c| c.ca)
    }

    /// How many further non-self-issued authorities may stand below it, if limited.
    pub fn path_len_constraint(&self) -> Option<u8> {
        self.parsed
            .extensions
            .basic_constraints
            .as_ref()
            .and_then(|c| c.path_len_constraint)
    }

    /// The subject key identifier.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.parsed.extensions.subject_key_id.as_deref()
    }

    /// The key identifier of the authority key identifier.
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.parsed.extensions.authority_key_id.as_deref()
    }

    /// The extended key usages; `None` when the extension is absent.
    pub fn extended_key_usages(&self) -> Option<&[ObjectIdentifier]> {
        self.parsed.extensions.extended_key_usage.as_deref()
    }

    /// Whether the extended key usages name `usage`; `anyExtendedKeyUsage` does not count.
    pub fn has_eku(&self, usage: &ObjectIdentifier) -> bool {
        self.extended_key_usages()
            .is_some_and(|usages| usages.contains(usage))
    }

    /// Whether the extended key usage extension is there and critical.
    pub fn eku_critical(&self) -> bool {
        self.extension(&oid::EXTENDED_KEY_USAGE)
            .is_some_and(|(critical, _)| critical)
    }

    /// Whether the key usage extension is present.
    pub fn has_key_usage(&self) -> bool {
        self.parsed.extensions.key_usage.is_some()
    }

    /// Whether the key usage is present and allows digital signatures.
    pub fn key_usage_digital_signature(&self) -> bool {
        self.parsed
            .extensions
            .key_usage
            .is_some_and(|usage| usage.digital_signature())
    }

    /// Whether the key usage is present and allows signing certificates.
    pub fn key_usage_cert_sign(&self) -> bool {
        self.parsed
            .extensions
            .key_usage
            .is_some_and(|usage| usage.key_cert_sign())
    }

    /// The subject alternative names, in their order.
    pub fn subject_alt_names(&self) -> &[SubjectAltName] {
        &self.parsed.extensions.subject_alt_names
    }

    /// One extension: whether it is critical, and its value.
    pub fn extension(&self, oid: &ObjectIdentifier) -> Option<(bool, &[u8])> {
        self.parsed
            .extensions
            .get(oid)
            .map(|e| (e.critical, e.extn_value.as_bytes()))
    }

    /// Every extension in its order: identifier, whether critical, value.
    pub fn extensions(&self) -> impl Iterator<Item = (&ObjectIdentifier, bool, &[u8])> {
        self.parsed
            .extensions
            .raw
            .iter()
            .map(|e| (&e.extn_id, e.critical, e.extn_value.as_bytes()))
    }

    /// The OpenID issuer: Fulcio's extension 8, else the older 1.
    pub fn fulcio_issuer(&self) -> Option<&str> {
        self.fulcio_extension(8)
            .or_else(|| self.fulcio_extension(1))
    }

    /// The text of Fulcio extension `number`, 1 to 6 raw and the others from their DER.
    ///
    /// Source: fulcio `docs/oid-info.md`.
    pub fn fulcio_extension(&self, number: u8) -> Option<&str> {
        self.parsed.extensions.fulcio(number)
    }

    /// The algorithm it is signed with.
    ///
    /// # Errors
    /// [`SignatureAlgorithmError`] for one that is not ours; such a certificate can be a trust anchor and nothing else.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, SignatureAlgorithmError> {
        self.parsed.signed.algorithm
    }

    /// Checks that `issuer`'s key made the signature; names, times and purposes are not looked at.
    ///
    /// # Errors
    /// [`SignatureError`] says whether algorithm, kind of key or signature is wrong.
    pub fn verify_issued_by(&self, issuer: &Self) -> Result<(), SignatureError> {
        self.parsed.signed.verify(issuer.public_key())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.display_name())
            .field("issuer", &self.issuer_display_name())
            .field("not_before", &self.not_before())
            .field("not_after", &self.not_after())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
