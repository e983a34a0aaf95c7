//! Root, intermediate and timestamping certificates.

use jiff::Timestamp;

use super::{
    ProfileError, extensions, subject,
    template::{self, Template},
};
use crate::{Certificate, ObjectIdentifier, PublicKey, Signer, certificate::oid};

/// One intermediate below the root, which is all that the profile makes.
const ROOT_PATH_LEN: u8 = 1;

/// The name of a certificate authority or timestamping service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaIdentity {
    /// Organization, 1 to 64 characters.
    pub organization: String,
    /// Common name, 1 to 64 characters; two keys never share one.
    pub common_name: String,
}

/// What a certificate of the hierarchy is made from, beside keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaRequest {
    /// The subject.
    pub identity: CaIdentity,
    /// First moment of validity; parts of a second are dropped.
    pub not_before: Timestamp,
    /// Last moment of validity; parts of a second are dropped.
    pub not_after: Timestamp,
    /// 20 random bytes; the top bit is cleared.
    pub serial: [u8; 20],
}

/// A certificate authority: its certificate and the signer that holds its key.
#[derive(Clone, Copy)]
pub struct Issuer<'a> {
    /// The authority's certificate.
    pub certificate: &'a Certificate,
    /// Signs with the key of that certificate.
    pub signer: &'a dyn Signer,
}

/// What an intermediate may issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntermediateKind {
    /// Code-signing leaves.
    CodeSigning,
    /// Timestamping leaves.
    TimeStamping,
}

impl IntermediateKind {
    fn usage(self) -> ObjectIdentifier {
        match self {
            Self::CodeSigning => oid::CODE_SIGNING,
            Self::TimeStamping => oid::TIME_STAMPING,
        }
    }
}

/// Makes a self-signed root: keyCertSign and cRLSign, path length 1, subject key identifier, no extended key usage.
///
/// # Errors
/// [`ProfileError`] for a bad name or validity, a weak key, or a signer that fails.
///
/// Source: Sigstore certificate specification, "Root certificate".
pub fn make_root(signer: &dyn Signer, request: &CaRequest) -> Result<Certificate, ProfileError> {
    let key = signer.public_key();
    let name = subject::encode(&request.identity)?;
    let extensions = vec![
        extensions::sign_certificates()?,
        extensions::authority(ROOT_PATH_LEN)?,
        extensions::subject_key_id(key)?,
    ];
    let root = template(request, key, name, extensions)?;
    root.sign(key, signer)
}

/// Makes an intermediate: keyCertSign and cRLSign, one extended key usage that is not critical, path length 0, both key
/// identifiers.
///
/// # Errors
/// [`ProfileError`] as [`make_root`]; also if the issuer cannot issue, its signer holds another key, or the validity is
/// not inside the issuer's.
///
/// Source: Sigstore certificate specification, "Intermediate certificate".
pub fn make_intermediate(
    issuer: &Issuer<'_>,
    subject_key: &PublicKey,
    request: &CaRequest,
    kind: IntermediateKind,
) -> Result<Certificate, ProfileError> {
    let extensions = vec![
        extensions::sign_certificates()?,
        extensions::extended_key_usage(kind.usage(), false)?,
        extensions::authority(0)?,
        extensions::subject_key_id(subject_key)?,
        extensions::authority_key_id(key_id(issuer.certificate)?)?,
    ];
    issue(issuer, subject_key, request, extensions)
}

/// Makes a timestamping leaf: digitalSignature, timeStamping critically and alone, both key identifiers, no
/// basicConstraints.
///
/// # Errors
/// As [`make_intermediate`].
///
/// Source: RFC 3161 §2.3; order of the extensions as the reference server's.
pub fn make_tsa_leaf(
    issuer: &Issuer<'_>,
    subject_key: &PublicKey,
    request: &CaRequest,
) -> Result<Certificate, ProfileError> {
    let extensions = vec![
        extensions::digital_signature()?,
        extensions::subject_key_id(subject_key)?,
        extensions::authority_key_id(key_id(issuer.certificate)?)?,
        extensions::extended_key_usage(oid::TIME_STAMPING, true)?,
    ];
    issue(issuer, subject_key, request, extensions)
}

fn issue(
    issuer: &Issuer<'_>,
    subject_key: &PublicKey,
    request: &CaRequest,
    extensions: Vec<x509_cert::ext::Extension>,
) -> Result<Certificate, ProfileError> {
    let authority = issuer.certificate;
    if !authority.is_ca() || !authority.key_usage_cert_sign() {
        return Err(ProfileError::Issuer {
            issuer: authority.display_name(),
        });
    }
    if subject_key.spki_der() == authority.public_key().spki_der() {
        return Err(ProfileError::SharedKey);
    }
    let template = template(
        request,
        subject_key,
        authority.subject_der().to_vec(),
        extensions,
    )?;
    if template.not_before < authority.not_before() || template.not_after > authority.not_after() {
        let (not_before, not_after) = (template.not_before, template.not_after);
        return Err(ProfileError::OutsideIssuer {
            not_before,
            not_after,
        });
    }
    sign_as(authority, &template, issuer.signer)
}

/// Signs `template` with `signer`, which must hold the key of `authority`.
pub(super) fn sign_as(
    authority: &Certificate,
    template: &Template,
    signer: &dyn Signer,
) -> Result<Certificate, ProfileError> {
    if signer.public_key().spki_der() != authority.public_key().spki_der() {
        return Err(ProfileError::SignerMismatch {
            issuer: authority.display_name(),
        });
    }
    template.sign(authority.public_key(), signer)
}

/// The issuer's subject key identifier, without which its leaves could not name it.
pub(super) fn key_id(issuer: &Certificate) -> Result<&[u8], ProfileError> {
    issuer.subject_key_id().ok_or_else(|| ProfileError::Issuer {
        issuer: issuer.display_name(),
    })
}

fn template(
    request: &CaRequest,
    key: &PublicKey,
    issuer: Vec<u8>,
    extensions: Vec<x509_cert::ext::Extension>,
) -> Result<Template, ProfileError> {
    key.check_strength()
        .map_err(|source| ProfileError::WeakKey { source })?;
    let (not_before, not_after) = (request.not_before, request.not_after);
    if not_before >= not_after {
        return Err(ProfileError::Validity {
            not_before,
            not_after,
        });
    }
    Ok(Template {
        serial: template::positive(request.serial)?,
        issuer,
        not_before,
        not_after,
        subject: subject::encode(&request.identity)?,
        spki: key.spki_der().to_vec(),
        extensions,
    })
}
